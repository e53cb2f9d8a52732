"""Working through a list: its conditions on one page, saved views, the way to the next case, who else is here."""

import json

import pytest

from meyasubako.casework import triage
from meyasubako.core.vocabulary import Role
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, TOYAMA, Site

INBOX = f"/staff/desks/{MIE}/inbox"
CASES = f"/staff/desks/{MIE}/cases"
EDITOR = f"/staff/desks/{MIE}/conditions"
VIEWS = f"/staff/desks/{MIE}/views"


async def test_conditions_are_chosen_on_one_page_and_said_on_the_list(site: Site) -> None:
    story = await story_at(site)
    await story.receive()
    taken = await story.receive(title="担当が決まっているもの")
    await story.do(triage.assign, taken, story.clerk.id, by=story.clerk)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})

    editor = await client.follow(await client.get(f"{INBOX}?assignee=none"), "条件をくわしく決める")
    form = editor.form(button="一覧を見る")
    assert form.fields["assignee"] == ["none"]
    found = await client.submit(
        form,
        {"scope": "all", "status": ["received", "closed"], "assignee": ["me", "none"]},
        button="一覧を見る",
    )
    assert (found.path, len(found.tables["案件"])) == (CASES, 2)
    assert "受付、完了" in found.text
    assert "自分、担当者なし" in found.text
    wider = await client.follow(found, "外す（担当者）")
    assert len(wider.tables["案件"]) == 3
    again = await client.follow(found, "条件を変える")
    assert again.form(button="一覧を見る").fields["status"] == ["received", "closed"]


async def test_a_list_is_saved_under_a_name_and_opened_again(site: Site) -> None:
    story = await story_at(site)
    await story.receive()
    clerk = await site.signed_in("yamada", {MIE: Role.CLERK})
    lead = await site.signed_in("suzuki", {MIE: Role.COORDINATOR})

    page = await clerk.follow(await clerk.get(f"{CASES}?status=received&sort=oldest"), "いまの一覧を保存する")
    assert "すべての案件 状態：受付 古い順" in page.text
    assert "is_shared" not in page.form(button="保存する").fields
    refused = await clerk.submit(page.form(button="保存する"), {"name": "　"}, expect=422)
    assert "一覧の名前を書いてください。" in refused.text
    saved = await clerk.submit(refused.form(button="保存する"), {"name": "受付だけ"})
    assert saved.path == CASES
    assert "受付だけ" in saved.links
    assert "受付だけ" not in (await lead.get(INBOX)).links

    shared = await lead.submit(
        (await lead.get(f"{VIEWS}?queue=new&scope=inbox")).form(button="保存する"),
        {"name": "朝の一覧", "is_shared": "yes"},
    )
    assert shared.path == INBOX
    views = await clerk.get(VIEWS)
    assert {"朝の一覧", "受付だけ"} <= set(views.links)
    renamed = await clerk.submit(
        views.form(button="名前を変える"), {"name": "新しい名前"}, button="名前を変える"
    )
    assert "新しい名前" in renamed.links
    gone = await clerk.submit(renamed.form(button="名前を変える"), button="削除する（新しい名前）")
    assert "新しい名前" not in gone.links
    # A clerk may open the desk's list, but not change it.
    assert "名前を変える" not in gone.text


async def test_what_is_not_ones_own_is_not_there(site: Site) -> None:
    lead = await site.signed_in("suzuki", {MIE: Role.COORDINATOR})
    await lead.submit(
        (await lead.get(f"{VIEWS}?queue=new&scope=inbox")).form(button="保存する"), {"name": "わたしの"}
    )
    form = (await lead.get(VIEWS)).form(button="名前を変える")
    stranger = await site.signed_in("tanin", {TOYAMA: Role.ADMIN})
    other = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    assert (await stranger.get(VIEWS, expect=404)).status == 404
    for client in (stranger, other):
        own = (await client.get("/staff/account")).form(button="キーボードの設定を改める")
        fields = {"csrf_token": own.fields["csrf_token"][0], "do": "delete"}
        assert (await client.post(form.action, fields, expect=404)).status == 404
    assert "わたしの" in (await lead.get(VIEWS)).links


