"""What was held: recording a meeting, correcting its record, and striking one that never was."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import appointments, cases, ledger, lifecycle
from meyasubako.casework.appointments import Account
from meyasubako.casework.matching import rows
from meyasubako.core import text
from meyasubako.core.dates import end_of_day, japan_day, month_of_day
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import ActorKind, EventKind, Measure, MeetingState, MeetingWay
from meyasubako.store.models import Case, Event, Meeting, Offer, Provider

LONGEST_MEETING: Final = 24 * 60
LONGEST_REASON: Final = 1_000
BOOKING: Final = (EventKind.MET, EventKind.MET_CORRECTED)
"""The events that count a meeting held."""


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody tells of a meeting. None stands for what could not be read, so that all that is wrong is said at once."""

    held_on: date | None
    way: MeetingWay | None
    minutes: int | None
    summary: str = ""
    persons: str = ""
    proceedings: str = ""


def meet(
    session: Session,
    desk: Desk,
    offer_id: int,
    *,
    held_on: date | None,
    way: MeetingWay | None,
    minutes: int | None,
    summary: str = "",
    persons: str = "",
    proceedings: str = "",
    by: Actor,
    at: datetime,
    expected: int | None = None,
    expected_version: int | None = None,
    override: str = "",
    meeting_id: int | None = None,
) -> None:
    """Record a meeting held. Raises WrongState when the desk's quota for the case is used up.

    Staff may go beyond the quota if `override` says why. `expected`: how many meetings the form of a provider showed, so
    that none is recorded twice; `expected_version` is the same for staff. `meeting_id` is one that was planned, whose place
    in the quota it takes.
    """
    row, case = rows.at_work(session, offer_id, by=by, at=at, expected_version=expected_version)
    rows.check_steps(session, row, expected)
    told = Told(held_on, way, minutes, summary, persons, proceedings)
    account = check(told, offered_on=japan_day(row.offered_at), today=japan_day(at))
    if meeting_id is None:
        why = beyond_quota(session, desk, case, override, by=by)
        meeting = appointments.keep(session, row, account, at=at)
    else:
        why, meeting = "", _planned_on(session, row, meeting_id)
        appointments.correct(session, meeting, account)
    data = {"override": why} if why else {}
    event_id = _record(session, case, EventKind.MET, meeting, row, by=by, at=at, data=data)
    _count(session, case, meeting, row, at=at, event_id=event_id)


