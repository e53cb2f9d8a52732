"""The page of a case's meetings, for the desk."""

import pytest

from meyasubako.core import dates
from meyasubako.core.vocabulary import Role
from meyasubako.store.models import Meeting
from tests.harness.site import MIE, Site
from tests.harness.story import Story
from tests.web.offered import count, offered, row, story_at


@pytest.fixture
async def story(site: Site) -> Story:
    return await story_at(site)


async def test_staff_record_correct_and_strike(site: Site, story: Story) -> None:
    adviser = await story.list_provider()
    offer_id = await offered(story, adviser)
    await story.accept(offer_id, adviser)
    case_id = (await row(site, offer_id)).case_id
    client = await site.signed_in("sato", {MIE: Role.CLERK})
    assert "面談の記録と回数" in (await client.get(f"/staff/cases/{case_id}")).text
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
