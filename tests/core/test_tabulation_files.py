"""A tabulation as CSV and JSON says exactly what is printed, and nothing in it is run by a spreadsheet."""

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal

from meyasubako.core.tabulation import (
    Heading,
    Tabulation,
    ValueKind,
    all_lines,
    head_groups,
    heading_label,
    to_cross_csv,
    to_json,
    to_tidy_csv,
    unit_note,
)
from tests.harness.tabulations import BY_GROUP, EMPTY, TERMS, Cells, by_month, cells_of, tabulation


def rows_of(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def tidy_cells(text: str) -> Cells:
    head, *rows = rows_of(text)
    found: Cells = {}
    for row in rows:
        each = dict(zip(head, row, strict=True))
        mark = {"none": None, "hidden": "X"}.get(each["印"])
        value = Decimal(each["値"]) if each["値"] else mark
        found[each["表の記号"], each["行の記号"], each["列の記号"]] = value
    return found


def cross_cells(text: str, printed: Tabulation) -> Cells:
    rows = iter(rows_of(text))
    found: Cells = {}
    for table in printed.tables:
        while next(rows) != [table.title]:
            pass
        while next(rows)[0] != "単位":
            pass
        for line in all_lines(table):
            label, *values = next(rows)
            assert label == "　" * line.depth + line.label
            for heading, value in zip(table.headings, values, strict=True):
                found[table.key, line.code, heading.key] = (
                    {"－": None, "X": "X"}[value] if value in "－X" else Decimal(value)
                )
    return found


def json_cells(text: str) -> Cells:
    found: Cells = {}
    for table in json.loads(text)["tables"]:
        for row in [*table["rows"], *([table["total"]] if table["total"] else [])]:
            for column, cell in zip(table["columns"], row["cells"], strict=True):
                value = None if cell["value"] is None else Decimal(str(cell["value"]))
                found[table["key"], row["code"], column["key"]] = "X" if cell["hidden"] else value
    return found


def test_every_file_read_back_is_the_tabulation() -> None:
    printed = tabulation(BY_GROUP, EMPTY, by_month(20, 12), by_month(3, 60))
    cells = cells_of(printed)
    assert tidy_cells(to_tidy_csv(printed)) == cells
    assert cross_cells(to_cross_csv(printed), printed) == cells
    assert json_cells(to_json(printed, TERMS)) == cells


def test_a_line_of_the_tidy_file_says_all_of_its_cell() -> None:
    head, *rows = rows_of(to_tidy_csv(tabulation(BY_GROUP)))
    row = dict(zip(head, rows[5], strict=True))
    assert row == {
        "窓口の記号": "mie-dx-center",
        "様式の記号": "monthly",
        "期間": "令和8年6月",
        "初めの月": "2026-06",
        "終わりの月": "2026-06",
        "状態": "確定値",
        "時点": "2026-07-10",
        "表の記号": "receipts-requester_group",
        "表": "相談者別の件数",
        "行の記号": "people",
        "行": "県民グループ",
        "段": "0",
        "列の記号": "receipts.span",
        "列のまとまり": "当期",
        "列": "6月",
        "単位": "件",
        "値": "3",
        "印": "",
        "うち訂正": "1",
        "母数": "",
    }


def test_the_cross_table_stands_as_it_is_printed() -> None:
    rows = rows_of(to_cross_csv(tabulation(BY_GROUP)))
    assert rows[:5] == [
        ["みえDXセンター"],
        ["月次報告"],
        ["期間　令和8年6月"],
        ["確定値　令和8年7月10日 現在"],
        ["集計した日　令和8年7月12日"],
    ]
    assert rows[5:10] == [
        [],
        ["相談者別の件数"],
        ["", "当期", "当期", "累計", "累計", ""],
        ["相談者", "6月", "前期差", "年度累計", "構成比", "回答までの日数（中央値）"],
        ["単位", "件", "件", "件", "％", "日"],
    ]
    assert rows[11] == ["県民グループ", "3", "-1", "5", "20", "3.5"]
    assert rows[-1] == ["県民グループの3件のうち1件は、5月の訂正です。"]


def test_nothing_in_the_files_is_run() -> None:
    table = by_month(2, 2, label="=1+{}")
    table = replace(table, title="+81", stub="@x", notes=("＝1+1",))
    for text in (to_tidy_csv(tabulation(table)), to_cross_csv(tabulation(table))):
        cells = [cell for row in rows_of(text) for cell in row if len(cell) > 1]
        assert not [cell for cell in cells if cell[0] in "=+@＝＋＠"]


def test_groups_and_units_of_the_head() -> None:
    assert head_groups(BY_GROUP.headings) == (("当期", 2), ("累計", 2), ("", 1))
    alone = (Heading("a", "甲"), Heading("b", "乙"))
    assert head_groups(alone) == (("", 1), ("", 1))
    assert (unit_note(EMPTY), heading_label(EMPTY, EMPTY.headings[0])) == ("単位：件", "6月")
    assert unit_note(BY_GROUP) == ""
    labels = [heading_label(BY_GROUP, each) for each in BY_GROUP.headings]
    assert labels == [
        "6月（件）",
        "前期差（件）",
        "年度累計（件）",
        "構成比",
        "回答までの日数（中央値）（日）",
    ]
    assert BY_GROUP.headings[3].kind is ValueKind.PERCENT
