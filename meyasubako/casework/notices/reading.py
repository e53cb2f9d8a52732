"""Reading: what somebody was told, newest first, one page at a time; and how much of it they have not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.casework.notices.rows import IS_ADMITTED
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import ActorKind, EventKind, NoticeKind
from meyasubako.store.models import Case, Event, Notice, Receipt, StaffGrant

PAGE_SIZE: Final = 50
MOST_COUNTED: Final = 100
"""So many unread ones are counted at most."""
READ_KEPT: Final = timedelta(days=90)
UNREAD_KEPT: Final = timedelta(days=365)
FORGOTTEN_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One line: why it was told, what happened, who did it, to which case."""

    id: int
    kind: NoticeKind
    event: EventKind
    by: str
    at: datetime
    is_unread: bool
    case_id: int
    desk_id: int
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A page of notices; `newer` and `older` lead on, None at either end. `newest` is the last one there is."""

    rows: tuple[NoticeRow, ...]
    newer: int | None
    older: int | None
    newest: int


def unread(staff_id: Any) -> ColumnElement[int]:
    """How many notices somebody has not seen, MOST_COUNTED at most; of cases they may open. A column of a query."""
    at_desks = select(StaffGrant.desk_id).where(StaffGrant.staff_id == staff_id)
    found = (
        select(Notice.id)
        .join(Case, Case.id == Notice.case_id)
        .where(Notice.staff_id == staff_id, Notice.read_at.is_(None), Case.desk_id.in_(at_desks), IS_ADMITTED)
        .limit(MOST_COUNTED)
    )
    return select(func.count()).select_from(found.subquery()).scalar_subquery().label("unread")


def listed(
    session: Session,
    actor: Actor,
    *,
    only_unread: bool = False,
    before: int | None = None,
    after: int | None = None,
) -> NoticePage:
    """A page of what somebody was told: the newest, or those older than the notice `before`, or newer than `after`."""
    own = _own(actor).where(Notice.read_at.is_(None)) if only_unread else _own(actor)
    columns = own.with_only_columns(
        Notice.id,
        Notice.kind,
        Notice.at,
        Notice.read_at,
        Event.kind.label("event"),
        Event.actor_kind,
        Event.actor_name,
        Case.id.label("case_id"),
        Case.desk_id,
        Case.ordinal,
        Case.title,
        Receipt.number,
    )
    if after is not None:
        wanted = columns.where(Notice.id > after).order_by(Notice.id)
    else:
        wanted = columns.order_by(Notice.id.desc())
        wanted = wanted.where(Notice.id < before) if before is not None else wanted
    found = list(session.execute(wanted.limit(PAGE_SIZE + 1)))
    goes_on, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if after is not None:
        found.reverse()
    has_newer = goes_on if after is not None else before is not None
    has_older = goes_on if after is None else True
    newest = session.scalar(_own(actor).with_only_columns(func.max(Notice.id))) or 0
    return NoticePage(
        tuple(_row(each) for each in found),
        newer=found[0].id if found and has_newer else None,
        older=found[-1].id if found and has_older else None,
        newest=newest,
    )


def read_all(session: Session, *, until: int, by: Actor, at: datetime) -> int:
    """Everything up to a notice has been seen; returns how many had not."""
    return _read(session, (Notice.staff_id == by.id, Notice.id <= until), at)


def read_case(session: Session, case_id: int, *, until: int | None, by: Actor, at: datetime) -> int:
    """What was told of a case, up to an event if one is given, has been seen with it; returns how many had not."""
    which = [Notice.case_id == case_id, Notice.staff_id == by.id]
    if until is not None:
        which.append(Notice.event_id <= until)
    return _read(session, which, at)


def read_before(session: Session, moment: datetime, *, desk_id: int, at: datetime) -> int:
    """Whatever was told at a desk before a moment has been seen by everybody; returns how much had not."""
    return _read(session, (Notice.desk_id == desk_id, Notice.at < moment), at)


def forget(session: Session, *, at: datetime) -> int:
    """Let go of old notices, some at a time; returns how many."""
    is_old = or_(
        (Notice.at < at - READ_KEPT) & Notice.read_at.is_not(None),
        Notice.at < at - UNREAD_KEPT,
    )
    old = select(Notice.id).where(Notice.at < at - READ_KEPT, is_old).limit(FORGOTTEN_AT_ONCE)
    result = session.execute(
        delete(Notice).where(Notice.id.in_(old)).execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount


def _own(actor: Actor) -> Select[Any]:
    """What somebody was told of cases they may open now."""
    return (
        select(Notice.id)
        .join(Event, Event.id == Notice.event_id)
        .join(Case, Case.id == Notice.case_id)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(
            Notice.staff_id == actor.id,
            Case.desk_id.in_(actor.desks_for(Need.VIEW_CASES)),
            IS_ADMITTED,
        )
    )


def _read(session: Session, which: Sequence[ColumnElement[bool]], at: datetime) -> int:
    result = session.execute(
        update(Notice)
        .where(*which, Notice.read_at.is_(None))
        .values(read_at=at)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount


def _row(found: Any) -> NoticeRow:
    by = found.actor_name if found.actor_kind is ActorKind.STAFF else found.actor_kind.label
    return NoticeRow(
        id=found.id,
        kind=found.kind,
        event=found.event,
        by=by,
        at=found.at,
        is_unread=found.read_at is None,
        case_id=found.case_id,
        desk_id=found.desk_id,
        number=cases.case_number(found.number, found.ordinal),
        title=found.title,
    )
