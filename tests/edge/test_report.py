"""A tabulation on paper says the same numbers, and everybody can read it."""

from dataclasses import replace

import pytest

from meyasubako.core.tabulation import Picture, PrintedTable, Tabulation, ValueKind, all_lines, written
from meyasubako.edge.print.report import report, report_data
from tests.harness.papers import Paper, close
from tests.harness.tabulations import BY_GROUP, EMPTY, TERMS, by_month, tabulation

ON_ITS_SIDE = ["not A4"]
"""The only fault of a paper with wide tables: the sheet is turned."""


def paper(printed: Tabulation) -> Paper:
    return Paper(report(printed, TERMS))


def row_texts(table: PrintedTable) -> list[str]:
    """The rows as a reader meets them, without white space."""
    return [
        close(
            line.label
            + "".join(
                written(cell, heading.kind, decimals=table.decimals)
                + (f"{cell.of}件中" if heading.kind is ValueKind.DAYS else "")
                for heading, cell in zip(table.headings, line.cells, strict=True)
            )
        )
        for line in all_lines(table)
    ]


def test_a_report_says_what_its_numbers_are() -> None:
    found = paper(tabulation(BY_GROUP, EMPTY, is_final=False))
    assert found.faults == []
    assert found.title == "月次報告　令和8年6月"
    assert found.headings == ["H1", "H2", "H2", "H2", "H3"]
    for said in (
        "みえDXセンター月次報告令和8年6月速報値令和8年7月10日現在集計した日令和8年7月12日",
        "年度累計（件）",
        "※県民グループの3件のうち1件は、5月の訂正です。",
        "単位：件",
        "この表に出す行はありません。",
        "件数（件）その月に届いた手紙や送信の数",
    ):
        assert said in found.text, said
    assert found.pages[0].endswith("月次報告令和8年6月速報値1／2")
    for row in row_texts(BY_GROUP):
        assert row in found.text, row


def test_every_number_of_long_and_wide_tables_is_printed_under_its_head() -> None:
    long, wide = by_month(200, 3), by_month(20, 12)
    found = paper(tabulation(long, wide, EMPTY, replace(EMPTY, key="again")))
    assert found.faults == ON_ITS_SIDE
    for row in (*row_texts(long), *row_texts(wide)):
        assert row in found.text, row
    assert "目次" in found.pages[0]
    of_long = [text for text in found.pages[:-1] if "分野その" in text and "12月" not in text]
    assert len(of_long) > 2
    assert all(
        "分野1月2月3月" in text or "令和1年度分野" in text or "分野令和1年度" in text for text in of_long
    )
    assert found.text.count("X個人が分かるおそれがあるため") >= 2


def test_a_table_too_wide_for_any_page_is_printed_in_parts_by_year() -> None:
    data = report_data(tabulation(by_month(5, 60)), TERMS)
    (table,) = data["runs"][0]["tables"]
    assert data["runs"][0]["is_wide"]
    assert [sum(cell["across"] for cell in part["head"][0]) - 1 for part in table["parts"]] == [12] * 5
    cells = [cell for part in table["parts"] for cell, _ in part["rows"][1]["cells"]]
    assert cells == [
        written(cell, by_month(5, 60).headings[0].kind) for cell in by_month(5, 60).lines[1].cells
    ]
    found = paper(tabulation(by_month(5, 60)))
    assert found.faults == ON_ITS_SIDE
    assert "列を分けて印刷しています（5／5）" in found.text


def test_a_picture_stands_below_its_table_and_is_told_in_words() -> None:
    found = paper(tabulation(replace(BY_GROUP, picture=Picture.BAR)))
    assert found.faults == []
    figures = [tag for tag, _ in found._tags(found.reader.root_object["/StructTreeRoot"]) if tag == "Figure"]
    assert len(figures) == 1


@pytest.mark.parametrize(
    "label", ["😀外字\ue000髙﨑{}", "#set page(width: 1mm) $x$ " * 4, "A" * 300 + "{}", "長い見出し" * 20]
)
def test_any_words_can_be_printed(label: str) -> None:
    table = by_month(3, 4, label=label)
    headings = tuple(replace(each, label=label, group=label) for each in table.headings)
    found = paper(tabulation(replace(table, title=label, stub=label, headings=headings, notes=(label,))))
    assert set(found.faults) <= {*ON_ITS_SIDE}
    assert ("〓" in found.text) is ("😀" in label)
    assert all(x < 297 for number in range(len(found.pages)) for _, x, _ in found.places(number))


def test_the_same_tabulation_gives_the_same_bytes() -> None:
    assert report(tabulation(BY_GROUP), TERMS) == report(tabulation(BY_GROUP), TERMS)
