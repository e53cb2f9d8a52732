"""The nearest cases in which something is found: looked for from a place on, in stretches that grow with how rare it is.

A word that stands in every second case would be found a hundred thousand times before the newest twenty could be chosen.
So the newest cases are looked at first, then as many more as it takes by what was found in them; and for what is rare, all
at once, which is quick because it is rare.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from meyasubako.casework import searching, selection
from meyasubako.casework.casefiles.places import Cursor
from meyasubako.casework.searching import Asked
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import Status
from meyasubako.store.models import Case

FIRST_LOOK: Final = 1_500
"""So many cases are looked at first."""
RARE: Final = 5
"""What is found no more often among those is looked for everywhere."""
ENOUGH: Final = 1.3
"""So many times as many cases are looked at as should hold what is still wanted."""


def nearest(
    session: Session,
    actor: Actor,
    applied: AppliedDesk,
    asked: Asked,
    most: int,
    *,
    place: Cursor | None = None,
    onwards: bool = True,
) -> list[int]:
    """The newest cases (their ids) that were asked for, the newest first, at most so many.

    With a place those older than it; or not `onwards` but back, those newer than it, the nearest first.
    """
    here = selection.of_desk(actor, applied.id)
    if not (asked.wants_put_aside or asked.is_for_a_number):
        here = here.where(Case.status != Status.QUARANTINED)
    if place is not None:
        here = here.where(_beyond(place, onwards=onwards))
    order = (Case.received_at, Case.id)
    order = [column.desc() if onwards else column.asc() for column in order]

    def found(*within: ColumnElement[bool], among: tuple[int, int] | None = None) -> list[int]:
        wanted = searching.condition(asked, actor=actor, desk_id=applied.id, among=among)
        listed = here.where(wanted, *within).with_only_columns(Case.id).order_by(*order).limit(most)
        return list(session.scalars(listed))

    looked_at = 0 if asked.is_for_a_number else FIRST_LOOK
    while looked_at:
        stretch = _stretch(session, here.order_by(*order).limit(looked_at))
        if stretch is None:
            return []
        count, ids, (oldest, newest) = stretch
        nearby = found(Case.id.between(*ids), Case.received_at.between(oldest, newest), among=ids)
        if len(nearby) >= most or count < looked_at:
            return nearby
        looked_at = _next_look(looked_at, len(nearby), most, last_id=ids[1])
    return found()


def _next_look(looked_at: int, hits: int, most: int, *, last_id: int) -> int:
    """How many cases to look at next; 0 for all of them."""
    if hits <= RARE:
        return 0
    wanted = max(2 * looked_at, int(ENOUGH * looked_at * most / hits))
    # Ids are given one after the other: there are hardly more cases than the last one says.
    return wanted if 2 * wanted < last_id else 0


def _stretch(
    session: Session, cases: Select[Any]
) -> tuple[int, tuple[int, int], tuple[datetime, datetime]] | None:
    """How many cases these are, their first and last id, and when the oldest and the newest came; None for none."""
    some = cases.with_only_columns(Case.id, Case.received_at).subquery()
    count, first, last, oldest, newest = session.execute(
        select(
            func.count(),
            func.min(some.c.id),
            func.max(some.c.id),
            func.min(some.c.received_at),
            func.max(some.c.received_at),
        )
    ).one()
    return (count, (first, last), (oldest, newest)) if count else None


def _beyond(place: Cursor, *, onwards: bool) -> ColumnElement[bool]:
    here = tuple_(literal(place.received_at, Case.received_at.type), literal(place.case_id))
    there = tuple_(Case.received_at, Case.id)
    return there < here if onwards else there > here
