"""How a tally is laid out: its tables, its columns (months, fiscal years, the whole range), its figures and shares."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from meyasubako.casework.tallies.rows import TOTAL, UNKNOWN, Head, heads_of, label_of
from meyasubako.core import dates
from meyasubako.core.dates import Month
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.numbers import share
from meyasubako.core.vocabulary import Dimension, Measure

Counts = Counter[tuple[Measure, Dimension | None, str, Month, bool]]
"""Measure, dimension (None: all of it), code, month booked, and whether it is that month's own; to a number."""

Numbers = dict[tuple[Dimension | None, str], dict[tuple[Month, bool], int]]
"""What is counted under one measure, by dimension and code: a number for each month booked, own or corrections."""

MOST_MONTHS: Final = 120

HANDED_IN: Final = (
    Dimension.REQUESTER_GROUP,
    Dimension.REQUESTER_TYPE,
    Dimension.PURPOSE,
    Dimension.TOPIC,
    Dimension.CHANNEL,
)
TABLES: Final = (
    *((Measure.RECEIPTS, dimension) for dimension in HANDED_IN),
    *((Measure.CASES, dimension) for dimension in (*HANDED_IN, Dimension.STATUS, Dimension.OUTCOME)),
)
"""Every table of a tally: 件数 and 項目数 by each of these."""


WANTED: Final = frozenset(
    (
        {Dimension.STATUS: Measure.STATUSES, Dimension.OUTCOME: Measure.OUTCOMES}.get(by, measure),
        each,
    )
    for measure, by in TABLES
    for each in (by, None)
)
"""What of the ledger these tables are made of."""


class PeriodKind(StrEnum):
    """What a column adds up."""

    MONTH = "month"
    FISCAL_YEAR = "fiscal_year"
    TOTAL = "total"


class Part(StrEnum):
    """Which entries of a figure: its own month's, or the corrections (訂正) booked in it."""

    VALUE = "value"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Period:
    """A column: a month, a fiscal year as far as the range reaches, or the whole range."""

    kind: PeriodKind
    first: Month
    last: Month
    label: str
    is_final: bool

    @property
    def state(self) -> str:
        return "final" if self.is_final else "provisional"

    @property
    def state_label(self) -> str:
        return "確定値" if self.is_final else "速報値"


@dataclass(frozen=True, slots=True)
class Figure:
    """What is printed: the period's own entries, the corrections for closed months, the share of the column's total."""

    value: int
    correction: int
    share: Decimal | None

    @property
    def booked(self) -> int:
        """The figure printed; the sum of both."""
        return self.value + self.correction


@dataclass(frozen=True, slots=True)
class Row:
    """A row; `figures` stand in the order of the tally's periods. `parent` is the topic above."""

    code: str
    label: str
    depth: int
    parent: str | None
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One measure by one dimension. The total is counted, not added up: a case may stand in two rows."""

    measure: Measure
    measure_label: str
    dimension: Dimension
    label: str
    rows: tuple[Row, ...]
    total: Row

    def row(self, code: str) -> Row:
        """The row with this code. Raises KeyError."""
        for row in (*self.rows, self.total):
            if row.code == code:
                return row
        raise KeyError(code)


@dataclass(frozen=True, slots=True)
class Tally:
    """A desk's figures for a range of months. The last period is the whole range."""

    desk_code: str
    desk_name: str
    first: Month
    last: Month
    as_of: date | None
    periods: tuple[Period, ...]
    tables: tuple[Table, ...]

    def table(self, measure: Measure, dimension: Dimension) -> Table:
        """One of the tables. Raises KeyError."""
        for table in self.tables:
            if (table.measure, table.dimension) == (measure, dimension):
                return table
        raise KeyError((measure, dimension))

    def position(self, kind: PeriodKind, first: Month) -> int:
        """Which period begins there, as an index into the figures of every row. Raises KeyError."""
        for index, period in enumerate(self.periods):
            if period.kind is kind and period.first == first:
                return index
        raise KeyError((kind, first))


def missing_range() -> FieldError:
    """What to say when a range is needed and was not given."""
    return FieldError(
        "from", "集計する初めの月（from）と終わりの月（to）を、2026-06 のような形で書いてください。"
    )


def read_range(first: str, last: str) -> tuple[Month, Month]:
    """A range as typed. Raises InvalidInput for the fields `from` and `to`."""
    months: list[Month] = []
    errors: list[FieldError] = []
    for field, typed in (("from", first), ("to", last)):
        try:
            months.append(dates.read_month(typed))
        except ValueError:
            errors.append(FieldError(field, "月は 2026-06 のような形で書いてください。"))
    if errors:
        raise InvalidInput(*errors)
    check_range(months[0], months[1])
    return months[0], months[1]


