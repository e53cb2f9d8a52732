"""How a tally is set out on the page: which columns, which rows under which, and where each number leads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request

from meyasubako.casework import tallies
from meyasubako.casework.tallies import Cell, Figure, Part, Period, PeriodKind, Row, Table, Tally
from meyasubako.core import dates
from meyasubako.core.dates import Month
from meyasubako.core.desk import Desk
from meyasubako.core.vocabulary import Dimension, Measure
from meyasubako.web import page

MOST_MONTH_COLUMNS: Final = 24
STATUSES_GO_ON: Final = "対応状況だけは、いまの状況を数えるため、締めたあとも変わります。"
"""The one exception to what closing a month says."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: of which period, which part of the figure, or its share."""

    label: str
    index: int
    period: Period
    part: Part | None = None
    is_share: bool = False
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class Printed:
    """One cell as printed: a number with its cases behind it, or a percentage."""

    number: int
    href: str
    percent: str | None


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """One row; `is_head` leads the rows set in under it."""

    label: str
    depth: int
    is_head: bool
    cells: tuple[Printed, ...]


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """One table with its heading and footnote."""

    caption: str
    columns: list[Column]
    rows: list[PrintedRow]
    total: PrintedRow
    note: str


def measures(desk: Desk) -> list[tuple[Measure, str]]:
    """What can be counted: 件数 or 項目数, in the desk's words."""
    return [
        (Measure.RECEIPTS, desk.tally_labels.receipts),
        (Measure.CASES, desk.tally_labels.cases),
    ]


def columns_of_month(found: Tally, month: Month, present: Month) -> list[Column]:
    """A month, what of it is correction, and its fiscal year so far with its shares; a past year is named."""
    year = dates.fiscal_year(month)
    of_year = "今年度" if year == dates.fiscal_year(present) else dates.fiscal_year_text(year)
    index = found.position(PeriodKind.MONTH, month)
    whole = len(found.periods) - 1
    of_month, so_far = found.periods[index], found.periods[whole]
    columns = [Column(f"{month % 100}月", index, of_month)]
    if _has_corrections(found, index):
        columns.append(Column("うち訂正", index, of_month, Part.CORRECTION))
    columns.append(Column(f"{of_year}累計", whole, so_far, is_sum=True))
    columns.append(Column("構成比（累計）", whole, so_far, is_share=True))
    return columns


def columns_of_range(found: Tally) -> list[Column]:
    """Month by month with a sum for each fiscal year; of a long range, the fiscal years only."""
    whole = len(found.periods) - 1
    months = sum(1 for period in found.periods if period.kind is PeriodKind.MONTH)
    columns = []
    for index, period in enumerate(found.periods[:-1]):
        if period.kind is PeriodKind.FISCAL_YEAR:
            columns.append(Column(period.label, index, period, is_sum=True))
        elif months <= MOST_MONTH_COLUMNS:
            columns.append(Column(period.label.removeprefix("令和"), index, period))
    last = found.periods[whole]
    columns.append(Column("合計", whole, last, is_sum=True))
    if _has_corrections(found, whole):
        columns.append(Column("うち訂正", whole, last, Part.CORRECTION))
    columns.append(Column("構成比", whole, last, is_share=True))
    return columns


def tables(
    found: Tally, desk: Desk, measure: Measure, columns: list[Column], request: Request
) -> list[PrintedTable]:
    """Every table of a measure; statuses and outcomes, which only cases have, stand under both."""
    here = page.url(request, "staff_tally_cases", desk=found.desk_code)
    listed = [
        found.table(measure, Dimension.REQUESTER_GROUP),
        found.table(measure, Dimension.PURPOSE),
        found.table(measure, Dimension.TOPIC),
        found.table(measure, Dimension.CHANNEL),
        found.table(Measure.CASES, Dimension.STATUS),
        found.table(Measure.CASES, Dimension.OUTCOME),
    ]
    return [_table(found, desk, table, columns, here) for table in listed if table.rows]


