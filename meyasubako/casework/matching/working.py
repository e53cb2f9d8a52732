"""Answering and working: the provider accepts or turns down, writes advice, looks whom to call."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import ledger, lifecycle, outbox, profiles
from meyasubako.casework.matching import offering, rows, turns
from meyasubako.core import text
from meyasubako.core.codes import Keys
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import EventKind, Measure, Message, OfferState, Status
from meyasubako.store.models import Advice, Case, Event, Offer, Provider

LONGEST_REASON: Final = 1_000


def accept(session: Session, offer_id: int, *, by: Actor, at: datetime) -> bool:
    """The provider takes the case on; it is then 対応中, and whoever was asked at the same time is told.

    False when a conflict of interest has come up since they were asked: the staff are told, and the offer stays as it is.
    """
    row, case = _answerable(session, offer_id, by=by, at=at)
    provider = session.get_one(Provider, row.provider_id)
    if not _is_still_free(session, row, case, provider, by=by, at=at):
        return False
    row.state, row.answered_at = OfferState.ACCEPTED, at
    session.flush()
    data = {"offer_id": row.id, "provider_kind": provider.kind.value, "provider_name": provider.name}
    if case.status is Status.OFFERED:
        event_id = lifecycle.move(
            session, case, Status.IN_PROGRESS, EventKind.ACCEPTED, by=by, at=at, data=data
        )
    else:
        lifecycle.redirect_return(session, case, Status.IN_PROGRESS, at=at)
        event_id = lifecycle.record(session, case, EventKind.ACCEPTED, by=by, at=at, data=data)
    ledger.record(
        session,
        lifecycle.facts(session, case),
        Measure.ACCEPTANCES,
        happened_at=at,
        at=at,
        event_id=event_id,
        provider_kind=provider.kind,
    )
    outbox.enqueue(
        session, Message.OFFER_ACCEPTED, receipt_id=case.receipt_id, case_id=case.id, subject_id=row.id, at=at
    )
    turns.settle(session, row, case, at=at)
    return True


def turn_down(
    session: Session, offer_id: int, reason: str, *, code: str = "", keys: Keys, by: Actor, at: datetime
) -> None:
    """The provider cannot take it; the next in turn is asked, or else, when nobody is asked, the case is 振分済 again.

    `code` is one of the reasons the desk offers; words may stand beside it, or alone.
    """
    row, case = _answerable(session, offer_id, by=by, at=at)
    desk = rows.desk_of_case(session, case)
    labels = {each.code: each.label for each in desk.open_turn_down_reasons}
    if code and code not in labels:
        raise InvalidInput(FieldError("reason_code", "理由を、一覧の中から選んでください。"))
    needed = (
        "難しい理由を選ぶか、ひとことお書きください。" if labels else "難しい理由を、ひとことお書きください。"
    )
    if code:
        words = text.fitting(reason, field="reason", limit=LONGEST_REASON)
    else:
        words = text.needed(reason, field="reason", message=needed, limit=LONGEST_REASON)
    row.reason = "：".join(part for part in (labels.get(code, ""), words) if part)
    ended = (OfferState.TURNED_DOWN, EventKind.TURNED_DOWN)
    told = {"reason_code": code} if code else {}
    turns.end(session, row, case, *ended, keys=keys, by=by, at=at, told=told)


def advise(
    session: Session, offer_id: int, body: str, *, by: Actor, at: datetime, expected: int | None = None
) -> None:
    """The provider writes advice to the desk. `expected`: how many pieces the form showed, so that none comes twice."""
    row, case = rows.working(session, offer_id, by=by, at=at)
    rows.check_not_twice(session, Advice, row, expected)
    written = text.needed(body, field="body", message="助言の内容を書いてください。")
    advice = Advice(case_id=case.id, offer_id=row.id, body=written, written_at=at)
    session.add(advice)
    session.flush()
    profiles.mark_due(session, [row.provider_id])
    lifecycle.record(session, case, EventKind.ADVISED, by=by, at=at, data={"advice_id": advice.id})


def note_contact_seen(session: Session, offer_id: int, *, since: datetime, by: Actor, at: datetime) -> None:
    """Record that a provider saw whom to call; once in the session that began at `since`."""
    row, case = rows.working(session, offer_id, by=by, at=at)
    seen = session.scalar(
        select(Event.id).where(
            Event.case_id == case.id,
            Event.kind == EventKind.CONTACT_SEEN,
            Event.actor_id == by.id,
            Event.recorded_at >= since,
        )
    )
    if seen is None:
        lifecycle.remark(session, case, EventKind.CONTACT_SEEN, by=by, at=at, data={"offer_id": row.id})


def _is_still_free(
    session: Session, row: Offer, case: Case, provider: Provider, *, by: Actor, at: datetime
) -> bool:
    """Whether nothing stands between provider and requester that the desk did not know when it asked."""
    desk = rows.desk_of_case(session, case)
    if not (stops := offering.new_stops(session, desk, case, provider, row.stops)):
        return True
    told = session.scalars(
        select(Event.data).where(Event.case_id == case.id, Event.kind == EventKind.ACCEPTANCE_STOPPED)
    )
    if all(data["offer_id"] != row.id for data in told):
        data = {
            "offer_id": row.id,
            "provider_kind": provider.kind.value,
            "provider_name": provider.name,
            "reason": "".join(stops),
        }
        lifecycle.record(session, case, EventKind.ACCEPTANCE_STOPPED, by=by, at=at, data=data)
    return False


def _answerable(session: Session, offer_id: int, *, by: Actor, at: datetime) -> tuple[Offer, Case]:
    row, case = rows.own_offer(session, offer_id, by=by)
    if row.state is not OfferState.OPEN:
        raise WrongState(f"この打診は、すでに「{row.state.label}」になっています。")
    if not rows.is_live(row, case, at):
        raise WrongState("この打診の期限は過ぎています。窓口にお問い合わせください。")
    return row, case
