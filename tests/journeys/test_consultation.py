"""みえDXセンター: a company's question travels from a phone to the desk, to the adviser of its choice, into three meetings and back.

The last word is the company's: whether it helped, in the month's figures, and a year later whether it was put into practice.
"""

import re
from datetime import datetime, time, timedelta

import pytest
from playwright.async_api import Page, expect

from meyasubako import worker
from meyasubako.core import dates
from meyasubako.core.calendar import is_office_day
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
HANAKO, JIRO = "見本花子", "サンプル次郎"
ADDRESSES = {HANAKO: "hanako@example.jp", JIRO: "jiro@example.jp"}
ROOM = "https://example.jp/room"
TITLE = "紙の日報をやめたい"
BODY = "工場の日報を紙で書いています。\n20人分を、毎晩1人が打ち直しています。\n何から始めればよいでしょうか。"
BRIEF = "工場の日報を紙からタブレットに替えたい会社があります。20人ほどの現場です。"
ADVICE = "まず1つの班で、無料の表計算から試すことをおすすめします。"
ANSWER = "お話をうかがい、1つの班で試す進め方をご提案しました。\n続けてご相談いただけます。"


async def list_advisers(page: Page) -> None:
    await follow(page, "名簿")
    for name, address in ADDRESSES.items():
        await follow(page, "名簿に加える")
        await choose(page, {"種類": "アドバイザー"})
        await write(page, {"名前": name, "肩書きなど": "中小企業診断士", "メールアドレス": address})
        await choose(page, {"分野": "ICT/データ活用", "応じられる方法": "オンライン"})
        await press(page, "名簿に載せる")
        await sees(page, "名簿", name)


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


async def triage_and_choose(page: Page) -> None:
    """The desk chooses two candidates, and asks the company whom it would like to speak to first."""
    await follow(page, "受付箱")
    await follow(page, TITLE)
    await sees(page, TITLE, "サンプル製作所", COMPANY)
    await press(page, "この内容で決める")
    await sees(page, TITLE, "振分済")
    await follow(page, "候補をくわしく見る、重みを変えて並べてみる")
    for name in ADDRESSES:
        await page.get_by_label(f"候補に選ぶ（{name}）").check()
    await press(page, "選んだ人に打診する")
    await pick(page, {f"{HANAKO}の順番": "1番め", f"{JIRO}の順番": "2番め"})
    await choose(page, {"打診のしかた": "相談者に順番をつけてもらってから、1人ずつ打診"})
    until = dates.japan_day(dates.now()) + timedelta(days=5)
    await write(
        page,
        {
            "いつまでに答えてもらいますか": until.isoformat(),
            f"相談者に見せる紹介（{JIRO}）": "製造業の現場に詳しい人です。",
            "相手に伝える内容": BRIEF,
        },
    )
    await press(page, "打診を始める")
    await sees(page, TITLE, "順番をたずねています")


async def put_in_order(town: Town, page: Page, number: str, passcode: str) -> None:
    """The company reads of both in its mail, and would rather speak to the second."""
    [mail] = await town.mail.wait_for(COMPANY, subject="相談をお願いする方の順番")
    assert "製造業の現場に詳しい人です。" in mail.text
    await ask_how_it_stands(page, number, passcode)
    await sees(page, "いまの状況", "お願いする方の順番", "製造業の現場に詳しい人です。")
    await pick(page, {JIRO: "1番め", HANAKO: "2番め"})
    await press(page, "この順番でお願いする")
    await sees(page, "いまの状況", f"希望の順番：{JIRO}、{HANAKO}")


async def read_offer(town: Town, page: Page, name: str) -> None:
    """An adviser opens the link of the mail; neither says whom it is about."""
    [mail] = await town.mail.wait_for(ADDRESSES[name], subject="相談が1件届いています")
    assert BRIEF.partition("。")[0] in mail.text.replace("\n", "")
    for secret in ("見本太郎", "サンプル製作所", COMPANY, "059-000-0000"):
        assert secret not in mail.text
    await visit(page, town.link_in(mail, "/offers/"))
    await expect(page.locator("body")).to_contain_text(BRIEF)
    await expect(page.locator("body")).not_to_contain_text("見本太郎")


