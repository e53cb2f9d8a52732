"""Sums kept beside the ledger, so that a month's figures take the same time however long it is.

A figure is what is kept plus the entries that came after, so it is exact at any moment, also while nothing is folded in.
A closed month is never counted again: no entry is booked in it any more, and its topics stay in the rows they were in.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    cast,
    delete,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from meyasubako.casework.tallies.counting import Wanted, add_areas, add_groups, count, known
from meyasubako.casework.tallies.folding import (
    BY_ENTRY,
    BY_THING,
    CODES,
    Booked,
    Changes,
    by_thing,
    changes,
    day_of,
    of_all_days,
)
from meyasubako.casework.tallies.shape import Counts
from meyasubako.casework.tallies.times import EARLIEST, LATEST, Times, times
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.vocabulary import Dimension, Measure
from meyasubako.store.inserting import insert_or_add
from meyasubako.store.models import DeskRow, LedgerEntry, TallyProgress, TallySum, table_of

MADE_OF: Final[Mapping[Dimension, Dimension]] = {
    Dimension.REQUESTER_GROUP: Dimension.REQUESTER_TYPE,
    Dimension.AREA: Dimension.MUNICIPALITY,
}
"""What is the sum of what else."""
LONGEST_TAIL: Final = 20_000
"""More entries than this after the kept sums are counted in the ledger itself."""
MADE_AS: Final = f"1-{zlib.crc32(repr((BY_ENTRY, BY_THING, CODES)).encode()):08x}"
"""Changes with what is kept; sums made in another way are made anew."""

_ALL_DAYS: Final = 0
_ENTRIES: Final = table_of(LedgerEntry)


def _text_of(dimension: Dimension) -> ColumnElement[Any]:
    column = _ENTRIES.c[dimension.value]
    return cast(column, String) if dimension is Dimension.DAYS else type_coerce(column, String)


_SUMS: Final = table_of(TallySum)
_KEY: Final = tuple(column.name for column in _SUMS.primary_key)
_BOOKED: Final = (
    type_coerce(_ENTRIES.c.measure, String),
    _ENTRIES.c.sign,
    _ENTRIES.c.receipt_id,
    _ENTRIES.c.case_id,
    _ENTRIES.c.effective_month,
    _ENTRIES.c.booked_month,
    _ENTRIES.c.recorded_at,
    *(_text_of(dimension) for dimension in CODES),
)


def figures(
    session: Session,
    applied: AppliedDesk,
    first: Month,
    last: Month,
    cutoff: datetime | None,
    when: Times,
    wanted: Wanted,
) -> Counts:
    """The wanted figures of every month of the range, now or as known at the end of a day, by measure, dimension and code."""
    wanted = frozenset((measure, by and MADE_OF.get(by, by)) for measure, by in wanted)
    progress = session.get(TallyProgress, applied.id)
    counts: Counts | None = None
    if progress is not None and progress.made_as == MADE_AS:
        counts = _kept_and_later(session, applied.id, progress, first, last, cutoff, when, wanted)
    if counts is None:
        counts = count(session, known(applied.id, cutoff), first, last, when.trees, wanted=wanted)
    add_groups(applied.desk, counts)
    add_areas(when.desk, counts)
    return counts


def due(session: Session) -> list[int]:
    """The desks whose ledger has gone on, or whose definition has changed, since their sums were last looked at."""
    newest = (
        select(func.max(LedgerEntry.id))
        .where(LedgerEntry.desk_id == DeskRow.id)
        .correlate(DeskRow)
        .scalar_subquery()
    )
    found = (
        select(DeskRow.id)
        .outerjoin(TallyProgress, TallyProgress.desk_id == DeskRow.id)
        .where(
            or_(
                TallyProgress.desk_id.is_(None),
                TallyProgress.made_as != MADE_AS,
                TallyProgress.revision != DeskRow.revision,
                TallyProgress.entry_id < newest,
            )
        )
    )
    return list(session.scalars(found.order_by(DeskRow.id)))


def fold(session: Session, applied: AppliedDesk, *, limit: int) -> int:
    """Add the next entries to the sums; returns how many. None are added while topics must be counted anew first."""
    _wait_for_bookings(session, applied.id)
    when = times(session, applied, LATEST, None)
    progress = session.get(TallyProgress, applied.id)
    if progress is None or progress.made_as != MADE_AS:
        progress = _begin(session, applied, progress, when)
    if progress.tree != when.tree:
        return 0
    progress.revision = applied.revision
    ids = (
        select(_ENTRIES.c.id)
        .where(_ENTRIES.c.desk_id == applied.id, _ENTRIES.c.id > progress.entry_id)
        .order_by(_ENTRIES.c.id)
        .limit(limit)
    )
    taken, up_to = session.execute(select(func.count(), func.max(ids.subquery().c.id))).one()
    if taken:
        batch = _read(session, [*_later(applied.id, progress), _ENTRIES.c.id <= up_to])
        _add(session, applied.id, changes(batch, _earlier(session, applied.id, progress, up_to), when))
        progress.entry_id = up_to
    session.flush()
    return taken


@dataclass(frozen=True, slots=True)
class Outdated:
    """Topics to be counted anew: of which months, up to which entry, as which tree has them, and of which receipts."""

    desk_id: int
    settled: Month
    entry_id: int
    former: int
    tree: int
    receipts: tuple[int, ...]

    def parts(self, size: int) -> Iterable[tuple[int, int]]:
        """The receipts as ranges of so many."""
        ids = iter(self.receipts)
        while part := list(islice(ids, size)):
            yield part[0], part[-1]


def outdated(session: Session, applied: AppliedDesk) -> Outdated | None:
    """What a new tree of topics leaves to be counted anew: the months that were open when it came. None if there is nothing."""
    progress = session.get(TallyProgress, applied.id)
    if progress is None or progress.made_as != MADE_AS:
        return None
    when = times(session, applied, LATEST, None)
    if progress.tree == when.tree:
        return None
    settled = when.settled_by(progress.tree)
    receipts = session.scalars(
        select(LedgerEntry.receipt_id)
        .where(
            *known(applied.id, up_to=progress.entry_id),
            LedgerEntry.measure == Measure.TOPICS,
            LedgerEntry.booked_month > settled,
        )
        .distinct()
        .order_by(LedgerEntry.receipt_id)
    )
    return Outdated(applied.id, settled, progress.entry_id, progress.tree, when.tree, tuple(receipts))


def count_topics(
    session: Session, applied: AppliedDesk, plan: Outdated, receipts: tuple[int, int]
) -> Changes:
    """The figures of topics anew, as far as these receipts are in them. The ledger only grows, so parts fit together."""
    entries = _read(
        session,
        [
            _ENTRIES.c.desk_id == applied.id,
            _ENTRIES.c.receipt_id.between(*receipts),
            _ENTRIES.c.measure == Measure.TOPICS,
            _ENTRIES.c.id <= plan.entry_id,
        ],
    )
    counted = by_thing(entries, times(session, applied, LATEST, None))
    return Changes({key: number for key, number in counted.items() if key[3] > plan.settled})


def renew(session: Session, applied: AppliedDesk, plan: Outdated, counted: Changes) -> bool:
    """Put topics counted anew in place of what is kept; False if something happened meanwhile, so that they don't fit."""
    _wait_for_bookings(session, applied.id)
    progress = session.get(TallyProgress, applied.id)
    when = times(session, applied, LATEST, None)
    if progress is None or (progress.entry_id, progress.tree, progress.made_as, when.tree) != (
        plan.entry_id,
        plan.former,
        MADE_AS,
        plan.tree,
    ):
        return False
    session.execute(
        delete(TallySum).where(
            TallySum.desk_id == applied.id,
            TallySum.month > plan.settled,
            TallySum.dimension == Dimension.TOPIC.value,
        )
    )
    _add(session, applied.id, counted)
    progress.tree, progress.revision = plan.tree, applied.revision
    session.flush()
    return True


