"""A mail goes out by a real mail server, its answer comes in by a real mailbox; another one never arrives, and the desk notices."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from meyasubako.core import dates
from meyasubako.core.vocabulary import Role
from tests.harness.browser import axe_violations, sideways_scroll
from tests.harness.desk_work import story_at
from tests.harness.letters import answer, ask
from tests.harness.mailbox import MailboxServer
from tests.harness.mails import mail, report
from tests.harness.site import MIE
from tests.harness.story import ADDRESS
from tests.journeys.steps import DESK, PHONE, Town, follow, sees, sign_in, visit

pytestmark = pytest.mark.journey


@pytest.fixture
def box() -> Iterator[MailboxServer]:
    with MailboxServer() as server:
        yield server


@pytest.fixture
def settings(box: MailboxServer) -> dict[str, str]:
    return {"mail_in": "voice@example.lg.jp", "imap": box.url}


async def until_seen(page: Page, address: str, text: str) -> None:
    """Look again until somebody else's work shows."""
    for _ in range(120):
        await visit(page, address)
        if text in await page.locator("body").inner_text():
            return
        await page.wait_for_timeout(500)
    await expect(page.locator("body")).to_contain_text(text)


async def test_an_answer_finds_its_case_and_what_never_arrived_is_noticed(
    town: Town, box: MailboxServer
) -> None:
    story = await story_at(town.site)
    story.at = dates.now()
    case_id = await story.triaged()
    await ask(story, case_id)
    [question] = await town.mail.wait_for(ADDRESS, subject="おたずね")
    box.deliver(mail("3人です。\n\n> 何人でお使いですか。\n", to=str(question.message["Reply-To"])))
    case = f"/staff/cases/{case_id}"
    async with town.visitor(DESK) as page:
        await sign_in(town, page, "yamada", roles={MIE: Role.CLERK})
        await until_seen(page, case, "メールで、お返事がありました")
        await sees(page, "現場作業員へのIT導入を進めたい", "3人です。", "振分済")
        await answer(story, case_id)
        [reply] = await town.mail.wait_for(ADDRESS, subject="回答")
        box.deliver(report(to=reply.sender, status="5.2.2"))
        await until_seen(page, case, "メール「回答」が届きませんでした")
        await sees(page, "現場作業員へのIT導入を進めたい", "受け取ってもらえませんでした")
        await visit(page, f"/staff/desks/{MIE}/mails")
        await sees(page, "届いたメール", "追記にしました", "届かなかった知らせ")
        for width in (DESK, PHONE):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await axe_violations(page) == []
            assert await sideways_scroll(page) == 0
        await follow(page, "Re: 【みえDXセンター】おたずね")
        await expect(page.locator("body")).to_contain_text("> 何人でお使いですか。")
        assert await axe_violations(page) == []
    assert box.lies() == [True, True]
