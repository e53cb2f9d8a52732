"""Nobody answers an offer: it ends in the night after its last day, and the next in turn is asked before anybody is at work."""

from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from meyasubako import worker
from meyasubako.core import dates
from meyasubako.core.vocabulary import Role
from tests.harness.desk_work import story_at
from tests.harness.site import MIE
from tests.journeys.steps import DESK, PHONE, Town, choose, field, press, sees, sign_in, visit

pytestmark = pytest.mark.journey

FIRST, NEXT = "見本花子", "サンプル次郎"
HANAKO, JIRO = "hanako@example.jp", "jiro@example.jp"
TITLE = "紙の日報をやめたい"


async def ask_in_turn(page: Page, case_id: int) -> None:
    """Both are chosen on the page of candidates and put in this order."""
    await visit(page, f"/staff/cases/{case_id}/candidates")
    for name in (FIRST, NEXT):
        await page.get_by_label(f"候補に選ぶ（{name}）").check()
    await press(page, "選んだ人に打診する")
    await expect(page.locator("body")).to_contain_text("期限が過ぎると、自動で次の人に打診します。")
    await field(page, f"{FIRST}の順番").select_option("1")
    await field(page, f"{NEXT}の順番").select_option("2")
    await choose(page, {"打診のしかた": "窓口の順番で、1人ずつ打診"})
    await press(page, "打診を始める")
    await sees(page, TITLE, "打診中", f"{FIRST}さん（アドバイザー）に打診しました")


async def work_in_the_night_after(town: Town, days: int) -> None:
    """What the worker does half an hour after the midnight that ends the last day of an offer made now."""
    last_day = dates.japan_day(dates.now()) + timedelta(days=days)
    night = dates.end_of_day(last_day) + timedelta(minutes=30)
    site = town.site
    await worker.sweep(site.database, site.keys, at=night)
    await worker.deliver_all(site.database, site.settings, site.keys, at=night)


async def test_an_offer_expires_overnight_and_the_next_is_asked(town: Town) -> None:
    story = await story_at(town.site)
    await story.list_provider(FIRST, email=HANAKO)
    await story.list_provider(NEXT, email=JIRO)
    case_id = await story.triaged(title=TITLE)
    async with town.visitor(DESK) as clerk, town.visitor(PHONE, refusals=[404]) as adviser:
        await sign_in(town, clerk, "yamada", roles={MIE: Role.COORDINATOR}, name="山田一郎")
        await ask_in_turn(clerk, case_id)
        [asked] = await town.mail.wait_for(HANAKO, subject="相談が1件届いています")
        assert town.mail.to(JIRO) == []

        await work_in_the_night_after(town, town.site.desks[MIE].desk.offer_valid_days)

        [ended] = await town.mail.wait_for(HANAKO, subject="にお願いした相談について")
        assert "期限" in ended.text
        await visit(adviser, town.link_in(asked, "/offers/"))
        await sees(adviser, "お返事の期限が過ぎました", "このリンクはもう使えません")

        await visit(clerk, f"/staff/cases/{case_id}")
        await sees(clerk, TITLE, "打診中", f"{NEXT}さん（アドバイザー）に打診しました")
        await expect(clerk.locator(".case-head")).to_contain_text("打診中")

        await visit(adviser, await town.link_for(JIRO, subject="相談が1件届いています", path="/offers/"))
        await press(adviser, "引き受ける")
        await sees(adviser, TITLE, "お引き受けいただき、ありがとうございます。", "見本太郎")
        await visit(clerk, f"/staff/cases/{case_id}")
        await sees(clerk, TITLE, "対応中")
