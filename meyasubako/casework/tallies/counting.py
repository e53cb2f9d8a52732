"""Sums over the ledger, one query for each way of counting, however long the range.

What can be true of one thing several times (a case has two topics, a receipt two cases) is counted once for each thing:
a thing enters a row when its first such entry is booked, and leaves it when its last one is taken back.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Subquery,
    case,
    cast,
    column,
    func,
    literal,
    select,
    type_coerce,
    union_all,
    values,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from meyasubako.casework import ledger
from meyasubako.casework.tallies.folding import BY_ENTRY
from meyasubako.casework.tallies.rows import TOTAL, UNKNOWN
from meyasubako.casework.tallies.shape import Counts
from meyasubako.casework.tallies.times import Tree
from meyasubako.core import dates
from meyasubako.core.areas import ABROAD, OUTSIDE
from meyasubako.core.dates import Month
from meyasubako.core.desk import ABROAD_CODE, OUTSIDE_CODE, Desk
from meyasubako.core.vocabulary import Dimension, Measure, RequesterType
from meyasubako.store.models import LedgerEntry

ENTRY = LedgerEntry
Entries = Sequence[ColumnElement[bool]]
"""Which entries are counted, as conditions."""
Wanted = frozenset[tuple[Measure, Dimension | None]]
"""What is asked for, by measure and dimension; None is the whole of a measure."""

COUNTED_ONCE: Final = (
    (Measure.RECEIPTS, Dimension.PURPOSE),
    (Measure.RECEIPTS, Dimension.TOPIC),
    (Measure.CASES, Dimension.TOPIC),
)
"""What one thing can be several times, and is counted once for."""

IS_OWN = ENTRY.booked_month == ENTRY.effective_month
"""Booked in the month it belongs to; otherwise it is a correction (訂正)."""


def count(
    session: Session,
    entries: Entries,
    first: Month,
    last: Month,
    trees: Sequence[Tree],
    *,
    topics_only: bool = False,
    wanted: Wanted | None = None,
) -> Counts:
    """Every figure of every month of the range, by measure, dimension and code; groups are made of types later.

    With `wanted` those are there for sure, others may be.
    """
    counts: Counts = Counter()
    if not topics_only:
        within = [*entries, ENTRY.booked_month.between(first, last)]
        for measures, dimensions, with_total in _AT_ONCE:
            of_these = {(measure, each) for measure in measures for each in dimensions}
            of_these |= {(measure, None) for measure in measures if with_total}
            if wanted is None or wanted & of_these:
                _add(session, counts, within, measures, dimensions, with_total=with_total)
    for measure, dimension in COUNTED_ONCE:
        if topics_only and dimension is not Dimension.TOPIC:
            continue
        if wanted is not None and (measure, dimension) not in wanted:
            continue
        changes = changes_of(entries, measure, dimension, first, last, trees)
        is_own = changes.c.booked_month == changes.c.effective_month
        sums = select(
            changes.c.code, changes.c.booked_month, is_own, cast(func.sum(changes.c.change), Integer())
        ).group_by(changes.c.code, changes.c.booked_month, is_own)
        for code, month, own, number in session.execute(sums):
            counts[measure, dimension, code, month, bool(own)] += number
    return counts


def code_of(dimension: Dimension) -> ColumnElement[Any]:
    """The code an entry has of a dimension that its own column holds."""
    match dimension:
        case Dimension.MUNICIPALITY:
            return case((ENTRY.municipality == "", UNKNOWN), else_=ENTRY.municipality)
        case Dimension.DAYS:
            return func.coalesce(cast(ENTRY.days, String), UNKNOWN)
        case _:
            return func.coalesce(type_coerce(getattr(ENTRY, dimension.value), String), UNKNOWN)


def known(desk_id: int, cutoff: datetime | None = None, *, up_to: int | None = None) -> Entries:
    """The entries of a desk that were there at an instant; with `up_to`, as far as this one."""
    conditions: list[ColumnElement[bool]] = [ENTRY.desk_id == desk_id]
    if cutoff is not None:
        conditions.append(ENTRY.recorded_at <= cutoff)
    if up_to is not None:
        conditions.append(ENTRY.id <= up_to)
    return conditions


def add_groups(desk: Desk, counts: Counts) -> None:
    """Add the rows of groups: each is the sum of the types in it, as the desk groups them."""
    of_types = [each for each in counts.items() if each[0][1] is Dimension.REQUESTER_TYPE]
    for (measure, _, code, month, own), number in of_types:
        group = group_code(desk, RequesterType(code))
        counts[measure, Dimension.REQUESTER_GROUP, group, month, own] += number


def add_areas(desk: Desk, counts: Counts) -> None:
    """Add the rows of areas: each is the sum of the municipalities in it, as the desk divides them."""
    area_of = area_codes(desk)
    of_places = [each for each in counts.items() if each[0][1] is Dimension.MUNICIPALITY]
    for (measure, _, code, month, own), number in of_places:
        counts[measure, Dimension.AREA, area_of.get(code, UNKNOWN), month, own] += number


def closed_months(
    session: Session, desk_id: int, first: Month, last: Month, cutoff: datetime | None
) -> frozenset[Month]:
    """The months of a range that are final, or were at an instant."""
    closed = ledger.last_closed(session, desk_id, as_of=cutoff)
    return frozenset(month for month in dates.months_between(first, last) if closed and month <= closed)


def group_code(desk: Desk, requester_type: RequesterType) -> str:
    """The row a requester is counted in: the desk's group, or 不明."""
    group = desk.group_of(requester_type)
    return group.code if group else UNKNOWN


