"""Those the forms are not made for in the first place: a business from outside the prefecture, an officer of a municipality."""

import pytest
from playwright.async_api import Page, expect

from meyasubako.core.vocabulary import Role
from tests.harness.browser import sideways_scroll
from tests.harness.site import MIE, TOYAMA
from tests.journeys.keys import choose_by_keys, follow_by_keys, press_by_keys, type_into
from tests.journeys.steps import (
    DESK,
    PHONE,
    Town,
    ask_how_it_stands,
    check_and_send,
    choose,
    confirm_address,
    field,
    follow,
    pick,
    press,
    reads_code,
    rows_of,
    sees,
    sign_in,
    visit,
    write,
)

pytestmark = pytest.mark.journey

BODY = "弊社の見守りセンサーを、県内の用水路で試していただけないでしょうか。"
OFFICER = "officer@example.jp"
LECTURE = "職員向けの研修について"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(True, id="with-script"),
        pytest.param(False, id="without-script", marks=pytest.mark.full),
    ],
)
async def test_a_business_from_outside_sends_a_proposal_by_keyboard_alone(town: Town, script: bool) -> None:
    async with town.visitor(PHONE, script=script) as page:
        await visit(page, f"/desks/{TOYAMA}")
        await follow_by_keys(page, "ご意見・ご提案を送る")
        await choose_by_keys(page, "どなたとして送りますか", 3)
        await choose_by_keys(page, "ご意見・ご提案の種類", 2)
        await type_into(page, "件名", "用水路の見守り")
        await type_into(page, "ご意見・ご提案の内容", BODY)
        # Where in the prefecture they live is not asked of those who live elsewhere.
        await expect(field(page, "お住まい・所在地の市町村")).to_be_hidden()
        await type_into(page, "会社・団体の名前", "サンプル計測（石川県）")
        await choose_by_keys(page, "お返事", 1)
        await type_into(page, "電話番号", "０７６－０００－００００")
        await choose_by_keys(page, "要旨の公表", 1)
        assert await sideways_scroll(page) == 0
        await press_by_keys(page, "内容を確かめる")
        await sees(page, "内容を確かめる", "県外の事業者", "サンプル計測（石川県）", BODY, "076-000-0000")
        await press_by_keys(page, "この内容で送る")
        await sees(page, "受け付けました")
        number, passcode = await reads_code(page, "受付番号"), await reads_code(page, "合言葉")
        await follow_by_keys(page, "状況を確かめる")
        await type_into(page, "受付番号", number)
        await type_into(page, "合言葉", passcode)
        async with page.expect_navigation(wait_until="domcontentloaded"):
            await page.keyboard.press("Enter")
        await sees(page, "いまの状況", "用水路の見守り")


async def send_as_officer(page: Page) -> tuple[str, str]:
    await visit(page, f"/desks/{MIE}")
    await follow(page, "ご相談を送る")
    await choose(page, {"どなたからのご相談ですか": "市町"})
    # One who writes for an office easily forgets their own name.
    await write(page, {"会社・団体・所属の名前": "サンプル町 総務課", "メールアドレス": OFFICER})
    await pick(page, {"お住まい・所在地の市町": "津市"})
    await choose(page, {"メールでのお返事": "希望する", "ご相談の内容": "人材育成（セミナー開催等の相談）"})
    await write(page, {"件名": LECTURE, "ご相談の内容をくわしく": "40人ほどで受けたいです。"})
    await choose(page, {"アドバイザーなどへの連絡先の共有": "はい", "事例としての紹介": "はい"})
    await press(page, "内容を確かめる")
    await expect(page.get_by_role("group", name="直すところが1か所あります")).to_contain_text("お名前")
    assert await sideways_scroll(page) == 0
    await write(page, {"お名前（ご担当者）": "見本三郎"})
    return await check_and_send(
        page, "市町", "サンプル町 総務課", "津市", "見本三郎", told="メールをお確かめください"
    )


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(True, id="with-script", marks=pytest.mark.full),
        pytest.param(False, id="without-script"),
    ],
)
async def test_an_officer_of_a_municipality_asks_for_a_lecture(town: Town, script: bool) -> None:
    async with (
        town.visitor(PHONE, script=script, refusals=[422]) as officer,
        town.visitor(DESK, script=script) as clerk,
    ):
        number, passcode = await send_as_officer(officer)
        await confirm_address(town, officer, OFFICER)
        await ask_how_it_stands(officer, number, passcode)
        await sees(officer, "いまの状況", LECTURE)

        await sign_in(town, clerk, "yamada", roles={MIE: Role.CLERK}, name="山田一郎")
        await follow(clerk, LECTURE)
        await sees(clerk, LECTURE, "サンプル町 総務課", "津市")
        await follow(clerk, "集計")
        assert (await rows_of(clerk, "相談者別（相談件数）"))["県・市町"][0] == "1"
