"""A tally as a table file and as plain data. Names of columns and keys stay as they are; what each means stands here.

desk, as_of: whose figures, and as known on which day: the one asked for, else that of counting
· measure: receipts 件数, cases 項目数 · dimension, code: the row · parent: the topic above it
· period: month, fiscal_year (as far as the range reaches) or total · state: final or provisional
· value: what belongs to the period · correction: 訂正, booked in it for earlier, closed months
· booked: the figure printed, the sum of both · share: percent of the column's total, half up.
"""

import json
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final

from meyasubako.casework.tallies.shape import Figure, Period, PeriodKind, Row, Table, Tally
from meyasubako.core import dates
from meyasubako.core.sheets import BOM, Cell, csv_lines
from meyasubako.core.vocabulary import Dimension

COLUMNS: Final = (
    "desk",
    "as_of",
    "measure",
    "measure_label",
    "dimension",
    "dimension_label",
    "code",
    "label",
    "parent",
    "period",
    "month",
    "fiscal_year",
    "period_label",
    "state",
    "value",
    "correction",
    "booked",
    "share",
)


def to_csv(tally: Tally, *, counted_on: date) -> str:
    """One line for each row and period, for a spreadsheet: with a byte order mark, and no text taken for a formula."""
    lines: list[Sequence[Cell]] = [COLUMNS]
    for table in tally.tables:
        for row in (*table.rows, table.total):
            for period, figure in zip(tally.periods, row.figures, strict=True):
                line = _line(tally, table, row, period, figure, counted_on)
                lines.append([line[name] for name in COLUMNS])
    return BOM + csv_lines(lines)


def to_json(tally: Tally, *, counted_on: date) -> str:
    """The tally as one JSON text."""
    return json.dumps(as_data(tally, counted_on=counted_on), ensure_ascii=False, indent=1) + "\n"


def as_data(
    tally: Tally,
    dimensions: Collection[Dimension] = tuple(Dimension),
    *,
    counted_on: date | None = None,
) -> dict[str, Any]:
    """The tally as plain data, by table, row and period; only these dimensions."""
    as_of = tally.as_of or counted_on
    return {
        "desk": tally.desk_code,
        "desk_name": tally.desk_name,
        "from": dates.month_text(tally.first),
        "to": dates.month_text(tally.last),
        "as_of": as_of.isoformat() if as_of else None,
        "periods": [_period(period) for period in tally.periods],
        "tables": [
            {
                "measure": table.measure.value,
                "measure_label": table.measure_label,
                "dimension": table.dimension.value,
                "dimension_label": table.label,
                "rows": [_row(row) for row in table.rows],
                "total": _row(table.total),
            }
            for table in tally.tables
            if table.dimension in dimensions
        ],
    }


def _period(period: Period) -> dict[str, Any]:
    return {
        "period": period.kind.value,
        "from": dates.month_text(period.first),
        "to": dates.month_text(period.last),
        "label": period.label,
        "state": period.state,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "code": row.code,
        "label": row.label,
        "parent": row.parent,
        "figures": [
            {
                "value": figure.value,
                "correction": figure.correction,
                "booked": figure.booked,
                "share": None if figure.share is None else float(figure.share),
            }
            for figure in row.figures
        ],
    }


def _line(
    tally: Tally, table: Table, row: Row, period: Period, figure: Figure, counted_on: date
) -> dict[str, str | int]:
    is_month, is_year = period.kind is PeriodKind.MONTH, period.kind is PeriodKind.FISCAL_YEAR
    return {
        "desk": tally.desk_code,
        "as_of": (tally.as_of or counted_on).isoformat(),
        "measure": table.measure.value,
        "measure_label": table.measure_label,
        "dimension": table.dimension.value,
        "dimension_label": table.label,
        "code": row.code,
        "label": row.label,
        "parent": row.parent or "",
        "period": period.kind.value,
        "month": dates.month_text(period.first) if is_month else "",
        "fiscal_year": dates.fiscal_year(period.first) if is_month or is_year else "",
        "period_label": period.label,
        "state": period.state,
        "value": figure.value,
        "correction": figure.correction,
        "booked": figure.booked,
        "share": "" if figure.share is None else str(figure.share),
    }
