"""What of a table can be drawn: rows of numbers of one kind and unit, and which way time runs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from meyasubako.core.tabulation import (
    Heading,
    Line,
    Picture,
    Printed,
    PrintedTable,
    Shown,
    ValueKind,
    written,
)

_TOTAL: Final = "total"
_COMPARED: Final = frozenset(each.value for each in Shown)
_TIME = re.compile(r"\d{4}-\d{2}|(?:.*[0-9元](?:月|年度?)|.*四半期)(?:（.*）)?")
_DIVISIBLE: Final = frozenset({ValueKind.COUNT})
_MOST_COMPARED: Final = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """A number as it is drawn and as it is written; None is a gap, and so is what is hidden."""

    number: Decimal | None
    text: str
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Marks under one label."""

    label: str
    marks: tuple[Mark, ...]
    depth: int = 0
    total: Mark | None = None

    @property
    def size(self) -> Decimal:
        """How much there is of it, to choose the largest."""
        return sum((abs(mark.number) for mark in self.marks if mark.number is not None), Decimal(0))


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows across columns. `totals` are those of the columns as they were counted, () where there are none.

    `is_divided`: the columns are parts of one thing, not what it is compared with.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    totals: tuple[Mark, ...]
    kind: ValueKind
    unit: str
    what: str
    is_divided: bool

    @property
    def marks(self) -> list[Mark]:
        """Every mark, row by row."""
        return [mark for row in self.rows for mark in row.marks]

    @property
    def numbers(self) -> list[Decimal]:
        """Every number that is known."""
        return [mark.number for mark in self.marks if mark.number is not None]

    @property
    def has_times_across(self) -> bool:
        """Whether the columns are months, quarters or years."""
        return (
            self.is_divided and len(self.columns) > 0 and all(_TIME.fullmatch(each) for each in self.columns)
        )

    @property
    def has_times_down(self) -> bool:
        """Whether the rows are months, quarters or years."""
        return len(self.rows) > 1 and all(_TIME.fullmatch(row.label) for row in self.rows)

    def turned(self) -> "Grid":
        """Rows as columns and columns as rows."""
        return replace(
            self,
            columns=tuple(row.label for row in self.rows),
            rows=tuple(
                Row(
                    label,
                    tuple(row.marks[place] for row in self.rows),
                    total=self.totals[place] if self.totals else None,
                )
                for place, label in enumerate(self.columns)
            ),
            totals=tuple(row.total for row in self.rows if row.total is not None)
            if self._has_row_totals
            else (),
        )

    def of_tops(self) -> "Grid":
        """Only rows that stand under no other, which would count the same twice."""
        least = min((row.depth for row in self.rows), default=0)
        tops = tuple(row for row in self.rows if row.depth == least)
        return replace(self, rows=tops) if len(tops) > 1 else self

    def of_largest(self, most: int) -> "Grid":
        """So many rows with the most in them, in the order of the table."""
        if len(self.rows) <= most:
            return self
        chosen = sorted(range(len(self.rows)), key=lambda place: -self.rows[place].size)[:most]
        return replace(self, rows=tuple(self.rows[place] for place in sorted(chosen)))

    @property
    def _has_row_totals(self) -> bool:
        return bool(self.rows) and all(row.total is not None for row in self.rows)


def read(table: PrintedTable) -> Grid:
    """The numbers of a table that are drawn: of its first quantity, or of a few that are alike."""
    chosen, is_divided = _chosen(table.headings)
    first = table.headings[chosen[0]] if chosen else Heading("", "")
    end = _end(table.headings, first) if is_divided else None
    groups = {table.headings[place].group for place in chosen}

    def marks(line: Line) -> tuple[Mark, ...]:
        return tuple(_mark(line.cells[place], first.kind, table.decimals) for place in chosen)

    return Grid(
        columns=tuple(
            _label(table.headings[place], among=groups if len(groups) > 1 else set(), is_divided=is_divided)
            for place in chosen
        ),
        rows=tuple(
            Row(
                line.label,
                marks(line),
                line.depth,
                None if end is None else _mark(line.cells[end], first.kind, table.decimals),
            )
            for line in (table.lines or ((table.total,) if table.total else ()))
        ),
        totals=marks(table.total) if table.total and table.lines else (),
        kind=first.kind,
        unit=first.unit,
        what=_what(first, is_divided=is_divided, is_alone=len(chosen) == 1) if len(groups) == 1 else "",
        is_divided=is_divided,
    )


