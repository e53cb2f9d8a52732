"""利害の恐れ: a company that sells what it would recommend is stopped with its reason, and no form gets around that in silence."""

import pytest
from playwright.async_api import Page, expect

from meyasubako.core.vocabulary import Role
from tests.harness.desk_work import story_at
from tests.harness.site import MIE
from tests.journeys.steps import DESK, Town, choose, follow, group, press, sees, sign_in, unfold, visit, write

pytestmark = pytest.mark.journey

SELLER, ADVISER = "サンプル日報ソフト", "見本花子"
TITLE = "紙の日報をやめたい"
SOLD = "日報アプリ"
WHY = "ほかに頼める人がいないため"


async def list_both(page: Page, topic: str) -> None:
    """The partner goes into the directory with what it sells, an adviser beside it."""
    await follow(page, "名簿")
    await follow(page, "名簿に加える")
    await choose(page, {"種類": "パートナー", "分野": topic})
    await write(page, {"名前": SELLER, "メールアドレス": "seller@example.jp", "売っているもの": SOLD})
    await unfold(page, "売っているものに関わる分野")
    await choose(page, {"売っている分野": topic})
    await press(page, "名簿に載せる")
    await follow(page, "名簿に加える")
    await choose(page, {"種類": "アドバイザー", "分野": topic})
    await write(page, {"名前": ADVISER, "メールアドレス": "adviser@example.jp"})
    await press(page, "名簿に載せる")


async def is_stopped(page: Page) -> None:
    """The sign and its reason stand beside the company, and beside nobody else."""
    cards = page.locator(".candidates > li")
    seller = cards.filter(has_text=SELLER)
    await expect(seller).to_contain_text("止まれ")
    await expect(seller).to_contain_text(SOLD)
    await expect(cards.filter(has_text=ADVISER)).not_to_contain_text("止まれ")


async def is_refused(page: Page) -> None:
    """The reason is asked for on the page that comes back, and nothing was offered."""
    await sees(page, TITLE, "それでも打診するときは、わけを書いてください")
    await expect(page.locator(".case-head")).to_contain_text("振分済")


async def craft(page: Page, provider: str) -> None:
    """A form as no page of ours has it: the stopped company among those that can be asked without a word."""
    asked = group(page, "だれに打診しますか").get_by_label(ADVISER)
    await asked.evaluate("(radio, provider) => { radio.value = provider; }", provider)
    await asked.check()
    await press(page, "打診する")


async def test_who_sells_what_it_would_recommend_is_stopped(town: Town) -> None:
    case_id = await (await story_at(town.site)).triaged(title=TITLE)
    async with town.visitor(DESK, refusals=[422]) as clerk:
        await sign_in(town, clerk, "yamada", roles={MIE: Role.COORDINATOR}, name="山田一郎")
        await list_both(clerk, town.site.desks[MIE].desk.topic_leaves()[0].label)
        await visit(clerk, f"/staff/cases/{case_id}")
        await follow(clerk, "候補をくわしく見る、重みを変えて並べてみる")
        await is_stopped(clerk)

        await visit(clerk, f"/staff/cases/{case_id}")
        await unfold(clerk, "利害の恐れがある 1人（社）")
        seller = group(clerk, "止まれの印が付いた人").get_by_label(SELLER)
        await craft(clerk, await seller.get_attribute("value") or "")
        await is_refused(clerk)
        assert town.mail.to("seller@example.jp") == []

        await write(clerk, {"それでも打診するわけ": WHY})
        await press(clerk, "打診する")
        await sees(clerk, TITLE, "打診中", f"{SELLER}さん", f"それでも打診したわけ：{WHY}")
