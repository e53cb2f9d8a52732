"""The form on a telephone: it asks what fits, counts as the server counts, and its errors are never out of sight."""

import json
from pathlib import Path

import pytest
from playwright.async_api import expect

from meyasubako.casework import desks
from meyasubako.core import text
from meyasubako.core.desk import parse_desk
from tests.harness.browser import sideways_scroll
from tests.harness.site import DESK_FILES, MIE, OPENED_AT, TOYAMA
from tests.journeys.steps import Town, choose, field, press, visit, write

pytestmark = pytest.mark.journey

BODY = "ご相談の内容をくわしく"

STRINGS = [
    "",
    " 　\n\t\n",
    "あいう\r\nえお\r",
    "\n\n 行の前と後ろの空白 　 \n後ろ　\n\n",
    "絵文字😀👨‍👩‍👧‍👦🇯🇵👍🏽⚠️",
    "𠮷野家と髙橋さん、葛󠄀城市",
    "外字\ue000\U000f0001",
    "か\u3099き\u3099 e\u0301\u20dd",
    "a" + "\u0301" * 40 + "b",
    "見えない\u200b\u2060\ufeff字",
    "\u200b\u2060",
    "終わり\ufeff",
    "向き\u202eを変える\u2066",
    "制御\x07\x1b\x00文字\x85と\ufffe\U0001fffe\ufdd0",
    "片割れ\ud800",
    "行\u2028区切り\u2029",
    "半角ｶﾞｷﾞ、全角ＡＢ",
]


async def test_the_count_counts_what_the_limit_counts(town: Town) -> None:
    async with town.visitor() as page:
        await visit(page, f"/desks/{MIE}/new")
        left = await page.evaluate(
            """(strings) => {
              const area = document.getElementById("field-body");
              const place = document.getElementById("field-body-count");
              return JSON.parse(strings).map((typed) => {
                area.value = typed;
                area.dispatchEvent(new Event("input", { bubbles: true }));
                return place.textContent.replace(/[^0-9]/g, "");
              });
            }""",
            json.dumps(STRINGS),
        )
        # A text area turns every line end into one symbol, as the server does.
        assert left == [str(4_000 - text.length(text.clean_text(each))) for each in STRINGS]
        await page.evaluate("() => { document.getElementById('field-body').value = ''; }")
        await field(page, BODY).fill("😀" * 4_001)
        await expect(page.locator("#field-body-count")).to_have_text("1字 多すぎます")


def with_both_kinds() -> str:
    """A desk that takes both, where the purpose says which it is."""
    written = Path(DESK_FILES / f"{MIE}.toml").read_text(encoding="utf-8")
    kind = '[[kinds]]\ncode = "suggestion"\nlabel = "ご意見"\ndescription = "ご意見です。"\n\n'
    purpose = '[[purposes]]\ncode = "opinion"\nlabel = "ご意見"\ndescription = "気づいたこと。"\nkind = "suggestion"\n\n'
    written = written.replace("[[requester_groups]]", f"{kind}[[requester_groups]]", 1)
    return written.replace("[[purposes]]", f"{purpose}[[purposes]]", 1)


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
async def test_the_form_asks_what_fits(town: Town, script: bool) -> None:
    desk = parse_desk(with_both_kinds(), source="both.toml")
    await town.site.database.write(lambda session: desks.apply(session, desk, at=OPENED_AT))
    await town.site.app.state.service.shelf.look_again()
    async with town.visitor(script=script) as page:
        await visit(page, f"/desks/{MIE}/new")
        organisation, municipality = (
            field(page, "会社・団体・所属の名前"),
            field(page, "お住まい・所在地の市町"),
        )
        dates = field(page, "ご希望の日時")
        await expect(organisation).to_be_hidden()
        await choose(page, {"どなたからのご相談ですか": "県内の事業者"})
        await expect(organisation).to_be_visible()
        await expect(municipality).to_be_visible()
        await choose(page, {"どなたからのご相談ですか": "県の機関"})
        await expect(municipality).to_be_hidden()
        # Which purpose makes a consultation only the script can know; without it a sentence says so.
        sentence = page.get_by_text("「ご相談」のときだけ、お書きください。").last
        await expect(dates).to_be_visible(visible=not script)
        await expect(sentence).to_be_visible(visible=not script)
        await choose(page, {"ご相談の内容": "人材育成（セミナー開催等の相談）"})
        await expect(dates).to_be_visible()
        await choose(page, {"ご相談の内容": "ご意見"})
        await expect(dates).to_be_visible(visible=not script)


@pytest.mark.full
async def test_every_field_says_whether_it_is_needed_and_which_keyboard_fits(town: Town) -> None:
    async with town.visitor() as page:
        await visit(page, f"/desks/{TOYAMA}/new")
        unmarked = await page.evaluate(
            """() => Array.from(document.querySelectorAll("form [name]:not([type=hidden])"))
              .filter((each) => !each.closest("[aria-hidden]") && !each.closest(".choice-branch"))
              .filter((each) => !(each.closest(".field")?.querySelector(".mark")))
              .map((each) => each.name)"""
        )
        assert [name for name in unmarked if name != "step"] == []
        postal, address = field(page, "郵便番号"), field(page, "ご住所")
        await expect(postal).to_have_attribute("autocomplete", "postal-code")
        await expect(postal).to_have_attribute("inputmode", "numeric")
        await expect(address).to_have_attribute("autocomplete", "street-address")
        await expect(field(page, "メールアドレス")).to_have_attribute("inputmode", "email")
        await expect(field(page, "電話番号")).to_have_attribute("inputmode", "tel")


@pytest.mark.full
async def test_what_was_chosen_in_a_folded_part_stays_in_sight(town: Town) -> None:
    async with town.visitor(refusals=[422]) as page:
        await visit(page, f"/desks/{TOYAMA}/new")
        await page.locator("summary", has_text="関係する分野を選ぶ").click()
        await page.get_by_label("スマート県庁推進").check()
        await write(page, {"郵便番号": "〒９３０８５０", "電話番号": "（０７６）４３１ー４１１１"})
        await press(page, "内容を確かめる")
        await expect(page.get_by_label("スマート県庁推進")).to_be_visible()
        await expect(page.locator("#field-postal-code-error")).to_contain_text(
            "7けたの数字で書いてください（例：514-8570）"
        )
        await write(page, {"郵便番号": "９３０　８５０１"})
        await press(page, "内容を確かめる")
        await expect(page.locator("#field-postal-code-error")).to_have_count(0)
        await expect(page.locator("#field-phone-error")).to_have_count(0)


async def test_doubled_text_on_a_narrow_window_loses_nothing(town: Town) -> None:
    """320 px is what a window of 640 px has left at 200 %; doubled text on top of it."""
    async with town.visitor(320, refusals=[422]) as page:
        await visit(page, f"/desks/{MIE}/new")
        await press(page, "内容を確かめる")
        assert await sideways_scroll(page) == 0
        await page.emulate_media(forced_colors="active", reduced_motion="reduce")
        assert await sideways_scroll(page) == 0
    async with town.visitor(640, refusals=[422]) as page:
        for path in ("/", f"/desks/{MIE}", f"/desks/{MIE}/new", "/status", "/help", "/privacy"):
            await page.goto(path)
            # Styles beside the sheet are refused by the policy of the site: what a reader sets comes from the browser.
            await page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
            assert (path, await sideways_scroll(page)) == (path, 0)