async def turn_down(town: Town, page: Page) -> None:
    await read_offer(town, page, JIRO)
    assert town.mail.to(ADDRESSES[HANAKO]) == []
    await choose(page, {"理由": "いまは手がいっぱい"})
    await write(page, {"ひとこと": "来月なら受けられます。"})
    await press(page, "今回は難しい")
    await sees(page, "お返事を受け取りました", "していただくことはありません")


async def accept_and_propose(town: Town, page: Page) -> None:
    """The next was asked by itself; she takes it on, sees whom to call, and proposes two times."""
    await read_offer(town, page, HANAKO)
    await press(page, "引き受ける")
    await expect(page.locator("body")).to_contain_text("見本太郎")
    await expect(page.get_by_role("link", name=COMPANY)).to_be_visible()
    await unfold(page, "面談の日時を決める")
    plans = page.locator("form", has=page.get_by_role("button", name="この日時で進める"))
    day = dates.japan_day(dates.now()) + timedelta(days=1)
    await write(page, {"日時 1": f"{day}T10:00", "日時 2": f"{day}T16:00", "場所・会議のアドレス": ROOM})
    await plans.get_by_label("オンライン", exact=True).check()
    await plans.get_by_label("長さ（分）").fill("60")
    await press(page, "この日時で進める")
    await expect(page.locator("body")).to_contain_text("相談者の返事を待っています")


async def choose_time(town: Town, page: Page) -> None:
    """The company takes the later one; both get it for their calendars."""
    [mail] = await town.mail.wait_for(COMPANY, subject="面談の日時を選んでください")
    assert "16時" in mail.text
    await visit(page, town.link_in(mail, "/status"))
    times = group(page, "日時").get_by_role("radio")
    await times.nth(1).check()
    await press(page, "この日時にする")
    await sees(page, "いまの状況", "面談の予定", "16時", ROOM)
    for address in (COMPANY, ADDRESSES[HANAKO]):
        [mail] = await town.mail.wait_for(address, subject="面談の日時が決まりました")
        parts = {part.get_content_type(): part for part in mail.message.walk()}
        assert "METHOD:REQUEST" in parts["text/calendar"].get_content()


async def meet_three_times(page: Page) -> None:
    """The one that was planned, and two that were agreed by telephone; there is no room for a fourth."""
    await page.reload(wait_until="domcontentloaded")
    for n, left in enumerate((2, 1, 0)):
        held = page.locator("form", has=page.get_by_role("button", name="面談を記録する"))
        today = await held.get_by_label("面談の日").get_attribute("max")
        await held.get_by_label("面談の日").fill(today or "")
        await held.get_by_label("長さ（分）").fill("45")
        await held.get_by_label("オンライン", exact=True).check()
        await held.get_by_label("話したこと").fill(
            "現場の流れをうかがった。" if n == 0 else "進みぐあいを見た。"
        )
        await press(page, "面談を記録する")
        await expect(page.locator("#meetings + p")).to_contain_text(
            f"あと{left}回" if left else "3回を終えています"
        )
    await expect(page.get_by_role("button", name="面談を記録する")).to_have_count(0)
    await expect(page.get_by_role("heading", name="面談の予定")).to_have_count(0)


async def advise_and_report(page: Page) -> None:
    await write(page, {"助言": ADVICE})
    await press(page, "助言を送る")
    await expect(page.get_by_role("list", name="これまでの記録")).to_contain_text(ADVICE)
    await write(page, {"助言したこと": "1つの班で試した。", "次にすること": "次の班に広げる。"})
    await press(page, "報告する")
    await expect(page.locator("body")).to_contain_text("報告を受け取りました。")


async def refuse_a_fourth(page: Page) -> None:
    """Nor can the desk record a fourth without saying why."""
    await follow(page, "受付箱")
    await follow(page, TITLE)
    await follow(page, "面談の予定と記録")
    held = page.locator("form", has=page.get_by_role("button", name="面談を記録する"))
    await held.get_by_label("だれとの面談か").select_option(label=HANAKO)
    await held.get_by_label("面談の日").fill(dates.japan_day(dates.now()).isoformat())
    await held.get_by_label("長さ（分）").fill("30")
    await held.get_by_label("オンライン", exact=True).check()
    await press(page, "面談を記録する")
    await expect(page.locator("body")).to_contain_text("それでも行うときは、わけを書いてください")


