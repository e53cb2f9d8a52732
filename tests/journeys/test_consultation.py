"""みえDXセンター: a company's question travels from a phone to the desk, to an adviser, back, and into the month's figures."""

import re

import pytest
from playwright.async_api import Page, expect

from meyasubako.core.vocabulary import Role
from tests.harness.site import MIE
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
    group,
    pick,
    press,
    rows_of,
    sees,
    sign_in,
    unfold,
    visit,
    write,
)

pytestmark = pytest.mark.journey

COMPANY = "taro@example.jp"
ADVISER = "adviser@example.jp"
TITLE = "紙の日報をやめたい"
BODY = "工場の日報を紙で書いています。\n20人分を、毎晩1人が打ち直しています。\n何から始めればよいでしょうか。"
BRIEF = "工場の日報を紙からタブレットに替えたい会社があります。20人ほどの現場です。"
ADVICE = "まず1つの班で、無料の表計算から試すことをおすすめします。"
ANSWER = "お話をうかがい、1つの班で試す進め方をご提案しました。\n続けてご相談いただけます。"


async def list_adviser(page: Page) -> None:
    await follow(page, "名簿")
    await follow(page, "名簿に加える")
    await choose(page, {"種類": "アドバイザー"})
    await write(page, {"名前": "見本花子", "肩書きなど": "中小企業診断士", "メールアドレス": ADVISER})
    await choose(page, {"分野": "ICT/データ活用", "応じられる方法": "オンライン"})
    await press(page, "名簿に載せる")
    await sees(page, "名簿", "見本花子")


async def send(page: Page) -> tuple[str, str]:
    """From the front page to the receipt number and the passcode."""
    await visit(page, "/")
    await follow(page, "みえDXセンターを開く")
    await follow(page, "ご相談を送る")
    await choose(page, {"どなたからのご相談ですか": "県内の事業者"})
    await write(
        page,
        {
            "会社・団体・所属の名前": "サンプル製作所",
            "お名前（ご担当者）": "見本太郎",
            "メールアドレス": COMPANY,
            "電話番号": "０５９－０００－００００",
        },
    )
    await pick(page, {"お住まい・所在地の市町": "津市"})
    await choose(page, {"メールでのお返事": "希望する", "ご相談の内容": "課題解決のための相談"})
    await unfold(page, "関係する分野を選ぶ")
    await choose(page, {"関係する分野": "ICT/データ活用"})
    await write(page, {"件名": TITLE, "ご相談の内容をくわしく": BODY, "ご希望の日時": "平日の16時以降"})
    await choose(
        page,
        {
            "ご希望の相談方法": "オンライン（ビデオ会議）",
            "アドバイザーなどへの連絡先の共有": "はい",
            "事例としての紹介": "いいえ",
        },
    )
    return await check_and_send(
        page, TITLE, "サンプル製作所", "059-000-0000", told="メールをお確かめください"
    )


async def confirm(town: Town, page: Page, number: str) -> None:
    mail = await confirm_address(town, page, COMPANY)
    assert number in mail.text
    # Until the address is confirmed, nothing of what was sent may go there.
    assert TITLE not in mail.text
    assert "見本太郎" not in mail.text


async def triage_and_offer(page: Page) -> None:
    await follow(page, "受付箱")
    await follow(page, TITLE)
    await sees(page, TITLE, "サンプル製作所", COMPANY)
    await press(page, "この内容で決める")
    await sees(page, TITLE, "振分済")
    await group(page, "だれに打診しますか").get_by_label("見本花子").check()
    await write(page, {"相手に伝える内容": BRIEF})
    await press(page, "打診する")
    await sees(page, TITLE, "打診中", "見本花子さんの返事")