def check_range(first: Month, last: Month, *, most: int = MOST_MONTHS) -> None:
    """Raises InvalidInput for a range that ends before it begins, or has more months than can be read."""
    if last < first:
        raise InvalidInput(FieldError("to", "終わりの月は、初めの月と同じか後にしてください。"))
    if dates.next_month(first, most) <= last:
        raise InvalidInput(FieldError("to", f"一度に集計できるのは{most // 12}年分までです。"))


def build(
    desk: Desk,
    counts: Counts,
    closed: frozenset[Month],
    *,
    first: Month,
    last: Month,
    as_of: datetime | None,
    known: Mapping[str, str],
) -> Tally:
    """Lay the counts out in tables. `known` names topics the desk does not have any more."""
    periods = tuple(_periods(first, last, closed))
    kept: dict[Measure, Numbers] = {}
    for (counted, by, code, month, is_own), number in counts.items():
        kept.setdefault(counted, {}).setdefault((by, code), {})[month, is_own] = number
    return Tally(
        desk_code=desk.code,
        desk_name=desk.name,
        first=first,
        last=last,
        as_of=None if as_of is None else dates.japan_day(as_of),
        periods=periods,
        tables=tuple(
            _table(
                desk,
                _numbers(kept, measure, dimension),
                periods,
                measure,
                dimension,
                known,
            )
            for measure, dimension in TABLES
        ),
    )


def _numbers(kept: Mapping[Measure, Numbers], measure: Measure, dimension: Dimension) -> Numbers:
    numbers = kept.get(ledger_measure(measure, dimension), {})
    if dimension is not Dimension.STATUS:
        return numbers
    # How cases stand now corrects no month; how many they are does, here as in every other table of theirs.
    whole = (None, TOTAL)
    return {**numbers, whole: kept.get(measure, {}).get(whole, {})}


def ledger_measure(measure: Measure, dimension: Dimension | None) -> Measure:
    """Under which measure the ledger keeps the rows of a table."""
    if dimension is Dimension.STATUS:
        return Measure.STATUSES
    return Measure.OUTCOMES if dimension is Dimension.OUTCOME else measure


def _periods(first: Month, last: Month, closed: frozenset[Month]) -> Iterator[Period]:
    months = list(dates.months_between(first, last))
    years = sorted({dates.fiscal_year(month) for month in months})

    def period(kind: PeriodKind, label: str, within: list[Month]) -> Period:
        return Period(kind, within[0], within[-1], label, closed.issuperset(within))

    for year in years:
        of_year = [month for month in months if dates.fiscal_year(month) == year]
        for month in of_year:
            yield period(PeriodKind.MONTH, dates.wareki_month(month), [month])
        if len(years) > 1:
            yield period(PeriodKind.FISCAL_YEAR, dates.fiscal_year_text(year), of_year)
    label = dates.wareki_month(first)
    if last != first:
        label += f"～{dates.wareki_month(last)}"
    yield period(PeriodKind.TOTAL, label, months)


def _table(
    desk: Desk,
    numbers: Numbers,
    periods: tuple[Period, ...],
    measure: Measure,
    dimension: Dimension,
    known: Mapping[str, str],
) -> Table:
    months = [list(dates.months_between(each.first, each.last)) for each in periods]

    def sums(by: Dimension | None, code: str) -> list[tuple[int, int]]:
        of_row = numbers.get((by, code))
        if of_row is None:
            return [(0, 0)] * len(periods)
        own, corrected = (
            [sum(of_row.get((month, is_own), 0) for month in of_period) for of_period in months]
            for is_own in (True, False)
        )
        return list(zip(own, corrected, strict=True))

    totals = sums(None, TOTAL)

    def row(head: Head) -> Row:
        by = None if head.code == TOTAL else dimension
        figures = tuple(
            Figure(value, correction, share(value + correction, sum(total)))
            for (value, correction), total in zip(sums(by, head.code), totals, strict=True)
        )
        return Row(head.code, head.label, head.depth, head.parent, figures)

    heads = list(heads_of(desk, dimension))
    listed = {head.code for head in heads}
    # A code the desk never had could only come from outside; it is shown rather than lost.
    strange = sorted({code for by, code in numbers if by is dimension and code not in listed})
    last = heads.pop() if heads and heads[-1].code == UNKNOWN else None
    heads += [Head(code, known.get(code, code), only_if_used=True) for code in strange]
    heads += [last] if last else []
    rows = [
        row(head)
        for head in heads
        if not head.only_if_used or any(numbers.get((dimension, head.code), {}).values())
    ]
    return Table(
        measure=measure,
        measure_label=desk.tally_labels.receipts if measure is Measure.RECEIPTS else desk.tally_labels.cases,
        dimension=dimension,
        label=label_of(desk, dimension),
        rows=tuple(rows),
        total=row(Head(TOTAL, "合計")),
    )
