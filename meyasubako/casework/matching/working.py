"""Answering and working: the provider accepts or turns down, writes advice, records meetings held."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import ledger, lifecycle, outbox
from meyasubako.casework.matching import rows
from meyasubako.core import text
from meyasubako.core.dates import end_of_day, japan_day
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import EventKind, Measure, MeetingWay, Message, OfferState, Status
from meyasubako.store.models import Advice, Case, Event, Meeting, Offer, Provider

LONGEST_MEETING = 24 * 60


def accept(session: Session, offer_id: int, *, by: Actor, at: datetime) -> None:
    """The provider takes the case on; it is then 対応中."""
    row, case = _answerable(session, offer_id, by=by, at=at)
    row.state, row.answered_at = OfferState.ACCEPTED, at
    session.flush()
    provider = session.get_one(Provider, row.provider_id)
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


def turn_down(session: Session, offer_id: int, reason: str, *, by: Actor, at: datetime) -> None:
    """The provider cannot take it; when nobody else is asked, the case is 振分済 again."""
    row, case = _answerable(session, offer_id, by=by, at=at)
    written = text.needed(
        reason, field="reason", message="難しい理由を、ひとことお書きください。", limit=1_000
    )
    row.reason = written
    rows.end_open_offer(session, row, case, OfferState.TURNED_DOWN, EventKind.TURNED_DOWN, by=by, at=at)


def advise(
    session: Session, offer_id: int, body: str, *, by: Actor, at: datetime, expected: int | None = None
) -> None:
    """The provider writes advice to the desk. `expected`: how many pieces the form showed, so that none comes twice."""
    row, case = _working(session, offer_id, by=by, at=at)
    _check_not_twice(session, Advice, row, expected)
    written = text.needed(body, field="body", message="助言の内容を書いてください。")
    advice = Advice(case_id=case.id, offer_id=row.id, body=written, written_at=at)
    session.add(advice)
    session.flush()
    lifecycle.record(session, case, EventKind.ADVISED, by=by, at=at, data={"advice_id": advice.id})


def meet(
    session: Session,
    desk: Desk,
    offer_id: int,
    *,
    held_on: date | None,
    way: MeetingWay | None,
    minutes: int | None,
    summary: str,
    by: Actor,
    at: datetime,
    expected: int | None = None,
) -> None:
    """Record a meeting held. Raises WrongState when the desk's quota for the case is used up.

    None stands for what could not be read, so that everything that is wrong is said at once.
    `expected`: how many meetings of theirs the form showed, so that none is recorded twice.
    """
    row, case = _working(session, offer_id, by=by, at=at)
    _check_not_twice(session, Meeting, row, expected)
    provider = session.get_one(Provider, row.provider_id)
    errors: list[FieldError] = []
    if held_on is None:
        errors.append(FieldError("held_on", "面談の日を、年月日で書いてください。"))
    elif held_on > japan_day(at):
        errors.append(FieldError("held_on", "面談の日は、きょうまでの日を書いてください。"))
    elif held_on < japan_day(row.offered_at):
        errors.append(FieldError("held_on", "面談の日が、打診の日より前になっています。"))
    if way is None:
        errors.append(FieldError("way", "面談の方法を選んでください。"))
    if minutes is None or not 0 < minutes <= LONGEST_MEETING:
        errors.append(FieldError("minutes", "面談の長さを、分で書いてください。"))
    written = ""
    try:
        written = text.fitting(summary, field="summary")
    except InvalidInput as too_long:
        errors.extend(too_long.errors)
    if errors or held_on is None or way is None or minutes is None:
        raise InvalidInput(*errors)
    if desk.meeting_quota is not None and rows.meetings_held(session, case.id) >= desk.meeting_quota:
        raise WrongState(f"この案件の面談は、決められた{desk.meeting_quota}回を終えています。")
    meeting = Meeting(
        case_id=case.id,
        offer_id=row.id,
        way=way,
        held_on=held_on,
        minutes=minutes,
        summary=written,
        recorded_at=at,
    )
    session.add(meeting)
    session.flush()
    event_id = lifecycle.record(
        session,
        case,
        EventKind.MET,
        by=by,
        at=at,
        data={"meeting_id": meeting.id, "held_on": held_on.isoformat(), "provider_kind": provider.kind.value},
    )
    ledger.record(
        session,
        lifecycle.facts(session, case),
        Measure.MEETINGS,
        happened_at=end_of_day(held_on),
        at=at,
        event_id=event_id,
        provider_kind=provider.kind,
    )


def note_contact_seen(session: Session, offer_id: int, *, since: datetime, by: Actor, at: datetime) -> None:
    """Record that a provider saw whom to call; once in the session that began at `since`."""
    row, case = _working(session, offer_id, by=by, at=at)
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


def _answerable(session: Session, offer_id: int, *, by: Actor, at: datetime) -> tuple[Offer, Case]:
    row, case = rows.own_offer(session, offer_id, by=by)
    if row.state is not OfferState.OPEN:
        raise WrongState(f"この打診は、すでに「{row.state.label}」になっています。")
    if not rows.is_live(row, case, at):
        raise WrongState("この打診の期限は過ぎています。窓口にお問い合わせください。")
    return row, case


def _working(session: Session, offer_id: int, *, by: Actor, at: datetime) -> tuple[Offer, Case]:
    row, case = rows.own_offer(session, offer_id, by=by)
    if row.state is not OfferState.ACCEPTED or not rows.is_live(row, case, at):
        raise WrongState("引き受けている案件ではありません。")
    return row, case


def _check_not_twice(
    session: Session, kind: type[Advice] | type[Meeting], row: Offer, expected: int | None
) -> None:
    written = session.scalar(select(func.count()).select_from(kind).where(kind.offer_id == row.id))
    if expected is not None and written != expected:
        raise WrongState(
            "この画面を開いたあとに、1件受け取っています。下の「これまでの記録」を確かめてください。"
        )
