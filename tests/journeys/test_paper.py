"""A morning's post: three letters in a row by keyboard alone, one of them with three matters, and the month that counts them."""

import pytest
from playwright.async_api import Page, expect

from meyasubako.core.vocabulary import Role
from tests.harness.site import TOYAMA
from tests.journeys.steps import DESK, Town, ask_how_it_stands, follow, rows_of, sees, sign_in, visit

pytestmark = pytest.mark.journey

MOST_TABS = 40
LETTERS = (
    "拝啓　春の候。\n公民館のスマホ講座に、字幕を付けてください。\n敬具",
    "夜の道が暗いです。灯りをお願いします。バスの便も増やしてください。最終が五時では通えません。図書館の本を電子で借りたいです。",
    "県のホームページの字が小さいです。",
)
MATTERS = ("夜の道が暗いです", "バスの便も増やしてください", "図書館の本を電子で借りたいです")


async def tab_to(page: Page, control: str) -> None:
    """Press Tab until this control has the focus."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if await page.evaluate("control => document.activeElement.matches(control)", control):
            return
    raise AssertionError(f"{control} is not reached by Tab")


async def press_keys(page: Page, keys: str) -> None:
    """Press a shortcut and wait for the page it leads to."""
    async with page.expect_navigation(wait_until="domcontentloaded"):
        await page.keyboard.press(keys)


async def type_letter(page: Page, text: str) -> None:
    """From the channel, where the page begins, to the end of the text."""
    await expect(page.locator("[name=channel]:checked")).to_be_focused()
    await tab_to(page, "[name=requester_type]")
    await page.keyboard.press("Space")
    await tab_to(page, "[name=body]")
    await page.keyboard.insert_text(text)


async def divide(page: Page) -> None:
    """Mark the third and the fifth sentence, and call the second matter by a better name."""
    await sees(page, "ことがらを分ける", LETTERS[1][:9])
    await expect(page.locator("[name=begins][value='2']")).to_be_focused()
    for key in ("ArrowDown", "Space", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowDown", "Space"):
        await page.keyboard.press(key)
    await press_keys(page, "Control+Enter")
    await sees(page, "ことがらごとに確かめる", "3つのことがらに分けました")
    await expect(page.locator("[name=m1_title]")).to_be_focused()
    await tab_to(page, "[name=m3_title]")
    await page.keyboard.press("Control+A")
    await page.keyboard.insert_text("バスを増やす")


async def look_at_the_letter(page: Page) -> None:
    await follow(page, "夜の道が暗いです")
    await sees(page, MATTERS[0], "この手紙のことがら 1／3", "4月2日 郵便")
    await follow(page, "バスを増やす")
    await sees(page, "バスを増やす", "この手紙のことがら 2／3")
    await page.locator("summary", has_text="全文").press("Enter")
    await expect(page.locator("mark")).to_contain_text("最終が五時では通えません。")
    await expect(page.locator("mark")).not_to_contain_text("図書館")


async def test_three_letters_by_keyboard(town: Town) -> None:
    async with town.visitor(DESK) as clerk, town.visitor(script=False) as writer:
        await sign_in(town, clerk, "yamada", roles={TOYAMA: Role.CLERK}, name="山田一郎")
        await visit(clerk, f"/staff/desks/{TOYAMA}/receipts/new")

        await tab_to(clerk, "[name=received_on]")
        await clerk.keyboard.insert_text("Ｒ８．４．２")
        await tab_to(clerk, "[name=postmarked_on]")
        await clerk.keyboard.insert_text("3/31")
        await clerk.keyboard.press("Shift+Tab")
        await clerk.keyboard.press("Shift+Tab")
        await type_letter(clerk, LETTERS[0])
        await press_keys(clerk, "Control+Enter")
        await sees(
            clerk, "手紙や電話を入力する", "受け付けました", "公民館のスマホ講座に、字幕を付けてください"
        )
        number, passcode = await clerk.locator(".notice-done strong").all_inner_texts()

        # Channel and day are kept, the postmark is that of the letter.
        await expect(clerk.locator("[name=received_on]")).to_have_value("令和8年4月2日")
        await expect(clerk.locator("[name=postmarked_on]")).to_have_value("")
        await type_letter(clerk, LETTERS[1])
        await press_keys(clerk, "Control+Shift+Enter")
        await divide(clerk)
        await press_keys(clerk, "Control+Enter")
        await sees(clerk, "手紙や電話を入力する", "ことがら3つ")

        await clerk.keyboard.press("ArrowRight")
        await expect(clerk.locator("[name=channel][value=fax]")).to_be_focused()
        await expect(clerk.locator("[name=postmarked_on]")).to_be_hidden()
        await type_letter(clerk, LETTERS[2])
        await press_keys(clerk, "Control+Enter")
        await sees(clerk, "手紙や電話を入力する", "県のホームページの字が小さいです")

        await look_at_the_letter(clerk)
        await ask_how_it_stands(writer, number, passcode)
        await sees(writer, "いまの状況", "公民館のスマホ講座に、字幕を付けてください")

        for measure, words, letters, total in (
            ("receipts", "受付件数", "2", "3"),
            ("cases", "項目数", "4", "5"),
        ):
            await visit(clerk, f"/staff/desks/{TOYAMA}/tallies?month=2026-04&measure={measure}")
            rows = await rows_of(clerk, f"受付経路別（{words}）")
            assert (rows["郵便"][0], rows["ファックス"][0], rows["合計"][0]) == (letters, "1", total)
