"""Looks (見たしるし): who has seen what of a case, and who is on it now, so that two people do not do the same work."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session

from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor, Need
from meyasubako.store.inserting import insert_unless_taken
from meyasubako.store.models import CaseLook, DeskLook, Staff

HERE_FOR: Final = timedelta(seconds=90)
"""Whoever gave a sign of life within this time has the case open; a page with script gives one twice as often."""
REMEMBERED_FOR: Final = timedelta(minutes=15)
"""Whoever looked within this time may still be at it: without script a page gives no sign of life."""
VISIT_ENDS_AFTER: Final = timedelta(minutes=15)
"""Marks of what is new stay for a whole visit, however often the page is loaded."""

_SEEN: Final = select(CaseLook.event_id, CaseLook.event_before, CaseLook.seen_at).where(
    CaseLook.case_id == bindparam("of_case"), CaseLook.staff_id == bindparam("by")
)
_OTHERS: Final = (
    select(Staff.name, CaseLook.seen_at)
    .join(CaseLook, CaseLook.staff_id == Staff.id)
    .where(
        CaseLook.case_id == bindparam("of_case"),
        CaseLook.staff_id != bindparam("by"),
        CaseLook.seen_at > bindparam("seen_after"),
        Staff.is_active,
    )
    .order_by(CaseLook.seen_at.desc(), Staff.id)
)


@dataclass(frozen=True, slots=True)
class Seen:
    """How far a case has been seen: when it had last changed, and its last event."""

    changed_at: datetime
    event_id: int


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody else on the same case. `is_here`: it is open before them now, as far as one can know."""

    name: str
    seen_at: datetime
    is_here: bool


def look(session: Session, case_id: int, seen: Seen, *, by: Actor, at: datetime) -> None:
    """Note how far a member of staff has seen a case they may see."""
    values = {
        "case_id": case_id,
        "staff_id": by.id,
        "seen_at": at,
        "changed_at": seen.changed_at,
        "event_id": seen.event_id,
        "event_before": seen.event_id,
    }
    is_first = session.execute(
        insert_unless_taken(session, CaseLook).values(values).returning(CaseLook.case_id)
    ).scalar_one_or_none()
    if is_first is not None:
        return
    before = session.scalars(_look_of(by, case_id)).one()
    if at - before.seen_at >= VISIT_ENDS_AFTER:
        before.event_before = before.event_id
    before.seen_at = max(before.seen_at, at)
    if seen.event_id >= before.event_id:
        before.event_id, before.changed_at = seen.event_id, max(before.changed_at, seen.changed_at)
    session.flush()


def stay(session: Session, case_id: int, *, by: Actor, at: datetime) -> None:
    """Note that a case is still open before somebody who looked at it."""
    session.execute(
        update(CaseLook)
        .where(CaseLook.case_id == case_id, CaseLook.staff_id == by.id, CaseLook.seen_at < at)
        .values(seen_at=at)
    )


def new_since(session: Session, case_id: int, *, by: Actor, at: datetime) -> int | None:
    """The last event somebody had seen of a case before this visit; None when they never looked."""
    found = session.execute(_SEEN, {"of_case": case_id, "by": by.id}).one_or_none()
    if found is None:
        return None
    return found.event_id if at - found.seen_at >= VISIT_ENDS_AFTER else found.event_before


def others(session: Session, case_id: int, *, by: Actor, at: datetime) -> tuple[Other, ...]:
    """Who else has a case open or looked at it a short while ago, the latest first."""
    wanted = {"of_case": case_id, "by": by.id, "seen_after": at - REMEMBERED_FOR}
    rows = session.execute(_OTHERS, wanted)
    return tuple(Other(name, seen_at, at - seen_at < HERE_FOR) for name, seen_at in rows)


def take_note(session: Session, desk_id: int, *, by: Actor, at: datetime) -> None:
    """Say that one has taken note of everything that happened at a desk until now. Raises NotFound."""
    if by.id is None or not by.may(Need.VIEW_CASES, desk_id):
        raise NotFound
    values = {"staff_id": by.id, "desk_id": desk_id, "looked_at": at}
    session.execute(insert_unless_taken(session, DeskLook).values(values))
    session.execute(
        update(DeskLook).where(DeskLook.staff_id == by.id, DeskLook.desk_id == desk_id).values(looked_at=at)
    )


def _look_of(by: Actor, case_id: int) -> Select[CaseLook]:
    return select(CaseLook).where(CaseLook.case_id == case_id, CaseLook.staff_id == by.id)
