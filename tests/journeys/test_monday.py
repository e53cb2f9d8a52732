"""A Monday morning: new cases are cleared by keyboard alone, and two people on one case see each other."""

import pytest
from playwright.async_api import Page, expect

from meyasubako.core.vocabulary import Role, Status
from tests.harness.browser import axe_violations, sideways_scroll
from tests.harness.desk_work import story_at
from tests.harness.site import MIE
from tests.journeys.steps import DESK, PHONE, Town, sees, sign_in, visit

pytestmark = pytest.mark.journey

INBOX = f"/staff/desks/{MIE}/inbox"


async def tab_to(page: Page, words: str) -> None:
    """Press Tab until what has the focus begins with these words."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        if (await page.evaluate("document.activeElement.textContent")).strip().startswith(words):
            return
    raise AssertionError(f"Tab does not lead to {words}")


async def is_fit(page: Page) -> None:
    for width in (DESK, PHONE):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await axe_violations(page) == []
        assert await sideways_scroll(page) == 0
    await page.set_viewport_size({"width": DESK, "height": 900})


@pytest.mark.parametrize("count", [3, pytest.param(40, marks=pytest.mark.full)])
async def test_new_cases_are_cleared_by_keyboard_alone(town: Town, count: int) -> None:
    story = await story_at(town.site)
    cases = []
    for number in range(count):
        story.pass_time(minutes=1)
        cases.append(await story.receive(confirmed=False, title=f"相談{number + 1}番"))
    async with town.visitor(DESK) as page:
        await sign_in(town, page, "yamada", roles={MIE: Role.CLERK})
        await visit(page, INBOX)
        await tab_to(page, f"受付 {count}")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**queue=new")
        # What is typed stays text.
        await page.keyboard.press("/")
        await page.keyboard.type("jn?")
        await expect(page.get_by_label("案件を検索する")).to_have_value("jn?")
        await tab_to(page, "しぼり込む")
        await page.keyboard.press("?")
        await sees(page, "受付箱", "キーでできること")
        await is_fit(page)
        await page.keyboard.press("Escape")
        await expect(page.get_by_text("キーでできること")).to_be_hidden()
        # From the last row up to the first, which is the newest.
        await page.keyboard.press("k")
        for _ in cases:
            await page.keyboard.press("k")
        for number in range(count, 0, -1):
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("heading", level=1)).to_have_text(f"相談{number}番")
            await page.wait_for_load_state()
            await page.keyboard.press("t")
            await expect(page.get_by_role("button", name="この内容で決める")).to_be_focused()
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await sees(
            page, "受付箱", "振り分けました。一覧の終わりまで来ました。", "この条件に合う案件はありません"
        )
    for case_id in cases:
        assert (await story.case(case_id)).status is Status.TRIAGED


async def test_two_people_on_one_case_see_each_other(town: Town) -> None:
    story = await story_at(town.site)
    case_id = await story.receive()
    async with town.visitor(DESK) as page, town.visitor(DESK, script=False) as other:
        await sign_in(town, page, "yamada", roles={MIE: Role.CLERK})
        await visit(page, f"/staff/cases/{case_id}")
        await sign_in(town, other, "tanaka", roles={MIE: Role.CLERK})
        await visit(other, f"/staff/cases/{case_id}")
        await expect(other.get_by_text("も、いま開いています。")).to_be_visible()
        await other.get_by_label("メモ", exact=True).fill("折り返し電話します。")
        await other.get_by_role("button", name="メモを残す").click()
        # Coming back to the page asks at once.
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(page.locator("#people")).to_contain_text("も、いま開いています。")
        await expect(page.get_by_text("この案件は、開いたあとに変わりました。")).to_be_visible()
        await is_fit(page)
        await page.get_by_role("link", name="いまの内容を見る").click()
        await expect(page.get_by_text("ここから、前に見たあとの動きです")).to_be_visible()

        # Who does not want single keys has none.
        await visit(page, "/staff/account")
        await page.get_by_label("受付箱や案件のページを、文字1つのキー").uncheck()
        await page.get_by_role("button", name="キーボードの設定を改める").click()
        await visit(page, INBOX)
        await page.keyboard.press("j")
        assert await page.evaluate("document.activeElement === document.body")
        await expect(page.get_by_text("使えるキーの一覧が出ます")).to_have_count(0)
