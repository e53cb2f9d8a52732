"""A tabulation as an Excel file that can be printed and reckoned with: a sheet for each table, numbers that are numbers."""

import re
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from meyasubako.core.tabulation import (
    HIDDEN,
    NOTHING,
    SIGNS,
    STUB,
    Line,
    Printed,
    PrintedTable,
    Tabulation,
    Term,
    ValueKind,
    about_lines,
    head_groups,
    heading_label,
    hides,
    unit_note,
)

FONT: Final = "游ゴシック"
CONTENTS: Final = "目次"
DEFINITIONS: Final = "項目の説明"
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_A4: Final = 9
_LANDSCAPE_FROM: Final = 90
"""Characters across from which a table lies on its side."""
_LONGEST_CELL: Final = 32_767
_MOST_ACROSS_ON_A_PAGE: Final = 200
"""Characters across that can be read when they are made to fit one page."""


def write_tabulation(tabulation: Tabulation, terms: Sequence[Term]) -> Path:
    """The file, which the caller removes when it was sent. Takes a moment: run it in a thread."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx", delete=False) as file:
        path = Path(file.name)
    try:
        _Book(path, tabulation).write(terms)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


@dataclass(frozen=True, slots=True)
class _Formats:
    """How cells look that are not numbers."""

    title: Format
    about: Format
    head: Format
    label: Format
    total_label: Format
    note: Format
    link: Format
    text: Format


class _Book:
    def __init__(self, path: Path, tabulation: Tabulation) -> None:
        self._tabulation = tabulation
        self._book = xlsxwriter.Workbook(
            path, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        self._book.formats[0].set_font_name(FONT)
        self._book.set_properties(
            {
                "title": f"{tabulation.title}　{tabulation.span}",
                "subject": tabulation.state_label,
                "author": tabulation.desk_name,
                "comments": "　".join(about_lines(tabulation)),
                # No clock of the machine gets into a paper.
                "created": datetime.combine(tabulation.counted_on, time()),
            }
        )
        self._formats = _Formats(
            title=self._format(bold=True, font_size=14),
            about=self._format(),
            head=self._format(
                bold=True, border=1, align="center", valign="vcenter", text_wrap=True, bg_color="#EDEDED"
            ),
            label=self._format(border=1, text_wrap=True, valign="vcenter"),
            total_label=self._format(border=1, text_wrap=True, valign="vcenter", bold=True, top=2),
            note=self._format(font_size=10),
            link=self._format(font_color="#0B4F9E", underline=1),
            text=self._format(border=1, text_wrap=True, valign="top"),
        )
        self._made: dict[tuple[object, ...], Format] = {}

    def write(self, terms: Sequence[Term]) -> None:
        tables = self._tabulation.tables
        names = list(_names([CONTENTS, *(table.title for table in tables), DEFINITIONS]))
        self._contents(names)
        for table, name in zip(tables, names[1:-1], strict=True):
            _Sheet(self._book.add_worksheet(name), table, self._tabulation, self._formats, self).write()
        self._definitions(names[-1], terms)
        self._book.close()

    def number(self, kind: ValueKind, decimals: int, *, is_whole: bool, is_total: bool) -> Format:
        """How a number is shown; it stays a plain number for whoever reckons on."""
        places = f".{'0' * decimals}" if decimals else ""
        sign = {
            ValueKind.PERCENT: f'0{places}"%";△0{places}"%"',
            ValueKind.DAYS: "#,##0;△#,##0" if is_whole else "#,##0.0;△#,##0.0",
        }.get(kind, "#,##0;△#,##0")
        asked = {"num_format": sign, "border": 1, "align": "right", "valign": "vcenter"}
        if is_total:
            asked |= {"bold": True, "top": 2}
        return self._once(asked)

    def indented(self, depth: int) -> Format:
        """The label of a row below another one."""
        return self._once({"border": 1, "text_wrap": True, "valign": "vcenter", "indent": depth})

    def sign(self, *, is_total: bool) -> Format:
        """A sign in the place of a number."""
        return self._once({"border": 1, "align": "right", "valign": "vcenter", "bold": is_total})

    def _once(self, asked: dict[str, Any]) -> Format:
        key = tuple(sorted(asked.items()))
        if key not in self._made:
            self._made[key] = self._format(**asked)
        return self._made[key]

    def _format(self, **asked: Any) -> Format:
        return self._book.add_format({"font_name": FONT, "font_size": 11, **asked})

    def _contents(self, names: Sequence[str]) -> None:
        sheet = self._book.add_worksheet(names[0])
        sheet.set_column(0, 0, 6)
        sheet.set_column(1, 1, 70)
        self.page(sheet, is_wide=False)
        _text(sheet, 0, 0, self._tabulation.title, self._formats.title)
        at = 1
        for line in (self._tabulation.desk_name, *about_lines(self._tabulation)):
            _text(sheet, at, 0, line, self._formats.about)
            at += 1
        at += 1
        titles = [*(table.title for table in self._tabulation.tables), DEFINITIONS]
        for number, (name, title) in enumerate(zip(names[1:], titles, strict=True), start=1):
            sheet.write_number(at, 0, number, self._formats.about)
            quoted = name.replace("'", "''")
            sheet.write_url(at, 1, f"internal:'{quoted}'!A1", self._formats.link, title[:255])
            at += 1

    def _definitions(self, name: str, terms: Sequence[Term]) -> None:
        sheet = self._book.add_worksheet(name)
        for place, width in enumerate((22, 24, 70, 8)):
            sheet.set_column(place, place, width)
        for place, label in enumerate(("記号", "項目", "意味", "単位")):
            sheet.write_string(0, place, label, self._formats.head)
        for at, term in enumerate((*terms, *SIGNS), start=1):
            for place, text in enumerate((term.code, term.label, term.meaning, term.unit)):
                sheet.write_string(at, place, text[:_LONGEST_CELL], self._formats.text)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        self.page(sheet, is_wide=True)

    def page(self, sheet: Worksheet, *, is_wide: bool, across: int = 1) -> None:
        """How a sheet is printed: A4, so many pages across, with its desk, form and page number at the edges."""
        tabulation = self._tabulation
        sheet.set_paper(_A4)
        if is_wide:
            sheet.set_landscape()
        sheet.fit_to_pages(across, 0)
        sheet.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
        sheet.set_header(f"&L{_marks(tabulation.desk_name, 80)}&R{_marks(tabulation.state_label, 20)}")
        sheet.set_footer(f"&L{_marks(f'{tabulation.title}　{tabulation.span}', 160)}&R&P／&N")


class _Sheet:
    """One table: its title, what its numbers are, its head, its rows, its notes."""

    def __init__(
        self, sheet: Worksheet, table: PrintedTable, tabulation: Tabulation, formats: _Formats, book: _Book
    ) -> None:
        self._sheet, self._table, self._tabulation = sheet, table, tabulation
        self._formats, self._book = formats, book

    def write(self) -> None:
        table, sheet = self._table, self._sheet
        last = len(table.headings)
        _text(sheet, 0, 0, f"{self._tabulation.title}　{table.title}", self._formats.title)
        at = 1
        for line in (*about_lines(self._tabulation), unit_note(table)):
            if line:
                _text(sheet, at, 0, line, self._formats.about)
                at += 1
        first_head = at
        at = self._head(at)
        sheet.freeze_panes(at, 1)
        sheet.repeat_rows(first_head, at - 1)
        sheet.repeat_columns("A:A")
        for line in table.lines:
            self._line(at, line)
            at += 1
        if table.total is not None:
            self._line(at, table.total, is_total=True)
            at += 1
        for note in (*table.notes, *([f"{HIDDEN}は、{SIGNS[-1].meaning}"] if hides(table) else [])):
            _text(sheet, at, 0, note, self._formats.note)
            at += 1
        widths = self._widths()
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        sheet.print_area(0, 0, at - 1, last)
        across = sum(widths)
        pages = max(1, round(across / _MOST_ACROSS_ON_A_PAGE + 0.49))
        self._book.page(sheet, is_wide=across > _LANDSCAPE_FROM, across=pages)

    def _head(self, at: int) -> int:
        """The head, of two rows where columns have groups; where the rows begin."""
        table, sheet, head = self._table, self._sheet, self._formats.head
        labels = [heading_label(table, heading) for heading in table.headings]
        groups = head_groups(table.headings)
        if not any(group for group, _ in groups):
            for place, label in enumerate((table.stub or STUB, *labels)):
                sheet.write_string(at, place, label[:_LONGEST_CELL], head)
            return at + 1
        _merge(sheet, (at, 0, at + 1, 0), table.stub or STUB, head)
        place = 1
        for group, count in groups:
            if not group:
                _merge(sheet, (at, place, at + 1, place), labels[place - 1], head)
            else:
                _merge(sheet, (at, place, at, place + count - 1), group, head)
                for column in range(place, place + count):
                    sheet.write_string(at + 1, column, labels[column - 1], head)
            place += count
        return at + 2

    def _line(self, at: int, line: Line, *, is_total: bool = False) -> None:
        table, sheet = self._table, self._sheet
        label = self._formats.total_label if is_total else self._book.indented(line.depth)
        sheet.write_string(at, 0, line.label[:_LONGEST_CELL], label)
        for place, (heading, cell) in enumerate(zip(table.headings, line.cells, strict=True), start=1):
            if cell.is_hidden or cell.number is None:
                sign = HIDDEN if cell.is_hidden else NOTHING
                sheet.write_string(at, place, sign, self._book.sign(is_total=is_total))
                continue
            is_whole = cell.number == int(cell.number)
            shown = self._book.number(heading.kind, table.decimals, is_whole=is_whole, is_total=is_total)
            sheet.write_number(at, place, float(cell.number), shown)

    def _widths(self) -> list[float]:
        """A width for each column in characters: labels may break over lines, numbers may not."""
        table = self._table
        lines = [*table.lines, *([table.total] if table.total else [])]
        stub = max([across(table.stub or STUB), *(across(line.label) + 2 * line.depth for line in lines)])
        found: list[float] = [min(max(stub, 10), 44) + 2]
        for place, heading in enumerate(table.headings):
            numbers = max((_digits(line.cells[place], table.decimals) for line in lines), default=0)
            found.append(max(numbers, min(across(heading_label(table, heading)), 12), 6) + 2)
        return found


def across(text: str) -> int:
    """How many narrow characters wide a text is."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in text)


