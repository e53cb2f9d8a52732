"""How many cases wait in each queue: counted up to a limit, so that counting never costs more than a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from meyasubako.casework import selection
from meyasubako.core.conditions import Queue
from meyasubako.core.policy import Actor
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


def work_counts(
    session: Session, actor: Actor, desk_id: int, today: date, *, listed: Select[Any] | None
) -> tuple[WorkCounts, Count]:
    """All counts by one query: of the queues, and of what is `listed`, where that is asked for."""
    of_desk = selection.of_desk(actor, desk_id)
    counted = [_up_to_limit(of_desk.where(selection.waits(queue, actor, desk_id, today))) for queue in Queue]
    counted.append(_up_to_limit(of_desk.where(Case.status == Status.QUARANTINED)))
    if listed is not None:
        counted.append(_up_to_limit(listed))
    found = [_count(each) for each in session.execute(select(*counted)).one()]
    by_queue, (quarantined, *total) = found[: len(Queue)], found[len(Queue) :]
    return WorkCounts(dict(zip(Queue, by_queue, strict=True)), quarantined), (*total, Count(0))[0]


def _up_to_limit(wanted: Select[Any]) -> ScalarSelect[int]:
    some = wanted.with_only_columns(Case.id).order_by(None).limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _count(found: int) -> Count:
    return Count(min(found, MOST_COUNTED), found > MOST_COUNTED)
