"""Tables as files for a spreadsheet: CSV with a byte order mark, in which no text is taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

BOM: Final = "\ufeff"
MEDIA_TYPE: Final = "text/csv; charset=utf-8"
_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Japanese spreadsheets take the wide signs for the narrow ones."""

Cell = str | int | Decimal


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table file: `name` never changes, `label` heads it, `meaning` stands in the data dictionary."""

    name: str
    label: str
    meaning: str


DICTIONARY: Final = (
    Column("name", "記号", "変わらない名前"),
    Column("label", "見出し", "1行めの見出し"),
    Column("meaning", "意味", "何が入るか"),
)
"""The columns of a data dictionary (項目の説明)."""


def dictionary_of(columns: Sequence[Column]) -> list[tuple[Cell, ...]]:
    """The rows of the data dictionary of a table file."""
    return [(column.name, column.label, column.meaning) for column in columns]


def csv_lines(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as lines of a CSV file."""
    return _lines([defused(cell) for cell in row] for row in rows)


def csv_lines_to_edit(rows: Iterable[Sequence[str]]) -> str:
    """The same for a file that people change and hand in again."""
    return _lines([escaped(cell) for cell in row] for row in rows)


def _lines(rows: Iterable[Sequence[Cell]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()


def csv_head(columns: Sequence[Column]) -> str:
    """The beginning of a CSV file: its mark and the line of headings."""
    return BOM + csv_lines([[column.label for column in columns]])


def defused(cell: Cell) -> Cell:
    """A text a spreadsheet would run, made plain; numbers are ours and stay numbers."""
    # A sign alone, such as the dash of a table, is no formula.
    if isinstance(cell, str) and len(cell) > 1 and cell.startswith(_BEGINS_A_FORMULA):
        return f"'{cell}"
    return cell


def escaped(text: str) -> str:
    """The same for a file that comes back: `undefused` gives exactly this text again."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) or _looks_defused(text) else text


def undefused(cell: str) -> str:
    """A cell of a CSV file without the mark that made it plain."""
    return cell[1:] if _looks_defused(cell) else cell


def _looks_defused(text: str) -> bool:
    return text[:1] == "'" and text[1:2] in {*_BEGINS_A_FORMULA, "'"}