def about(desk: Desk, cell: Cell, label: str) -> list[tuple[str, str]]:
    """What a figure is, in words: its row, months, and part."""
    words = dict(measures(desk))
    months = dates.wareki_month(cell.first)
    if cell.last != cell.first:
        months += f"～{dates.wareki_month(cell.last)}"
    lines = [
        ("数えたもの", words[cell.measure]),
        (tallies.label_of(desk, cell.dimension), label),
        ("集計した月", months),
    ]
    if cell.part is not None:
        words_of_part = {Part.VALUE: "訂正を除く", Part.CORRECTION: "訂正だけ"}
        lines.append(("範囲", words_of_part[cell.part]))
    if cell.as_of is not None:
        lines.append(("時点", f"{dates.wareki(dates.japan_day(cell.as_of))}現在"))
    return lines


def _has_corrections(found: Tally, index: int) -> bool:
    return any(row.figures[index].correction for table in found.tables for row in (*table.rows, table.total))


def _table(found: Tally, desk: Desk, table: Table, columns: list[Column], here: str) -> PrintedTable:
    rows = [
        PrintedRow(row.label, depth, is_head, tuple(_cells(found, of, row, columns, here)))
        for of, row, depth, is_head in _rows(found, desk, table)
    ]
    total = PrintedRow(
        "合計", 0, is_head=False, cells=tuple(_cells(found, table, table.total, columns, here))
    )
    caption = table.label if table.dimension in {Dimension.STATUS, Dimension.OUTCOME} else f"{table.label}別"
    return PrintedTable(f"{caption}（{table.measure_label}）", columns, rows, total, _note(table))


def _rows(found: Tally, desk: Desk, table: Table) -> Iterator[tuple[Table, Row, int, bool]]:
    """The rows of a table; under a group of several kinds of requesters, the kinds."""
    if table.dimension is not Dimension.REQUESTER_GROUP:
        parents = {row.parent for row in table.rows}
        yield from ((table, row, row.depth, row.code in parents) for row in table.rows)
        return
    types = found.table(table.measure, Dimension.REQUESTER_TYPE)
    group_of = {option.code.value: option.group for option in desk.requester_types}
    for group in table.rows:
        members = [row for row in types.rows if group_of.get(row.code, tallies.UNKNOWN) == group.code]
        is_split = len(members) > 1
        yield table, group, 0, is_split
        if is_split:
            yield from ((types, row, 1, False) for row in members)


def _cells(found: Tally, table: Table, row: Row, columns: list[Column], here: str) -> Iterator[Printed]:
    for column in columns:
        figure = row.figures[column.index]
        percent = None
        if column.is_share:
            percent = "－" if figure.share is None else f"{figure.share}%".replace("-", "△")
        yield Printed(_number(figure, column.part), _href(found, table, row, column, here), percent)


def _number(figure: Figure, part: Part | None) -> int:
    return figure.correction if part is Part.CORRECTION else figure.booked


def _href(found: Tally, table: Table, row: Row, column: Column, here: str) -> str:
    query = {
        "measure": table.measure.value,
        "dimension": table.dimension.value,
        "code": row.code,
        "from": dates.month_text(column.period.first),
        "to": dates.month_text(column.period.last),
    }
    if column.part is not None:
        query["part"] = column.part.value
    if found.as_of is not None:
        query["as_of"] = found.as_of.isoformat()
    return f"{here}?{urlencode(query)}"


def _note(table: Table) -> str:
    """What has to be said so that nobody adds the rows up in vain."""
    match table.dimension, table.measure:
        case Dimension.TOPIC, _:
            return "1つの案件が複数の分野に当たることがあるため、行の合計は合計欄と一致しないことがあります。"
        case Dimension.PURPOSE, Measure.RECEIPTS:
            return "1通に複数の案件があるときは、それぞれの行に1件と数えます。行の合計は合計欄と一致しないことがあります。"
        case Dimension.STATUS, _:
            return f"受け付けた月ごとに、集計した時点の対応状況で数えています。{STATUSES_GO_ON}"
        case Dimension.OUTCOME, _:
            return "完了した月に数えています。"
        case _:
            return ""