def _digits(cell: Printed, decimals: int) -> int:
    return 2 if cell.number is None else len(f"{cell.number:,.{decimals}f}") + 2


def _merge(sheet: Worksheet, cells: tuple[int, int, int, int], text: str, how: Format) -> None:
    row, place, last_row, last_place = cells
    if (row, place) != (last_row, last_place):
        sheet.merge_range(*cells, "", how)
    _text(sheet, row, place, text, how)


def _text(sheet: Worksheet, row: int, place: int, text: str, how: Format) -> None:
    sheet.write_string(row, place, text[:_LONGEST_CELL], how)


def _marks(text: str, most: int) -> str:
    """A text for a header or footer, in which & begins a command."""
    return text[:most].replace("&", "&&")


def _names(titles: Sequence[str]) -> Iterator[str]:
    """Names of sheets: at most 31 signs as Excel counts them, without those it forbids, each once."""
    # Excel keeps this name for itself.
    taken = {"history"}
    for title in titles:
        plain = _FORBIDDEN.sub("　", title).strip("'　 ") or "表"
        number = 1
        name = _cut(plain, 31)
        while name.casefold() in taken:
            number += 1
            name = f"{_cut(plain, 28)}-{number}" if number < 100 else f"{_cut(plain, 26)}-{number}"
        taken.add(name.casefold())
        yield name


def _cut(text: str, most: int) -> str:
    """The beginning of a text, an emoji counted as the two signs Excel takes it for."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore").rstrip("'")