def correct(
    session: Session,
    meeting_id: int,
    told: Told,
    reason: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> None:
    """Staff put the record of a meeting right. One that moves to another month is counted there."""
    meeting, row, case = _held(session, meeting_id, by=by, expected_version=expected_version)
    why = _why(reason, "記録を直すわけを書いてください。")
    before = meeting.held_on
    assert before is not None
    account = check(told, offered_on=japan_day(row.offered_at), today=japan_day(at))
    booked_by = _bookings(session, meeting)
    appointments.correct(session, meeting, account)
    data = {"reason": why, "before": before.isoformat()}
    event_id = _record(session, case, EventKind.MET_CORRECTED, meeting, row, by=by, at=at, data=data)
    if month_of_day(before) != month_of_day(account.held_on):
        facts = lifecycle.facts(session, case)
        ledger.take_back(session, facts, Measure.MEETINGS, booked_by=booked_by, at=at, event_id=event_id)
        _count(session, case, meeting, row, at=at, event_id=event_id)


def strike(
    session: Session,
    meeting_id: int,
    reason: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> None:
    """Staff strike a meeting that was not held: it is counted no more, and its place is free."""
    meeting, row, case = _held(session, meeting_id, by=by, expected_version=expected_version)
    why = _why(reason, "記録を取り消すわけを書いてください。")
    assert meeting.held_on is not None
    data = {"reason": why, "before": meeting.held_on.isoformat()}
    booked_by = _bookings(session, meeting)
    appointments.strike(session, meeting, why)
    event_id = _record(session, case, EventKind.MET_STRUCK, meeting, row, by=by, at=at, data=data)
    facts = lifecycle.facts(session, case)
    ledger.take_back(session, facts, Measure.MEETINGS, booked_by=booked_by, at=at, event_id=event_id)


def check(told: Told, *, offered_on: date, today: date) -> Account:
    """What was told, as it can be kept. Raises InvalidInput."""
    errors: list[FieldError] = []
    if told.held_on is None:
        errors.append(FieldError("held_on", "面談の日を、年月日で書いてください。"))
    elif told.held_on > today:
        errors.append(FieldError("held_on", "面談の日は、きょうまでの日を書いてください。"))
    elif told.held_on < offered_on:
        errors.append(FieldError("held_on", "面談の日が、打診の日より前になっています。"))
    if told.way is None:
        errors.append(FieldError("way", "面談の方法を選んでください。"))
    if told.minutes is None or not 0 < told.minutes <= LONGEST_MEETING:
        errors.append(FieldError("minutes", "面談の長さを、分で書いてください。"))
    written: dict[str, str] = {}
    for name, what in (("persons", "いた人"), ("summary", "話したこと"), ("proceedings", "議事録")):
        try:
            written[name] = text.fitting(getattr(told, name), field=name, what=what)
        except InvalidInput as too_long:
            errors.extend(too_long.errors)
    if errors or told.held_on is None or told.way is None or told.minutes is None:
        raise InvalidInput(*errors)
    return Account(told.held_on, told.way, told.minutes, **written)


def beyond_quota(session: Session, desk: Desk, case: Case, override: str, *, by: Actor) -> str:
    """Why a meeting goes beyond the quota of the desk; "" as long as there is room.

    Raises WrongState for a provider, InvalidInput for staff who give no reason.
    """
    quota = desk.meeting_quota
    if quota is None or appointments.counted(session, case.id) < quota:
        return ""
    used = f"この案件の面談は、決められた{quota}回を終えているか、予定しています。"
    if by.kind is not ActorKind.STAFF:
        raise WrongState(used)
    message = f"{used}それでも行うときは、わけを書いてください。"
    return text.needed(override, field="override", message=message, limit=LONGEST_REASON)


def case_of(session: Session, offer_id: int) -> int | None:
    """The case of an offer, if there is such an offer."""
    return session.scalar(select(Offer.case_id).where(Offer.id == offer_id))


def case_of_meeting(session: Session, meeting_id: int) -> int | None:
    """The case of a meeting, if there is such a meeting."""
    return session.scalar(select(Meeting.case_id).where(Meeting.id == meeting_id))


def _held(
    session: Session, meeting_id: int, *, by: Actor, expected_version: int | None
) -> tuple[Meeting, Offer, Case]:
    """A meeting that was held, with its offer and its case, locked for this unit."""
    case_id = case_of_meeting(session, meeting_id)
    if case_id is None:
        raise NotFound
    case = cases.open_case(session, case_id, Need.OFFER, by=by, expected_version=expected_version)
    meeting = session.get_one(Meeting, meeting_id, populate_existing=True)
    if meeting.state is not MeetingState.HELD:
        raise WrongState(f"この面談は「{meeting.state.label}」です。")
    return meeting, session.get_one(Offer, meeting.offer_id), case


def _planned_on(session: Session, row: Offer, meeting_id: int) -> Meeting:
    """A meeting planned on this offer."""
    meeting = session.get(Meeting, meeting_id, populate_existing=True)
    if meeting is None or meeting.offer_id != row.id:
        raise InvalidInput(FieldError("meeting", "どの面談かを選んでください。"))
    if meeting.state is not MeetingState.PLANNED:
        raise WrongState(f"この面談は「{meeting.state.label}」です。")
    return meeting


def _why(reason: str, message: str) -> str:
    return text.needed(reason, field="reason", message=message, limit=LONGEST_REASON)


def _bookings(session: Session, meeting: Meeting) -> list[int]:
    """The events that counted this meeting."""
    told = session.execute(
        select(Event.id, Event.data).where(Event.case_id == meeting.case_id, Event.kind.in_(BOOKING))
    )
    return [event_id for event_id, data in told if data.get("meeting_id") == meeting.id]


def _record(
    session: Session,
    case: Case,
    kind: EventKind,
    meeting: Meeting,
    row: Offer,
    *,
    by: Actor,
    at: datetime,
    data: dict[str, str],
) -> int:
    provider = session.get_one(Provider, row.provider_id)
    told = {"meeting_id": meeting.id, "provider_kind": provider.kind.value, **data}
    if meeting.held_on is not None:
        told["held_on"] = meeting.held_on.isoformat()
    return lifecycle.record(session, case, kind, by=by, at=at, data=told)


def _count(
    session: Session, case: Case, meeting: Meeting, row: Offer, *, at: datetime, event_id: int
) -> None:
    assert meeting.held_on is not None
    ledger.record(
        session,
        lifecycle.facts(session, case),
        Measure.MEETINGS,
        happened_at=end_of_day(meeting.held_on),
        at=at,
        event_id=event_id,
        provider_kind=session.get_one(Provider, row.provider_id).kind,
    )