async def answer(page: Page) -> None:
    await follow(page, "受付箱")
    await follow(page, TITLE)
    await sees(page, TITLE, "対応中", ADVICE, "現場の流れをうかがった。", "1つの班で試した。")
    await expect(page.locator("body")).to_contain_text("いまは手がいっぱい：来月なら受けられます。")
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


async def tell_a_year_later(town: Town, page: Page) -> None:
    """On the first office morning after a year the worker asks what became of the advice."""
    site = town.site
    desk = site.desks[MIE].desk
    day = dates.japan_day(dates.now()) + timedelta(days=367)
    while not is_office_day(day, desk.is_closed_on):
        day += timedelta(days=1)
    hour, minute = map(int, desk.reminder_at.split(":"))
    morning = datetime.combine(day, time(hour, minute), dates.JAPAN)
    await worker.ask_after(site.database, site.keys, at=morning)
    await worker.deliver_all(site.database, site.settings, site.keys, at=morning)
    await visit(page, await town.link_for(COMPANY, subject="その後のようす", path="/survey/"))
    await choose(page, {"お伝えした助言やご案内を、その後どうされましたか。": "一部を実施した"})
    await write(page, {"ひとこと": "2つの班で使っています。"})
    await press(page, "答えを送る")
    await sees(page, "ありがとうございました")


async def find_in_tally(page: Page, received_on: str) -> None:
    """The month in Japan in which it was received, as the requester saw it, has it in every table."""
    [(year, month)] = re.findall(r"令和(\d+)年(\d+)月", received_on)
    await visit(page, f"/staff/desks/{MIE}/tallies?form=breakdown&month={int(year) + 2018}-{int(month):02}")
    await sees(page, f"区分ごとの内訳 令和{year}年{month}月", "速報値")
    counted = {
        "相談者別（相談件数）": "県内事業者",
        "相談内容別（相談件数）": "課題解決のための相談",
        "分野別（相談件数）": "ICT/データ活用",
        "受付経路別（相談件数）": "ホームページ",
        "対応状況別（相談項目数）": "完了",
        "対応結果別（完了）": "課題が解決",
    }
    for caption, label in counted.items():
        rows = await rows_of(page, caption)
        assert rows[label] == ["1", "0", "1", "100.0%"], (caption, rows)
        assert rows["合計"] == ["1", "0", "1", "100.0%"], (caption, rows)
    row = page.get_by_role("region", name="相談者別（相談件数）").get_by_role("row", name="県内事業者")
    async with page.expect_navigation():
        await row.get_by_role("link", name="1").first.click()
    await sees(page, "集計のもとになった案件", "県内事業者")
    await follow(page, TITLE)
    await sees(page, TITLE, "役に立った", "すぐに試せました。", "2つの班で使っています。")


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
        town.visitor(DESK, script=script, refusals=[422]) as clerk,
        town.visitor(PHONE, script=script) as jiro,
        town.visitor(PHONE, script=script) as hanako,
    ):
        await sign_in(town, clerk, "yamada", roles={MIE: Role.COORDINATOR}, name="山田一郎")
        await list_advisers(clerk)

        number, passcode = await send(company)
        await confirm(town, company, number)

        await triage_and_choose(clerk)
        await put_in_order(town, company, number, passcode)
        await turn_down(town, jiro)
        await accept_and_propose(town, hanako)
        await choose_time(town, company)
        await meet_three_times(hanako)
        await advise_and_report(hanako)
        await refuse_a_fourth(clerk)
        await answer(clerk)

        [mail] = await town.mail.wait_for(COMPANY, subject="への回答")
        assert "1つの班で試す進め方" in mail.text.replace("\n", "")
        await visit(company, town.link_in(mail, "/status"))
        await expect(company.get_by_role("list", name="やりとり")).to_contain_text("1つの班で試す進め方")
        received_on = await company.locator("dl").first.inner_text()

        await close(clerk)
        await grade(town, company)
        await tell_a_year_later(town, company)
        await find_in_tally(clerk, received_on)
