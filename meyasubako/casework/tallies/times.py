"""The desk of each time: a closed month keeps the names and the tree of topics it had when it was closed.

Otherwise moving a topic would change figures that are final. A month still open is counted as the desk stands.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month, next_month
from meyasubako.core.desk import TOPIC, Desk, Topic, from_json
from meyasubako.store.models import DeskRevision, MonthClosing

EARLIEST: Final[Month] = 0
LATEST: Final[Month] = 999_912

Pairs = tuple[tuple[str, str], ...]
"""A topic and a row it is counted in: its own, and those of all topics above it."""


@dataclass(frozen=True, slots=True)
class Tree:
    """From which month to which figures are counted in which rows."""

    first: Month
    last: Month
    pairs: Pairs


@dataclass(frozen=True, slots=True)
class Times:
    """What a tally counts by: the desk as its last month has it, the trees of all months, and every name a topic had."""

    desk: Desk
    trees: tuple[Tree, ...]
    names: Mapping[str, str]


def times(session: Session, applied: AppliedDesk, last: Month, cutoff: datetime | None) -> Times:
    """What a tally up to a month counts by, now or as of an instant; three queries at most.

    Only as many definitions are read as there were different trees.
    """
    closings = select(MonthClosing.month, MonthClosing.closed_at).where(MonthClosing.desk_id == applied.id)
    made = select(DeskRevision.revision, DeskRevision.made_at, DeskRevision.changes)
    if cutoff is not None:
        closings = closings.where(MonthClosing.closed_at <= cutoff)
    closed = session.execute(closings.order_by(MonthClosing.month)).all()
    revisions = session.execute(
        made.where(DeskRevision.desk_id == applied.id).order_by(DeskRevision.revision)
    ).all()
    # The same tree and names of topics as an earlier revision had.
    alike: dict[int, int] = {}
    begun = 0
    for number, row in enumerate(revisions):
        if not number or any(change["what"] == TOPIC for change in row.changes):
            begun = row.revision
        alike[row.revision] = begun

    def standing_at(instant: datetime) -> int:
        return max(
            (row.revision for row in revisions if row.made_at <= instant), default=revisions[0].revision
        )

    now = revisions[-1].revision if cutoff is None else standing_at(cutoff)
    of_month = {row.month: standing_at(row.closed_at) for row in closed}
    of_last = next((number for month, number in of_month.items() if month >= last), now)
    wanted = {now, of_last, *(alike[each] for each in of_month.values())} - {applied.revision}
    desks = {applied.revision: applied.desk, **_definitions(session, applied.id, wanted)}
    trees: list[Tree] = []
    first = EARLIEST
    for month, number in of_month.items():
        trees.append(Tree(first, month, _pairs_then(desks[alike[number]], desks[now])))
        first = next_month(month)
    trees.append(Tree(first, LATEST, _pairs_then(desks[now], desks[now])))
    names = {topic.code: str(topic.label) for desk in desks.values() for topic in desk.all_topics()}
    return Times(desks[of_last], tuple(_joined(trees)), names)


def _definitions(session: Session, desk_id: int, numbers: set[int]) -> dict[int, Desk]:
    if not numbers:
        return {}
    rows = session.execute(
        select(DeskRevision.revision, DeskRevision.definition).where(
            DeskRevision.desk_id == desk_id, DeskRevision.revision.in_(numbers)
        )
    )
    return {row.revision: from_json(row.definition) for row in rows}


def _pairs_then(desk: Desk, now: Desk) -> Pairs:
    pairs = tuple(_pairs(desk.topics))
    known = {topic for topic, _ in pairs}
    # What came later can still be booked for an earlier month, as a correction.
    return (*pairs, *(pair for pair in _pairs(now.topics) if pair[0] not in known))


def _pairs(topics: Iterable[Topic], above: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    for topic in topics:
        line = (*above, topic.code)
        yield from ((topic.code, row) for row in line)
        yield from _pairs(topic.children, line)


def _joined(trees: list[Tree]) -> Iterator[Tree]:
    """Neighbours that count the same, as one."""
    before = trees[0]
    for each in trees[1:]:
        if set(each.pairs) == set(before.pairs):
            before = Tree(before.first, each.last, each.pairs)
        else:
            yield before
            before = each
    yield before
