"""What people do in a browser, in their own words: open, write, choose, press, follow; and what they read in their mail."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

from tests.harness.browser import Scheme, open_page
from tests.harness.mail_server import Delivery, MailServer
from tests.harness.site import PASSWORD, TOYAMA, Site

PHONE = 360
DESK = 1280


@dataclass(frozen=True)
class Town:
    """A running installation, its worker and its mail server, and the browser in which people meet it."""

    site: Site
    url: str
    mail: MailServer
    browser: Browser

    @asynccontextmanager
    async def visitor(
        self,
        width: int = PHONE,
        *,
        script: bool = True,
        scheme: Scheme = "light",
        refusals: Sequence[int] = (),
    ) -> AsyncIterator[Page]:
        """Somebody at a browser of their own."""
        async with open_page(
            self.browser, self.url, width=width, script=script, scheme=scheme, refusals=refusals
        ) as page:
            yield page

    async def link_for(self, address: str, *, subject: str, path: str) -> str:
        """Wait for a mail and find the link in it that leads to this part of the site."""
        [delivery] = await self.mail.wait_for(address, subject=subject)
        return self.link_in(delivery, path)

    def link_in(self, delivery: Delivery, path: str) -> str:
        [link] = re.findall(rf"^{re.escape(self.url)}{path}\S*$", delivery.text, re.MULTILINE)
        return str(link)


def exactly(label: str) -> re.Pattern[str]:
    """A label or legend with these words, whether or not it says 必須 or 任意 after them."""
    return re.compile(rf"^\s*{re.escape(label)}(\s*(必須|任意))?\s*$")


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(exactly(label))


def group(page: Page, legend: str) -> Locator:
    return page.get_by_role("group", name=exactly(legend))


async def write(page: Page, texts: dict[str, str]) -> None:
    """Write into each of these fields."""
    for label, text in texts.items():
        await field(page, label).fill(text)


async def choose(page: Page, choices: dict[str, str]) -> None:
    """Choose one thing, or one more, in each of these groups."""
    for legend, option in choices.items():
        await group(page, legend).get_by_label(option, exact=True).check()


async def pick(page: Page, choices: dict[str, str]) -> None:
    """Pick from these lists."""
    for label, option in choices.items():
        await field(page, label).select_option(label=option)


async def unfold(page: Page, words: str) -> None:
    """Open what is folded away under these words."""
    await page.locator("summary", has_text=words).click()


async def press(page: Page, button: str) -> None:
    """Press a button and wait for the page it leads to."""
    async with page.expect_navigation(wait_until="domcontentloaded"):
        await page.get_by_role("button", name=button, exact=True).click()


async def follow(page: Page, link: str) -> None:
    """Follow the first link with these words."""
    async with page.expect_navigation(wait_until="domcontentloaded"):
        await page.get_by_role("link", name=link, exact=True).first.click()


async def visit(page: Page, address: str) -> None:
    """Open an address, as from a mail or a bookmark."""
    await page.goto(address, wait_until="domcontentloaded")


async def sees(page: Page, heading: str, *texts: str) -> None:
    """Somebody is on the page with this heading and reads these texts on it."""
    await expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    for text in texts:
        await expect(page.locator("body")).to_contain_text(text)


async def reads_code(page: Page, label: str) -> str:
    """A receipt number or passcode as it is noted down."""
    shown = page.locator(".code-display", has_text=label).locator(".code-group")
    return "-".join(await shown.all_inner_texts())


async def sign_in(town: Town, page: Page, login: str, **member: Any) -> None:
    """A new member of staff signs in, by the page."""
    await town.site.add_staff(login, **member)
    await visit(page, "/staff/sign-in")
    await write(page, {"利用者ID": login, "パスワード": PASSWORD})
    await press(page, "サインイン")


async def begin_suggestion(page: Page, title: str, body: str) -> None:
    """The part of the form of 富山県 DX推進目安箱 that everybody fills in."""
    await visit(page, f"/desks/{TOYAMA}/new")
    await choose(
        page, {"どなたとして送りますか": "県民", "ご意見・ご提案の種類": "ＤＸ施策に関するご意見やご提言"}
    )
    await write(page, {"件名": title, "ご意見・ご提案の内容": body})


async def check_and_send(page: Page, *written: str, told: str) -> tuple[str, str]:
    """Read what was written once more and send it; the receipt number and the passcode that are shown."""
    await press(page, "内容を確かめる")
    await sees(page, "内容を確かめる", *written)
    await press(page, "この内容で送る")
    await sees(page, "受け付けました", told)
    return await reads_code(page, "受付番号"), await reads_code(page, "合言葉")


async def confirm_address(town: Town, page: Page, address: str) -> Delivery:
    """Open the link of the mail that asks whether the address is right; returns the mail."""
    [mail] = await town.mail.wait_for(address, subject="アドレスの確認のお願い")
    await visit(page, town.link_in(mail, "/confirm/"))
    await press(page, "このアドレスでよい")
    await sees(page, "メールアドレスを確かめました")
    return mail


async def ask_how_it_stands(page: Page, number: str, passcode: str) -> None:
    """Open the status page with what was noted down."""
    await visit(page, "/status")
    await write(page, {"受付番号": number, "合言葉": passcode})
    await press(page, "状況を見る")
    await sees(page, "いまの状況")


async def rows_of(page: Page, caption: str) -> dict[str, list[str]]:
    """The rows of a table by their first cell."""
    lines = await page.get_by_role("region", name=caption, exact=True).locator("tr").all()
    cells = [await line.locator("th, td").all_inner_texts() for line in lines]
    return {line[0].strip("　 "): line[1:] for line in cells}
