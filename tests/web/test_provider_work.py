"""What a provider records on an accepted offer."""

from typing import Any

import pytest

from meyasubako.casework import lifecycle, matching, replies
from meyasubako.core import dates
from meyasubako.core.policy import SYSTEM
from meyasubako.core.vocabulary import EventKind
from meyasubako.store.models import Advice, Meeting, Offer
from tests.harness.site import TOYAMA, Site
from tests.harness.story import BRIEF, Story
from tests.web.offered import PRIVATE, TITLE, accepted, count, follow, offered, row, story_at


@pytest.fixture
async def story(site: Site) -> Story:
    """The desk of the site; its present is a few minutes ago, so that what the pages do comes later."""
    return await story_at(site)


# ---- Working ----


async def test_advice_reaches_the_desk_and_stays_readable(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    client, page = await accepted(site, offer_id)
    refused = await client.submit(page, {"body": " "}, button="助言を送る", expect=422)
    assert "助言の内容を書いてください" in refused.text
    page = await client.submit(refused, {"body": "まず<b>日報</b>から。"}, button="助言を送る")
    assert "助言を受け取りました" in page.text
    assert "まず<b>日報</b>から。" in page.text
    assert page.form(field="body").fields["body"] == [""]
    assert await count(site, Advice, Advice.offer_id == offer_id) == 1


async def test_a_form_sent_twice_counts_once(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    client, page = await accepted(site, offer_id)
    await client.submit(page, {"body": "まず日報から。"}, button="助言を送る")
    again = await client.submit(page, {"body": "まず日報から。"}, button="助言を送る", expect=409)
    assert "1件受け取っています" in again.text
    assert again.form(field="body").fields["body"] == ["まず日報から。"]
    meeting = {"held_on": today(), "way": "online", "minutes": "60"}
    await client.submit(page, meeting, button="面談を記録する")
    await client.submit(page, meeting, button="面談を記録する", expect=409)
    assert await count(site, Advice) == 1
    assert await count(site, Meeting) == 1


def today() -> str:
    return dates.japan_day(dates.now()).isoformat()


async def test_meetings_count_down_the_quota(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    client, page = await accepted(site, offer_id)
    for left in (2, 1, 0):
        values = {"held_on": today(), "way": "visit", "minutes": "９０", "summary": f"残り{left}"}
        page = await client.submit(page, values, button="面談を記録する")
        assert f"残り{left}" in page.text
        assert "訪問、90分" in page.text
        assert ("あと2回" in page.text, "あと1回" in page.text) == (left == 2, left == 1)
    assert "決められた3回を終えています" in page.text
    assert not [form for form in page.forms if "held_on" in form.fields]
    assert await count(site, Meeting) == 3


async def test_a_desk_without_quota_names_none(site: Site) -> None:
    story = await story_at(site, TOYAMA)
    offer_id = await offered(story, await story.list_provider())
    _, page = await follow(site, offer_id)
    assert page.heading == "富山県から相談が1件届いています"
    _, page = await accepted(site, offer_id)
    assert "あと" not in page.text


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"held_on": "きのう"}, "年月日で書いてください"),
        ({"held_on": "2999-01-01"}, "きょうまでの日を書いてください"),
        ({"held_on": "2001-01-01"}, "打診の日より前"),
        ({"minutes": "1時間"}, "分で書いてください"),
        ({"minutes": "0"}, "分で書いてください"),
        ({"minutes": "99999"}, "分で書いてください"),
        ({"way": []}, "面談の方法を選んでください"),
        ({"held_on": "2999-01-01", "minutes": "1時間"}, "きょうまでの日を書いてください"),
        ({"held_on": "2999-01-01", "minutes": "1時間"}, "分で書いてください"),
    ],
)
async def test_a_meeting_that_cannot_be_read_is_shown_again(
    site: Site, story: Story, values: dict[str, Any], message: str
) -> None:
    offer_id = await offered(story, await story.list_provider())
    client, page = await accepted(site, offer_id)
    typed = {"held_on": today(), "way": "phone", "minutes": "30", "summary": "話したこと", **values}
    refused = await client.submit(page, typed, button="面談を記録する", expect=422)
    assert message in refused.text
    shown = refused.form(field="held_on").fields
    for name, value in typed.items():
        assert shown[name] == ([value] if isinstance(value, str) else value)
    assert await count(site, Meeting) == 0


async def test_closing_ends_it_and_loses_nothing_typed(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    client, page = await accepted(site, offer_id)
    case_id = (await row(site, offer_id)).case_id
    story.at = dates.now()
    await story.do(replies.reply, case_id, "お答えします。", by=story.clerk)
    page = await client.get(page.path)
    assert "助言を書く" in page.text
    await story.close(case_id)
    late = await client.submit(page, {"body": "追伸です。"}, button="助言を送る", expect=409)
    assert late.heading == "この相談は終わりました"
    assert "追伸です。" in late.text
    assert not [word for word in (*PRIVATE, TITLE, BRIEF.text) if word in late.text]
    await follow(site, offer_id, expect=404)
    assert await count(site, Advice) == 0


async def test_an_offer_swept_away_says_why(site: Site, story: Story) -> None:
    offer_id = await offered(story, await story.list_provider())
    client, page = await follow(site, offer_id)
    story.pass_time(days=9)
    await story.do(matching.expire_overdue, keys=story.keys)
    page = await client.get(page.path)
    assert page.heading == "お返事の期限が過ぎました"
    timeline = await story.see(
        lambda session: lifecycle.timeline(session, session.get_one(Offer, offer_id).case_id)
    )
    assert (timeline[-1].kind, timeline[-1].actor_kind) == (EventKind.EXPIRED, SYSTEM.kind)
