"""The inbox and the list of all cases, as the staff of a desk see them."""

import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from meyasubako.casework import tracking, triage
from meyasubako.core import dates
from meyasubako.core.codes import grouped
from meyasubako.core.vocabulary import RequesterType, Role
from meyasubako.web.forms import topic_groups
from meyasubako.web.staff.shown import Words
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, TOYAMA, Site

INBOX = f"/staff/desks/{MIE}/inbox"
CASES = f"/staff/desks/{MIE}/cases"


async def test_an_only_desk_opens_at_once(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    assert (await client.get("/staff/")).path == INBOX


async def test_an_empty_inbox_says_what_will_be_here(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.get(INBOX)
    assert "いま対応するものはありません" in page.text
    assert page.links["手紙や電話を入力する"].endswith(f"/staff/desks/{MIE}/receipts/new")
    viewer = await site.signed_in("miru", {MIE: Role.VIEWER})
    assert "手紙や電話を入力する" not in (await viewer.get(INBOX)).links


async def test_the_list_shows_each_case_and_counts_the_work(site: Site) -> None:
    story = await story_at(site)
    told, case_id = await story.triaged(), await story.receive(requester_type=RequesterType.UNKNOWN)
    await story.do(triage.assign, case_id, story.clerk.id, by=story.clerk)
    await story.do(tracking.add, story.numbers[told], 1, told, "追記です。")
    client = await site.signed_in("yamada", {MIE: Role.CLERK})

    page = await client.get(INBOX)

    day = dates.japan_day(story.at)
    today = Words(dates.japan_day(dates.now()))
    assert page.tables["受付箱"] == [
        ["選ぶ", "受付", "種類", "区分", "件名", "状態", "担当", "番号"],
        [
            "選ぶ",
            f"受付{today.day(day)}",
            "種類相談",
            "区分不明",
            "件名新しい動きがあります 現場作業員へのIT導入を進めたい",
            "状態受付",
            "担当語り手",
            f"番号{grouped(story.numbers[case_id])}",
        ],
        [
            "選ぶ",
            f"受付{today.day(day)}",
            "種類相談",
            "区分県内の事業者",
            "件名新しい動きがあります 現場作業員へのIT導入を進めたい 追記あり",
            "状態振分済",
            "担当—",
            f"番号{grouped(story.numbers[told])}",
        ],
    ]
    assert {"受付 1", "返事・追記 1", "打診に回答 0"} <= set(page.links)
    waiting = await client.follow(page, "返事・追記 1")
    assert len(waiting.tables["受付箱"]) == 2
    assert grouped(story.numbers[told]) in waiting.text


async def test_filters_stay_and_can_be_taken_away(site: Site) -> None:
    story = await story_at(site)
    await story.receive()
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.submit(
        (await client.get(CASES)).form(button="しぼり込む"), {"status": "closed", "assignee": "none"}
    )
    assert "この条件に合う案件はありません" in page.text
    assert page.form(button="しぼり込む").fields == {
        "number": [""],
        "status": ["closed"],
        "assignee": ["none"],
    }
    assert len((await client.follow(page, "条件をなくす")).tables["案件"]) == 2


async def test_a_whole_number_opens_the_case(site: Site) -> None:
    story = await story_at(site)
    first, _ = await story.receive(), await story.receive()
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    search = (await client.get(INBOX)).form(button="しぼり込む")
    number = story.numbers[first]
    assert (await client.submit(search, {"number": grouped(number).lower()})).path == f"/staff/cases/{first}"
    assert (await client.submit(search, {"number": number[:5]})).path == INBOX
    missing = await client.submit(search, {"number": "M7K-4TX-9PA"})
    assert "受付番号「M7K-4TX-9PA」で始まる案件は、この窓口にありません" in missing.text


async def test_long_lists_come_in_pages(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["meyasubako.casework.casefiles.inbox"], "PAGE_SIZE", 2)
    story = await story_at(site)
    for _ in range(5):
        await story.receive(confirmed=False)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    first = await client.get(f"{INBOX}?status=received")
    assert "5件のうち2件" in first.text
    assert "← 前のページ" not in first.links
    last = await client.follow(await client.follow(first, "次のページ →"), "次のページ →")
    assert len(last.tables["受付箱"]) == 2
    assert "次のページ →" not in last.links
    back = await client.follow(last, "← 前のページ")
    assert len(back.tables["受付箱"]) == 3
    assert "status=received" in back.links["← 前のページ"]


@pytest.mark.parametrize(
    "query",
    ["older=x", "newer=1", "queue=all", "status=gone", "assignee=x", "older=9-9&newer=1-1", "number=%25"],
)
async def test_an_address_that_makes_no_sense_is_a_list_all_the_same(site: Site, query: str) -> None:
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    assert (await client.get(f"{INBOX}?{query}")).status == 200


async def test_only_staff_of_the_desk_get_in(site: Site) -> None:
    stranger = await site.signed_in("tanin", {TOYAMA: Role.ADMIN})
    for path in (INBOX, CASES):
        assert (await stranger.get(path, expect=404)).status == 404
        leads = await site.client().get(path, follow=False, expect=303)
        assert leads.headers["location"].startswith("/staff/sign-in?next=")


def test_days_are_short_and_never_ambiguous() -> None:
    words = Words(dates.japan_day(dates.now()).replace(year=2026, month=7, day=3))
    assert words.day(words.today) == "7/3"
    assert words.day(words.today - timedelta(days=365)) == "R7.7.3"
    assert words.day(words.today.replace(year=2019, month=4, day=30)) == "H31.4.30"


async def test_retired_topics_stay_only_where_they_were_chosen(site: Site) -> None:
    desk = site.desks[MIE].desk
    top = desk.topics[0]
    gone = replace(top.children[0], retired=True)
    changed = replace(desk, topics=(replace(top, children=(gone, *top.children[1:])), *desk.topics[1:]))
    assert (gone.code, gone.label) not in topic_groups(changed)[0][1]
    assert topic_groups(changed, [gone.code])[0][1][0] == (gone.code, f"{gone.label}（いまは使いません）")
    assert len(topic_groups(desk)) == len(desk.topics)
