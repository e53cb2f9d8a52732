"""Somebody who reads little Japanese sends something in and asks how it stands; no page on the way hinders anybody."""

import re

import pytest
from playwright.async_api import Page, expect

from meyasubako.core.vocabulary import Language
from tests.harness.browser import Scheme, axe_violations, sideways_scroll
from tests.harness.site import TOYAMA
from tests.journeys.steps import DESK, PHONE, Town, visit

pytestmark = pytest.mark.journey

EN, EASY = Language.ENGLISH, Language.EASY_JAPANESE


async def look(page: Page, faults: list[str]) -> None:
    """Write down what hinders somebody on this page."""
    where = page.url.rpartition("/")[2]
    faults += [f"{where}: {each}" for each in await axe_violations(page)]
    if beyond := await sideways_scroll(page):
        faults.append(f"{where}: {beyond} px wider than its window")


async def press(page: Page, value: str) -> None:
    async with page.expect_navigation(wait_until="domcontentloaded"):
        await page.locator(f"main button[value='{value}']").last.click()


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [
        pytest.param(EN, "light", 320, id="english"),
        pytest.param(EASY, "light", 320, id="easy", marks=pytest.mark.full),
        pytest.param(EN, "dark", DESK, id="english-dark", marks=pytest.mark.full),
        pytest.param(EASY, "dark", PHONE, id="easy-dark", marks=pytest.mark.full),
    ],
)
async def test_somebody_sends_an_opinion_in_their_language(
    town: Town, language: Language, scheme: Scheme, width: int
) -> None:
    faults: list[str] = []
    async with town.visitor(width, scheme=scheme, refusals=[422]) as page:
        await visit(page, "/")
        name = {EN: "English", EASY: "やさしい日本語"}[language]
        async with page.expect_navigation(wait_until="domcontentloaded"):
            await page.get_by_role("link", name=name, exact=True).click()
        await look(page, faults)
        for address in ("/help", "/privacy", "/accessibility", f"/desks/{TOYAMA}", f"/desks/{TOYAMA}/new"):
            await visit(page, address)
            await look(page, faults)
        await press(page, "check")
        await look(page, faults)
        for field, value in (("requester_type", "resident"), ("purpose", "opinion"), ("reply_wanted", "no")):
            await page.check(f"input[name={field}][value={value}]")
        await page.check("input[name=publish_consent][value=no]")
        await page.fill("input[name=title]", "Snow")
        await page.fill("textarea[name=body]", "Which roads are clear?")
        left = {EN: "1,978 characters left", EASY: "あと 1,978字"}[language]
        await expect(page.locator("#field-body-count")).to_have_text(left)
        await press(page, "check")
        await look(page, faults)
        # What was typed stays, whichever way one goes on reading.
        async with page.expect_navigation(wait_until="domcontentloaded"):
            await page.get_by_role("button", name="日本語", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("内容を確かめる")
        await expect(page.get_by_text("Which roads are clear?")).to_be_visible()
        async with page.expect_navigation(wait_until="domcontentloaded"):
            await page.get_by_role("button", name=name, exact=True).click()
        await press(page, "send")
        await expect(page).to_have_url(re.compile("/done$"))
        await look(page, faults)
        number, passcode = [
            "".join(await each.locator(".code-group").all_inner_texts())
            for each in await page.locator(".code-value").all()
        ]
        await visit(page, "/status")
        await look(page, faults)
        await page.fill("input[name=number]", number)
        await page.fill("input[name=passcode]", passcode)
        async with page.expect_navigation(wait_until="domcontentloaded"):
            await page.keyboard.press("Enter")
        await look(page, faults)
        await visit(page, "/status/held")
        await look(page, faults)
    assert faults == []
