"""Nobody is shut out: no page of the path hinders anybody, none scrolls sideways, and the keyboard is enough."""

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from meyasubako.casework import matching, replies
from meyasubako.core.codes import Keys
from meyasubako.core.vocabulary import Role
from meyasubako.store.models import Survey
from tests.harness.browser import Scheme
from tests.harness.desk_work import story_at
from tests.harness.files import pdf
from tests.harness.site import MIE, PASSWORD, TOYAMA
from tests.harness.story import ADDRESS
from tests.journeys import steps
from tests.journeys.inspecting import Inspector
from tests.journeys.keys import choose_by_keys, press_by_keys, tab_to, type_into
from tests.journeys.steps import (
    DESK,
    PHONE,
    Town,
    ask_how_it_stands,
    choose,
    follow,
    sees,
    sign_in,
    visit,
    write,
)

pytestmark = pytest.mark.journey

LONG = "むりなくつづけられるようにしたいのです。" * 12
ADDRESS_WITHOUT_A_BREAK = "https://www.example.jp/" + "a" * 120
TITLE = "現場作業員へのIT導入を進めたい"


async def inspect_the_form(inspector: Inspector) -> None:
    """From the front page to the number, with mistakes on the way."""
    page = inspector.page
    await inspector.visit("/", f"/desks/{MIE}", f"/desks/{MIE}/new")
    await inspector.press("内容を確かめる")
    await page.set_input_files("#field-files", {"name": f"{LONG}.pdf", "mimeType": "", "buffer": pdf()})
    await inspector.press("ファイルを追加")
    await choose(page, {"どなたからのご相談ですか": "県内の事業者", "メールでのお返事": "希望する"})
    await choose(page, {"ご相談の内容": "その他", "アドバイザーなどへの連絡先の共有": "はい"})
    await write(page, {"お名前（ご担当者）": "見本太郎", "件名": LONG[:100]})
    await write(page, {"ご相談の内容をくわしく": f"{LONG}\n{ADDRESS_WITHOUT_A_BREAK}"})
    await inspector.press("内容を確かめる")
    await inspector.press("この内容で送る")


async def inspect_the_status_page(inspector: Inspector, number: str, passcode: str) -> None:
    await inspector.visit("/status")
    await inspector.press("状況を見る")
    await ask_how_it_stands(inspector.page, number, passcode)
    await inspector.look()
    await inspector.visit("/status/case/1/withdraw", "/status/held", "/status/contact", "/status/passcode")


async def inspect_the_links(inspector: Inspector, keys: Keys, number: str) -> None:
    """What mails lead to, working and not."""
    await inspector.visit(f"/confirm/{keys.confirm_token(number, ADDRESS)}")
    await inspector.press("このアドレスでよい")
    await inspector.visit("/confirm/gone", "/offers/gone", "/survey/gone", "/nowhere")


async def inspect_the_survey(inspector: Inspector, token: str) -> None:
    await inspector.visit(f"/survey/{token}")
    await inspector.press("答えを送る")
    await choose(inspector.page, {"今回のご相談は、役に立ちましたか。": "役に立った"})
    await inspector.press("答えを送る")


async def inspect_the_offers(inspector: Inspector, *tokens: str) -> None:
    await inspector.visit(*(f"/offers/{token}" for token in tokens), "/provider/")


async def inspect_paper_entry(inspector: Inspector) -> None:
    """A letter with two matters, on each of its pages, and the case that is one of them."""
    await visit(inspector.page, f"/staff/desks/{MIE}/receipts/new")
    await choose(inspector.page, {"どなたからのご相談ですか": "不明"})
    await write(inspector.page, {"受け付けた日": "R8.4.1", "消印の日": "3/31"})
    await write(inspector.page, {"ご相談の内容をくわしく": f"{LONG}\nまた、{LONG}{ADDRESS_WITHOUT_A_BREAK}"})
    for button in ("ことがらを分ける", "この分け方で進む", "受け付けて終わる"):
        await inspector.press(button)
    await follow(inspector.page, "案件を開く")
    await steps.unfold(inspector.page, "全文")
    await inspector.look()


async def inspect_the_desk(inspector: Inspector, *case_ids: int) -> None:
    desk = f"/staff/desks/{MIE}"
    await inspector.visit(*(f"/staff/cases/{case_id}" for case_id in case_ids))
    await inspect_paper_entry(inspector)
    await inspector.visit(f"{desk}/inbox", f"{desk}/receipts/new", f"{desk}/directory", f"{desk}/search?q=-")
    await inspector.visit("/staff/notices", "/staff/account", f"{desk}/tallies/forms/new?from=monthly")
    await inspector.press("試しに出す")
    await inspector.visit(f"{desk}/tallies/forms", f"{desk}/tallies/close?month=2026-01", f"{desk}/tallies")
    await follow(inspector.page, "4")
    await inspector.look()


