"""What the ledger says, and the same counted again from nothing but the events and the surveys sent."""

from collections import Counter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import ledger
from meyasubako.core import dates
from meyasubako.core.vocabulary import (
    CaseKind,
    Channel,
    EventKind,
    Measure,
    RequesterType,
    Status,
    SurveyQuestion,
    Timeliness,
)
from meyasubako.store.models import Case, Event, LedgerEntry, Survey

HAPPENED_ONCE = {
    EventKind.OFFERED: Measure.OFFERS,
    EventKind.ACCEPTED: Measure.ACCEPTANCES,
    EventKind.REPLIED: Measure.REPLIES,
    EventKind.MET: Measure.MEETINGS,
    EventKind.SURVEYED: Measure.SURVEYS,
    EventKind.FOLLOWED_UP: Measure.FOLLOW_UPS,
}

SURVEYED = {
    SurveyQuestion.HELPED: (Measure.SURVEYS_ASKED, Measure.SURVEYS_RETURNED, EventKind.SURVEYED),
    SurveyQuestion.PRACTISED: (
        Measure.FOLLOW_UPS_ASKED,
        Measure.FOLLOW_UPS_RETURNED,
        EventKind.FOLLOWED_UP,
    ),
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
            *(entry.topics, entry.timeliness, entry.days),
        )
        key = (entry.measure, entry.receipt_id, entry.case_id, entry.effective_month, *codes)
        sums[key] += entry.sign
    return Counter({key: total for key, total in sums.items() if total})


def recount(session: Session, desk_id: int) -> Counts:
    """The same, from nothing but the events, and for asking, which is none, the surveys."""
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
        wanted[(Measure.RECEIPTS, receipt, None, month, _who(codes), *(None,) * 8)] += 1
    for case_id, told in events.items():
        wanted.update(_of_case(receipt_of[case_id], case_id, told))
    for row in session.scalars(select(Survey).where(Survey.case_id.in_(receipt_of), Survey.by_mail)):
        asked, returned, answered = SURVEYED[row.question]
        told = events[row.case_id]
        then = [each.data for each in told if each.recorded_at <= row.asked_at][-1]
        key = (receipt_of[row.case_id], row.case_id, dates.month_of(row.asked_at))
        wanted[(asked, *key, *_codes_then(then))] += 1
        if row.answered_at:
            then = [e.data for e in told if e.kind is answered and e.data["survey_id"] == row.id][-1]
            wanted[(returned, *key, *_codes_then(then))] += 1
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
            wanted[(measure, receipt, case_id, dates.month_of(event.at), *_codes_then(then))] += 1
    if last is Status.MERGED:
        return wanted
    nothing = (None,) * 3
    wanted[(Measure.CASES, receipt, case_id, month, *described, None, division, None, None, *nothing)] += 1
    wanted[(Measure.STATUSES, receipt, case_id, month, *described, None, division, last, None, *nothing)] += 1
    for topic in codes["topics"] or [None]:
        key = (Measure.TOPICS, receipt, case_id, month, *described, topic, division)
        wanted[(*key, None, None, *nothing)] += 1
    topics = ledger.joined(codes["topics"])
    if answers := [event for event in told if "answer_days" in event.data]:
        assert len(answers) == 1
        said = answers[0].data
        key = (Measure.FIRST_ANSWERS, receipt, case_id, dates.month_of(answers[0].at), *described)
        reckoned = (topics, Timeliness(said["answer_timeliness"]), said["answer_days"])
        wanted[(*key, None, division, None, None, *reckoned)] += 1
    if last is Status.CLOSED:
        closed = [event for event in told if event.to_status is Status.CLOSED][-1]
        key = (Measure.OUTCOMES, receipt, case_id, dates.month_of(closed.at), *described, None, division)
        wanted[(*key, None, codes["outcome"], topics, None, None)] += 1
    return wanted


def _codes_then(then: dict[str, Any]) -> tuple[Any, ...]:
    codes = (_who(then), then["purpose"], None, then["division"], None, None)
    return (*codes, ledger.joined(then["topics"]), None, None)


def _who(codes: dict[str, Any]) -> tuple[CaseKind, Channel, str, RequesterType]:
    return (
        CaseKind(codes["kind"]),
        Channel(codes["channel"]),
        codes["municipality"],
        RequesterType(codes["requester_type"]),
    )
