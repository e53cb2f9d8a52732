"""A tabulation as an Excel file: the same numbers, as numbers, set out for the printer."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from meyasubako.core.tabulation import Tabulation, all_lines
from meyasubako.edge.workbook import write_tabulation
from tests.harness.tabulations import BY_GROUP, EMPTY, TERMS, Cells, by_month, cells_of, tabulation

Write = Callable[[Tabulation], openpyxl.Workbook]


@pytest.fixture
def written() -> Iterator[Write]:
    files: list[Path] = []

    def write(printed: Tabulation) -> openpyxl.Workbook:
        files.append(write_tabulation(printed, TERMS))
        return openpyxl.load_workbook(files[-1])

    yield write
    for file in files:
        file.unlink()


def first_row(sheet: Worksheet) -> int:
    frozen = sheet.freeze_panes
    assert frozen is not None
    assert frozen.startswith("B")
    return int(frozen[1:])


def cells_in(book: openpyxl.Workbook, printed: Tabulation) -> Cells:
    found: Cells = {}
    for table, sheet in zip(printed.tables, book.worksheets[1:-1], strict=True):
        start = first_row(sheet)
        for at, line in enumerate(all_lines(table), start=start):
            assert sheet.cell(at, 1).value == line.label
            for place, heading in enumerate(table.headings, start=2):
                value = sheet.cell(at, place).value
                found[table.key, line.code, heading.key] = (
                    {"－": None, "X": "X"}[value] if isinstance(value, str) else Decimal(str(value))
                )
    return found


def test_the_file_holds_the_numbers_of_the_tabulation(written: Write) -> None:
    printed = tabulation(BY_GROUP, EMPTY, by_month(200, 60), by_month(20, 12))
    book = written(printed)
    assert cells_in(book, printed) == cells_of(printed)
    assert book.sheetnames == [
        "目次",
        "相談者別の件数",
        "行のない表",
        "分野と月ごとの件数",
        "分野と月ごとの件数-2",
        "項目の説明",
    ]
    assert str(book.worksheets[3].cell(first_row(book.worksheets[3]) + 201, 1).value).startswith("Xは")
    assert [cell.value for cell in book.worksheets[-1]["B"]][:3] == ["項目", "件数", "相談者"]


def test_numbers_are_shown_as_offices_print_them(written: Write) -> None:
    sheet = written(tabulation(BY_GROUP)).worksheets[1]
    at = first_row(sheet) + 1
    assert [sheet.cell(at, place).value for place in range(1, 7)] == ["県民グループ", 3, -1, 5, 20, 3.5]
    assert [sheet.cell(at, place).number_format for place in range(2, 7)] == [
        "#,##0;△#,##0",
        "#,##0;△#,##0",
        "#,##0;△#,##0",
        '0.0"%";△0.0"%"',
        "#,##0.0;△#,##0.0",
    ]


def test_a_sheet_is_ready_for_the_printer(written: Write) -> None:
    book = written(tabulation(BY_GROUP, by_month(20, 12)))
    sheet, wide = book.worksheets[1:3]
    assert [sheet.cell(row, 1).value for row in range(1, 5)] == [
        "月次報告　相談者別の件数",
        "期間　令和8年6月",
        "確定値　令和8年7月10日 現在",
        "集計した日　令和8年7月12日",
    ]
    assert {str(each) for each in sheet.merged_cells.ranges} == {"A5:A6", "B5:C5", "D5:E5", "F5:F6"}
    assert (sheet.print_title_rows, sheet.print_area) == ("$5:$6", "'相談者別の件数'!$A$1:$F$11")
    assert (sheet.page_setup.paperSize, sheet.page_setup.fitToHeight) == (9, 0)
    assert sheet.sheet_properties.pageSetUpPr is not None
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.orientation, wide.page_setup.orientation) == ("portrait", "landscape")
    footer: Any = sheet.oddFooter
    assert footer.right.text == "&P／&N"
    assert book.properties.title == "月次報告　令和8年6月"
    assert book.properties.creator == "みえDXセンター"


def test_any_words_make_a_file_that_runs_nothing(written: Write) -> None:
    long = replace(
        by_month(2, 2, label="=1+{}" + "長い見出し😀\ue000" * 40), title="=a[1]:*?/\\'" + "😀" * 40
    )
    printed = tabulation(long, replace(long, key="b"), replace(long, key="c", title="History"))
    book = written(printed)
    assert cells_in(book, printed) == cells_of(printed)
    assert all(len(name.encode("utf-16-le")) <= 62 for name in book.sheetnames)
    assert not [
        cell.coordinate
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
