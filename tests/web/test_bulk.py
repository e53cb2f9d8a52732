"""Many cases chosen from the list: what would happen is shown, then done, then taken back."""

import pytest

from meyasubako.casework import triage
from meyasubako.core.vocabulary import Role, Status
from tests.harness.client import Client, Page
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, TOYAMA, Site
from tests.harness.story import Story


@pytest.fixture
async def story(site: Site) -> Story:
    return await story_at(site)


@pytest.fixture
async def clerk(site: Site) -> Client:
    return await site.signed_in("yamada", {MIE: Role.CLERK})


async def chosen(clerk: Client, case_ids: list[int], where: str = "inbox") -> Page:
    listed = await clerk.get(f"/staff/desks/{MIE}/{where}")
    return await clerk.submit(
        listed, {"case": [str(each) for each in case_ids]}, button="選んだものをまとめて行う"
    )


async def test_cases_are_triaged_together_and_put_back_from_the_list(clerk: Client, story: Story) -> None:
    case_ids = [await story.receive() for _ in range(3)]
    choose = await chosen(clerk, case_ids)
    nothing = await clerk.submit(choose, button="どうなるかを確かめる", expect=422)
    assert "何をするかを選んでください" in nothing.text
    division = story.applied.desk.divisions[0]
    preview = await clerk.submit(
        nothing, {"deed": "triage", "division": division.code}, button="どうなるかを確かめる"
    )
    assert division.label in preview.text
    assert "「受付」から「振分済」になります" in preview.text
    listed = await clerk.submit(preview, button="3件を振り分ける")
    assert listed.path == f"/staff/desks/{MIE}/inbox"
    assert "3件を振り分けました" in listed.text
    assert {(await story.case(each)).division_code for each in case_ids} == {division.code}
    again = await clerk.submit(listed.form(button="元に戻す"))
    assert "3件を元に戻しました" in again.text
    assert {(await story.case(each)).status for each in case_ids} == {Status.RECEIVED}


async def test_what_cannot_be_done_is_named_and_what_changed_meanwhile_is_left(
    clerk: Client, story: Story
) -> None:
    received, triaged = await story.receive(), await story.triaged()
    choose = await chosen(clerk, [received, triaged], "cases")
    me = next(
        each
        for each in choose.form(button="どうなるかを確かめる").choices("assignee") or ()
        if each.isdigit()
    )
    preview = await clerk.submit(choose, {"deed": "assign", "assignee": me}, button="どうなるかを確かめる")
    await story.do(triage.note, received, "見ています", by=story.clerk)
    result = await clerk.submit(preview, button="2件を担当者を決める")
    assert "1件は、そのままです" in result.text
    assert "ほかの人が変えました" in result.text
    undone = await clerk.submit(result, button="元に戻す")
    assert "1件を元に戻しました" in undone.text
    twice = await clerk.submit(preview, button="2件を担当者を決める", expect=409)
    assert "行える案件がありませんでした" in twice.text


async def test_mails_of_an_act_wait(clerk: Client, story: Story) -> None:
    case_ids = [await story.receive() for _ in range(2)]
    choose = await chosen(clerk, case_ids)
    reason = story.applied.desk.open_decline_reasons[0].code
    preview = await clerk.submit(choose, {"deed": "decline", "reason": reason}, button="どうなるかを確かめる")
    assert "2人にメールを送ります。メールは5分待ってから" in preview.text
    listed = await clerk.submit(preview, button="2件を対象外とする")
    shown = await clerk.follow(listed, "内容を見る")
    assert "それまでに元に戻せば、送られません" in shown.text
    await clerk.submit(shown, button="元に戻す")
    assert {(await story.case(each)).status for each in case_ids} == {Status.RECEIVED}


async def test_nothing_and_what_is_not_mine_cannot_be_chosen(site: Site, clerk: Client, story: Story) -> None:
    empty = await clerk.get(f"/staff/desks/{MIE}/bulk", expect=422)
    assert "一覧の中から、1件以上選んでください" in empty.text
    await clerk.get(f"/staff/desks/{MIE}/bulk?case=999999", expect=404)
    case_id = await story.receive()
    other = await site.signed_in("other", {TOYAMA: Role.CLERK})
    await other.get(f"/staff/desks/{TOYAMA}/bulk?case={case_id}", expect=404)
    away = await clerk.get(f"/staff/desks/{MIE}/bulk?case={case_id}&from=//example.com/")
    assert away.links["一覧へもどる"].endswith(f"/staff/desks/{MIE}/inbox")
