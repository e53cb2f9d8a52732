"""富山県 DX推進目安箱: a suggestion without any address, a letter entered by a clerk, a decline undone, a withdrawal."""

import re

import pytest
from playwright.async_api import Page, expect

from meyasubako.core.vocabulary import Role
from tests.harness.site import TOYAMA
from tests.journeys.steps import (
    DESK,
    PHONE,
    Town,
    ask_how_it_stands,
    begin_suggestion,
    check_and_send,
    choose,
    field,
    follow,
    group,
    pick,
    press,
    reads_code,
    rows_of,
    sees,
    sign_in,
    unfold,
    visit,
    write,
)

pytestmark = pytest.mark.journey

# Script only adds comforts, so the default run tells the stories without it, and the longest one with it.
MOSTLY_WITHOUT = pytest.mark.parametrize(
    "script",
    [
        pytest.param(True, id="with-script", marks=pytest.mark.full),
        pytest.param(False, id="without-script"),
    ],
)
MOSTLY_WITH = pytest.mark.parametrize(
    "script",
    [
        pytest.param(True, id="with-script"),
        pytest.param(False, id="without-script", marks=pytest.mark.full),
    ],
)

TITLE = "スマホ講座を増やしてほしい"
QUESTION = "どの地区の講座のことか、教えていただけますか。"
ADDED = "呉羽の公民館です。\n夜の回もあると助かります。"
ANSWER = "令和9年度から、夜の回を設ける方向で検討しています。"
LETTER = "手紙：申請書を減らしてほしい"
REASON = "県の仕事ではない"


async def send(page: Page, title: str) -> tuple[str, str]:
    """A suggestion with nothing but what has to be said."""
    await begin_suggestion(page, title, "公民館での講座が、いつも満員です。")
    await choose(page, {"お返事": "希望する", "要旨の公表": "はい"})
    return await check_and_send(
        page, title, "メールアドレスがありません", told="合言葉をなくさないでください"
    )


async def open_case(page: Page, title: str) -> None:
    await visit(page, f"/staff/desks/{TOYAMA}/cases")
    await follow(page, title)


async def triage(page: Page) -> None:
    await group(page, "分野").get_by_label("誰一人取り残さないデジタル社会推進").check()
    await press(page, "この内容で決める")
    await sees(page, TITLE, "振分済")


async def ask_back(page: Page) -> None:
    await unfold(page, "相手に問い合わせる")
    await write(page, {"たずねること": QUESTION})
    await press(page, "問い合わせを送る")
    await sees(page, TITLE, "返事待ち")


async def give_answer(page: Page) -> None:
    await open_case(page, TITLE)
    await sees(page, TITLE, "振分済", "夜の回もあると助かります。")
    await unfold(page, "窓口で対応を始める")
    await press(page, "対応を始める")
    await sees(page, TITLE, "対応中")
    await write(page, {"回答": ANSWER})
    await press(page, "回答を送る")
    await sees(page, TITLE, "回答済")


@MOSTLY_WITH
async def test_a_suggestion_is_asked_back_about_and_answered_on_the_page_alone(
    town: Town, script: bool
) -> None:
    async with town.visitor(PHONE, script=script) as resident, town.visitor(DESK, script=script) as clerk:
        number, passcode = await send(resident, TITLE)
        await follow(resident, "状況を確かめる")
        # As people copy it from paper: small letters, no lines.
        await ask_how_it_stands(resident, number.replace("-", "").lower(), passcode.replace("-", " "))
        await sees(resident, "いまの状況", TITLE, number)

        await sign_in(town, clerk, "yamada", roles={TOYAMA: Role.CLERK}, name="山田一郎")
        await open_case(clerk, TITLE)
        await triage(clerk)
        await ask_back(clerk)

        await visit(resident, "/status/case")
        await sees(resident, "いまの状況", QUESTION, "お返事をお願いします")
        await write(resident, {"あなたの返事": ADDED})
        await press(resident, "返事を送る")
        await sees(resident, "いまの状況", "お返事を受け取りました。", "夜の回もあると助かります。")

        await visit(clerk, f"/staff/desks/{TOYAMA}/inbox")
        await expect(clerk.get_by_role("row", name=TITLE)).to_contain_text("返事が来た")
        await give_answer(clerk)

        await visit(resident, "/status/case")
        await sees(resident, "いまの状況", ANSWER)
        await expect(
            resident.get_by_role("navigation", name="いまの段階").locator("[aria-current]")
        ).to_have_text("回答")
        await press(resident, "載せないでほしい")
        await sees(resident, "いまの状況", "載せないようにします。")
        await press(resident, "この端末での表示を終わる")
        await visit(resident, "/status/case")
        await sees(resident, "状況を確かめる")
        assert town.mail.deliveries == []