async def accept_and_advise(town: Town, page: Page) -> None:
    [mail] = await town.mail.wait_for(ADVISER, subject="相談が1件届いています")
    assert BRIEF.partition("。")[0] in mail.text.replace("\n", "")
    for secret in ("見本太郎", "サンプル製作所", COMPANY, "059-000-0000"):
        assert secret not in mail.text
    await visit(page, town.link_in(mail, "/offers/"))
    await expect(page.locator("body")).to_contain_text(BRIEF)
    await expect(page.locator("body")).not_to_contain_text("見本太郎")
    await press(page, "引き受ける")
    await expect(page.locator("body")).to_contain_text("見本太郎")
    await expect(page.get_by_role("link", name=COMPANY)).to_be_visible()
    await write(page, {"助言": ADVICE})
    await press(page, "助言を送る")
    today = await field(page, "面談の日").get_attribute("max")
    await write(page, {"面談の日": today or "", "長さ（分）": "45", "話したこと": "現場の流れをうかがった。"})
    await choose(page, {"方法": "オンライン"})
    await press(page, "面談を記録する")
    await expect(page.get_by_role("list", name="これまでの記録")).to_contain_text(ADVICE)
    await expect(page.locator("body")).to_contain_text("あと2回")


async def answer(page: Page) -> None:
    await follow(page, "受付箱")
    await follow(page, TITLE)
    await sees(page, TITLE, "対応中", ADVICE, "現場の流れをうかがった。")
    await write(page, {"回答": ANSWER})
    await press(page, "回答を送る")
    await sees(page, TITLE, "回答済")


async def close(page: Page) -> None:
    await choose(page, {"対応結果": "課題が解決"})
    await press(page, "完了する")
    await sees(page, TITLE, "完了")


async def grade(town: Town, page: Page) -> None:
    link = await town.link_for(COMPANY, subject="ひとつだけお聞かせください", path="/survey/")
    await visit(page, link)
    await choose(page, {"今回のご相談は、役に立ちましたか。": "役に立った"})
    await write(page, {"ひとこと": "すぐに試せました。"})
    await press(page, "答えを送る")
    await sees(page, "ありがとうございました")
    await visit(page, link)
    await sees(page, "このアンケートは終わっています")


async def find_in_tally(page: Page, received_on: str) -> None:
    """The month in Japan in which it was received, as the requester saw it, has it in every table."""
    [(year, month)] = re.findall(r"令和(\d+)年(\d+)月", received_on)
    await visit(page, f"/staff/desks/{MIE}/tallies?month={int(year) + 2018}-{int(month):02}")
    await sees(page, f"月次集計 令和{year}年{month}月", "速報値")
    counted = {
        "相談者別（相談件数）": "県内事業者",
        "相談内容別（相談件数）": "課題解決のための相談",
        "分野別（相談件数）": "ICT/データ活用",
        "受付経路別（相談件数）": "ホームページ",
        "対応状況（相談項目数）": "完了",
        "対応結果（相談項目数）": "課題が解決",
    }
    for caption, label in counted.items():
        rows = await rows_of(page, caption)
        assert rows[label] == ["1", "1", "100.0%"], (caption, rows)
        assert rows["合計"] == ["1", "1", "100.0%"], (caption, rows)
    row = page.get_by_role("region", name="相談者別（相談件数）").get_by_role("row", name="県内事業者")
    async with page.expect_navigation():
        await row.get_by_role("link", name="1").first.click()
    await sees(page, "集計のもとになった案件", "県内事業者")
    await follow(page, TITLE)
    await sees(page, TITLE, "役に立った", "すぐに試せました。")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(True, id="with-script", marks=pytest.mark.full),
        pytest.param(False, id="without-script"),
    ],
)
async def test_from_the_form_to_the_month(town: Town, script: bool) -> None:
    async with (
        town.visitor(PHONE, script=script, refusals=[404]) as company,
        town.visitor(DESK, script=script) as clerk,
        town.visitor(PHONE, script=script) as adviser,
    ):
        await sign_in(town, clerk, "yamada", roles={MIE: Role.COORDINATOR}, name="山田一郎")
        await list_adviser(clerk)

        number, passcode = await send(company)
        await confirm(town, company, number)

        await triage_and_offer(clerk)
        await accept_and_advise(town, adviser)
        await answer(clerk)

        [mail] = await town.mail.wait_for(COMPANY, subject="への回答")
        assert "1つの班で試す進め方" in mail.text.replace("\n", "")
        await ask_how_it_stands(company, number, passcode)
        await expect(company.get_by_role("list", name="やりとり")).to_contain_text("1つの班で試す進め方")
        received_on = await company.locator("dl").first.inner_text()

        await close(clerk)
        await grade(town, company)
        await find_in_tally(clerk, received_on)
