"""What somebody does who has only a keyboard: Tab, Space, the arrows, Enter, and the letters."""

from playwright.async_api import Locator, Page

from tests.journeys.steps import field, group


async def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until this has the focus."""
    for _ in range(150):
        await page.keyboard.press("Tab")
        if await target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {target}")


async def type_into(page: Page, label: str, text: str) -> None:
    await tab_to(page, field(page, label))
    await page.keyboard.type(text)


async def choose_by_keys(page: Page, legend: str, place: int) -> None:
    """Choose by its place in the group: Space takes the first, the arrow key leads on."""
    await tab_to(page, group(page, legend).get_by_role("radio").first)
    await page.keyboard.press("Space")
    for _ in range(place - 1):
        await page.keyboard.press("ArrowDown")


async def press_by_keys(page: Page, button: str) -> None:
    await tab_to(page, page.get_by_role("button", name=button, exact=True))
    async with page.expect_navigation(wait_until="domcontentloaded"):
        await page.keyboard.press("Enter")


async def follow_by_keys(page: Page, link: str) -> None:
    await tab_to(page, page.get_by_role("link", name=link, exact=True).first)
    async with page.expect_navigation(wait_until="domcontentloaded"):
        await page.keyboard.press("Enter")
