"""What the ledger says, and the same counted again from nothing but the events."""

from collections import Counter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.core import dates
from meyasubako.core.vocabulary import CaseKind, Channel, EventKind, Measure, RequesterType, Status
from meyasubako.store.models import Case, Event, LedgerEntry

HAPPENED_ONCE = {
    EventKind.OFFERED: Measure.OFFERS,
    EventKind.ACCEPTED: Measure.ACCEPTANCES,
    EventKind.REPLIED: Measure.REPLIES,
    EventKind.MET: Measure.MEETINGS,
    EventKind.SURVEYED: Measure.SURVEYS,
    EventKind.FOLLOWED_UP: Measure.FOLLOW_UPS,
}

Counts = Counter[tuple[Any, ...]]


def standing(session: Session, desk_id: int) -> Counts:
    """What the ledger of a desk says, entries that cancel each other left out."""
    sums: Counts = Counter()
    for entry in session.scalars(select(LedgerEntry).where(LedgerEntry.desk_id == desk_id)):
        codes = (
            (entry.kind, entry.channel, entry.municipality, entry.requester_type),
            entry.purpose,
            entry.topic,
            entry.division,
            entry.status,
            entry.outcome,
        )
        key = (entry.measure, entry.receipt_id, entry.case_id, entry.effective_month, *codes)
        sums[key] += entry.sign
    return Counter({key: total for key, total in sums.items() if total})


def recount(session: Session, desk_id: int) -> Counts:
    """The same, from nothing but the events."""
    wanted: Counts = Counter()
    of_desk = select(Case.id, Case.receipt_id).where(Case.desk_id == desk_id)
    receipt_of = {row.id: row.receipt_id for row in session.execute(of_desk)}
    events: dict[int, list[Event]] = {}
    by_receipt: dict[int, list[Event]] = {}
    for event in session.scalars(select(Event).where(Event.case_id.in_(receipt_of)).order_by(Event.id)):
        events.setdefault(event.case_id, []).append(event)
        by_receipt.setdefault(receipt_of[event.case_id], []).append(event)
    for receipt, told in by_receipt.items():
        kinds = [each.data["receipt_kind"] for each in told if "receipt_kind" in each.data]
        codes = {**told[-1].data, "kind": (kinds or [told[0].data["kind"]])[-1]}
        month = dates.month_of(told[0].at)
        wanted[(Measure.RECEIPTS, receipt, None, month, _who(codes), None, None, None, None, None)] += 1
    for case_id, told in events.items():
        wanted.update(_of_case(receipt_of[case_id], case_id, told))
    return wanted


def _of_case(receipt: int, case_id: int, told: list[Event]) -> Counts:
    wanted: Counts = Counter()
    last = [event.to_status for event in told if event.to_status][-1]
    codes = told[-1].data
    month = dates.month_of(told[0].at)
    described = (_who(codes), codes["purpose"])
    division = codes["division"]
    for event in told:
        if measure := HAPPENED_ONCE.get(event.kind):
            then = event.data
            key = (measure, receipt, case_id, dates.month_of(event.at))
            wanted[(*key, _who(then), then["purpose"], None, then["division"], None, None)] += 1
    if last is Status.MERGED:
        return wanted
    wanted[(Measure.CASES, receipt, case_id, month, *described, None, division, None, None)] += 1
    wanted[(Measure.STATUSES, receipt, case_id, month, *described, None, division, last, None)] += 1
    for topic in codes["topics"] or [None]:
        wanted[(Measure.TOPICS, receipt, case_id, month, *described, topic, division, None, None)] += 1
    if last is Status.CLOSED:
        closed = [event for event in told if event.to_status is Status.CLOSED][-1]
        key = (Measure.OUTCOMES, receipt, case_id, dates.month_of(closed.at), *described, None, division)
        wanted[(*key, None, codes["outcome"])] += 1
    return wanted


def _who(codes: dict[str, Any]) -> tuple[CaseKind, Channel, str, RequesterType]:
    return (
        CaseKind(codes["kind"]),
        Channel(codes["channel"]),
        codes["municipality"],
        RequesterType(codes["requester_type"]),
    )
