"""みえDXセンター: an answer is drafted, two divisions say what they think, somebody else approves, and it reaches the company."""

import pytest
from playwright.async_api import Page

from meyasubako.casework import accounts
from meyasubako.core.desk import Answering
from meyasubako.core.policy import SYSTEM
from meyasubako.core.vocabulary import Role
from tests.harness.desk_work import story_at
from tests.harness.office import DIVISIONS, take_steps
from tests.harness.site import MIE, OPENED_AT
from tests.journeys.steps import DESK, PHONE, Town, follow, press, sees, sign_in, unfold, visit, write

pytestmark = pytest.mark.journey

TITLE = "現場作業員へのIT導入を進めたい"
LABELS = ("デジタル戦略企画課（みえDXセンター事務局）", "スマート改革推進課")
VIEWS = ("補助の受付は来月からです。", "県の業務でも同じ方法を試しています。")
TEXT = "まず1つの班で試す進め方をご提案します。"


async def speak_for(town: Town, page: Page, login: str, division: str) -> None:
    """Somebody of a division signs in."""
    await sign_in(town, page, login, roles={MIE: Role.VIEWER}, name=f"見本{login}")
    await town.site.database.write(
        lambda session: accounts.set_division(
            session,
            accounts.find_staff(session, login).id,
            town.site.desks[MIE],
            division,
            by=SYSTEM,
            at=OPENED_AT,
        )
    )


@pytest.mark.parametrize(
    "script", [False, pytest.param(True, marks=pytest.mark.full)], ids=["without-script", "with-script"]
)
async def test_from_the_draft_over_two_divisions_to_the_approved_answer(town: Town, script: bool) -> None:
    site = town.site
    case_id = await (await story_at(site)).triaged()
    rules = Answering(contributions=True, approval=True)
    await site.database.write(lambda session: take_steps(session, rules))
    async with (
        town.visitor(DESK, script=script) as clerk,
        town.visitor(PHONE, script=script) as division,
        town.visitor(DESK, script=script) as chief,
    ):
        await sign_in(town, clerk, "yamada", roles={MIE: Role.CLERK}, name="山田一郎")
        await visit(clerk, f"/staff/cases/{case_id}")
        await follow(clerk, "回答案を書く")
        await write(clerk, {"回答案": TEXT})
        await press(clerk, "下書きを保存")
        await unfold(clerk, "考え方をたずねる")
        for label in LABELS:
            await clerk.get_by_label(label).check()
        await press(clerk, "考え方をたずねる")

        for login, code, label, view in zip(("sato", "kato"), DIVISIONS, LABELS, VIEWS, strict=True):
            await speak_for(town, division, login, code)
            await visit(division, f"/staff/desks/{MIE}/answers")
            await follow(division, TITLE)
            await sees(division, f"{label}の考え方")
            await write(division, {"考え方": view})
            await press(division, "考え方を出す")
            await sees(division, "回答案", "考え方を出しました。")
            await division.context.clear_cookies()

        await visit(clerk, f"/staff/answers/{case_id}")
        async with clerk.expect_navigation(wait_until="domcontentloaded"):
            await clerk.get_by_role("button", name="回答案の下に加える").nth(1).click()
        await press(clerk, "保存して、決裁に回す")

        await sign_in(town, chief, "suzuki", roles={MIE: Role.COORDINATOR}, name="鈴木二郎")
        await visit(chief, f"/staff/desks/{MIE}/answers")
        await follow(chief, TITLE)
        await sees(chief, f"回答案　{TITLE}", TEXT, *VIEWS)
        await press(chief, "決裁する")

        await visit(clerk, f"/staff/answers/{case_id}")
        await press(clerk, "回答を送る")
        await sees(clerk, TITLE, "回答を送りました。", "回答済")
    [mail] = await town.mail.wait_for("taro@example.jp", subject="への回答")
    said = mail.text.replace("\n", "")
    assert (TEXT in said, VIEWS[1] in said, VIEWS[0] in said) == (True, True, False)
