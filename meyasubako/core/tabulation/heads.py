"""What stands around the numbers of a table: its heads, its unit, and the lines that say what the numbers are."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from meyasubako.core import dates
from meyasubako.core.tabulation.printed import Heading, Line, PrintedTable, Tabulation, ValueKind
from meyasubako.core.tabulation.writing import HIDDEN, NOTHING


@dataclass(frozen=True, slots=True)
class Term:
    """An entry of the definitions (項目の説明): what a figure, a way to divide or a column means."""

    code: str
    label: str
    meaning: str
    unit: str = ""


STUB: Final = "区分"
"""What heads the labels of the rows where a table says nothing of its own."""
SIGNS: Final = (
    Term("provisional", "速報値", "まだ締めていない月の数字。あとから変わることがある"),
    Term("final", "確定値", "締めた月の数字。あとから変わらない"),
    Term("corrected", "訂正", "締めた月についての直し。それを入れた、開いている月に数える"),
    Term("minus", "△", "マイナス"),
    Term("nothing", NOTHING, "比べるものや、割るもとになる数がない"),
    Term("hidden", HIDDEN, "個人が分かるおそれがあるため、数字を出さない（秘匿）"),
)
"""What the signs in a table mean."""


def head_groups(headings: Sequence[Heading]) -> tuple[tuple[str, int], ...]:
    """The upper row of a table's head: each group with how many columns it heads; "" heads a column that stands alone."""
    found: list[tuple[str, int]] = []
    for group, columns in groupby(headings, key=lambda heading: heading.group):
        count = len(list(columns))
        found += [(group, count)] if group else [("", 1)] * count
    return tuple(found)


def unit_note(table: PrintedTable) -> str:
    """単位：件, where all numbers of a table that are not percentages have one unit; else ""."""
    units = _units(table)
    return f"単位：{units[0]}" if len(units) == 1 else ""


def heading_label(table: PrintedTable, heading: Heading) -> str:
    """The label of a column, with its unit where the columns have several."""
    shows_unit = len(_units(table)) > 1 and heading.unit and heading.kind is not ValueKind.PERCENT
    return f"{heading.label}（{heading.unit}）" if shows_unit else heading.label


def _units(table: PrintedTable) -> tuple[str, ...]:
    found = (each.unit for each in table.headings if each.unit and each.kind is not ValueKind.PERCENT)
    return tuple(dict.fromkeys(found))


def about_lines(tabulation: Tabulation) -> tuple[str, ...]:
    """What the numbers are: of which span, whether they may still change, as known when, and when they were counted."""
    return (
        f"期間　{tabulation.span}",
        f"{tabulation.state_label}　{dates.wareki(tabulation.known_on)} 現在",
        f"集計した日　{dates.wareki(tabulation.counted_on)}",
    )


def hides(table: PrintedTable) -> bool:
    """Whether a number of a table is kept from the public."""
    return any(cell.is_hidden for line in all_lines(table) for cell in line.cells)


def all_lines(table: PrintedTable) -> tuple[Line, ...]:
    """The rows of a table, the total last."""
    return table.lines if table.total is None else (*table.lines, table.total)
