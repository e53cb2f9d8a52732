"""How many cases wait in each queue: counted up to a limit, so that counting never costs more than a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import Date, Integer, ScalarSelect, Select, bindparam, func, select
from sqlalchemy.orm import Session

from meyasubako.casework import selection
from meyasubako.casework.selection import Standpoint
from meyasubako.core.conditions import NEWS, Queue
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import Status
from meyasubako.store.models import Case

MOST_COUNTED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Count:
    """So many; `is_more` when there are more than were counted."""

    number: int
    is_more: bool = False

    def __bool__(self) -> bool:
        return self.number > 0


@dataclass(frozen=True, slots=True)
class WorkCounts:
    """How many cases wait in each queue, and how many were put aside for checking."""

    by_queue: Mapping[Queue, Count]
    quarantined: Count

    def __getitem__(self, queue: Queue) -> Count:
        return self.by_queue[queue]


def work_counts(session: Session, actor: Actor, desk_id: int, today: date) -> WorkCounts:
    """All counts by one query; nothing waits for those who may not see the cases of the desk."""
    if not actor.may(Need.VIEW_CASES, desk_id):
        return WorkCounts(dict.fromkeys(Queue, Count(0)), Count(0))
    here = Standpoint.of(actor, desk_id, today)
    values = {name: getattr(here, name) for name in Standpoint.__dataclass_fields__}
    found = [_count(each) for each in session.execute(_counted(), {**values, "most": MOST_COUNTED + 1}).one()]
    *by_queue, quarantined = found
    return WorkCounts(dict(zip(Queue, by_queue, strict=True)), quarantined)


def count_up(session: Session, listed: Select[Any]) -> Count:
    """How many cases a list has."""
    some = listed.with_only_columns(Case.id).order_by(None).limit(MOST_COUNTED + 1).subquery()
    return _count(session.scalar(select(func.count()).select_from(some)) or 0)


@cache
def _counted() -> Select[*tuple[Any, ...]]:
    # Made once: putting so large a query together takes longer than answering it.
    here = Standpoint(
        staff_id=bindparam("staff_id", type_=Integer),
        desk_id=bindparam("desk_id", type_=Integer),
        today=bindparam("today", type_=Date),
        sunday=bindparam("sunday", type_=Date),
    )
    of_desk = select(Case.id).where(Case.desk_id == here.desk_id)
    waiting = [
        selection.with_news(queue, here.desk_id)
        if queue in NEWS
        else of_desk.where(selection.waits(queue, here))
        for queue in Queue
    ]
    # Counted from the last happening backwards; else PostgreSQL looks at every case there is.
    unseen = list(Queue).index(Queue.UNSEEN)
    waiting[unseen] = waiting[unseen].order_by(Case.changed_at.desc(), Case.id.desc())
    waiting.append(of_desk.where(Case.status == Status.QUARANTINED))
    return select(*(_up_to_limit(each) for each in waiting))


def _up_to_limit(wanted: Select[Any]) -> ScalarSelect[int]:
    some = wanted.limit(bindparam("most", type_=Integer)).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _count(found: int) -> Count:
    return Count(min(found, MOST_COUNTED), found > MOST_COUNTED)