@MOSTLY_WITHOUT
async def test_a_letter_counts_in_the_month_it_came(town: Town, script: bool) -> None:
    """What a clerk enters is read by its writer with the number and passcode of the answering letter."""
    async with town.visitor(DESK, script=script) as clerk, town.visitor(PHONE, script=script) as writer:
        await sign_in(town, clerk, "yamada", roles={TOYAMA: Role.CLERK}, name="山田一郎")
        await follow(clerk, "手紙や電話を入力する")
        await choose(clerk, {"どのように届きましたか": "郵便", "どなたとして送りますか": "県民"})
        await write(
            clerk,
            {
                "受け付けた日": "2022-05-31",
                "件名": LETTER,
                "ご意見・ご提案の内容": "同じことを何度も書かされます。",
            },
        )
        await pick(clerk, {"ご意見・ご提案の種類": "ＤＸ施策に関するご意見やご提言"})
        await press(clerk, "受け付けて終わる")
        await sees(clerk, "受け付けました")
        number, passcode = await reads_code(clerk, "受付番号"), await reads_code(clerk, "合言葉")

        await ask_how_it_stands(writer, number, passcode)
        await sees(writer, "いまの状況", LETTER, "令和4年5月31日")

        for month, counted in ("2022-05", "1"), ("2022-06", "0"):
            await visit(clerk, f"/staff/desks/{TOYAMA}/tallies?month={month}")
            for caption, label in ("受付経路別（受付件数）", "郵便"), ("投稿者別（受付件数）", "県民"):
                rows = await rows_of(clerk, caption)
                assert (rows[label][0], rows["合計"][0]) == (counted, counted), (month, caption, rows)


@pytest.mark.full
@MOSTLY_WITHOUT
async def test_what_was_declined_by_mistake_comes_back_and_may_be_withdrawn(town: Town, script: bool) -> None:
    async with town.visitor(PHONE, script=script) as resident, town.visitor(DESK, script=script) as clerk:
        number, passcode = await send(resident, TITLE)
        await sign_in(town, clerk, "yamada", roles={TOYAMA: Role.CLERK}, name="山田一郎")
        await open_case(clerk, TITLE)
        await unfold(clerk, "対象外とする")
        await choose(clerk, {"理由": REASON})
        await press(clerk, "対象外とする")
        await sees(clerk, TITLE, "対象外", REASON)

        await ask_how_it_stands(resident, number, passcode)
        told = resident.get_by_role("list", name="やりとり")
        await expect(told).to_contain_text("この目安箱ではお答えできません")
        await expect(resident.get_by_role("link", name="取り下げる")).to_have_count(0)

        await unfold(clerk, "元に戻す")
        await write(clerk, {"元に戻す理由": "県の講座のことだったため"})
        await press(clerk, "元に戻す")
        await sees(clerk, TITLE, "受付")

        await visit(resident, "/status/case")
        await expect(told).not_to_contain_text("県の講座のことだったため")
        await follow(resident, "取り下げる")
        await sees(resident, "取り下げますか", TITLE)
        await press(resident, "取り下げる")
        await sees(resident, "いまの状況", "取り下げました。")
        await expect(field(resident, "書き足す")).to_have_count(0)

        await visit(clerk, f"/staff/desks/{TOYAMA}/inbox")
        await expect(clerk.get_by_role("link", name=TITLE)).to_have_count(0)
        await open_case(clerk, TITLE)
        await expect(clerk.locator(".case-head")).to_have_text(re.compile("取下げ"))
