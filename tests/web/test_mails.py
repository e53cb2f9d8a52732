"""The clerk and the mails that came: what became of each, and what is done about those only a person can decide about."""

from typing import Any

import pytest
from sqlalchemy import select

from meyasubako import mailroom
from meyasubako.core.mail_address import MailIn, Way
from meyasubako.core.vocabulary import MailState, Message, Role, Status
from meyasubako.store.models import Addition, Attachment, IncomingMail
from tests.harness.desk_work import story_at
from tests.harness.files import pdf
from tests.harness.letters import ask, rows
from tests.harness.mails import mail, report
from tests.harness.site import MIE, TOYAMA, Site, settings_for
from tests.harness.story import Story

MAILS = f"/staff/desks/{MIE}/mails"
ADD, LEAVE = "案件の追記にする", "確かめたので、このままにする"
IN = MailIn("voice+", "example.lg.jp")


async def come(site: Site, story: Story, raw: bytes) -> MailState | None:
    settings = settings_for(site.settings.data, mail_in="voice@example.lg.jp", mail_in_desk=MIE)
    return (await mailroom.take(site.database, settings, site.keys, raw, at=story.at)).state


async def asked(site: Site) -> tuple[Story, int, str]:
    """A case that waits for its requester, and the address for the answer."""
    story = await story_at(site)
    case_id = await story.triaged()
    await ask(story, case_id)
    [row] = await rows(story, Message.ASKED)
    return story, case_id, IN.address(Way.REPLY, row.id, keys=site.keys)


async def from_elsewhere(site: Site) -> tuple[Story, int]:
    story, case_id, to = await asked(site)
    files = (("図.pdf", pdf(), "application/pdf"),)
    raw = mail("3人です。", to=to, sender="見本 <taro@office.example.jp>", files=files)
    assert await come(site, story, raw) is MailState.OTHER_SENDER
    return story, case_id


async def all_of(site: Site, column: Any) -> list[Any]:
    return await site.database.read(lambda session: list(session.scalars(select(column))))


async def test_a_mail_from_elsewhere_is_shown_and_becomes_an_addition_once(site: Site) -> None:
    story, case_id = await from_elsewhere(site)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    inbox = await client.get(f"/staff/desks/{MIE}/inbox")
    assert "メールを確かめる" in inbox.text
    case = await client.get(f"/staff/cases/{case_id}")
    assert "確かめるメールがあります" in case.text
    page = await client.follow(case, "Re: 【みえDXセンター】おたずね")
    assert "taro@office.example.jp" in page.text
    assert "別のアドレスから" in page.text
    done = await client.submit(page, {}, button=ADD)
    assert "メールを案件の追記にしました。" in done.text
    assert (await story.case(case_id)).status is Status.TRIAGED
    assert await all_of(site, Addition.body) == ["3人です。"]
    assert await all_of(site, Attachment.name) == ["図.pdf"]
    # Pressed twice, or by two.
    again = await client.submit(page, {}, button=ADD, expect=409)
    assert "もう確かめてあります" in again.text
    assert await all_of(site, IncomingMail.state) == [MailState.ADDED]


async def test_a_mail_may_be_left_as_it_is(site: Site) -> None:
    await from_elsewhere(site)
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    listed = await client.get(MAILS)
    assert "確かめるもの 1" in listed.text
    page = await client.follow(listed, "Re: 【みえDXセンター】おたずね")
    kept = await client.get(f"{MAILS}/1/original")
    assert kept.headers["content-type"] == "text/plain"
    done = await client.submit(page, {}, button=LEAVE)
    assert "確かめるもの 0" in done.text
    assert await all_of(site, Addition.body) == []
    assert "確かめるメールはありません" in (await client.get(f"{MAILS}?only=open")).text


async def test_who_may_not_see_contact_data_sees_no_senders(site: Site) -> None:
    _, case_id = await from_elsewhere(site)
    client = await site.signed_in("kengaku", {MIE: Role.VIEWER})
    listed = await client.get(MAILS)
    assert "別のアドレスから" in listed.text
    assert "taro@office" not in listed.text
    assert "taro@office" not in (await client.get(f"/staff/cases/{case_id}")).text
    for address in (f"{MAILS}/1", f"{MAILS}/1/original"):
        await client.get(address, expect=403)


async def test_a_mail_of_another_desk_is_not_there(site: Site) -> None:
    await from_elsewhere(site)
    client = await site.signed_in("yamada", {TOYAMA: Role.ADMIN})
    await client.get(MAILS, expect=404)
    for address in ("1", "1/original"):
        await client.get(f"/staff/desks/{TOYAMA}/mails/{address}", expect=404)
    assert "届いたメールは、まだありません" in (await client.get(f"/staff/desks/{TOYAMA}/mails")).text


async def test_a_mail_that_did_not_arrive_is_noticed(site: Site) -> None:
    story, case_id, to = await asked(site)
    back = to.replace("+r", "+b")
    [row] = await rows(story, Message.ASKED)
    assert (
        await come(site, story, report(to=IN.address(Way.BOUNCE, row.id, keys=site.keys)))
        is MailState.BOUNCED
    )
    assert await come(site, story, report(to=back, text="forged")) is MailState.AUTOMATIC
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    case = await client.get(f"/staff/cases/{case_id}")
    assert "「おたずね」：あて先がありません" in case.text
    assert "メール「おたずね」が届きませんでした" in case.text
    listed = await client.get(f"/staff/desks/{MIE}/inbox?queue=mail")
    assert "1件" in listed.text


@pytest.mark.parametrize("raw", [b"\xff no mail", b""])
async def test_what_cannot_be_read_waits_for_a_person(site: Site, raw: bytes) -> None:
    story = await story_at(site)
    assert await come(site, story, raw) is MailState.UNREADABLE
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.follow(await client.get(f"{MAILS}?only=open"), "（件名のないメール）")
    assert ADD not in page.text
    assert "文章を読み取れませんでした" in page.text
