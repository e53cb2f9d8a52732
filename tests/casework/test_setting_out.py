"""Published tables, set out again to the digit from what was handed in."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from meyasubako.casework import tallies
from meyasubako.core.errors import InvalidInput, NotFound
from meyasubako.core.tabulation import Picture, PrintedTable, Reach, Shown, TablePlan, Tabulation, TallyForm
from meyasubako.core.vocabulary import Dimension, Quantity
from meyasubako.store.database import Database
from tests.casework.tally_desk import LEAF, MIE, TallyDesk, japan, open_desk, publish
from tests.harness.shipped import shipped_desk

SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
TODAY = date(2022, 6, 1)


@pytest.fixture
async def mie(database: Database) -> TallyDesk:
    return await open_desk(database)


async def set_out(
    mie: TallyDesk,
    form: TallyForm,
    when: tallies.When,
    *,
    as_of: date | None = None,
    counted_on: date = TODAY,
) -> Tabulation:
    return await mie.database.read(
        lambda session: tallies.set_out(session, mie.applied, form, when, as_of=as_of, counted_on=counted_on)
    )


def numbers(table: PrintedTable, key: str) -> dict[str, object]:
    """A column by the labels of its rows."""
    place = [heading.key for heading in table.headings].index(key)
    lines = (*table.lines, *([table.total] if table.total else []))
    return {line.label: line.cells[place].number for line in lines}


PUBLISHED = TallyForm(
    "published",
    "相談件数",
    Reach.FROM_OPENING,
    (
        TablePlan("相談件数", (Quantity.RECEIPTS,), None, Dimension.FISCAL_YEAR),
        TablePlan(
            "①相談者", (Quantity.RECEIPTS,), Dimension.REQUESTER_GROUP, empty_rows=False, unknown_row=False
        ),
        TablePlan("②相談内容", (Quantity.CASES,), Dimension.PURPOSE, unknown_row=False),
    ),
)


@SQLITE
async def test_the_published_table_of_mie(mie: TallyDesk) -> None:
    await publish(mie)
    found = await set_out(mie, PUBLISHED, 202205, as_of=date(2022, 5, 31))
    assert (found.span, found.state_label) == ("令和3年9月～令和4年5月", "速報値")
    years, who, what = found.tables
    assert [heading.label for heading in years.headings] == ["令和3年度", "令和4年度", "合計"]
    assert [cell.number for cell in years.lines[0].cells] == [29, 5, 34]
    assert numbers(who, "receipts.span") == {"県内事業者": 19, "県民グループ": 5, "県・市町": 10, "合計": 34}
    assert list(numbers(what, "cases.span").values()) == [10, 12, 9, 3, 34]
    assert all(table.notes == () for table in found.tables)


@SQLITE
async def test_whole_percents_are_rounded_half_up_and_a_footnote_says_what_they_add_up_to(
    mie: TallyDesk,
) -> None:
    """四條畷市 prints 2 of 80 as 3 %, and 101 % in all."""

    def unit(session: Session) -> None:
        for purpose, number in (("information", 2), ("training", 22), ("problem_solving", 40), ("other", 16)):
            for _ in range(number):
                mie.receive_in(session, japan("2022-05-10T10:00:00"), purpose=purpose, channel="letter")

    await mie.write(unit)
    plan = TablePlan(
        "相談内容", (Quantity.CASES,), Dimension.PURPOSE, shown=(Shown.SPAN, Shown.SHARE), decimals=0
    )
    (table,) = (await set_out(mie, TallyForm("whole", "割合", Reach.MONTH, (plan,)), 202205)).tables
    shares = numbers(table, "cases.share")
    assert [str(share) for share in shares.values()] == ["3", "28", "50", "20", "0", "100"]
    assert table.notes == ("構成比は四捨五入しているので、各行を足すと101％になります。",)
    one_place = replace(plan, decimals=1)
    (table,) = (await set_out(mie, TallyForm("one", "割合", Reach.MONTH, (one_place,)), 202205)).tables
    assert list(numbers(table, "cases.share").values())[:2] == [Decimal("2.5"), Decimal("27.5")]
    assert table.notes == ()


COMPARED = TallyForm(
    "compared",
    "比べる",
    Reach.MONTH,
    (TablePlan("相談者", (Quantity.RECEIPTS,), Dimension.REQUESTER_GROUP, shown=tuple(Shown)),),
)


@SQLITE
async def test_a_month_is_compared_and_its_corrections_are_shown(mie: TallyDesk) -> None:
    moved = await mie.receive(japan("2022-04-10T10:00:00"))
    for day in ("2021-10-05", "2022-04-11", "2022-05-10", "2022-05-11"):
        await mie.receive(japan(f"{day}T10:00:00"))
    await mie.close_month(202204, japan("2022-05-02T09:00:00"))
    await mie.triage(moved, japan("2022-05-20T09:00:00"), "resident", "other", LEAF)
    found = await set_out(mie, COMPARED, 202205)
    (table,) = found.tables
    assert [heading.label for heading in table.headings] == [
        *("5月", "うち訂正", "構成比", "前月", "前月差", "前年同月", "前年同月差", "前年同月比"),
        *("今年度累計", "構成比（累計）", "前年度同期累計", "前年度同期累計差", "前年度同期累計比"),
    ]
    by_row = {line.code: [cell.number for cell in line.cells] for line in (*table.lines, table.total) if line}
    nothing = [None] * 3
    assert by_row["businesses"] == [
        *(1, -1, Decimal("50.0"), 2, -1, *nothing),
        *(3, Decimal("75.0"), *nothing),
    ]
    assert by_row["residents"] == [
        *(1, 1, Decimal("50.0"), 0, 1, *nothing),
        *(1, Decimal("25.0"), *nothing),
    ]
    assert by_row["total"] == [2, 0, Decimal("100.0"), 2, 0, *nothing, 4, Decimal("100.0"), *nothing]
    assert table.notes == (
        "「うち訂正」は、締めた月についての訂正のうち、この月に入れた数です。",
        "窓口は令和3年9月に開いたので、前年同月の数字はありません。",
        "窓口は令和3年9月に開いたので、前年度同期累計の数字はありません。",
    )
    april = await set_out(mie, COMPARED, 202204)
    assert april.is_final
    assert not found.is_final
    assert numbers(april.tables[0], "receipts.span")["合計"] == 2

    async def opened(line: str, heading: str) -> tuple[int, str]:
        cell = await mie.database.read(
            lambda session: tallies.cells_behind(
                session,
                mie.applied,
                COMPARED,
                202205,
                table=table.key,
                line=line,
                heading=f"receipts.{heading}",
                counted_on=TODAY,
                by=mie.coordinator,
            )
        )
        return cell.behind.figure, cell.says

    assert await opened("residents", "span") == (1, "令和4年5月の分です。")
    assert await opened("businesses", "correction") == (
        -1,
        "締めた月についての訂正のうち、令和4年5月に入れたものです。取り消したものも出しています。",
    )
    assert (await opened("total", "to_date_share"))[0] == 4
    assert (await opened("businesses", "previous"))[0] == 2
    assert "2つの数字を比べたもの" in (await opened("businesses", "previous_change"))[1]
    for line, heading in (("nobody", "span"), ("total", "nothing")):
        with pytest.raises(NotFound):
            await opened(line, heading)


@SQLITE
async def test_a_year_so_far_and_what_stands_in_several_rows(mie: TallyDesk) -> None:
    await mie.receive(japan("2021-12-10T10:00:00"), topics=[LEAF])
    await mie.receive(japan("2022-04-10T10:00:00"), topics=["life-health", "industry-data"])
    form = TallyForm(
        "year",
        "年次",
        Reach.FISCAL_YEAR,
        (
            TablePlan("月別", (Quantity.CASES,), Dimension.TOPIC_TOP, Dimension.MONTH, empty_rows=False),
            TablePlan(
                "件数と前年度",
                (Quantity.RECEIPTS, Quantity.CASES),
                Dimension.MONTH,
                shown=(Shown.SPAN, Shown.PREVIOUS, Shown.YEAR_BEFORE_RATE),
            ),
        ),
    )
    found = await set_out(mie, form, 202205)
    assert (found.span, found.last) == ("令和4年度（6月まで）", 202206)
    topics, months = found.tables
    assert [(each.group, each.label) for each in topics.headings] == [
        *(("令和4年度", f"{month}月") for month in (4, 5, 6)),
        ("", "合計"),
    ]
    assert [line.code for line in topics.lines] == ["life", "industry", "unknown"]
    assert topics.total
    assert [cell.number for cell in topics.total.cells] == [1, 0, 0, 1]
    assert topics.notes == (
        "1つの項目が2つ以上の行に入ることがあります。合計は、1つの項目を1回だけ数えています。",
    )
    assert [heading.group for heading in months.headings] == ["相談件数"] * 3 + ["相談項目数"] * 3
    assert [line.label for line in months.lines] == ["令和4年4月", "令和4年5月", "令和4年6月"]
    assert months.notes == ("窓口は令和3年9月に開いたので、前年同月の数字はありません。",)
    assert [heading.label for heading in months.headings][:3] == ["当月", "前月", "前年同月比"]
    assert months.total
    assert [cell.number for cell in months.total.cells] == [1, 1, None, 1, 1, None]
    whole = await set_out(mie, form, 202203)
    assert numbers(whole.tables[1], "cases.span")["令和3年12月"] == 1
    assert (whole.span, whole.last) == ("令和3年度", 202203)


@pytest.mark.parametrize(
    ("plan", "reach", "field"),
    [
        (TablePlan(" ", (Quantity.CASES,)), Reach.MONTH, "tables.0.title"),
        (TablePlan("表", ()), Reach.MONTH, "tables.0.quantities"),
        (TablePlan("表", (Quantity.OFFERED,), Dimension.STATUS), Reach.MONTH, "tables.0.rows"),
        (TablePlan("表", (Quantity.CASES,), shown=()), Reach.MONTH, "tables.0.shown"),
        (TablePlan("表", (Quantity.HELPFUL_SHARE,), shown=(Shown.SHARE,)), Reach.MONTH, "tables.0.shown"),
        (TablePlan("表", (Quantity.CASES,), shown=(Shown.TO_DATE,)), Reach.FISCAL_YEAR, "tables.0.shown"),
        (TablePlan("表", (Quantity.CASES,), shown=(Shown.PREVIOUS,)), Reach.FROM_OPENING, "tables.0.shown"),
        (TablePlan("表", (Quantity.CASES,), picture=Picture.LINE), Reach.MONTH, "tables.0.picture"),
        (TablePlan("表", (Quantity.CASES,), decimals=2), Reach.MONTH, "tables.0.decimals"),
        (
            TablePlan("表", (Quantity.CASES,), filters=((Dimension.CHANNEL, ()),)),
            Reach.MONTH,
            "tables.0.filters",
        ),
    ],
)
def test_a_plan_that_cannot_be_printed_is_refused_at_its_field(
    plan: TablePlan, reach: Reach, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        tallies.validate(TallyForm("form", "様式", reach, (plan,)))
    assert [each.field for each in refused.value.errors] == [field]


@SQLITE
async def test_months_that_have_not_begun_are_refused(mie: TallyDesk) -> None:
    with pytest.raises(InvalidInput) as refused:
        await set_out(mie, COMPARED, 202207)
    assert refused.value.field == "month"
    # What reaches back to the opening can still be printed after decades.
    later = await set_out(mie, PUBLISHED, 205105, counted_on=date(2051, 6, 1))
    assert (later.first, later.last) == (202109, 205105)


@SQLITE
@pytest.mark.parametrize("code", ["mie-dx-center", "toyama-meyasubako"])
async def test_every_ready_made_form_can_be_printed_before_anything_came_in(
    database: Database, code: str
) -> None:
    desk = await open_desk(database, shipped_desk(code))
    forms = tallies.ready_made(desk.desk)
    assert [form.code for form in forms][:3] == ["monthly", "quarterly", "yearly"]
    for form in forms:
        found = await set_out(desk, form, 202605, counted_on=date(2026, 6, 1))
        assert len({table.key for table in found.tables}) == len(form.tables)
        for table in found.tables:
            for line in (*table.lines, *([table.total] if table.total else [])):
                assert len(line.cells) == len(table.headings)
            assert len({heading.key for heading in table.headings}) == len(table.headings)


@SQLITE
async def test_the_monthly_report_of_mie(mie: TallyDesk) -> None:
    await publish(mie)
    monthly, *_ = tallies.ready_made(MIE)
    found = await set_out(mie, monthly, 202204)
    assert [table.title for table in found.tables] == [
        "主な数字",
        "月別の推移",
        "相談者別（相談件数）",
        "相談内容別（相談項目数）",
        "分野別（相談項目数）",
        "受付経路別（相談件数）",
        "対応結果別（完了）",
    ]
    requesters = found.tables[2]
    assert [heading.label for heading in requesters.headings] == [
        *("4月", "前月差", "前年同月差", "今年度累計", "構成比（累計）")
    ]
    assert numbers(requesters, "receipts.span")["合計"] == 3
    assert numbers(found.tables[1], "receipts.span") == {"令和4年4月": 3, "合計": 3}
    published = next(form for form in tallies.ready_made(MIE) if form.code == "published")
    found = await set_out(mie, published, 202205, as_of=date(2022, 5, 31))
    assert [cell.number for cell in found.tables[0].lines[0].cells] == [29, 5, 34]
    assert numbers(found.tables[1], "receipts.span") == {
        "県内事業者": 19,
        "県民グループ": 5,
        "県・市町": 10,
        "合計": 34,
    }
    assert list(numbers(found.tables[2], "receipts.span").values()) == [10, 12, 9, 3, 34]
