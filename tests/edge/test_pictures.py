"""A picture says the numbers of its table and nothing else, whatever the table holds, and stays inside its box."""

import re
from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core.places import templates_folder
from meyasubako.core.tabulation import (
    Heading,
    Line,
    Picture,
    Printed,
    PrintedTable,
    Shown,
    ValueKind,
    written,
)
from meyasubako.edge.pictures import Drawing, draw
from meyasubako.edge.pictures.lettering import width_of, wrapped
from meyasubako.web.page import environment

SVG = "{http://www.w3.org/2000/svg}"
MONTHS = ("2022-04", "2022-05", "2022-06", "2022-07")
ROWS = ("県民", "県内事業者", "市町村")
NUMBERS = ((4, 0, 7, 2), (1, 3, 12, 5), (0, 1, 0, 2))


def by_month(
    numbers: tuple[tuple[int | None, ...], ...] = NUMBERS, picture: Picture = Picture.LINE
) -> PrintedTable:
    headings = (
        *(Heading(f"receipts.{month}", f"令和4年{month[-1]}月", unit="件", group="件数") for month in MONTHS),
        Heading("receipts.total", "合計", unit="件", group="件数"),
    )
    lines = tuple(
        Line(f"row-{place}", label, (*map(Printed, row), Printed(sum(each or 0 for each in row))))
        for place, (label, row) in enumerate(zip(ROWS, numbers, strict=True))
    )
    sums = [sum(line.cells[place].number or 0 for line in lines) for place in range(len(headings))]
    total = Line("total", "合計", tuple(Printed(each) for each in sums))
    return PrintedTable("receipts-month", "相談者別", "区分", headings, lines, total, picture=picture)


def compared(cells: tuple[Printed, ...], kind: ValueKind = ValueKind.COUNT) -> PrintedTable:
    headings = (Heading("cases.span", "6月", kind, "件"), Heading("cases.share", "構成比", ValueKind.PERCENT))
    lines = tuple(
        Line(str(place), f"行{place}", (cell, Printed(Decimal(50)))) for place, cell in enumerate(cells)
    )
    return PrintedTable("cases", "分野別", "分野", headings, lines, None, picture=Picture.BAR)


def elements(drawing: Drawing, tag: str) -> list[ET.Element]:
    return list(ET.fromstring(drawing.svg).iter(f"{SVG}{tag}"))


def titles(drawing: Drawing) -> set[str]:
    return {each.text or "" for each in elements(drawing, "title")}


def bars_of(drawing: Drawing) -> list[float]:
    return [
        float(each.attrib["width"]) for each in elements(drawing, "rect") if each.attrib["class"] == "pic-bar"
    ]


def test_bars_are_as_long_as_their_numbers_and_say_them() -> None:
    drawing = draw(
        compared((Printed(1234), Printed(617), Printed(0), Printed(None), Printed(None, is_hidden=True)))
    )
    longest, half = bars_of(drawing)
    assert abs(longest - 2 * half) < 0.05
    words = [each.text for each in elements(drawing, "text")]
    assert [each for each in words if not str(each).startswith("行")] == ["1,234", "617", "0", "－", "X"]
    assert (
        "いちばん多いのは行0の1,234件、いちばん少ないのは行2の0件です。Xの1か所は、公表していない数です。"
        in drawing.alt
    )


@pytest.mark.parametrize("picture", [Picture.LINE, Picture.STACKED, Picture.HEAT])
@pytest.mark.parametrize("is_narrow", [False, True])
def test_every_number_of_the_table_is_in_the_picture(picture: Picture, is_narrow: bool) -> None:
    said = titles(draw(by_month(), picture=picture, is_narrow=is_narrow))
    told = {tuple(re.split("[ ：]", each)) for each in said}
    for label, row in zip(ROWS, NUMBERS, strict=True):
        for month, value in zip(MONTHS, row, strict=True):
            if value or picture is not Picture.STACKED:
                here = f"令和4年{month[-1]}月"
                assert {(here, label, str(value)), (label, here, str(value))} & told


