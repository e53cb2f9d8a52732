"""The tally page: the month's figures in the desk's words, each opening its cases; files; closing a month."""

import csv
import io
import re
from datetime import datetime, timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from meyasubako.casework import tallies
from meyasubako.core.dates import (
    JAPAN,
    month_of,
    month_text,
    next_month,
    now,
    start_of_month,
    wareki_month,
)
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, Role
from tests.casework.tally_desk import TallyDesk
from tests.harness.client import Client, Page
from tests.harness.papers import Paper
from tests.harness.site import MIE, Site

PATH = f"/staff/desks/{MIE}/tallies"
PRESENT = month_of(now())
LAST = next_month(PRESENT, -1)


def japan(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JAPAN)


@pytest.fixture
async def mie(site: Site) -> TallyDesk:
    """The desk, and a coordinator who writes past the pages."""
    staff_id = await site.add_staff("behind", {MIE: Role.COORDINATOR})
    roles = {site.desks[MIE].id: Role.COORDINATOR}
    return TallyDesk(site.database, site.desks[MIE], Actor(ActorKind.STAFF, staff_id, "調整役", roles))


async def fill(mie: TallyDesk) -> list[int]:
    """Three consultations in May 2022; May is closed, and one of them corrected in June."""

    def unit(session: Session) -> list[int]:
        may = japan("2022-05-10T10:00:00")
        found = [
            mie.receive_in(session, may, title="市の相談", requester_type="municipality"),
            mie.receive_in(session, may, title="県の相談", requester_type="prefecture"),
            mie.receive_in(session, may, title="<b>会社</b>の相談", requester_type="business"),
        ]
        for case_id, requester_type in zip(found, ("municipality", "prefecture", "business"), strict=True):
            mie.triage_in(session, case_id, may, requester_type, "training", "life-health", "industry-data")
        tallies.close_month(
            session,
            mie.applied,
            202205,
            by=mie.coordinator,
            at=japan("2022-06-03T10:00:00"),
            reasons=tallies.Reasons("確認中"),
        )
        june = japan("2022-06-10T10:00:00")
        mie.triage_in(session, found[0], june, "business", "other", "life-health")
        mie.receive_in(session, june, title="6月の相談", requester_type="resident")
        return found

    return await mie.write(unit)


def rows(page: Page, caption: str) -> dict[str, list[str]]:
    """The rows of a table by their first cell."""
    return {cells[0].strip("　 "): cells[1:] for cells in page.tables[caption]}


async def test_a_month_is_shown_by_a_form_with_what_it_is_compared_with(site: Site, mie: TallyDesk) -> None:
    await fill(mie)
    client = await site.signed_in("yamada", {MIE: Role.VIEWER})
    page = await client.get(f"{PATH}?month=2022-06")
    assert page.heading == "月次報告 令和4年6月"
    assert "速報値" in page.text
    groups = rows(page, "相談者別（相談件数）")
    assert groups["県内事業者"] == ["1", "0", "－", "2", "50.0%"]
    assert groups["県・市町"] == ["△1", "△3", "－", "1", "25.0%"]
    assert groups["合計"] == ["1", "△2", "－", "4", "100.0%"]
    assert "訂正" in page.text
    may = await client.follow(page, "← 5月")
    assert "確定値" in may.text
    assert rows(may, "相談者別（相談件数）")["合計"][0] == "3"
    assert "← 4月" in may.links
    known = await client.get(f"{PATH}?month=2022-06&as_of=2022-06-05")
    assert "令和4年6月5日現在" in known.text
    assert rows(known, "相談者別（相談件数）")["合計"][0] == "0"

    year = await client.submit(page, {"form": "yearly"}, button="表示する")
    assert year.heading.startswith("年次報告 令和4年度")
    assert "令和3年度" in "".join(each for each in year.links if each.startswith("←"))
    quarter = await client.get(f"{PATH}?form=quarterly&month=2022-06")
    assert quarter.heading == "四半期報告 令和4年度第1四半期"
    assert "去年の同じ四半期" not in quarter.links
    await client.get(f"{PATH}?form=nothing", expect=404)


async def test_every_number_leads_to_as_many_cases(site: Site, mie: TallyDesk) -> None:
    await fill(mie)
    client = await site.signed_in("yamada", {MIE: Role.VIEWER})
    page = await client.get(f"{PATH}?month=2022-06")
    numbers = [
        (cell.get("href", ""), "".join(cell.itertext()))
        for cell in page.tree.iter("a")
        if f"{PATH}/cases" in cell.get("href", "")
    ]
    assert len(numbers) > 20
    for href, number in numbers[::7]:
        behind = await client.get(href)
        assert number.endswith("%") or f"数 {number}" in behind.text or "比べたもの" in behind.text
    corrected = await client.get(
        f"{PATH}/cases?measure=receipts&dimension=requester_group&code=governments&from=2022-06&to=2022-06"
    )
    [head, row] = corrected.tables["集計のもとになった案件"]
    assert head[0] == "加減"
    assert row[0].endswith("△")
    assert "県・市町" in corrected.text
    case = await client.follow(corrected, "市の相談")
    assert "市の相談" in case.heading
    empty = await client.get(
        f"{PATH}/cases?measure=cases&dimension=channel&code=fax&from=2022-06&to=2022-06&as_of=2022-06-30"
    )
    assert "この数字になる案件はありません" in empty.text