async def test_after_a_case_comes_the_next_of_the_list(site: Site) -> None:
    story = await story_at(site)
    cases = []
    for number in range(3):
        story.pass_time(minutes=1)
        cases.append(await story.receive(confirmed=False, title=f"相談{number}"))
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    listed = await client.get(f"{INBOX}?queue=new&sort=oldest")
    page = await client.follow(listed, "相談0")
    assert "一覧の最初です" in page.text
    page = await client.submit(page.form(button="この内容で決める"), button="決めて次の案件へ")
    assert (page.path, "前の案件：振り分けました。" in page.text) == (f"/staff/cases/{cases[1]}", True)
    # The case is triaged and no longer in the list; its place still leads on, and what was refused stays in the list too.
    page = await client.submit(page.form(button="メモを残す"), {"body": ""}, expect=422)
    page = await client.submit(page.form(button="メモを残す"), {"body": "確かめました。"})
    page = await client.submit(page.form(button="この内容で決める"), button="この内容で決める")
    assert page.path == f"/staff/cases/{cases[1]}"
    page = await client.follow(page, "次の案件へ →")
    assert (page.path, "一覧の最後です" in page.text) == (f"/staff/cases/{cases[2]}", True)
    done = await client.submit(page.form(button="この内容で決める"), button="決めて次の案件へ")
    assert (done.path, "一覧の終わりまで来ました。" in done.text) == (INBOX, True)


async def test_by_deadline_a_case_keeps_its_place_though_its_answer_is_sent(site: Site) -> None:
    story = await story_at(site)
    first, second = (
        await story.triaged(confirmed=False),
        await story.triaged(confirmed=False, title="つぎの相談"),
    )
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.get(f"/staff/cases/{first}?scope=inbox&sort=due")
    page = await client.submit(
        page.form(button="回答を送る"), {"body": "こうしてください。"}, button="回答を送る"
    )
    assert (await client.follow(page, "次の案件へ →")).path == f"/staff/cases/{second}"


@pytest.mark.parametrize(
    "query", ["scope=inbox", "scope=all&place=x&first=y", "scope=inbox&queue=unseen&sort=due"]
)
async def test_a_way_that_makes_no_sense_is_a_case_all_the_same(site: Site, query: str) -> None:
    story = await story_at(site)
    case_id = await story.receive()
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    assert (await client.get(f"/staff/cases/{case_id}?{query}")).status == 200


async def test_an_open_page_tells_who_else_is_there(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.receive()
    one = await site.signed_in("yamada", {MIE: Role.CLERK})
    two = await site.signed_in("tanaka", {MIE: Role.VIEWER})
    page = await one.get(f"/staff/cases/{case_id}")
    assert "いま開いています" not in page.text
    assert "yamadaさんさんも、いま開いています。" in (await two.get(f"/staff/cases/{case_id}")).text
    token = page.form(button="メモを残す").fields["csrf_token"][0]
    answer = await one.post(f"/staff/presence/{case_id}", {"csrf_token": token})
    assert json.loads(answer.response.text)["people"] == ["tanakaさんさんも、いま開いています。"]
    stranger = await site.signed_in("tanin", {TOYAMA: Role.ADMIN})
    token = (
        (await stranger.get("/staff/account")).form(button="キーボードの設定を改める").fields["csrf_token"][0]
    )
    await stranger.post(f"/staff/presence/{case_id}", {"csrf_token": token}, expect=404)


async def test_everything_can_be_noted_at_once(site: Site) -> None:
    story = await story_at(site)
    await story.receive()
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.follow(await client.get(INBOX), "新しい動き 1")
    page = await client.submit(page.form(button="すべて見たことにする"))
    assert "これまでの動きを、見たことにしました。" in page.text
    assert "新しい動き 0" in page.links


async def test_single_keys_can_be_turned_off(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    assert "keys.js" in (await client.get(INBOX)).response.text
    account = await client.get("/staff/account")
    page = await client.submit(account.form(button="キーボードの設定を改める"), {"uses_keys": []})
    assert "キーボードの設定を改めました。" in page.text
    assert "keys.js" not in (await client.get(INBOX)).response.text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_days_at_the_end_of_the_calendar_are_days(site: Site, day: str) -> None:
    client = await site.signed_in("yamada", {MIE: Role.ADMIN})
    for path in (
        f"inbox?received_from={day}&received_to={day}",
        f"search?q=受付:{day}",
        f"settings/audit?first={day}&last={day}",
    ):
        await client.get(f"/staff/desks/{MIE}/{path}")
    is_said = day > "1926-12-25"
    tallies = f"/staff/desks/{MIE}/tallies"
    await client.get(f"{tallies}?as_of={day}", expect=200 if is_said else 422)
    cell = f"{tallies}/cases?measure=receipts&dimension=channel&code=web&from=2026-11&to=2026-11&as_of={day}"
    await client.get(cell, expect=200 if is_said else 404)
