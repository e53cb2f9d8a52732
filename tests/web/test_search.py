"""Searching at the desk: what is typed is understood or said not to be, and what is found says why."""

import sys

import pytest

from meyasubako import indexing
from meyasubako.casework import triage
from meyasubako.core.codes import grouped
from meyasubako.core.vocabulary import Role
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, TOYAMA, Site

SEARCH = f"/staff/desks/{MIE}/search"


async def test_the_box_is_on_every_page_of_the_desk_and_teaches(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    inbox = await client.get(f"/staff/desks/{MIE}/inbox")
    page = await client.submit(inbox.form(field="q"), {"q": ""})
    assert page.path == SEARCH
    assert "この窓口の案件から探します" in page.text
    missing = await client.submit(page.form(field="q"), {"q": "防災　状態:ない"})
    assert "「状態:ない」の「ない」が分かりませんでした。文字のまま探しました。" in missing.text
    assert "「防災 状態:ない」は見つかりませんでした" in missing.text


async def test_hits_are_marked_where_they_stand_in_any_spelling(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.receive(
        title="＜申込み＞の防災ｱﾌﾟﾘ", body="あ" * 300 + "申し込みができません。" + "い" * 300
    )
    await story.do(triage.note, case_id, "課長に申込の件を伝えた。", by=story.clerk)
    await indexing.index_all(site.database)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.get(f"{SEARCH}?q=申込　アプリ　見本太郎")
    for marked in (
        '＜<mark class="hit">申込み</mark>＞の防災<mark class="hit">ｱﾌﾟﾘ</mark>',
        f'>…{"あ" * 24}<mark class="hit">申し込み</mark>ができません。いい',
        '課長に<mark class="hit">申込</mark>の件を伝えた。',
        '<mark class="hit">見本太郎</mark>　サンプル製作所',
    ):
        assert marked in page.response.text, marked
    assert "1件" in page.text
    viewer = await site.signed_in("miru", {MIE: Role.VIEWER})
    assert "見つかりませんでした" in (await viewer.get(f"{SEARCH}?q=見本太郎")).text
    assert "サンプル製作所" not in (await viewer.get(f"{SEARCH}?q=申込")).text


async def test_a_text_that_only_repeats_another_is_shown_once(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.receive(title="防災", body="避難所の毛布が足りません。")
    await story.do(triage.note, case_id, "避難所の毛布が足りません。", by=story.clerk)
    await indexing.index_all(site.database)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.get(f"{SEARCH}?q=毛布")
    assert page.response.text.count('<mark class="hit">毛布</mark>') == 1


async def test_long_results_come_in_pages_in_either_order(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = sys.modules["meyasubako.casework.casefiles.finding"]
    monkeypatch.setattr(finding, "PAGE_SIZE", 2)
    monkeypatch.setattr(finding, "COUNTED", 4)
    story = await story_at(site)
    titles = ["防災一", "別の件", "防災二", "防災三", "防災四"]
    for title in titles:
        await story.receive(title=title, body="防災のこと。", confirmed=False)
        story.pass_time(minutes=1)
    await indexing.index_all(site.database)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})

    first = await client.get(f"{SEARCH}?q=防災")
    assert "4件以上" in first.text
    second = await client.follow(first, "古いほう →")
    assert ["防災二" in second.text, "別の件" in second.text, "防災四" in second.text] == [True, True, False]
    assert "防災三" in (await client.follow(second, "← 新しいほう")).text

    relevant = await client.follow(first, "関わりの深い順")
    assert "防災四" in relevant.text
    last = await client.follow(relevant, "次の20件 →")
    # The four newest were compared; the one that says it in its text only comes last.
    assert last.text.index("防災二") < last.text.index("別の件")
    assert "次の20件 →" not in last.links


async def test_a_whole_number_opens_its_case_and_nothing_of_another_desk_is_found(site: Site) -> None:
    story, other = await story_at(site), await story_at(site, TOYAMA)
    case_id, elsewhere = await story.receive(), await other.receive()
    await indexing.index_all(site.database)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    typed = grouped(story.numbers[case_id])
    assert (await client.get(f"{SEARCH}?q={typed}")).path == f"/staff/cases/{case_id}"
    assert "見つかりませんでした" in (await client.get(f"{SEARCH}?q={other.numbers[elsewhere]}")).text
    stranger = await site.signed_in("tanin", {TOYAMA: Role.ADMIN})
    assert (await stranger.get(SEARCH, expect=404)).status == 404


@pytest.mark.parametrize(
    "query",
    [
        "q=%22&sort=x&page=99999",
        "q=%E3%80%8C&older=x",
        "q=-a&newer=1",
        "q=a&sort=relevance&page=-1",
        "q=%00%F0",
    ],
)
async def test_an_address_that_makes_no_sense_is_a_page_all_the_same(site: Site, query: str) -> None:
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    assert (await client.get(f"{SEARCH}?{query}")).status == 200