def test_parts_of_a_bar_lie_on_each_other_and_are_as_high_as_their_numbers() -> None:
    drawing = draw(by_month(picture=Picture.STACKED))
    heights = {
        (each[0].text or ""): float(each.attrib["height"]) for each in elements(drawing, "rect") if len(each)
    }
    unit = heights["令和4年6月 県内事業者：12"] / 12
    assert all(
        abs(height - int(title.rpartition("：")[2]) * unit) < 0.05 for title, height in heights.items()
    )


def test_a_gap_is_not_zero() -> None:
    drawing = draw(by_month(((4, None, 7, 2), (None, None, None, None), (0, 0, 0, 0))))
    stretches = [each.attrib["points"].split() for each in elements(drawing, "polyline")]
    assert sorted(map(len, stretches)) == [2, 4]


def test_months_down_the_table_are_drawn_across_with_the_year_before_beside_them() -> None:
    headings = (
        Heading("receipts.span", "件数", unit="件"),
        Heading("receipts.year_before", "前年同期", unit="件"),
    )
    lines = tuple(Line(each, each, (Printed(place), Printed(3))) for place, each in enumerate(MONTHS))
    drawing = draw(PrintedTable("m", "月別", "月", headings, lines, None, picture=Picture.LINE))
    assert "2022-07 件数：3" in titles(drawing)
    assert len(elements(drawing, "polyline")) == 2


def test_parts_beyond_the_patterns_are_put_together_openly() -> None:
    lines = tuple(
        Line(str(place), f"分野{place}", (Printed(20 - place), Printed(place))) for place in range(9)
    )
    headings = (Heading("cases.2022-04", "4月"), Heading("cases.2022-05", "5月"))
    drawing = draw(PrintedTable("t", "分野別", "分野", headings, lines, None, picture=Picture.STACKED))
    assert drawing.notes == ("「そのほか」は、少ないほうの3つを足したものです。",)


def test_a_drawing_of_its_own_brings_its_colours_and_one_in_a_page_leaves_them_to_the_stylesheet() -> None:
    for picture in Picture:
        assert 'class="' not in draw(by_month(), picture=picture, for_paper=True).svg
        assert "#" not in re.sub(r"url\(#[^)]*\)", "", draw(by_month(), picture=picture).svg)


def test_too_little_is_not_worth_a_picture() -> None:
    assert not draw(compared((Printed(3),))).has_enough
    assert not draw(compared((Printed(0), Printed(0)))).has_enough
    assert draw(compared((Printed(0), Printed(1)))).has_enough
    assert draw(compared(())).alt == "分野別　6月（件）の棒の図です。数字はまだありません。"


def test_a_page_shows_one_of_two_drawings_and_none_where_no_picture_was_wished_for() -> None:
    macro = environment(templates_folder()).from_string(
        '{% import "macros/pictures.html" as pictures %}{{ pictures.beside(table) }}'
    )
    page = macro.render(table=by_month())
    named = re.findall(r' id="([^"]+)"', page)
    assert page.count("<svg") == 2
    assert len(named) == len(set(named))
    assert not macro.render(table=replace(by_month(), picture=None)).strip()


def test_months_of_two_years_are_told_apart() -> None:
    headings = tuple(
        Heading(f"cases.{year}-04", "4月", group=f"令和{year - 2018}年度") for year in (2022, 2023)
    )
    lines = (Line("a", "県民", (Printed(1), Printed(2))),)
    drawing = draw(PrintedTable("t", "月別", "区分", headings, lines, None, picture=Picture.LINE))
    assert "令和4年度4月の1から令和5年度4月の2へ増えました" in drawing.alt


LABELS = st.text(max_size=60) | st.sampled_from(
    ["県民", "観光・物産（外国人の案内を含む）", "<b>&\"']]>", "2022-04"]
)
CELLS = st.builds(
    Printed,
    st.none()
    | st.integers(-99_999_999, 99_999_999)
    | st.integers(-3, 9)
    | st.decimals(-1000, 1000, places=1),
) | st.just(Printed(None, is_hidden=True))


