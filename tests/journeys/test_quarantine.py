"""A busy hour: the browser proves by itself that it is one; without script the desk looks first; mails go out only then."""

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from meyasubako.core.vocabulary import QuarantineReason, Role, Status
from meyasubako.edge import closing
from meyasubako.edge.closing import Closing
from meyasubako.store.models import Case, Receipt
from tests.harness.browser import axe_violations, sideways_scroll
from tests.harness.site import TOYAMA
from tests.journeys.steps import (
    DESK,
    PHONE,
    Town,
    begin_suggestion,
    choose,
    follow,
    press,
    sees,
    sign_in,
    visit,
    write,
)

pytestmark = pytest.mark.journey

RECEIVED = (None, Status.RECEIVED)
PUT_ASIDE = (QuarantineReason.FLOOD, Status.QUARANTINED)


async def fill_in(page: Page, name: str) -> None:
    """The form and its check page, up to the button that sends."""
    await begin_suggestion(page, f"{name}の意見", f"{name}から送ります。")
    await choose(page, {"お返事": "希望する", "要旨の公表": "いいえ"})
    await write(page, {"メールアドレス": f"{name}@example.jp"})
    await press(page, "内容を確かめる")
    await sees(page, "内容を確かめる")


async def kept(town: Town) -> list[tuple[QuarantineReason | None, Status]]:
    rows = await town.site.database.read(
        lambda session: session.execute(
            select(Receipt.quarantine_reason, Case.status)
            .join(Case, Case.receipt_id == Receipt.id)
            .order_by(Receipt.id)
        ).all()
    )
    return [(reason, status) for reason, status in rows]


@pytest.mark.parametrize("settings", [{"proof_from_network": "0"}], indirect=True)
async def test_a_busy_hour_costs_people_nothing_and_machines_their_time(town: Town) -> None:
    async with town.visitor() as page:
        await fill_in(page, "hanako")
        # Pressed at once: the page waits for its own work, then sends.
        await page.get_by_role("button", name="この内容で送る", exact=True).click()
        await page.wait_for_url("**/done")
        await sees(page, "受け付けました")
    assert await kept(town) == [RECEIVED]
    await town.mail.wait_for("hanako@example.jp", subject="受け付けました")

    for name in ("taro", "jiro", "saburo"):
        async with town.visitor(script=False) as page:
            await fill_in(page, name)
            await press(page, "この内容で送る")
            await sees(page, "受け付けました", "この2つで、状況を確かめられます。")
    assert await kept(town) == [RECEIVED, PUT_ASIDE, PUT_ASIDE, PUT_ASIDE]

    async with town.visitor(DESK) as page:
        await sign_in(town, page, "yamada", roles={TOYAMA: Role.CLERK})
        await visit(page, f"/staff/desks/{TOYAMA}/inbox")
        await sees(page, "受付箱", "確かめ待ちの受付が3件あります。")
        await follow(page, "確かめ待ちの受付を開く")
        boxes = page.get_by_role("checkbox")
        await page.get_by_role("button", name="すべて選ぶ").click()
        assert [await box.is_checked() for box in await boxes.all()] == [True, True, True]
        await page.get_by_label("jiroの意見", exact=True).uncheck()
        await expect(page.get_by_role("button", name="すべて選ぶ")).to_be_visible()
        for width in (DESK, PHONE):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await axe_violations(page) == []
            assert await sideways_scroll(page) == 0
        await press(page, "選んだものを受け付ける")
        await sees(page, "確かめ待ちの受付", "2件を受け付けました。")
        await expect(page.get_by_label("jiroの意見", exact=True)).not_to_be_checked()
    for name in ("taro", "saburo"):
        await town.mail.wait_for(f"{name}@example.jp", subject="受け付けました")
    assert await kept(town) == [
        RECEIVED,
        (PUT_ASIDE[0], Status.RECEIVED),
        PUT_ASIDE,
        (PUT_ASIDE[0], Status.RECEIVED),
    ]
    assert town.mail.to("jiro@example.jp") == []


async def test_a_closed_desk_gives_the_other_ways_in(town: Town) -> None:
    closing.close(town.site.settings.data, Closing(message="サーバーを入れ替えています。"))
    town.site.app.state.service.door.look_again()
    async with town.visitor(refusals=[503]) as page:
        await visit(page, f"/desks/{TOYAMA}/new")
        await sees(page, "受付を止めています", "サーバーを入れ替えています。", "郵便 〒930-8501")
        assert await axe_violations(page) == []
        assert await sideways_scroll(page) == 0
