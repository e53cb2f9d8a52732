"""When something goes wrong nothing is lost: mistakes in the form, going back, sending twice, links that are over."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import func, select

from meyasubako.casework import matching
from meyasubako.core.vocabulary import Role
from meyasubako.store.models import Receipt
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, PASSWORD, TOYAMA
from tests.journeys.steps import (
    DESK,
    Town,
    choose,
    field,
    group,
    press,
    sees,
    unfold,
    visit,
    write,
)

pytestmark = pytest.mark.journey

BOTH = pytest.mark.parametrize(
    "script",
    [
        pytest.param(True, id="with-script"),
        pytest.param(False, id="without-script", marks=pytest.mark.full),
    ],
)
TITLE = "現場作業員へのIT導入を進めたい"
BODY = "バスの位置が、\n雨の日は特に知りたいです。"


async def fill_in(page: Page) -> None:
    await choose(
        page, {"どなたとして送りますか": "県民", "ご意見・ご提案の種類": "ＤＸ施策に関するご意見やご提言"}
    )
    await unfold(page, "関係する分野を選ぶ")
    await choose(page, {"関係する分野": "スマート県庁推進"})
    await write(page, {"件名": "バスの位置を知りたい", "ご意見・ご提案の内容": BODY})
    await choose(page, {"お返事": "希望しない", "要旨の公表": "いいえ"})


async def expect_filled_in(page: Page) -> None:
    await expect(group(page, "どなたとして送りますか").get_by_label("県民", exact=True)).to_be_checked()
    await expect(page.get_by_label("スマート県庁推進")).to_be_checked()
    await expect(field(page, "件名")).to_have_value("バスの位置を知りたい")
    await expect(field(page, "ご意見・ご提案の内容")).to_have_value(BODY)
    await expect(group(page, "要旨の公表").get_by_label("いいえ")).to_be_checked()


async def receipts(town: Town) -> int:
    return await town.site.database.read(
        lambda session: session.scalars(select(func.count()).select_from(Receipt)).one()
    )


async def expect_summary(page: Page, *, script: bool) -> None:
    """The summary has the focus, and each of its lines leads into the field it is about."""
    await expect(page).to_have_title(re.compile("^エラー：.+｜富山県 DX推進目安箱$"))
    summary = page.get_by_role("group", name="直すところが6か所あります")
    links = summary.get_by_role("link")
    await expect(links).to_have_count(6)
    if script:
        await expect(summary).to_be_focused()
    for link in await links.all():
        control = page.locator(await link.get_attribute("href") or "")
        await link.click()
        await expect(control).to_be_in_viewport()
        if script:
            await expect(control).to_be_focused()


@BOTH
async def test_mistakes_are_shown_and_cost_nothing_that_was_typed(town: Town, script: bool) -> None:
    async with town.visitor(script=script, refusals=[422]) as page:
        await visit(page, f"/desks/{TOYAMA}/new")
        await press(page, "内容を確かめる")
        await expect_summary(page, script=script)
        await fill_in(page)
        await write(page, {"メールアドレス": "taro@"})
        await press(page, "内容を確かめる")
        await expect_filled_in(page)
        await expect(field(page, "メールアドレス")).to_have_value("taro@")
        await expect(field(page, "メールアドレス")).to_have_attribute("aria-invalid", "true")
        await write(page, {"メールアドレス": ""})
        await press(page, "内容を確かめる")
        await sees(page, "内容を確かめる", "（書いていません）")
        # The browser's way back leads to a page that answered a form.
        await page.go_back(wait_until="domcontentloaded")
        await expect_filled_in(page)
        await expect(field(page, "メールアドレス")).to_have_value("")


@BOTH
async def test_going_back_from_the_check_keeps_what_was_typed(town: Town, script: bool) -> None:
    """By the page's own button, by the one beside an answer, and by the browser's."""
    async with town.visitor(script=script) as page:
        await visit(page, f"/desks/{TOYAMA}/new")
        await fill_in(page)
        await press(page, "内容を確かめる")
        await press(page, "もどってなおす")
        await expect_filled_in(page)
        await press(page, "内容を確かめる")
        await press(page, "なおす （件名）")
        await expect(field(page, "件名")).to_be_in_viewport()
        await expect_filled_in(page)
        await press(page, "内容を確かめる")
        await sees(page, "内容を確かめる")
        await page.go_back(wait_until="domcontentloaded")
        await expect_filled_in(page)
        await press(page, "内容を確かめる")
        await sees(page, "内容を確かめる", "雨の日は特に知りたいです。")


@BOTH
async def test_pressing_twice_sends_once(town: Town, script: bool) -> None:
    async with town.visitor(script=script) as page:
        await visit(page, f"/desks/{TOYAMA}/new")
        await fill_in(page)
        await press(page, "内容を確かめる")
        await page.get_by_role("button", name="この内容で送る").dblclick()
        await sees(page, "受け付けました")
        # And once more, from the page as it stood before.
        await page.go_back(wait_until="domcontentloaded")
        await press(page, "この内容で送る")
        await sees(page, "受け付けました")
    assert await receipts(town) == 1


async def test_a_link_that_is_over_says_so_and_whom_to_call(town: Town) -> None:
    story = await story_at(town.site, days_ago=30)
    adviser = await story.list_provider()
    case_id = await story.triaged()
    expired = await story.offer(case_id, adviser)
    await town.site.database.write(
        lambda session: matching.expire_overdue(
            session, keys=story.keys, at=story.at + timedelta(days=20), limit=10
        )
    )
    async with town.visitor(refusals=[404]) as page:
        await visit(page, f"/offers/{town.site.keys.offer_token(expired)}")
        await sees(page, "お返事の期限が過ぎました", "059-224-3086")
        for path in "/offers/abc", "/survey/abc", "/confirm/abc":
            await visit(page, path)
            await expect(page.get_by_role("heading", level=1)).to_have_text(
                "このアンケートは終わっています" if "survey" in path else "このリンクは使えません"
            )
        await visit(page, "/desks/nowhere")
        await expect(page.get_by_role("link", name="状況を確かめる").first).to_be_visible()


async def test_a_page_that_stood_open_too_long_keeps_the_clerk_s_words(town: Town) -> None:
    """Two clerks on one case: the second is told what it is now and finds what was written."""
    story = await story_at(town.site)
    case_id = await story.triaged()
    await town.site.add_staff("yamada", {MIE: Role.CLERK})
    async with town.visitor(DESK, refusals=[409]) as page:
        await visit(page, f"/staff/cases/{case_id}")
        await write(page, {"利用者ID": "yamada", "パスワード": PASSWORD})
        await press(page, "サインイン")
        await unfold(page, "相手に問い合わせる")
        await write(page, {"たずねること": "何人でお使いですか。"})
        await story.offer(case_id, await story.list_provider())
        await press(page, "問い合わせを送る")
        await sees(page, TITLE, "まだ送っていません", "何人でお使いですか。", "打診中")
