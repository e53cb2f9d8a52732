"""The page of a case's meetings, for the desk."""

from datetime import timedelta

import pytest

from meyasubako.core import dates
from meyasubako.core.vocabulary import Role
from meyasubako.store.models import Meeting
from tests.harness.client import Client
from tests.harness.site import MIE, TOYAMA, Site
from tests.harness.story import Story
from tests.web.offered import accepted, count, offered, row, story_at


@pytest.fixture
async def story(site: Site) -> Story:
    return await story_at(site)


async def test_staff_record_correct_and_strike(site: Site, story: Story) -> None:
    adviser = await story.list_provider()
    offer_id = await offered(story, adviser)
    await story.accept(offer_id, adviser)
    case_id = (await row(site, offer_id)).case_id
    client = await site.signed_in("sato", {MIE: Role.CLERK})
    assert "面談の予定と記録" in (await client.get(f"/staff/cases/{case_id}")).text
    today = dates.japan_day(dates.now()).isoformat()
    held = {"held_on": today, "way": "visit", "minutes": "60", "persons": "社長", "proceedings": "発言の記録"}
    for left in (2, 1, 0):
        page = await client.get(f"/staff/cases/{case_id}/meetings")
        page = await client.submit(page, held, button="面談を記録する")
        assert f"あと{left}回" in page.text
    refused = await client.submit(page, held, button="面談を記録する", expect=422)
    assert "それでも行うときは、わけを書いてください" in refused.text
    assert refused.form(button="面談を記録する").fields["proceedings"] == ["発言の記録"]
    await client.submit(refused, {"override": "見学が延びたため"}, button="面談を記録する")
    assert (
        "決められた回数を超えて行うわけ：見学が延びたため"
        in (await client.get(f"/staff/cases/{case_id}")).text
    )
    one = await client.get("/staff/meetings/1")
    refused = await client.submit(one, button="記録を取り消す", expect=422)
    assert "取り消すわけを書いてください" in refused.text
    await client.submit(one, {"minutes": "45", "reason": "聞き間違い"}, button="記録を直す")
    stale = await client.submit(one, {"reason": "行っていない"}, button="記録を取り消す", expect=409)
    page = await client.submit(stale, {"reason": "行っていない"}, button="記録を取り消す")
    assert "取りやめ" in page.text
    assert "行っていない" in page.text
    assert await count(site, Meeting, Meeting.held_on.is_not(None)) == 3
    viewer = await site.signed_in("etsuran", {MIE: Role.VIEWER})
    await viewer.get(f"/staff/cases/{case_id}/meetings", expect=403)
    await viewer.get("/staff/meetings/1", expect=403)
    await client.get("/staff/meetings/99", expect=404)


async def unlocked(site: Site, story: Story, case_id: int) -> Client:
    client, number = site.client(), story.numbers[case_id]
    typed = {"number": number, "passcode": site.keys.passcode(number, 1)}
    await client.submit(await client.get("/status"), typed, button="状況を見る")
    return client


async def test_a_meeting_is_proposed_chosen_moved_and_called_off(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    provider, page = await accepted(site, offer_id)
    case_id = (await row(site, offer_id)).case_id
    day = dates.japan_day(dates.now()) + timedelta(days=7)
    wrong = {"time_1": "あした", "time_2": f"{day}T10:00", "way": "online", "minutes": "60"}
    refused = await provider.submit(page, wrong, button="この日時で進める", expect=422)
    assert refused.form(button="この日時で進める").fields["time_1"] == ["あした"]
    # The form stays open with what is wrong in it, whichever of its fields that is.
    unsaid = await provider.submit(
        page, {**wrong, "time_1": "", "minutes": ""}, button="この日時で進める", expect=422
    )
    wanted = unsaid.by_id("field-dates-minutes-error")
    (folded,) = [each for each in unsaid.tree.iter() if each.tag == "details" and wanted in each.iter()]
    assert folded.get("open") is not None
    first = {"time_1": f"{day}T14:00", "place": "https://example.jp/room"}
    waiting = await provider.submit(refused, first, button="この日時で進める")
    assert "相談者の返事を待っています" in waiting.text
    again = await provider.submit(page, {**wrong, **first}, button="この日時で進める", expect=409)
    assert "1件受け取っています" in again.text

    requester = await unlocked(site, story, case_id)
    status = await requester.get("/status/case")
    assert "面談の日時を選んでください" in status.text
    refused = await requester.submit(status, button="この日時にする", expect=422)
    assert "日時を1つ選んでください" in refused.text
    status = await requester.submit(refused, {"time": "1"}, button="この日時にする")
    assert "面談の予定" in status.text
    files = (
        (requester, "/status/case/1/meetings/1/meeting.ics"),
        (provider, "/provider/plans/1/meeting.ics"),
    )
    for client, path in files:
        file = await client.request("GET", path)
        assert "METHOD:PUBLISH" in file.response.text
        assert "ATTENDEE" not in file.response.text
    assert "14時" in status.text

    clerk = await site.signed_in("sato", {MIE: Role.CLERK})
    listed = await clerk.get(f"/staff/cases/{case_id}/meetings")
    assert "あと2回" in listed.text
    one = await clerk.get("/staff/meetings/1")
    refused = await clerk.submit(one, {"time_1": f"{day}T16:00"}, button="予定を変える", expect=422)
    assert "予定を改めるわけを書いてください" in refused.text
    await clerk.submit(refused, {"reason": "会場の都合"}, button="予定を変える")
    late = await provider.get("/provider/plans/1")
    assert "16時" in late.text
    status = await requester.get("/status/case")
    assert "会場の都合" in status.text
    refused = await requester.submit(status, {"reason": " "}, button="面談を取りやめる", expect=422)
    status = await requester.submit(refused, {"reason": "出張のため"}, button="面談を取りやめる")
    assert "面談を取りやめる" not in status.text
    gone = await provider.submit(late, {"reason": "わけ"}, button="面談を取りやめる", expect=404)
    assert "もう予定にありません" in gone.text
    assert "わけ：出張のため" in (await clerk.get(f"/staff/cases/{case_id}")).text
    other = await site.signed_in("toyama", {TOYAMA: Role.ADMIN})
    for path in ("/staff/meetings/1", f"/staff/cases/{case_id}/meetings"):
        await other.get(path, expect=404)
    assert await count(site, Meeting, Meeting.state == "cancelled") == 1
