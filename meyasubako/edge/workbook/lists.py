"""An Excel file, written row by row to the disk, so that it may be long; text stays text, whatever it looks like.

XlsxWriter writes in constant memory, which no other library for this format does.
"""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from meyasubako.core.sheets import DICTIONARY, Cell, Column, dictionary_of

MOST_ROWS: Final = 1_048_575
"""Rows a sheet can hold below its line of headings."""
MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST_CELL: Final = 32_767
_WIDTH: Final = 18


class Workbook:
    """One table with its data dictionary (項目の説明) on a second sheet. Close it when all rows are in; it is whole only then."""

    def __init__(self, path: Path, title: str, columns: Sequence[Column]) -> None:
        self._book = xlsxwriter.Workbook(
            path,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._columns = columns
        self._head = self._book.add_format({"bold": True, "bottom": 1})
        self._sheet = self._begin(title, columns)
        self._at = 1

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write further rows."""
        for row in rows:
            for place, cell in enumerate(row):
                _write(self._sheet, self._at, place, cell)
            self._at += 1

    def close(self) -> None:
        """Write the data dictionary and end the file."""
        about = self._begin("項目の説明", DICTIONARY)
        for number, row in enumerate(dictionary_of(self._columns), start=1):
            for place, cell in enumerate(row):
                _write(about, number, place, cell)
        self._book.close()

    def _begin(self, title: str, columns: Sequence[Column]) -> Worksheet:
        sheet = self._book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, _WIDTH)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.label, self._head)
        return sheet


def write_table(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Path:
    """A whole table as a file of its own, which the caller removes when it was sent."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx", delete=False) as file:
        path = Path(file.name)
    try:
        book = Workbook(path, title, columns)
        book.add(rows)
        book.close()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _write(sheet: Worksheet, row: int, place: int, cell: Cell) -> None:
    if not isinstance(cell, str):
        sheet.write_number(row, place, float(cell))
    elif cell:
        sheet.write_string(row, place, cell[:_LONGEST_CELL])