@pytest.mark.parametrize(
    "query",
    [
        "",
        "measure=cases&dimension=colour&code=total&from=2022-06&to=2022-06",
        "measure=offers&dimension=channel&code=total&from=2022-06&to=2022-06",
        "measure=cases&dimension=channel&code=nothing&from=2022-06&to=2022-06",
        "measure=cases&dimension=channel&code=total&from=2022-06&to=2022-05",
        "measure=cases&dimension=channel&code=total&from=2022-06&to=2022-06&as_of=yesterday",
        "measure=cases&dimension=channel&code=total&from=2022-06&to=2022-06&part=half",
    ],
)
async def test_a_figure_that_cannot_be_is_not_found(site: Site, query: str) -> None:
    client = await site.signed_in("yamada", {MIE: Role.VIEWER})
    await client.get(f"{PATH}/cases?{query}", expect=404)


async def test_long_lists_of_cases_are_paged_to_their_end(site: Site, mie: TallyDesk) -> None:
    at = japan("2022-06-10T10:00:00")

    def unit(session: Session) -> None:
        for number in range(101):
            mie.receive_in(session, at + timedelta(minutes=number), title=f"相談{number}")

    await mie.write(unit)
    client = await site.signed_in("yamada", {MIE: Role.VIEWER})
    first = await client.get(f"{PATH}/cases?measure=cases&dimension=channel&code=web&from=2022-06&to=2022-06")
    assert "相談100" in first.links
    assert "相談0" not in first.links
    second = await client.follow(first, "古いほう →")
    assert "相談0" in second.links
    assert "相談100" in (await client.follow(second, "← 新しいほう")).links


async def test_a_range_of_ones_own_and_a_day_in_the_past(site: Site, mie: TallyDesk) -> None:
    await fill(mie)
    client = await site.signed_in("yamada", {MIE: Role.VIEWER})
    page = await client.get(PATH)
    assert page.heading == f"月次報告 {wareki_month(PRESENT)}"
    ranged = await client.submit(page, {"from": "2022-03", "to": "令和4年６月"}, button="この期間で集計する")
    assert ranged.heading == "月次報告 令和4年3月～令和4年6月"
    assert rows(ranged, "相談者別（相談件数）")["合計"][0] == "4"
    [back] = [href for label, href in ranged.links.items() if label == "月ごとの集計に戻る"]
    assert back.endswith(f"{PATH}?form=monthly")
    by_month = await client.get(f"{PATH}?form=yearly&from=2021-10&to=2022-06&as_of=2022-06-09")
    assert "令和4年6月9日現在" in by_month.text


@pytest.mark.parametrize(
    ("query", "field"),
    [("from=2022-13&to=2022-07", "from"), ("from=2022-06&to=2022-05", "to"), ("as_of=きのう", "as_of")],
)
async def test_a_range_that_cannot_be_read_is_shown_again_as_typed(
    site: Site, query: str, field: str
) -> None:
    client = await site.signed_in("yamada", {MIE: Role.VIEWER})
    page = await client.get(f"{PATH}?{query}", expect=422)
    assert page.title.startswith("エラー：")
    typed = dict(each.split("=") for each in query.split("&"))
    assert page.by_id(f"field-{field.replace('_', '-')}").get("value") == typed[field]
    await client.get(f"{PATH}/files/csv?{query}", expect=422)


async def test_the_tables_of_the_page_as_files(site: Site, mie: TallyDesk) -> None:
    await fill(mie)
    client = await site.signed_in("yamada", {MIE: Role.VIEWER})
    page = await client.get(f"{PATH}?month=2022-06")
    cross = await client.follow(page, "CSV（この表の形）")
    assert cross.headers["content-type"].startswith("text/csv")
    lines = list(csv.reader(io.StringIO(cross.response.content.decode("utf-8-sig"))))
    [groups] = [line for line in lines if line[:2] == ["県・市町", "-1"]]
    assert groups[-1] == "25.0"
    tidy = await client.follow(page, "CSV（1行に1つの数字）")
    numbers = list(csv.DictReader(io.StringIO(tidy.response.content.decode("utf-8-sig"))))
    assert len(numbers) > 100
    data = (await client.follow(page, "JSON（データ）")).json()
    assert data["tables"][2]["title"] == "相談者別（相談件数）"
    book = await client.follow(page, "Excel")
    sheets = load_workbook(io.BytesIO(book.response.content)).sheetnames
    assert "項目の説明" in sheets
    paper = await client.follow(page, "PDF（印刷用）")
    assert paper.headers["content-type"] == "application/pdf"
    assert "filename*=UTF-8''%E3%81%BF%E3%81%88DX" in paper.headers["content-disposition"]
    assert Paper(paper.response.content).title == data["title"] + "　" + data["span"]
    old = await client.get(f"{PATH}/files/csv?month=2022-06&measure=receipts")
    assert "breakdown" in str(old.path)
    await client.get(f"{PATH}/files/xlsx", expect=404)
    await client.get(f"{PATH}/forms/monthly/files/doc", expect=404)
    await client.get(f"{PATH}/forms/nothing/files/csv", expect=404)


