"""What was typed survives a closed tab: kept in the browser, offered again, gone after sending and when somebody says so."""

import json

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.harness.browser import PATIENCE
from tests.harness.site import TOYAMA
from tests.journeys.steps import Town, ask_how_it_stands, choose, field, group, press, reads_code, sees, visit
from tests.journeys.test_errors import BODY, expect_filled_in, fill_in

pytestmark = pytest.mark.journey

FORM = f"/desks/{TOYAMA}/new"
KEY = f"draft:{TOYAMA}"
OFFER = "前に書きかけた内容があります。"
SWITCH = "この端末に書きかけを残す"
KEPT = "() => Object.fromEntries(Object.entries(localStorage))"


async def kept(page: Page) -> dict[str, str]:
    return dict(await page.evaluate(KEPT))


async def is_kept(page: Page, words: str) -> None:
    """Wait for the pause after which what was typed is kept."""
    await page.wait_for_function(
        "([key, words]) => (localStorage.getItem(key) ?? '').includes(words)", arg=[KEY, words]
    )


async def new_tab(context: BrowserContext, path: str = FORM) -> Page:
    """The same browser, after its tab was closed."""
    for each in context.pages[1:]:
        await each.close()
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    await visit(page, path)
    return page


async def expect_offer(page: Page, *, there: bool) -> None:
    await expect(page.get_by_role("heading", name=OFFER)).to_be_visible(visible=there)


async def test_what_was_typed_is_offered_again_until_it_is_sent(town: Town) -> None:
    async with town.visitor(refusals=[422]) as first:
        await visit(first, FORM)
        await expect_offer(first, there=False)
        await fill_in(first)
        await is_kept(first, "publish_consent")
        page = await new_tab(first.context)
        await expect_offer(page, there=True)
        stored = json.loads((await kept(page))[KEY])
        assert {name for name, _ in stored["fields"]} == {
            *("requester_type", "purpose", "topics", "title", "body", "reply_wanted", "publish_consent")
        }
        # Nothing is put into the form before somebody says so; what is written meanwhile stays.
        await expect(field(page, "件名")).to_have_value("")
        await field(page, "お名前").fill("見本花子")
        await page.get_by_role("button", name="続きから書く").click()
        await expect_offer(page, there=False)
        await expect_filled_in(page)
        await expect(field(page, "お名前")).to_have_value("見本花子")
        await expect(field(page, "お住まい・所在地の市町村")).to_be_visible()
        # What the server sends back is newer than what was kept.
        await field(page, "メールアドレス").fill("taro@")
        await press(page, "内容を確かめる")
        await expect_offer(page, there=False)
        await field(page, "メールアドレス").fill("")
        await press(page, "内容を確かめる")
        assert KEY in await kept(page)
        await press(page, "この内容で送る")
        await sees(page, "受け付けました")
        assert await kept(page) == {}
        # The browser's way back shows what was sent, and keeps nothing of it.
        await page.go_back(wait_until="domcontentloaded")
        await page.go_back(wait_until="domcontentloaded")
        assert await kept(page) == {}
        await expect_offer(await new_tab(first.context), there=False)


@pytest.mark.full
async def test_the_switch_keeps_nothing_on_a_shared_device(town: Town) -> None:
    async with town.visitor() as first:
        await visit(first, FORM)
        await fill_in(first)
        await visit(first, "/")
        assert KEY in await kept(first)
        page = await new_tab(first.context)
        await page.get_by_label(SWITCH).uncheck()
        await expect_offer(page, there=False)
        assert KEY not in await kept(page)
        await fill_in(page)
        await visit(page, "/")
        assert KEY not in await kept(page)
        # It stays off on this device, until somebody turns it on again.
        again = await new_tab(first.context)
        await expect(again.get_by_label(SWITCH)).not_to_be_checked()
        await expect_offer(again, there=False)
        await field(again, "件名").fill("残してよい")
        await again.get_by_label(SWITCH).check()
        assert "残してよい" in (await kept(again))[KEY]


@pytest.mark.full
async def test_a_draft_is_let_go_when_asked_when_old_and_on_signing_off(town: Town) -> None:
    async with town.visitor() as first:
        await visit(first, FORM)
        await fill_in(first)
        await press(first, "内容を確かめる")
        await press(first, "この内容で送る")
        number, passcode = await reads_code(first, "受付番号"), await reads_code(first, "合言葉")

        page = await new_tab(first.context)
        await field(page, "件名").fill("消すもの")
        await is_kept(page, "消すもの")
        page = await new_tab(first.context)
        await page.get_by_role("button", name="消す", exact=True).click()
        await expect_offer(page, there=False)
        assert await kept(page) == {}

        await field(page, "件名").fill("きのうのもの")
        await visit(page, "/")
        await page.evaluate(
            """(key) => { const draft = JSON.parse(localStorage.getItem(key));
            localStorage.setItem(key, JSON.stringify({ ...draft, at: draft.at - 24 * 60 * 60 * 1000 })); }""",
            KEY,
        )
        # Gone with the next page, whichever it is.
        await visit(page, "/help")
        assert await kept(page) == {}

        await visit(page, FORM)
        await field(page, "件名").fill("人に見せないもの")
        await ask_how_it_stands(page, number, passcode)
        assert KEY in await kept(page)
        await press(page, "この端末での表示を終わる")
        assert await kept(page) == {}


@pytest.mark.full
async def test_a_broken_connection_loses_nothing(town: Town) -> None:
    async with town.visitor() as first:
        await visit(first, FORM)
        await fill_in(first)
        await is_kept(first, "publish_consent")
        page = await new_tab(first.context)
        await page.get_by_role("button", name="続きから書く").click()
        await first.context.set_offline(True)
        async with page.expect_event("requestfailed"):
            await page.get_by_role("button", name="内容を確かめる").click(no_wait_after=True)
        await first.context.set_offline(False)
        page = await new_tab(first.context)
        await page.get_by_role("button", name="続きから書く").click()
        await expect(field(page, "ご意見・ご提案の内容")).to_have_value(BODY)


async def test_without_script_nothing_is_said_of_drafts(town: Town) -> None:
    async with town.visitor(script=False) as page:
        await visit(page, FORM)
        await expect(page.get_by_label(SWITCH)).to_be_hidden()
        await expect_offer(page, there=False)
        # What is only for some shows as soon as they said who they are, or says whom it is for.
        await expect(field(page, "お住まい・所在地の市町村")).to_be_hidden()
        await choose(page, {"どなたとして送りますか": "県民"})
        await expect(field(page, "お住まい・所在地の市町村")).to_be_visible()
        await expect(group(page, "どなたとして送りますか")).to_be_visible()