@st.composite
def tables(chosen: st.DrawFn) -> PrintedTable:
    kind = chosen(st.sampled_from(list(ValueKind)))
    keys = chosen(
        st.sampled_from(
            [
                tuple(f"cases.{each}" for each in (*MONTHS, "total")),
                tuple(f"cases.2022-{each:02d}" for each in range(1, 13)),
                tuple(f"cases.{each}" for each in "abc"),
                ("cases.span", "cases.year_before"),
                ("cases.span", "offered.span", "meetings.span"),
                ("span",),
                (),
            ]
        )
    )
    headings = tuple(
        Heading(key, chosen(LABELS) if key[-1] in "abcn" else key.rpartition(".")[2], kind, "件")
        for key in keys
    )

    def line(code: str) -> Line:
        cells = tuple(chosen(CELLS) for _ in keys)
        return Line(code, chosen(LABELS), cells, chosen(st.integers(0, 3)))

    lines = tuple(line(str(place)) for place in range(chosen(st.integers(0, 9))))
    total = chosen(st.none() | st.just(line("total")))
    return PrintedTable(chosen(LABELS), chosen(LABELS), "区分", headings, lines, total)


@given(table=tables(), picture=st.sampled_from(Picture), for_paper=st.booleans(), is_narrow=st.booleans())
def test_any_table_can_be_drawn_and_stays_inside(
    table: PrintedTable, picture: Picture, for_paper: bool, is_narrow: bool
) -> None:
    drawing = draw(table, picture=picture, for_paper=for_paper, is_narrow=is_narrow)
    root = ET.fromstring(drawing.svg)
    width, height = (float(each) for each in root.attrib["viewBox"].split()[2:])
    named = [each.attrib["id"] for each in root.iter() if "id" in each.attrib]
    assert len(named) == len(set(named))
    assert set(root.attrib["aria-labelledby"].split()) <= set(named)
    for each in root.iter():
        assert not {"style", "onload", "href"} & set(each.attrib)
        assert each.tag not in {f"{SVG}style", f"{SVG}script", f"{SVG}foreignObject"}
        for x, y in _corners(each):
            assert -0.5 <= x <= width + 0.5, (each.tag, each.attrib, each.text)
            assert -0.5 <= y <= height + 0.5, (each.tag, each.attrib, each.text)


def _corners(each: ET.Element) -> list[tuple[float, float]]:
    at = each.attrib
    if each.tag == f"{SVG}rect" and "x" in at:
        x, y = float(at["x"]), float(at["y"])
        return [(x, y), (x + float(at["width"]), y + float(at["height"]))]
    if each.tag == f"{SVG}line":
        return [(float(at["x1"]), float(at["y1"])), (float(at["x2"]), float(at["y2"]))]
    if each.tag in {f"{SVG}polyline", f"{SVG}polygon"}:
        return [(float(x), float(y)) for x, y in (point.split(",") for point in at["points"].split())]
    if each.tag == f"{SVG}text":
        size = float(at.get("font-size", 13))
        words = (each.text or "") + "".join(inner.tail or "" for inner in each)
        room = width_of(words, size)
        start = float(at["x"]) - {"start": 0, "middle": room / 2, "end": room}[at.get("text-anchor", "start")]
        return [(start, float(at["y"]) - size * 0.8), (start + room, float(at["y"]) + size * 0.2)]
    return []


@given(st.text(max_size=80), st.floats(30, 400), st.integers(1, 3))
def test_wrapped_lines_fit_and_lose_nothing_but_what_they_say(text: str, room: float, most: int) -> None:
    lines = wrapped(text, room, most=most)
    assert 1 <= len(lines) <= most
    assert all(width_of(line) <= room for line in lines)


def test_what_is_compared_and_what_is_printed_agree() -> None:
    cells = (Printed(Decimal("56.0")), Printed(Decimal("12.5")))
    drawing = draw(compared(cells, ValueKind.PERCENT))
    words = [each.text for each in elements(drawing, "text")]
    assert all(written(cell, ValueKind.PERCENT) in words for cell in cells)
    assert Shown.SPAN.value == "span"
