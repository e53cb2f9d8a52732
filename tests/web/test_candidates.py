"""The page of the candidates: words first, the number second, a stop sign where there is a conflict, other weights to try."""

from dataclasses import replace

from meyasubako.casework import directory
from meyasubako.core.vocabulary import Role
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, TOYAMA, Site
from tests.web.test_directory import ENTRY


async def test_from_the_list_to_an_offer_in_spite_of_a_conflict(site: Site) -> None:
    story = await story_at(site)
    topic = story.applied.desk.topic_leaves()[0].code
    seller = replace(ENTRY, name="売る会社", sells="日報アプリ", topics=(topic,), sold_topics=(topic,))
    for entry in (ENTRY, seller):
        await story.do(directory.add, story.applied.id, entry, by=story.clerk)
    case_id = await story.triaged()
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.get(f"/staff/cases/{case_id}")
    page = await client.follow(page, "候補をくわしく見る、重みを変えて並べてみる")
    assert page.text.index("売る会社") < page.text.index("見本 花子")
    assert "止まれ" in page.text
    assert "日報アプリ" in page.text

    tried = await client.submit(page.form(button="並べなおす"), {"topic": "0", "area": "10"})
    assert "何も記録していません" in tried.text
    assert tried.form(button="並べなおす").fields["area"] == ["10"]

    (chosen,) = {link for link in page.links.values() if "provider=2" in link}
    page = await client.get(chosen)
    form = page.form(button="打診する")
    assert form.fields["provider"] == ["2"]
    page = await client.submit(form, {}, button="打診する", expect=422)
    page.by_id("field-offer-override-error")
    page = await client.submit(
        page.form(button="打診する"), {"override": "ほかにいないため"}, button="打診する"
    )
    assert "それでも打診したわけ：ほかにいないため" in page.text


async def test_only_those_who_offer_see_candidates(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    address = f"/staff/cases/{case_id}/candidates"
    viewer = await site.signed_in("yamada", {MIE: Role.VIEWER})
    await viewer.get(address, expect=403)
    other = await site.signed_in("suzuki", {TOYAMA: Role.ADMIN})
    await other.get(address, expect=404)
    clerk = await site.signed_in("sato", {MIE: Role.CLERK})
    assert "候補がいません" in (await clerk.get(f"{address}?topic=たくさん&text=99")).text
