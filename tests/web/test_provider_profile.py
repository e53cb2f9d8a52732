"""Somebody listed keeps their own entry up to date; what staff fixed stays, and staff see what was changed."""

from dataclasses import replace
from typing import Any

from meyasubako.casework import directory
from meyasubako.casework.directory import Entry
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, Role
from tests.harness.client import Client
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, Site
from tests.harness.story import Story
from tests.web.test_directory import DIRECTORY, ENTRY

PROFILE = "/provider/profile"
LISTED = replace(ENTRY, sells="日報アプリ", sold_topics=("life-other",), avoids=("ほかの会社",))


async def listed(site: Site) -> tuple[Story, int]:
    story = await story_at(site)
    return story, await story.do(directory.add, story.applied.id, LISTED, by=story.clerk)


async def visiting(site: Site, story: Story, provider_id: int) -> Client:
    """Their browser after the link of an offer."""
    offer_id = await story.offer(await story.triaged(), Actor(ActorKind.PROVIDER, provider_id, LISTED.name))
    client = site.client()
    await client.get(f"/offers/{site.keys.offer_token(offer_id)}")
    return client


async def entry_of(site: Site, story: Story, provider_id: int) -> Entry:
    found = await site.database.read(lambda session: directory.get(session, story.applied.id, provider_id))
    return found.entry


async def test_from_an_offer_to_a_profile_that_staff_see_changed(site: Site) -> None:
    story, provider_id = await listed(site)
    client = await visiting(site, story, provider_id)
    page = await client.follow(
        await client.get("/provider/"), "登録の内容（お休み、受けられる件数、得意なこと）を見る・直す"
    )
    assert ("ほかの会社" in page.text, "日報アプリ" in page.text) == (False, True)
    form = page.form(button="この内容にする")
    typed: dict[str, Any] = {
        "profile": "農家の経理を手伝います。",
        "capacity": "２",
        "absences": "2026-08-10〜2026-08-20",
        "areas": ["津市"],
    }
    page = await client.submit(form, typed)
    assert "登録の内容を改めました。" in page.text
    now = await entry_of(site, story, provider_id)
    assert (now.profile, now.capacity, now.areas, len(now.absences)) == (typed["profile"], 2, ("津市",), 1)
    kept = ("kind", "name", "email", "sells", "sold_topics", "avoids", "is_active")
    assert [getattr(now, name) for name in kept] == [getattr(LISTED, name) for name in kept]

    staff = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    page = await staff.get(f"{DIRECTORY}/{provider_id}")
    assert "本人が改めた" in page.text
    assert "月の上限：（なし） → 「2件」" in page.text


async def test_a_profile_cannot_say_more_than_its_own_fields(site: Site) -> None:
    story, provider_id = await listed(site)
    client = await visiting(site, story, provider_id)
    form = (await client.get(PROFILE)).form(button="この内容にする")
    sent = {name: values[0] for name, values in form.fields.items() if values}
    await client.post(
        PROFILE, {**sent, "name": "別の名前", "kind": "partner", "avoids": "", "sold_topics": ""}
    )
    now = await entry_of(site, story, provider_id)
    assert (now.name, now.kind, now.avoids) == (LISTED.name, LISTED.kind, LISTED.avoids)


async def test_mistakes_stand_beside_their_field_and_stale_forms_are_refused(site: Site) -> None:
    story, provider_id = await listed(site)
    client = await visiting(site, story, provider_id)
    form = (await client.get(PROFILE)).form(button="この内容にする")
    page = await client.submit(form, {"absences": "夏のあいだ", "capacity": "多"}, expect=422)
    page.by_id("field-absences-error")
    page.by_id("field-capacity-error")
    assert page.form(button="この内容にする").fields["absences"] == ["夏のあいだ"]
    changed = replace(LISTED, profile="窓口が直しました。")
    await story.do(directory.change, story.applied, provider_id, changed, by=story.clerk)
    page = await client.submit(form, {"capacity": "4"}, expect=409)
    assert "「窓口が直しました。」です" in page.text
    assert page.form(button="この内容にする").fields["capacity"] == ["4"]
    assert (await entry_of(site, story, provider_id)).capacity is None


async def test_nobody_else_sees_a_profile(site: Site) -> None:
    await site.client().get(PROFILE, expect=404)
    staff = await site.signed_in("yamada", {MIE: Role.ADMIN})
    await staff.get(PROFILE, expect=404)