def area_codes(desk: Desk) -> Mapping[str, str]:
    """The area each municipality is counted in, and the places outside the prefecture."""
    of_areas = {name: area.code for area in desk.areas for name in area.municipalities}
    return {**of_areas, OUTSIDE: OUTSIDE_CODE, ABROAD: ABROAD_CODE}


def subject_of(measure: Measure) -> InstrumentedAttribute[Any]:
    """What a measure counts: receipts or cases."""
    return ENTRY.receipt_id if measure is Measure.RECEIPTS else ENTRY.case_id


def changes_of(
    entries: Entries,
    measure: Measure,
    dimension: Dimension,
    first: Month,
    last: Month,
    trees: Sequence[Tree],
) -> Subquery:
    """When which receipt or case entered (+1) or left (-1) a row of purposes or topics, of those booked in the range."""
    by_topic = dimension is Dimension.TOPIC
    source = Measure.TOPICS if by_topic else Measure.CASES
    code = func.coalesce(ENTRY.topic if by_topic else ENTRY.purpose, UNKNOWN)
    scope = [*entries, ENTRY.measure == source]
    return presence(
        scope, subject_of(measure), {"code": code}, first, last, {"code": trees} if by_topic else {}
    )


def presence(
    scope: Entries,
    subject: InstrumentedAttribute[Any],
    codes: Mapping[str, ColumnElement[Any]],
    first: Month,
    last: Month,
    above: Mapping[str, Sequence[Tree]],
) -> Subquery:
    """When which thing entered (+1) or left (-1) a row of these codes. `above`: the codes that count in the rows above, too."""
    within = ENTRY.booked_month.between(first, last)
    booked = select(
        subject.label("subject"),
        *(code.label(name) for name, code in codes.items()),
        ENTRY.effective_month,
        ENTRY.booked_month,
        ENTRY.sign,
    ).where(*scope)
    own = _net(booked.where(within, IS_OWN), above)
    # What a correction changes depends on what was booked before it, however long ago. It is rare: only then is it looked up.
    corrected = select(subject).where(*scope, within, ~IS_OWN)
    net = _net(booked.where(ENTRY.booked_month <= last, subject.in_(corrected)), above)
    of_thing = [each for each in _columns(net) if each.name != "booked_month"]
    standing = cast(
        func.sum(net.c.net).over(partition_by=of_thing, order_by=net.c.booked_month),
        Integer,
    )
    stood = select(*net.c, standing.label("standing")).subquery()
    change = _is_there(stood.c.standing) - _is_there(stood.c.standing - stood.c.net)
    return union_all(
        select(*_columns(own), literal(1, Integer).label("change")).where(own.c.net > 0),
        select(*_columns(stood), change.label("change")).where(
            stood.c.booked_month.between(first, last),
            stood.c.booked_month != stood.c.effective_month,
            change != 0,
        ),
    ).subquery()