@pytest.mark.parametrize(
    ("scheme", "widths"),
    [
        pytest.param("light", (PHONE,), id="light-phone"),
        pytest.param("light", (DESK,), id="light-desk", marks=pytest.mark.full),
        pytest.param("light", (320, 768, 1600), id="other-widths", marks=pytest.mark.full),
        pytest.param("dark", (DESK, PHONE), id="dark", marks=pytest.mark.full),
    ],
)
async def test_no_page_of_the_path_hinders_anybody(
    town: Town, scheme: Scheme, widths: tuple[int, ...]
) -> None:
    story = await story_at(town.site, days_ago=0.001)
    adviser = await story.list_provider()
    fresh = await story.receive(confirmed=False)
    triaged = await story.triaged(body=f"{LONG}\n{ADDRESS_WITHOUT_A_BREAK}")
    open_offer = await story.offer(await story.triaged(), adviser)
    working = await story.triaged(body=LONG)
    taken_offer = await story.offer(working, adviser)
    await story.accept(taken_offer, adviser)
    await story.do(matching.advise, taken_offer, LONG, by=adviser)
    await story.do(replies.reply, working, LONG, by=story.clerk)
    await story.close(working)
    survey = await story.see(lambda session: session.scalars(select(Survey.id)).one())
    keys, number = town.site.keys, story.numbers[fresh]

    async with town.visitor(DESK, scheme=scheme, refusals=[404, 422]) as page:
        inspector = Inspector(page, widths)
        await inspect_the_form(inspector)
        await inspect_the_status_page(inspector, number, keys.passcode(number, 1))
        await inspect_the_links(inspector, keys, number)
        await inspect_the_survey(inspector, keys.survey_token(survey))
        await inspector.visit("/privacy", "/accessibility", "/help", "/staff/sign-in")
        await inspect_the_offers(inspector, keys.offer_token(open_offer), keys.offer_token(taken_offer))
        await sign_in(town, page, "yamada", roles={MIE: Role.COORDINATOR, TOYAMA: Role.VIEWER})
        await visit(page, f"/staff/desks/{MIE}/inbox")
        await inspect_the_desk(inspector, fresh, triaged, working)
    assert inspector.faults == []
    assert inspector.seen >= 30


async def test_a_resident_needs_only_the_keyboard(town: Town) -> None:
    async with town.visitor(PHONE) as page:
        await visit(page, f"/desks/{TOYAMA}/new")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="本文へ進む")).to_be_in_viewport()
        await page.keyboard.press("Enter")
        await choose_by_keys(page, "どなたとして送りますか", 2)
        await choose_by_keys(page, "ご意見・ご提案の種類", 1)
        await tab_to(page, page.locator("summary", has_text="関係する分野を選ぶ"))
        await page.keyboard.press("Enter")
        await tab_to(page, page.get_by_label("スマート県庁推進"))
        await page.keyboard.press("Space")
        await type_into(page, "件名", "窓口の紙を減らしてほしい")
        await type_into(page, "ご意見・ご提案の内容", "同じことを、何度も書いています。")
        await type_into(page, "会社・団体の名前", "サンプル商店")
        await choose_by_keys(page, "お返事", 2)
        await choose_by_keys(page, "要旨の公表", 1)
        await press_by_keys(page, "内容を確かめる")
        await sees(page, "内容を確かめる", "県内の事業者", "スマート県庁推進", "サンプル商店", "希望しない")
        await press_by_keys(page, "この内容で送る")
        await sees(page, "受け付けました")


async def test_a_clerk_triages_with_only_the_keyboard(town: Town) -> None:
    story = await story_at(town.site)
    await story.receive()
    await town.site.add_staff("yamada", {MIE: Role.CLERK})
    async with town.visitor(DESK) as page:
        await visit(page, "/staff/sign-in")
        await expect(steps.field(page, "利用者ID")).to_be_focused()
        await page.keyboard.type("yamada")
        await type_into(page, "パスワード", PASSWORD)
        await press_by_keys(page, "サインイン")
        await sees(page, "受付箱")
        await tab_to(page, page.get_by_role("link", name=TITLE))
        async with page.expect_navigation(wait_until="domcontentloaded"):
            await page.keyboard.press("Enter")
        await tab_to(page, steps.field(page, "相談内容"))
        await page.keyboard.type("人材")
        await tab_to(page, page.get_by_label("スマート農業・林業・水産業、建設業のDXの推進"))
        await page.keyboard.press("Space")
        await press_by_keys(page, "この内容で決める")
        await sees(page, TITLE, "振分済", "人材育成（セミナー開催等の相談）", "建設業のDXの推進")