async def test_the_year_before_is_one_step_away(site: Site, mie: TallyDesk) -> None:
    client = await site.signed_in("yamada", {MIE: Role.VIEWER})
    before = await client.follow(await client.get(f"{PATH}?month={month_text(LAST)}"), "去年の同じ月")
    assert before.heading == f"月次報告 {wareki_month(LAST - 100)}"
    first = await client.get(f"{PATH}?month={month_text(202109)}")
    assert "去年の同じ月" not in first.links
    assert not [each for each in first.links if each.startswith("←")]


# ---- Closing ----


async def at_last_month(mie: TallyDesk) -> int:
    """A consultation received last month that nobody has triaged."""
    at = start_of_month(LAST) + timedelta(days=3)
    return await mie.receive(at, title="先月の相談")


async def test_a_coordinator_closes_a_month_after_being_asked_once_more(site: Site, mie: TallyDesk) -> None:
    await fill(mie)
    own = await at_last_month(mie)
    client = await site.signed_in("suzuki", {MIE: Role.COORDINATOR})
    page = await client.get(f"{PATH}?month={month_text(LAST)}")
    assert "振分け前の案件が2件あります" in page.text
    asked = await client.follow(page, f"{LAST % 100}月を締める…")
    assert asked.heading == f"{wareki_month(LAST)}を締める"
    assert "先月の相談" in asked.links
    assert "令和4年6月" in asked.text
    assert "締めたあとも変わります" in asked.text
    # What becomes final stands there: one consultation came in last month.
    assert re.search(r"相談件数\s*1\b", asked.text)
    assert re.search(r"相談項目数\s*1\b", asked.text)

    await mie.receive(start_of_month(LAST) + timedelta(days=4), title="もう1件")
    reason = mie.desk.untriaged_reasons[1]
    refused = await client.submit(asked, {"reason": reason}, button="2件を残して締める", expect=409)
    assert "1件増えました" in refused.text
    assert "新しく加わりました" in refused.text
    unsaid = await client.submit(
        refused, {"reason": "words", f"of-{own}": "返事待ち"}, button="3件を残して締める", expect=422
    )
    assert "2件あります。残して締める理由" in unsaid.text
    done = await client.submit(unsaid, {"reason_words": "確かめている"}, button="3件を残して締める")
    assert done.path == PATH
    assert "を締めました" in done.text
    assert "確定値" in done.text
    assert re.search(r"確かめている\s*2件", done.text)
    assert re.search(r"返事待ち\s*1件", done.text)
    again = await client.get(f"{PATH}/close?month={month_text(LAST)}")
    assert not [form for form in again.forms if form.method == "POST" and "month" in form.fields]
    assert "返事待ち" in again.text
    twice = await client.submit(
        unsaid, {"reason_words": "確かめている"}, button="3件を残して締める", expect=409
    )
    assert "すでに締めています" in twice.text


async def test_the_month_that_still_runs_cannot_be_closed(site: Site, mie: TallyDesk) -> None:
    client: Client = await site.signed_in("suzuki", {MIE: Role.COORDINATOR})
    page = await client.get(PATH)
    assert f"{PRESENT % 100}月を締める…" not in page.links
    assert not [each for each in page.links if each.endswith("→")]
    await at_last_month(mie)
    asked = await client.get(f"{PATH}/close?month={month_text(LAST)}")
    form = asked.form(button="1件を残して締める")
    values = {name: given[0] for name, given in form.fields.items() if given} | {"month": month_text(PRESENT)}
    refused = await client.post(f"{PATH}/close", values, expect=422)
    assert "締められるのは、先月までの月です。" in refused.text
    await client.get(f"{PATH}/close", expect=404)
    await client.get(f"{PATH}/close?month=2022-13", expect=404)


async def test_a_clerk_sees_the_figures_and_closes_nothing(site: Site, mie: TallyDesk) -> None:
    await at_last_month(mie)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.get(f"{PATH}?month={month_text(LAST)}")
    assert f"{LAST % 100}月を締める…" not in page.links
    await client.get(f"{PATH}/close?month={month_text(LAST)}", expect=403)


async def test_the_dictionary_tells_what_the_figures_mean(site: Site) -> None:
    staff = await site.signed_in("reader", {MIE: Role.CLERK})
    shown = await staff.get(f"{PATH}/dictionary")
    assert "役に立った割合" in shown.text
    told = await staff.get(f"{PATH}/dictionary/csv")
    assert told.text.startswith("\ufeffentry,code,label,meaning")
    await staff.get(f"{PATH}/dictionary/pdf", expect=404)
