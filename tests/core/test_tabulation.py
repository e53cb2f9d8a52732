"""A number of a table is written the same way wherever it is printed."""

from decimal import Decimal

import pytest

from meyasubako.core.tabulation import Printed, ValueKind, written


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        (Printed(1234567), ValueKind.COUNT, "1,234,567"),
        (Printed(0), ValueKind.COUNT, "0"),
        (Printed(None), ValueKind.COUNT, "－"),
        (Printed(None, is_hidden=True), ValueKind.COUNT, "X"),
        (Printed(-5), ValueKind.CHANGE, "△5"),
        (Printed(Decimal("56.0")), ValueKind.PERCENT, "56.0%"),
        (Printed(Decimal("-0.5")), ValueKind.PERCENT, "△0.5%"),
        (Printed(Decimal("12.0")), ValueKind.DAYS, "12"),
        (Printed(Decimal("3.5")), ValueKind.DAYS, "3.5"),
    ],
)
def test_numbers_are_written_as_official_tables_print_them(cell: Printed, kind: ValueKind, text: str) -> None:
    assert written(cell, kind) == text


def test_a_form_without_decimals_prints_whole_percents() -> None:
    assert written(Printed(Decimal(3)), ValueKind.PERCENT, decimals=0) == "3%"
