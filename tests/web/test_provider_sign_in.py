"""A link by mail to one's own pages: for those who are listed, for half an hour, and nobody learns who is listed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import directory, outbox
from meyasubako.casework.correspondence import compose
from meyasubako.core import dates
from meyasubako.core.vocabulary import Message
from meyasubako.store.models import OutboxMessage, Provider
from meyasubako.worker import word
from tests.harness.desk_work import story_at
from tests.harness.site import Site
from tests.web.test_directory import ENTRY

ASK = "/providers/sign-in"


async def listed(site: Site) -> int:
    story = await story_at(site)
    return await story.do(directory.add, story.applied.id, ENTRY, by=story.clerk)


async def messages(site: Site) -> list[int | None]:
    wanted = select(OutboxMessage.subject_id).where(OutboxMessage.kind == Message.SIGN_IN)
    return await site.database.read(lambda session: list(session.scalars(wanted)))


async def test_a_link_by_mail_opens_ones_own_pages(site: Site) -> None:
    provider_id = await listed(site)
    client = site.client()
    page = await client.submit(
        await client.get(ASK), {"email": "Ｈanako@Example.jp"}, button="リンクを受け取る"
    )
    assert "リンクをメールで送りました" in page.text
    assert await messages(site) == [provider_id]
    (claimed,) = [
        each
        for each in await site.database.write(lambda session: outbox.claim(session, at=dates.now(), limit=9))
        if each.kind is Message.SIGN_IN
    ]
    letter = await site.database.read(
        lambda session: compose(
            session, claimed, keys=site.keys, public_url=site.settings.public_url, at=dates.now()
        )
    )
    assert letter is not None
    mail = word(letter, claimed, site.settings, site.keys, at=dates.now())
    assert (mail.to, "30分使えます" in mail.subject) == ("hanako@example.jp", True)
    link = next(line for line in mail.body.splitlines() if "/providers/sign-in/" in line)
    page = await client.get(link)
    assert page.path == "/provider/"
    page = await client.get("/provider/profile")
    await client.submit(page, {"capacity": "3"}, button="この内容にする")
    assert "いま、お願いしている相談はありません" in (await client.get("/provider/")).text
    # What waited too long in the queue says nothing any more.
    late = claimed.created_at + timedelta(minutes=30)
    assert (
        await site.database.read(
            lambda session: compose(session, claimed, keys=site.keys, public_url="https://x", at=late)
        )
        is None
    )


async def test_nobody_learns_who_is_listed(site: Site) -> None:
    await listed(site)
    client = site.client()
    page = await client.submit(
        await client.get(ASK), {"email": "other@example.jp"}, button="リンクを受け取る"
    )
    assert "リンクをメールで送りました" in page.text
    assert await messages(site) == []
    page = await client.submit(
        await client.get(ASK), {"email": "hanako"}, button="リンクを受け取る", expect=422
    )
    page.by_id("field-email-error")


async def test_no_address_is_flooded(site: Site) -> None:
    await listed(site)
    client = site.client()
    form = (await client.get(ASK)).form(button="リンクを受け取る")
    for _ in range(5):
        await client.submit(form, {"email": "hanako@example.jp"})
    await client.submit(form, {"email": "hanako@example.jp"}, expect=429)
    assert len(await messages(site)) == 5


@pytest.mark.parametrize("what", ["late", "another address", "gone", "made up"])
async def test_a_link_that_opens_nothing_offers_another(site: Site, what: str) -> None:
    provider_id = await listed(site)
    asked_at = dates.now() - timedelta(minutes=31 if what == "late" else 1)
    token = site.keys.sign_in_token(provider_id, ENTRY.email, asked_at)
    changed = {
        "another address": replace(ENTRY, email="new@example.jp"),
        "gone": replace(ENTRY, is_active=False),
    }

    def unit(session: Any) -> None:
        row = session.get_one(Provider, provider_id)
        row.email, row.is_active = changed[what].email, changed[what].is_active

    if what in changed:
        await site.database.write(unit)
    page = await site.client().get(
        f"{ASK}/{token if what != 'made up' else f'{provider_id}-1.x'}", expect=404
    )
    assert "もう使えません" in page.text
    assert "リンクを受け取る" in page.form(button="リンクを受け取る").button_labels


async def test_the_address_to_remember_leads_on(site: Site) -> None:
    page = await site.client().get("/provider")
    assert page.path == ASK
    story = await story_at(site)
    adviser = await story.list_provider()
    offer_id = await story.offer(await story.triaged(), adviser)
    client = site.client()
    await client.get(f"/offers/{site.keys.offer_token(offer_id)}")
    page = await client.get("/provider")
    assert (page.path, page.heading) == ("/provider/", "わたしのページ")
    for private in ("見本太郎", "サンプル製作所", "taro@example.jp", "059-000-0000"):
        assert private not in page.text
