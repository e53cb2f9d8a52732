"""Tables people made in a spreadsheet (CSV or Excel), read as text. What a file is, its content says, not its name.

Nothing in them is run: a cell with a formula is marked and its row refused. openpyxl reads Excel files because it streams
them, gives formulas as what they are instead of what a program once reckoned, and unpacks only what is asked for.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO, Final

from meyasubako.core.sheets import undefused
from meyasubako.core.vocabulary import FileType
from meyasubako.edge.files import kinds
from meyasubako.edge.files.unfit import Unfit

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_UNPACKED: Final = 64 * 1024 * 1024
MOST_ROWS: Final = 2_000
MOST_COLUMNS: Final = 60
MOST_BLANK: Final = 20_000
LONGEST_CELL: Final = 20_000

TOO_LARGE: Final = f"大きすぎるため、読めません。{MOST_BYTES // 1024 // 1024}MBまでにしてください。"
TOO_MANY_ROWS: Final = f"行が多すぎます。{MOST_ROWS:,}行までに分けてください。"
TOO_MANY_COLUMNS: Final = f"列が多すぎます。{MOST_COLUMNS}列までにしてください。"
NO_TABLE: Final = "CSVでもExcel（.xlsx）でもないため、読めません。"
BROKEN: Final = "こわれているため、読めません。もとのアプリで保存しなおしてください。"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table with its number as the spreadsheet shows it. `has_formula`: a cell in it would have to be reckoned."""

    number: int
    cells: tuple[str, ...]
    has_formula: bool = False


def read(source: BinaryIO, size: int, name: str) -> tuple[Row, ...]:
    """The lines of a table that hold anything, the headings first. Raises Unfit with a sentence."""
    if size > MOST_BYTES:
        raise Unfit(TOO_LARGE)
    kind = kinds.recognise(source, size, name)
    source.seek(0)
    if kind is FileType.XLSX:
        return _gathered(_excel(source))
    if kind in {FileType.CSV, FileType.TXT}:
        return _gathered(_csv(source.read()))
    raise Unfit(NO_TABLE)


def _gathered(rows: Iterable[Row]) -> tuple[Row, ...]:
    found: list[Row] = []
    for blank, row in enumerate(rows):
        if blank - len(found) > MOST_BLANK:
            raise Unfit(TOO_MANY_ROWS)
        cells = row.cells
        while cells and not cells[-1].strip():
            cells = cells[:-1]
        if len(cells) > MOST_COLUMNS:
            raise Unfit(TOO_MANY_COLUMNS)
        if cells or row.has_formula:
            found.append(Row(row.number, tuple(cell[:LONGEST_CELL] for cell in cells), row.has_formula))
        if len(found) > MOST_ROWS + 1:
            raise Unfit(TOO_MANY_ROWS)
    return tuple(found)


def _csv(content: bytes) -> Iterator[Row]:
    for encoding in kinds.ENCODINGS:
        try:
            written = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Unfit(NO_TABLE)
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(written, newline=""), strict=True), start=1):
            yield Row(number, tuple(undefused(cell) for cell in cells))
    except csv.Error:
        raise Unfit(BROKEN) from None


def _excel(source: BinaryIO) -> Iterator[Row]:
    import openpyxl

    try:
        with zipfile.ZipFile(source) as packed:
            # The reader of the zip stops at the size a member says it has.
            if sum(each.file_size for each in packed.infolist()) > MOST_UNPACKED:
                raise Unfit(TOO_LARGE)
        book = openpyxl.load_workbook(source, read_only=True, keep_links=False)
        try:
            for number, row in enumerate(book.worksheets[0].iter_rows(max_col=MOST_COLUMNS + 1), start=1):
                yield Row(
                    number,
                    tuple("" if cell.data_type == "f" else _text(cell.value) for cell in row),
                    any(cell.data_type == "f" for cell in row),
                )
        finally:
            book.close()
    except (Unfit, GeneratorExit):
        raise
    except Exception:  # noqa: BLE001 - whatever a library makes of a broken file
        raise Unfit(BROKEN) from None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
