"""What is published of a fiscal year, as a set of equations: it leaves every hidden number open."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from meyasubako.casework.tallies import (
    MonthFigures,
    PublicBreakdown,
    PublicRow,
    PublicTotal,
    PublishedMonth,
    year_tabulation,
)
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import PublicTable
from meyasubako.core.tabulation import PrintedTable, Reach
from meyasubako.core.tabulation.hiding import hidden_rows
from meyasubako.core.vocabulary import Dimension, Quantity
from tests.harness.shipped import shipped_desk

DESK = AppliedDesk(1, 1, shipped_desk("mie-dx-center"))
ROWS = ("businesses", "residents", "governments", "others")
FIRST = 202204
SMALLEST = 3


def published(history: Sequence[Sequence[int]], every: Reach) -> list[PublishedMonth]:
    """The months of a year that begins with this history of the numbers of each row."""
    length = {Reach.MONTH: 1, Reach.QUARTER: 3}[every]
    found: list[PublishedMonth] = []
    for place, counts in enumerate(history):
        month = dates.next_month(FIRST, place)
        breakdowns: tuple[PublicBreakdown, ...] = ()
        if (place + 1) % length == 0:
            span = history[place + 1 - length : place + 1]
            numbers = dict(zip(ROWS, map(sum, zip(*span, strict=True)), strict=True))
            hidden = hidden_rows(numbers, SMALLEST, tuple(map(sum, span)))
            lines = tuple(
                PublicRow(code, code, None if code in hidden else number) for code, number in numbers.items()
            )
            first = dates.next_month(month, 1 - length)
            breakdowns = (
                PublicBreakdown(
                    *(Quantity.RECEIPTS, "件数", "件", Dimension.REQUESTER_GROUP, "相談者", every),
                    *(first, month, lines, sum(numbers.values())),
                ),
            )
        total = PublicTotal(Quantity.RECEIPTS, "件数", "件", sum(counts))
        rules = (PublicTable(Quantity.RECEIPTS, Dimension.REQUESTER_GROUP, every),)
        figures = MonthFigures(SMALLEST, rules, (total,), breakdowns)
        found.append(PublishedMonth(month, datetime(2023, 4, 1, tzinfo=UTC), figures))
    return found


def equations(table: PrintedTable) -> tuple[np.ndarray, np.ndarray]:
    """Every printed number of a table across spans as a sum of its inner cells, row by row."""
    spans = len(table.headings) - 1
    unknowns = len(table.lines) * spans
    left: list[np.ndarray] = []
    right: list[float] = []
    assert table.total is not None
    for row, line in enumerate((*table.lines, table.total)):
        for column, cell in enumerate(line.cells):
            if cell.number is None:
                continue
            grid = np.zeros((len(table.lines), spans))
            grid[
                slice(None) if row == len(table.lines) else row, slice(None) if column == spans else column
            ] = 1
            left.append(grid.reshape(unknowns))
            right.append(float(cell.number))
    return np.array(left), np.array(right)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.one_of(st.integers(0, 4), st.integers(0, 30))] * len(ROWS)), min_size=3, max_size=6
    ).filter(lambda history: len(history) % 3 == 0),
    st.sampled_from((Reach.MONTH, Reach.QUARTER)),
)
def test_no_hidden_number_follows_from_all_that_is_printed(
    history: list[tuple[int, ...]], every: Reach
) -> None:
    """Rows, columns and sums are a network, so that the bounds of each cell are whole numbers that can be true."""
    table = year_tabulation(DESK, published(history, every)).tables[1]
    left, right = equations(table)
    spans = len(table.headings) - 1
    for row, line in enumerate(table.lines):
        for column, cell in enumerate(line.cells[:spans]):
            assert cell.number is None or cell.number == 0 or cell.number >= SMALLEST
            if not cell.is_hidden:
                continue
            wanted = np.zeros(left.shape[1])
            wanted[row * spans + column] = 1
            least, most = (
                sign * linprog(sign * wanted, A_eq=left, b_eq=right, bounds=(0, None)).fun for sign in (1, -1)
            )
            assert most - least >= 1 - 1e-6, (line.code, table.headings[column].key)


def test_a_sum_is_printed_where_all_its_parts_are() -> None:
    months = published([(5, 4, 1, 0), (6, 0, 0, 0), (3, 4, 9, 3)], Reach.MONTH)
    totals, groups = year_tabulation(DESK, months).tables
    assert [line.cells[0].number for line in totals.lines] == [10, 6, 19]
    assert totals.total is not None
    assert totals.total.cells[0].number == 35
    printed = {line.code: [cell.number for cell in line.cells] for line in groups.lines}
    assert printed == {
        "businesses": [5, 6, 3, 14],
        "residents": [4, 0, 4, 8],
        "governments": [None, 0, 9, None],
        "others": [None, 0, 3, None],
    }
    assert groups.total is not None
    assert [cell.number for cell in groups.total.cells] == [10, 6, 19, 35]
