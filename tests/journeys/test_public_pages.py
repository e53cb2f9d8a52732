"""No public page hinders anybody, in whichever language, scheme and width it is read."""

import pytest
from playwright.async_api import Page
from sqlalchemy import select

from meyasubako.casework import replies
from meyasubako.core.vocabulary import Language
from meyasubako.edge import closing
from meyasubako.edge.closing import Closing
from meyasubako.store.models import Survey
from tests.harness.browser import Scheme
from tests.harness.desk_work import story_at
from tests.harness.files import pdf
from tests.harness.site import MIE, TOYAMA
from tests.harness.story import ADDRESS
from tests.journeys.inspecting import Inspector
from tests.journeys.steps import DESK, PHONE, Town, visit

pytestmark = [pytest.mark.journey, pytest.mark.full]

STANDING = (
    "/",
    "/help",
    "/privacy",
    "/accessibility",
    f"/desks/{MIE}",
    f"/desks/{TOYAMA}",
    f"/desks/{MIE}/new",
    f"/desks/{MIE}/thanks",
    "/status/passcode/sent",
    "/confirm/gone",
    "/survey/gone",
    "/nowhere",
)


SMALL_READINGS = """() => [...document.querySelectorAll("rt")].filter((reading) => {
  const inside = reading.closest(".mark")?.getBoundingClientRect();
  const here = reading.getBoundingClientRect();
  return parseFloat(getComputedStyle(reading).fontSize) < 10 || (inside && here.top + here.height / 4 < inside.top);
}).map((reading) => reading.textContent)"""
LINES = "() => new Set([...document.querySelectorAll('.code-group')].map((group) => group.offsetTop)).size"


async def send(page: Page, form: str) -> None:
    """Press the button that sends a form of the page on, whatever it is called."""
    button = page.locator(f"main {form} button.button-primary, main {form} button.button-secondary").last
    async with page.expect_navigation(wait_until="domcontentloaded"):
        await button.click()


async def press_value(page: Page, value: str) -> None:
    async with page.expect_navigation(wait_until="domcontentloaded"):
        await page.locator(f"main button[value='{value}']").last.click()


async def inspect_the_sending(inspector: Inspector) -> None:
    page = inspector.page
    await inspector.visit(f"/desks/{TOYAMA}/new")
    await press_value(page, "check")
    await inspector.look()
    # A reading is never too small, nor white on the white beside its badge.
    assert await page.evaluate(SMALL_READINGS) == []
    for name, value in (("requester_type", "resident"), ("purpose", "opinion"), ("reply_wanted", "yes")):
        await page.check(f"input[name={name}][value={value}]")
    await page.check("input[name=publish_consent][value=yes]")
    await page.fill("input[name=title]", "Snow " * 8)
    await page.fill("textarea[name=body]", "Which roads are clear? " * 40)
    await page.set_input_files("#field-files", {"name": "plan.pdf", "mimeType": "", "buffer": pdf()})
    await press_value(page, "check")
    await inspector.look()
    await press_value(page, "send")
    await inspector.look()
    # The number in one line and the passcode in two, three letters and three letters, to be copied without a slip.
    await page.set_viewport_size({"width": PHONE, "height": 900})
    assert await page.evaluate(LINES) == 3


async def inspect_what_was_sent(inspector: Inspector, number: str, passcode: str) -> None:
    page = inspector.page
    await inspector.visit("/status")
    await send(page, "form[action='/status']")
    await inspector.look()
    await page.fill("input[name=number]", number)
    await page.fill("input[name=passcode]", passcode)
    await send(page, "form[action='/status']")
    await inspector.look()
    await send(page, "form[action='/status/case/1/add']")
    await inspector.look()
    await inspector.visit("/status/case/1/withdraw", "/status/held", "/status/contact")
    await page.fill("input[name=email]", "taro@")
    await page.locator("input[name=email]").press("Enter")
    await page.wait_for_selector(".error-summary")
    await inspector.look()
    await inspector.visit("/status/passcode")
    await send(page, "form[action='/status/passcode']")
    await inspector.look()


async def inspect_the_links(inspector: Inspector, confirm: str, survey: str) -> None:
    await inspector.visit(confirm)
    await send(inspector.page, "form")
    await inspector.look()
    await inspector.visit(survey)
    await send(inspector.page, "form")
    await inspector.look()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", list(Language))
async def test_no_public_page_hinders_anybody(town: Town, language: Language, scheme: Scheme) -> None:
    site = town.site
    story = await story_at(site, days_ago=0.001)
    fresh = await story.receive(confirmed=False)
    answered = await story.triaged(body="Which? " * 60)
    await story.do(replies.ask, answered, "いつごろですか。", by=story.clerk)
    await story.do(replies.resume, answered, by=story.clerk)
    await story.do(replies.reply, answered, "回答です。", by=story.clerk)
    closed = await story.triaged()
    await story.do(replies.reply, closed, "回答です。", by=story.clerk)
    await story.close(closed)
    survey = await story.see(lambda session: session.scalars(select(Survey.id)).one())
    keys, number = site.keys, story.numbers[answered]

    async with town.visitor(DESK, scheme=scheme, refusals=[404, 422, 503]) as page:
        inspector = Inspector(page, (PHONE, DESK))
        await visit(page, f"/?lang={language}")
        await inspector.visit(*STANDING)
        await inspect_the_sending(inspector)
        await inspect_what_was_sent(inspector, number, keys.passcode(number, 1))
        confirm = f"/confirm/{keys.confirm_token(story.numbers[fresh], ADDRESS)}"
        await inspect_the_links(inspector, confirm, f"/survey/{keys.survey_token(survey)}")
        closing.close(site.settings.data, Closing(message="点検をしています。", is_whole=True))
        site.app.state.service.door.look_again()
        await inspector.visit("/", f"/desks/{TOYAMA}/new")
    assert inspector.faults == []
    assert inspector.seen >= 30