def start_over(session: Session) -> None:
    """Forget all sums; they are made anew from the ledger, which answers meanwhile."""
    session.execute(delete(TallyProgress))
    session.execute(delete(TallySum))


def differences(session: Session, applied: AppliedDesk) -> tuple[str, ...]:
    """How the sums kept for a desk differ from its ledger, in words; it changes nothing."""
    progress = session.get(TallyProgress, applied.id)
    if progress is None or progress.made_as != MADE_AS:
        return ()
    when = times(session, applied, LATEST, None)
    settled = when.settled_by(progress.tree)
    entries = known(applied.id, up_to=progress.entry_id)
    wanted = _without_later_topics(count(session, entries, EARLIEST, LATEST, when.trees), settled)
    told: list[str] = []
    for day, of in ((TallySum.day == _ALL_DAYS, ""), (TallySum.day != _ALL_DAYS, "日ごとの")):
        kept = _without_later_topics(_kept(session, [TallySum.desk_id == applied.id, day]), settled)
        told += [
            f"{applied.code}　{dates.month_text(key[3])}　{of}{_words(key)}：{kept[key]:,}（台帳では {wanted[key]:,}）"
            for key in sorted(wanted | kept, key=repr)
            if wanted[key] != kept[key]
        ]
    return tuple(told)


def _words(key: tuple[Measure, Dimension | None, str, Month, bool]) -> str:
    measure, dimension, code, _, is_own = key
    return "・".join(
        (measure.label, dimension.label if dimension else "全体", code, "当月分" if is_own else "訂正")
    )


