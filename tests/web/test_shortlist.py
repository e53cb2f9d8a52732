"""From the candidates to several offers, as the staff press their way; and what the others read when one accepted."""

from dataclasses import replace

from meyasubako.casework import directory
from meyasubako.core.vocabulary import Role
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, TOYAMA, Site
from tests.web.offered import follow
from tests.web.test_directory import ENTRY


async def test_several_are_chosen_put_in_order_and_asked_in_turn(site: Site) -> None:
    story = await story_at(site)
    for name in ("候補い", "候補ろ", "候補は"):
        await story.do(directory.add, story.applied.id, replace(ENTRY, name=name), by=story.clerk)
    case_id = await story.triaged()
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.get(f"/staff/cases/{case_id}/candidates")
    form = page.form(button="選んだ人に打診する")
    assert "候補を2人から5人まで" in (await client.submit(form, {"provider": ["1"]}, expect=422)).text
    page = await client.submit(form, {"provider": ["1", "3"]})
    form = page.form(button="打診を始める")
    assert form.fields["place_1"] == ["1"]
    page = await client.submit(form, {"place_3": "1"}, expect=422)
    page.by_id("field-place-3-error")
    page = await client.submit(form, {"place_1": "2", "place_3": "1"}, button="打診を始める")
    assert page.path == f"/staff/cases/{case_id}"
    assert "1人ずつ、順番に打診：候補は、候補い" in page.text
    assert "候補はさん（アドバイザー）に打診しました" in page.text
    # Taken back, the next one waits for the button.
    page = await client.submit(page.form(button="打診を取り消す（候補は）"))
    stale = page.form(button="次の人（候補い）に打診する")
    page = await client.submit(stale)
    assert "候補いさん（アドバイザー）に打診しました" in page.text
    page = await client.submit(stale, expect=409)
    page = await client.submit(page.form(button="次の人への打診をやめる"))
    assert "取りやめました" in page.text


async def test_whoever_was_asked_as_well_is_told_kindly(site: Site) -> None:
    story = await story_at(site)
    for name in ("候補い", "候補ろ"):
        await story.do(directory.add, story.applied.id, replace(ENTRY, name=name), by=story.clerk)
    case_id = await story.triaged()
    clerk = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await clerk.get(f"/staff/cases/{case_id}/shortlist?provider=1&provider=2")
    await clerk.submit(page.form(button="打診を始める"), {"manner": "at_once"})
    client, page = await follow(site, 1)
    late, _ = await follow(site, 2)
    await client.submit(page, button="引き受ける")
    assert "ほかの方にお願いすることになりました" in (await late.get("/provider/offers/2")).text
    _, page = await follow(site, 2, expect=404)
    assert "ほかの方が引き受けてくださったため" in page.text


async def test_only_those_who_offer_choose(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    viewer = await site.signed_in("yamada", {MIE: Role.VIEWER})
    await viewer.get(f"/staff/cases/{case_id}/shortlist", expect=403)
    other = await site.signed_in("suzuki", {TOYAMA: Role.ADMIN})
    await other.get(f"/staff/cases/{case_id}/shortlist", expect=404)
    clerk = await site.signed_in("sato", {MIE: Role.CLERK})
    page = await clerk.get(f"/staff/cases/{case_id}/shortlist?provider=たくさん&provider=99", expect=422)
    assert "候補を2人から5人まで" in page.text
