"""The desk of each time: a closed month keeps the names and the tree of topics it had when it was closed.

Otherwise moving a topic would change figures that are final. A month still open is counted as the desk stands.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
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


@dataclass(frozen=True)
class Tree:
    """From which month to which figures are counted in which rows."""

    first: Month
    last: Month
    pairs: Pairs

    @cached_property
    def rows(self) -> Mapping[str, tuple[str, ...]]:
        """The rows of each topic."""
        found: dict[str, tuple[str, ...]] = {}
        for topic, row in self.pairs:
            found[topic] = (*found.get(topic, ()), row)
        return found


@dataclass(frozen=True, slots=True)
class Times:
    """What a tally counts by: the desk as its last month has it, the trees of all months, and every name a topic had."""

    desk: Desk
    trees: tuple[Tree, ...]
    names: Mapping[str, str]
    tree: int
    """Which tree the months still open are counted by: the first revision of the desk that had it."""
    closed_with: Mapping[Month, int]
    """The same for each closed month."""

    @property
    def below_others(self) -> frozenset[str] | None:
        """The topics that stand under others; None where that changed, so that one code is a top row in some months only."""
        of_trees = {
            frozenset(topic for topic, rows in tree.rows.items() if rows[0] != topic) for tree in self.trees
        }
        return of_trees.pop() if len(of_trees) == 1 else None

    def settled_by(self, tree: int) -> Month:
        """Up to which month topics were counted by this tree or earlier ones, and are so still."""
        if tree == self.tree:
            return LATEST
        return max((month for month, then in self.closed_with.items() if then <= tree), default=EARLIEST)

    def rows_of(self, topic: str, effective: Month) -> tuple[str, ...]:
        """In which rows a topic is counted that was true in a month."""
        for tree in self.trees:
            if tree.first <= effective <= tree.last:
                return tree.rows.get(topic, (topic,))
        return (topic,)


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
    closed_with = {month: alike[number] for month, number in of_month.items()}
    in_order = list(dict.fromkeys(closed_with.values()))
    pairs = {
        tree: _pairs_then([*(desks[each] for each in in_order[place:]), desks[now]])
        for place, tree in enumerate(in_order)
    }
    trees: list[Tree] = []
    first = EARLIEST
    for month, tree in closed_with.items():
        trees.append(Tree(first, month, pairs[tree]))
        first = next_month(month)
    trees.append(Tree(first, LATEST, _pairs_then([desks[now]])))
    names = {topic.code: str(topic.label) for desk in desks.values() for topic in desk.all_topics()}
    desk = desks[of_last]
    if not desk.areas:
        # What did not divide into areas then is divided as it is now.
        desk = replace(desk, areas=applied.desk.areas)
    return Times(desk, tuple(_joined(trees)), names, alike[now], closed_with)


def _definitions(session: Session, desk_id: int, numbers: set[int]) -> dict[int, Desk]:
    if not numbers:
        return {}
    rows = session.execute(
        select(DeskRevision.revision, DeskRevision.definition).where(
            DeskRevision.desk_id == desk_id, DeskRevision.revision.in_(numbers)
        )
    )
    return {row.revision: from_json(row.definition) for row in rows}


def _pairs_then(desks: Iterable[Desk]) -> Pairs:
    """The tree of the first desk. What came later can still be booked for its months, as a correction:

    a topic stands where it stood when a month was first closed with it, or else stands now.
    """
    found: dict[str, Pairs] = {}
    for desk in desks:
        line: dict[str, Pairs] = {}
        for topic, row in _pairs(desk.topics):
            line[topic] = (*line.get(topic, ()), (topic, row))
        found = {**line, **found}
    return tuple(pair for pairs in found.values() for pair in pairs)


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
