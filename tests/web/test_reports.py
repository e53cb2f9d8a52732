"""The report: written on a phone after the last meeting, read and entered at the desk."""

import pytest

from meyasubako.casework import matching
from meyasubako.core.dates import japan_day
from meyasubako.core.vocabulary import MeetingWay, Role
from tests.harness.site import MIE, Site
from tests.harness.story import Story
from tests.web.offered import story_at

BUTTON = "報告する"


@pytest.fixture
async def story(site: Site) -> Story:
    return await story_at(site)


async def test_it_is_written_by_who_accepted_and_read_at_the_desk(site: Site, story: Story) -> None:
    case_id, adviser = await story.triaged(), await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    await story.accept(offer_id, adviser)
    told = {"held_on": japan_day(story.at), "way": MeetingWay.ONLINE, "minutes": 60}
    await story.do(matching.meet, story.applied.desk, offer_id, **told, by=adviser)
    client = site.client()
    page = await client.get(f"/offers/{story.keys.offer_token(offer_id)}")
    assert "までにお書きください" in page.text.replace("</strong>", "")
    wrong = await client.submit(page, {"material": "http:"}, button=BUTTON, expect=422)
    assert "助言したことを書いてください。" in wrong.text
    said = {"advised": "写真から始める😀", "next_steps": "係を決める", "material": "https://example.jp/a"}
    done = await client.submit(wrong, said, button=BUTTON)
    assert "報告を受け取りました。" in done.text
    again = await client.submit(wrong, said, button=BUTTON, expect=409)
    assert "写真から始める😀" in again.text

    desk = await site.signed_in("clerk", {MIE: Role.CLERK})
    case = await desk.get(f"/staff/cases/{case_id}")
    assert "写真から始める😀" in case.text
    assert case.links["https://example.jp/a"] == "https://example.jp/a"
    entry = await desk.get(f"/staff/offers/{offer_id}/report")
    kept = await desk.submit(entry, {"advised": "電話で聞いた"}, button="報告を入力する")
    assert "報告を入力しました。" in kept.text
    await (await site.signed_in("viewer", {MIE: Role.VIEWER})).get(
        f"/staff/offers/{offer_id}/report", expect=403
    )
    await site.client().get(f"/provider/offers/{offer_id}/report", expect=405)
