"""The link of an offer and its answers, as its provider sees them."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import directory, matching, replies, tracking
from meyasubako.core import dates
from meyasubako.core.vocabulary import EventKind, OfferState, ProviderKind, Role, Status
from meyasubako.store.models import Case, Event, Offer, ProviderSession, Receipt
from tests.harness.site import MIE, Site
from tests.harness.story import BRIEF, Story
from tests.web.offered import PRIVATE, TITLE, accepted, count, follow, offered, row, story_at


@pytest.fixture
async def story(site: Site) -> Story:
    """The desk of the site; its present is a few minutes ago, so that what the pages do comes later."""
    return await story_at(site)


async def status(story: Story, offer_id: int) -> Status:
    case_id = await story.see(lambda session: session.get_one(Offer, offer_id).case_id)
    return (await story.case(case_id)).status


async def seen(site: Site) -> int:
    return await count(site, Event, Event.kind == EventKind.CONTACT_SEEN)


# ---- The link ----


async def test_the_link_leads_to_the_offer_and_shows_what_the_desk_chose(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    _, page = await follow(site, offer_id)
    assert page.path == f"/provider/offers/{offer_id}"
    assert page.heading == "三重県から相談が1件届いています"
    due = dates.day_text((await row(site, offer_id)).answer_by)
    for shown in (
        due,
        BRIEF.text,
        TITLE,
        "県内の事業者",
        "オンライン",
        "7月10日（金）の午後",
        "059-224-3086",
    ):
        assert shown in page.text
    assert not [word for word in PRIVATE if word in page.text]
    assert "サンプル専門家 さん" in page.text


async def test_what_the_desk_hides_stays_hidden(site: Site, story: Story) -> None:
    brief = matching.Brief("ご助言をお願いします。", False, False)
    offer_id = await offered(story, await story.list_provider(), brief, meeting_way=None, wished_dates="")
    _, page = await follow(site, offer_id)
    assert "ご助言をお願いします。" in page.text
    assert not [word for word in (*PRIVATE, TITLE, "県内の事業者", "希望する") if word in page.text]


async def test_opening_changes_nothing(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    events = await count(site, Event)
    token = site.keys.offer_token(offer_id)
    scanner = site.client()
    for method in ("HEAD", "GET", "OPTIONS"):
        await scanner.request(method, f"/offers/{token}", expect=None)
    for path in ("", "/accept", "/turn-down", "/advice", "/meetings"):
        await scanner.request("GET", f"/provider/offers/{offer_id}{path}", expect=None)
    assert (await row(site, offer_id)).state is OfferState.OPEN
    assert await count(site, Event) == events
    # The link still works for the person it was meant for.
    await follow(site, offer_id)


async def test_the_cookie_is_short_lived_and_out_of_reach(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    client = site.client()
    page = await client.get(f"/offers/{site.keys.offer_token(offer_id)}", expect=303, follow=False)
    cookie = page.headers["set-cookie"]
    assert cookie.startswith("__Host-provider=")
    for part in ("HttpOnly", "Secure", "SameSite=lax", "Max-Age=7200", "Path=/"):
        assert part in cookie
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["location"] == f"/provider/offers/{offer_id}"
    (value,) = [each.value for each in client.cookies.jar if each.name == "__Host-provider"]
    assert await count(site, ProviderSession, ProviderSession.token_hash == value) == 0


async def test_without_the_link_there_is_nothing(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    client = site.client()
    for path in ("/provider/", f"/provider/offers/{offer_id}"):
        page = await client.get(path, expect=404)
        assert "届いたメールのリンク" in page.text
        assert not [word for word in (TITLE, BRIEF.text) if word in page.text]
    for action in ("accept", "turn-down", "advice", "meetings"):
        await client.post(f"/provider/offers/{offer_id}/{action}", {}, expect=404)
    staff = await site.signed_in("clerk", {MIE: Role.ADMIN})
    await staff.get(f"/provider/offers/{offer_id}", expect=404)


async def test_a_form_from_elsewhere_is_refused(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    client, _ = await follow(site, offer_id)
    await client.post(f"/provider/offers/{offer_id}/accept", {}, expect=403)
    assert (await row(site, offer_id)).state is OfferState.OPEN


async def test_a_link_that_never_was_names_every_desk(site: Site) -> None:
    page = await site.client().get(f"/offers/{'x' * 43}", expect=404)
    assert page.heading == "このリンクは使えません"
    assert "途中で切れていないか" in page.text
    for applied in site.desks.values():
        assert applied.desk.name in page.text
        assert (applied.desk.phone or applied.desk.office) in page.text


async def test_a_link_dies_when_its_day_is_over(site: Site, story: Story) -> None:
    adviser = await story.list_provider()
    story.pass_time(days=-9)
    offer_id = await offered(story, adviser)
    client, page = await follow(site, offer_id, expect=404)
    assert page.heading == "お返事の期限が過ぎました"
    assert "期限が過ぎたため" in page.text
    assert "ホームページから" not in page.text
    assert "059-224-3086" in page.text
    assert "みえDXセンター" in page.text
    assert "富山県" not in page.text
    await client.get(f"/provider/offers/{offer_id}", expect=404)


async def test_a_session_outlives_neither_two_hours_nor_the_directory(site: Site, story: Story) -> None:
    adviser = await story.list_provider()
    offer_id = await offered(story, adviser)
    client, _ = await follow(site, offer_id)

    def end_sessions(session: Any) -> None:
        for each in session.scalars(select(ProviderSession)):
            each.expires_at = dates.now()

    await site.database.write(end_sessions)
    await client.get(f"/provider/offers/{offer_id}", expect=404)
    client, _ = await follow(site, offer_id)
    entry = directory.Entry(ProviderKind.ADVISER, "サンプル専門家", email="a@example.jp", is_active=False)
    await site.database.write(
        lambda session: directory.change(
            session, story.applied, adviser.id or 0, entry, by=story.clerk, at=story.at
        )
    )
    await client.get(f"/provider/offers/{offer_id}", expect=404)
    await follow(site, offer_id, expect=404)


# ---- Answering ----


async def test_accepting_shows_the_text_and_with_consent_whom_to_call(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    _, page = await accepted(site, offer_id)
    assert page.heading == TITLE
    assert "お引き受けいただき、ありがとうございます。" in page.text
    assert [word for word in PRIVATE if word not in page.text] == []
    assert page.links["059-000-0000"] == "tel:0590000000"
    assert page.links["taro@example.jp"] == "mailto:taro@example.jp"
    assert await status(story, offer_id) is Status.IN_PROGRESS


async def test_accepting_shows_the_whole_exchange_once(site: Site, story: Story) -> None:
    case_id = await story.triaged()
    said = (await story.case(case_id)).body
    await story.do(replies.ask, case_id, "機器は何台ですか。", by=story.clerk)
    receipt = await story.see(
        lambda session: session.get_one(Receipt, session.get_one(Case, case_id).receipt_id)
    )
    story.pass_time(minutes=1)
    await site.database.write(
        lambda session: tracking.add(
            session, receipt.number, receipt.passcode_generation, case_id, "12台です。", at=story.at
        )
    )
    brief = matching.Brief(said, True, True)
    client, page = await follow(site, await story.offer(case_id, await story.list_provider(), brief))
    assert "機器は何台ですか。" not in page.text
    assert "12台です。" not in page.text
    page = await client.submit(page, button="引き受ける")
    assert page.text.count(said.splitlines()[0]) == 1
    assert page.text.index("機器は何台ですか。") < page.text.index("12台です。")
    assert page.text.count(dates.instant_text(story.at)) >= 1


async def test_without_consent_the_desk_stands_between(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider(), share_consent=False)
    _, page = await follow(site, offer_id)
    assert "連絡先の共有は希望されていない" in page.text
    _, page = await accepted(site, offer_id)
    assert "何から始めれば" in page.text
    assert not [word for word in PRIVATE[1:] if word in page.text]
    assert "みえDXセンターが間に入ります" in page.text
    assert page.links["059-224-3086"] == "tel:0592243086"
    assert await seen(site) == 0


async def test_seeing_whom_to_call_is_noted_once_a_session(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    client, _ = await follow(site, offer_id)
    assert await seen(site) == 0
    client, page = await accepted(site, offer_id)
    for _ in range(2):
        await client.get(page.path)
    # Two links were followed above; contact data was shown in one session.
    assert await seen(site) == 1
    await follow(site, offer_id)
    assert await seen(site) == 2


async def test_turning_down_wants_a_reason_and_brings_the_case_back(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    client, page = await follow(site, offer_id)
    refused = await client.submit(page, {"reason": "  "}, button="今回は難しい", expect=422)
    assert "理由を選ぶか、ひとことお書きください" in refused.text
    assert refused.title.startswith("エラー：")
    done = await client.submit(refused, {"reason": "今月は予定がいっぱいです。"}, button="今回は難しい")
    assert done.heading == "お返事を受け取りました"
    assert not [word for word in (*PRIVATE, TITLE, BRIEF.text) if word in done.text]
    assert (await row(site, offer_id)).reason == "今月は予定がいっぱいです。"
    assert await status(story, offer_id) is Status.TRIAGED
    _, again = await follow(site, offer_id, expect=404)
    assert "辞退のお返事を受け取っています。ありがとうございました。" in again.text
    assert "059-224-3086" in again.text
    assert "期限" not in again.text
    assert not [word for word in (*PRIVATE, TITLE, BRIEF.text) if word in again.text]


async def test_a_dead_link_says_the_true_reason(site: Site, story: Story) -> None:
    adviser = await story.list_provider()
    taken_back = await offered(story, adviser)
    await story.do(matching.revoke, taken_back, by=story.clerk)
    _, page = await follow(site, taken_back, expect=404)
    assert "お願いを取り下げた" in page.text
    overtaken = await offered(story, adviser)
    await story.do(replies.reply, (await row(site, overtaken)).case_id, "お答えします。", by=story.clerk)
    _, page = await follow(site, overtaken, expect=404)
    assert "お願いを取り下げた" in page.text
    entry = directory.Entry(ProviderKind.ADVISER, "サンプル専門家", email="a@example.jp", is_active=False)
    standing = await offered(story, adviser)
    await site.database.write(
        lambda session: directory.change(
            session, story.applied, adviser.id or 0, entry, by=story.clerk, at=story.at
        )
    )
    _, page = await follow(site, standing, expect=404)
    assert "名簿に登録がない" in page.text
    assert TITLE not in page.text


async def test_a_reason_too_long_is_shown_again(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    client, page = await follow(site, offer_id)
    reason = "予定が\r\n" + "いっぱい" * 300
    refused = await client.submit(page, {"reason": reason}, button="今回は難しい", expect=422)
    assert refused.form(field="reason").fields["reason"] == [reason]
    assert "1,000字まで" in refused.text


async def test_a_button_pressed_twice_has_done_its_work(site: Site, story: Story) -> None:
    adviser = await story.list_provider()
    first, second = await offered(story, adviser), await offered(story, adviser)
    client, page = await follow(site, first)
    await client.submit(page, button="引き受ける")
    assert (await client.submit(page, button="引き受ける")).heading == TITLE
    client, page = await follow(site, second)
    for _ in range(2):
        done = await client.submit(page, {"reason": "難しいです。"}, button="今回は難しい")
        assert done.heading == "お返事を受け取りました"
    assert await count(site, Event, Event.kind == EventKind.ACCEPTED) == 1
    assert await count(site, Event, Event.kind == EventKind.TURNED_DOWN) == 1


async def test_an_answer_that_comes_too_late_says_what_happened(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    client, page = await follow(site, offer_id)
    await story.do(matching.revoke, offer_id, by=story.clerk)
    late = await client.submit(page, button="引き受ける", expect=409)
    assert late.heading == "この相談のお願いは取り下げました"
    assert "すでに「取消し」" in late.text
    assert TITLE not in late.text
    assert await status(story, offer_id) is Status.TRIAGED


async def test_another_provider_s_offer_is_not_there(site: Site, story: Story) -> None:
    mine = await offered(story, await story.list_provider())
    theirs = await offered(story, await story.list_provider("ほかの専門家"))
    client, page = await follow(site, mine)
    token = page.form(button="引き受ける").fields["csrf_token"][0]
    await client.get(f"/provider/offers/{theirs}", expect=404)
    await client.get(f"/provider/offers/{theirs + 999}", expect=404)
    fields = {
        "csrf_token": token,
        "reason": "x",
        "body": "x",
        "held_on": "2026-07-03",
        "way": "phone",
        "minutes": "30",
    }
    for action in ("accept", "turn-down", "advice", "meetings"):
        await client.post(f"/provider/offers/{theirs}/{action}", fields, expect=404)
    assert (await row(site, theirs)).state is OfferState.OPEN


async def test_all_of_one_s_own_offers_are_listed(site: Site, story: Story) -> None:
    adviser = await story.list_provider()
    first = await offered(story, adviser)
    client, page = await follow(site, first)
    assert "ほかの相談を見る" not in page.links
    second = await offered(story, adviser, replace(BRIEF, shows_title=False))
    page = await client.get(page.path)
    page = await client.follow(page, "ほかの相談を見る")
    assert page.path == "/provider/"
    assert [link for link in page.links if link.startswith("内容を")] == [
        f"内容を見て答える（{TITLE}）",
        "内容を見て答える（相談2）",
    ]
    page = await client.follow(page, "内容を見て答える（相談2）")
    assert page.path == f"/provider/offers/{second}"
    await client.submit(page, button="引き受ける")
    page = await client.get("/provider/")
    assert f"内容を見る・報告する（{TITLE}）" in page.links


async def test_an_empty_list_says_how_the_next_one_comes(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    client, page = await follow(site, offer_id)
    await client.submit(page, {"reason": "難しいです。"}, button="今回は難しい")
    page = await client.get("/provider/")
    assert "いま、お願いしている相談はありません" in page.text