def picture_of(grid: Grid, wanted: Picture) -> Picture:
    """The picture that was asked for, or the nearest one these numbers can be drawn as."""
    times = grid.has_times_across or grid.has_times_down
    match wanted:
        case Picture.LINE if times:
            return wanted
        case Picture.STACKED if grid.is_divided and len(grid.columns) > 1 and grid.kind in _DIVISIBLE:
            return wanted
        case Picture.STACKED if times and grid.is_divided:
            return Picture.LINE
        case Picture.MULTIPLES if grid.has_times_across or (grid.has_times_down and grid.is_divided):
            return wanted
        case Picture.MULTIPLES if times:
            return Picture.LINE
        case Picture.HEAT if grid.is_divided and len(grid.columns) > 1:
            return wanted
        case _:
            return _bars_or_cells(grid)


def _bars_or_cells(grid: Grid) -> Picture:
    """Bars, unless there would be many beside each other that no total stands for."""
    many = (
        grid.is_divided and len(grid.columns) > _MOST_COMPARED and any(row.total is None for row in grid.rows)
    )
    return Picture.HEAT if many else Picture.BAR


def as_bars(grid: Grid) -> Grid:
    """For bars, what is divided is shown by its totals where the table has them."""
    if not grid.is_divided or len(grid.columns) == 1 or any(row.total is None for row in grid.rows):
        return grid
    return replace(
        grid,
        columns=("合計",),
        rows=tuple(replace(row, marks=(row.total,)) for row in grid.rows if row.total is not None),
        totals=(),
    )


def _chosen(headings: Sequence[Heading]) -> tuple[list[int], bool]:
    """Which columns are drawn, and whether they divide what they count."""
    places = [place for place, each in enumerate(headings) if _part(each) != _TOTAL]
    if not places:
        return list(range(min(len(headings), 1))), False
    first = headings[places[0]]
    alike = [
        place for place in places if (headings[place].kind, headings[place].unit) == (first.kind, first.unit)
    ]
    if _part(first) not in _COMPARED:
        return [place for place in alike if _stem(headings[place]) == _stem(first)], True
    same = [place for place in alike if _part(headings[place]) == _part(first)]
    if len(same) > 1:
        return same[:_MOST_COMPARED], False
    before = {Shown.SPAN.value: Shown.YEAR_BEFORE.value, Shown.TO_DATE.value: Shown.TO_DATE_BEFORE.value}
    beside = [place for place in alike if _part(headings[place]) == before.get(_part(first))]
    return [*same, *beside], False


def _end(headings: Sequence[Heading], first: Heading) -> int | None:
    """The column with the total of the divided ones."""
    found = (
        place
        for place, each in enumerate(headings)
        if _part(each) == _TOTAL and _stem(each) == _stem(first) and each.kind is first.kind
    )
    return next(found, None)


def _part(heading: Heading) -> str:
    return heading.key.rpartition(".")[2]


def _stem(heading: Heading) -> str:
    return heading.key.rpartition(".")[0]


def _label(heading: Heading, *, among: set[str], is_divided: bool) -> str:
    """A column in a word: where several groups stand side by side, with its group or by it."""
    if not among:
        return heading.label
    return f"{heading.group}{heading.label}" if is_divided else heading.group or heading.label


def _what(first: Heading, *, is_divided: bool, is_alone: bool) -> str:
    """What the numbers are, as far as one word says it."""
    if is_divided:
        return first.group
    return (
        "　".join(dict.fromkeys(each for each in (first.group, first.label) if each))
        if is_alone
        else first.group
    )


def _mark(cell: Printed, kind: ValueKind, decimals: int) -> Mark:
    known = cell.number is not None and not cell.is_hidden
    number = Decimal(cell.number) if known and cell.number is not None else None
    return Mark(number, written(cell, kind, decimals=decimals), cell.is_hidden)
