"""How a number of a statistical table is written, on every page, paper and picture alike."""

from typing import Final

from meyasubako.core.tabulation.printed import Printed, ValueKind

NOTHING: Final = "－"
"""Nothing to divide or to compare with; never zero."""
HIDDEN: Final = "X"
"""Kept from the public, as official statistics mark it."""


def written(cell: Printed, kind: ValueKind, *, decimals: int = 1) -> str:
    """1,234, △5, 56.0%; days have the places they are worth. `decimals` is that of the table, for percentages."""
    if cell.is_hidden:
        return HIDDEN
    if cell.number is None:
        return NOTHING
    match kind:
        case ValueKind.PERCENT:
            plain = f"{abs(cell.number):,.{decimals}f}%"
        case ValueKind.DAYS if cell.number == int(cell.number):
            plain = f"{abs(int(cell.number)):,}"
        case _:
            plain = f"{abs(cell.number):,}"
    return f"△{plain}" if cell.number < 0 else plain