def _kept_and_later(
    session: Session,
    desk_id: int,
    progress: TallyProgress,
    first: Month,
    last: Month,
    cutoff: datetime | None,
    when: Times,
    wanted: Wanted,
) -> Counts | None:
    """What is kept plus what came after; None when too much did."""
    tail = _read(session, _later(desk_id, progress), limit=LONGEST_TAIL + 1)
    if len(tail) > LONGEST_TAIL:
        return None
    until = None if cutoff is None else day_of(cutoff)
    counts = _kept(
        session,
        [
            TallySum.desk_id == desk_id,
            TallySum.month.in_(dates.months_between(first, last)),
            TallySum.measure.in_({measure for measure, _ in wanted}),
            TallySum.dimension.in_({by.value if by else "" for _, by in wanted}),
            TallySum.day == _ALL_DAYS if until is None else TallySum.day.between(_ALL_DAYS + 1, until),
        ],
    )
    if tail:
        later = of_all_days(changes(tail, _earlier(session, desk_id, progress), when), until=until)
        counts.update({key: number for key, number in later.items() if first <= key[3] <= last})
    settled = when.settled_by(progress.tree)
    if settled < last:
        # Topics were moved since: until they are counted anew, the ledger is asked.
        begin = first if settled < first else dates.next_month(settled)
        counts = _without_later_topics(counts, settled)
        topics = count(
            session, known(desk_id, cutoff), begin, last, when.trees, topics_only=True, wanted=wanted
        )
        counts.update(topics)
    return counts


def _kept(session: Session, which: list[ColumnElement[bool]]) -> Counts:
    key = (
        type_coerce(TallySum.measure, String),
        TallySum.dimension,
        TallySum.code,
        TallySum.month,
        TallySum.is_own,
    )
    found = session.execute(
        select(*key, cast(func.sum(TallySum.number), Integer())).where(*which).group_by(*key)
    )
    return Counts(
        {
            (Measure(measure), Dimension(dimension) if dimension else None, code, month, bool(is_own)): number
            for measure, dimension, code, month, is_own, number in found
            if number
        }
    )


def _without_later_topics(counts: Counts, settled: Month) -> Counts:
    return Counts(
        {key: number for key, number in counts.items() if key[1] is not Dimension.TOPIC or key[3] <= settled}
    )


def _wait_for_bookings(session: Session, desk_id: int) -> None:
    """Whoever is booking holds the desk's row: after them, no entry with a lower number can come any more."""
    session.execute(select(DeskRow.id).where(DeskRow.id == desk_id).with_for_update())


def _begin(
    session: Session, applied: AppliedDesk, progress: TallyProgress | None, when: Times
) -> TallyProgress:
    session.execute(delete(TallySum).where(TallySum.desk_id == applied.id))
    begun = progress or TallyProgress(desk_id=applied.id)
    begun.entry_id, begun.tree, begun.made_as = 0, when.tree, MADE_AS
    begun.revision = applied.revision
    session.add(begun)
    return begun


def _later(desk_id: int, progress: TallyProgress) -> list[ColumnElement[bool]]:
    return [_ENTRIES.c.desk_id == desk_id, _ENTRIES.c.id > progress.entry_id]


def _earlier(
    session: Session, desk_id: int, progress: TallyProgress, up_to: int | None = None
) -> Sequence[Booked]:
    """The entries already kept, of the receipts that come after and are counted once."""
    of_thing = _ENTRIES.c.measure.in_(tuple(BY_THING))
    touched = select(_ENTRIES.c.receipt_id).where(*_later(desk_id, progress), of_thing)
    if up_to is not None:
        touched = touched.where(_ENTRIES.c.id <= up_to)
    return _read(session, [_ENTRIES.c.receipt_id.in_(touched), of_thing, _ENTRIES.c.id <= progress.entry_id])


def _read(
    session: Session, which: list[ColumnElement[bool]], *, limit: int | None = None
) -> Sequence[Booked]:
    found: Select[*tuple[Any, ...]] = select(*_BOOKED).where(*which).limit(limit)
    return [Booked._make((*row[:7], tuple(row[7:]))) for row in session.execute(found)]


def _add(session: Session, desk_id: int, changed: Changes) -> None:
    rows: dict[tuple[Any, ...], int] = {}
    for (measure, dimension, code, month, is_own, day), number in changed.items():
        for kept_day in (_ALL_DAYS, day):
            key = (desk_id, month, kept_day, measure, dimension.value if dimension else "", code, is_own)
            rows[key] = rows.get(key, 0) + number
    values = [
        dict(zip((*_KEY, "number"), (*key, number), strict=True)) for key, number in rows.items() if number
    ]
    if values:
        insert_or_add(session, TallySum, values, key=_KEY, added="number")
