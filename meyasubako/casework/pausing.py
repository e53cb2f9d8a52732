"""What a change of status does to the deadline (回答期限): it stands still while the desk waits for its requester.

A day on which the case waits, or is withdrawn, when the day ends is not counted; so the day of a question is given back
and the day of the answer counts, as the day of receipt does. The new date is worked out when it happens and stored: what
the office changes in its calendar later leaves it as it is.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.core.calendar import continued, office_day_after, office_days_in, office_days_taken
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import Desk, from_json
from meyasubako.core.vocabulary import Status, Timeliness
from meyasubako.store.models import Case, DeskRow, Event

PAUSED = frozenset({Status.WAITING, Status.WITHDRAWN})
"""Statuses in which nothing is owed because of what the requester has yet to do, or did."""
DONE = frozenset({Status.ANSWERED, Status.CLOSED})
"""Statuses after which a case taken up again begins to count anew."""

Changes = tuple[Mapping[str, Any], Mapping[str, Any]]
"""Columns of the case that change, and what the event tells of it."""


def deadline_changes(session: Session, case: Case, to: Status, *, at: datetime) -> Changes:
    """What moving a case to a status does to its deadline; nothing for one that has none."""
    before = case.status
    if before not in PAUSED and to in PAUSED:
        return _pause(session, case, at)
    if before in PAUSED and to not in PAUSED:
        return _resume(session, case, to, at)
    if before in DONE and to is Status.IN_PROGRESS:
        return _begin_again(session, case, at)
    return {}, {}


def due_by_now(session: Session, case: Case, *, at: datetime) -> date | None:
    """By when the answer would be due if the waiting ended now."""
    if case.paused_due_on is None or case.paused_days_left is None:
        return case.due_on
    return continued(
        case.paused_due_on,
        case.paused_days_left,
        japan_day(at),
        _desk(session, case).is_closed_on,
    )


def first_answer(session: Session, case: Case, *, at: datetime) -> Changes:
    """How long an answer sent now took, and whether it comes in time: as it is reckoned when it is sent."""
    moves = session.execute(
        select(Event.to_status, Event.at)
        .where(Event.case_id == case.id, Event.to_status.is_not(None))
        .order_by(Event.id)
    )
    stood_still: list[tuple[date, date]] = []
    begun: date | None = None
    for status, moved_at in moves:
        if status in PAUSED:
            begun = begun or japan_day(moved_at)
        elif begun is not None:
            stood_still.append((begun, japan_day(moved_at)))
            begun = None
    today = japan_day(at)
    days = office_days_taken(
        japan_day(case.received_at), today, stood_still, _desk(session, case).is_closed_on
    )
    timeliness = (
        Timeliness.NO_DEADLINE
        if case.due_on is None
        else Timeliness.IN_TIME
        if today <= case.due_on
        else Timeliness.LATE
    )
    return {"answered_at": at, "answer_days": days, "answer_timeliness": timeliness}, {
        "answer_days": days,
        "answer_timeliness": timeliness.value,
    }


def _pause(session: Session, case: Case, at: datetime) -> Changes:
    if case.due_on is None:
        return {}, {}
    left = office_days_in(japan_day(at), case.due_on, _desk(session, case).is_closed_on)
    return {"due_on": None, "paused_due_on": case.due_on, "paused_days_left": left}, {
        "paused_days_left": left
    }


def _resume(session: Session, case: Case, to: Status, at: datetime) -> Changes:
    before, due_on = case.paused_due_on, due_by_now(session, case, at=at)
    if before is None or due_on is None:
        return {}, {}
    ended = {"paused_due_on": None, "paused_days_left": None}
    if to in DONE:
        # No answer came, so none is owed any more.
        return ended, {}
    return {**ended, "due_on": due_on}, {"due_on": due_on.isoformat(), "due_before": before.isoformat()}


def _begin_again(session: Session, case: Case, at: datetime) -> Changes:
    desk = _desk(session, case)
    if (days := desk.answer_within_office_days) is None:
        return {"due_on": None}, {}
    due_on = office_day_after(japan_day(at), days, desk.is_closed_on)
    return {"due_on": due_on}, {"due_on": due_on.isoformat()}


def _desk(session: Session, case: Case) -> Desk:
    return from_json(session.get_one(DeskRow, case.desk_id).definition)