def _columns(table: Subquery) -> list[ColumnElement[Any]]:
    return [each for each in table.c if each.name not in {"sign", "net", "standing"}]


def _net(entries: Select[*tuple[Any, ...]], above: Mapping[str, Sequence[Tree]]) -> Subquery:
    """What was booked for each thing in each row and month, all in all."""
    rows = entries.subquery()
    for name, trees in above.items():
        rows = _with_rows_above(rows, name, trees).subquery()
    net = cast(func.sum(rows.c.sign), Integer()).label("net")
    return select(*_columns(rows), net).group_by(*_columns(rows)).subquery()


def _is_there(standing: ColumnElement[int]) -> ColumnElement[int]:
    return case((standing > 0, literal(1, Integer)), else_=literal(0, Integer))


def _with_rows_above(entries: Subquery, name: str, trees: Sequence[Tree]) -> Select[*tuple[Any, ...]]:
    """Each entry once for its own topic and once for every topic above it, as the tree of its month had them."""
    pairs = [(*pair, tree.first, tree.last) for tree in trees for pair in tree.pairs]
    columns = [each for each in entries.c if each.name != name]
    if not pairs:
        return select(entries)
    named = (
        column("topic", String),
        column("row", String),
        column("since", Integer),
        column("until", Integer),
    )
    rows = values(*named, name="topic_row").data(pairs).cte()
    is_above = rows.c.topic == entries.c[name]
    if len(trees) > 1:
        is_above &= entries.c.effective_month.between(rows.c.since, rows.c.until)
    return select(*columns, func.coalesce(rows.c.row, entries.c[name]).label(name)).select_from(
        entries.outerjoin(rows, is_above)
    )


_AT_ONCE: Final = (
    (
        (Measure.RECEIPTS, Measure.CASES),
        (Dimension.REQUESTER_TYPE, Dimension.CHANNEL, Dimension.PURPOSE),
        True,
    ),
    ((Measure.RECEIPTS, Measure.CASES), (Dimension.MUNICIPALITY,), False),
    (
        (Measure.CASES, Measure.OUTCOMES, Measure.REPLIES, Measure.FIRST_ANSWERS),
        (Dimension.DIVISION,),
        False,
    ),
    ((Measure.STATUSES, Measure.OUTCOMES), (Dimension.STATUS, Dimension.OUTCOME), True),
    ((Measure.STATUSES,), (Dimension.PRIORITY,), False),
    (
        tuple(
            measure
            for measure in BY_ENTRY
            if measure not in {Measure.RECEIPTS, Measure.CASES, Measure.STATUSES, Measure.OUTCOMES}
        ),
        (
            *(Dimension.PROVIDER_KIND, Dimension.GRADE, Dimension.PRACTICE),
            *(Dimension.TIMELINESS, Dimension.DAYS),
        ),
        True,
    ),
)
"""What is asked of the ledger at once: of which measures, by which dimensions, and whether the whole of each is made of it."""


def _add(
    session: Session,
    counts: Counts,
    within: list[ColumnElement[bool]],
    measures: tuple[Measure, ...],
    dimensions: tuple[Dimension, ...],
    *,
    with_total: bool,
) -> None:
    # Codes as they lie there: what stands for none is put in afterwards.
    columns = (getattr(ENTRY, each.value) for each in dimensions)
    codes_as_text = [type_coerce(each, String()) for each in columns]
    by: list[Any] = [ENTRY.measure, ENTRY.booked_month, IS_OWN, *codes_as_text]
    sums: Select[*tuple[Any, ...]] = (
        select(*by, cast(func.sum(ENTRY.sign), Integer()))
        .where(*within, ENTRY.measure.in_(measures))
        .group_by(*by)
    )
    for measure, month, own, *codes, number in session.execute(sums):
        if with_total:
            counts[measure, None, TOTAL, month, bool(own)] += number
        for dimension, code in zip(dimensions, codes, strict=True):
            if dimension in BY_ENTRY[measure]:
                written = UNKNOWN if code in {None, ""} else str(code)
                counts[measure, dimension, written, month, bool(own)] += number
