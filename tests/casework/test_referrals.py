"""Handing a case to another office: with consent or without what would tell who it is, and what came of it."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from meyasubako.casework import casefiles, desks, papers, referrals, tracking
from meyasubako.casework.referrals import Handover, Wanted
from meyasubako.core.errors import InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ReferralState, Role
from meyasubako.store.database import Database
from meyasubako.store.models import Event, Referral
from tests.harness.shipped import shipped_desk
from tests.harness.story import MIE, TOYAMA, Story, open_story

PASSED = "工場の日報を電子化したいそうです。"
SILENT = Handover("business-support", "", False, "", "", PASSED, False)
AGREED = Handover("business-support", "", True, "2026-07-03", "phone", PASSED, True)
OFFICE = "公益財団法人三重県産業支援センター"


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def refer(story: Story, case_id: int, handover: Handover, **options: Any) -> int:
    options = {"by": story.clerk, **options}
    return await story.do(referrals.refer, story.applied.desk, case_id, handover, **options)


async def answer(story: Story, referral_id: int, accepted: bool | None, note: str = "") -> None:
    await story.do(referrals.answer, referral_id, accepted=accepted, note=note, by=story.clerk)


async def told(story: Story, case_id: int) -> list[str]:
    """What the requester reads of it."""
    view = await story.see(
        lambda session: tracking.view(session, story.applied.desk, story.numbers[case_id], 1)
    )
    return [said.body for matter in view.cases for said in matter.conversation]


async def listed(story: Story, wanted: Wanted, by: Actor | None = None) -> list[tuple[int, ReferralState]]:
    found = await story.see(
        lambda session: referrals.listing(session, by or story.clerk, story.applied.id, wanted)
    )
    return [(row.id, row.state) for row in found.rows]


async def test_a_referral_goes_from_asking_to_its_result(story: Story) -> None:
    case_id = await story.triaged()
    referral_id = await refer(story, case_id, AGREED)
    assert await told(story, case_id) == []
    assert await listed(story, Wanted()) == [(referral_id, ReferralState.ASKED)]
    await answer(story, referral_id, True, "7月中に訪問します。")
    assert await told(story, case_id) == [f"{OFFICE}に引き継ぎました。"]
    with pytest.raises(WrongState, match="受けてもらえた"):
        await answer(story, referral_id, False, "だめでした。")
    with pytest.raises(InvalidInput, match="結果を書いてください"):
        await story.do(referrals.conclude, referral_id, result=" ", by=story.clerk)
    await story.do(referrals.conclude, referral_id, result="支援を始めました。", by=story.clerk)
    file = await story.see(
        lambda session: casefiles.case_file(session, story.clerk, story.applied, case_id, at=story.at)
    )
    assert [(each.what, each.said) for each in file.history][-3:] == [
        (f"{OFFICE}に引継ぎを頼みました", ""),
        (f"{OFFICE}に引き継ぎました", "7月中に訪問します。"),
        (f"{OFFICE}に引き継いだ結果がわかりました", "支援を始めました。"),
    ]
    assert [(each.state, each.has_consent) for each in file.referrals] == [(ReferralState.ENDED, True)]
    assert await listed(story, Wanted()) == []
    assert await listed(story, Wanted(every=True, office=OFFICE)) == [(referral_id, ReferralState.ENDED)]


async def test_without_consent_nobody_learns_who_it_is_nor_the_requester_of_it(story: Story) -> None:
    case_id = await story.triaged()
    events = await story.see(lambda session: session.scalar(select(func.count(Event.id))))
    for passed, found in (
        ("サンプル製作所の見本 太郎さんから。", "「見本太郎」「サンプル製作所」"),
        ("電話は０５９－０００－００００です。", "「059-000-0000」"),
        ("TARO@example.jp に返事を。", "「taro@example.jp」"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await refer(story, case_id, replace(SILENT, passed=passed))
        ((field, message),) = [(each.field, each.message) for each in refused.value.errors]
        assert (field, f"{found}を消してください。" in message) == ("passed", True), message
    with pytest.raises(InvalidInput):
        await refer(story, case_id, replace(SILENT, passes_contact=True))
    assert await story.see(lambda session: session.scalar(select(func.count(Event.id)))) == events
    referral_id = await refer(story, case_id, SILENT)
    await answer(story, referral_id, True)
    assert await told(story, case_id) == []
    desk = story.applied.desk
    sheet = await story.see(lambda session: papers.handover(session, story.clerk, desk, referral_id))
    assert (sheet.contact, PASSED in sheet.as_mail, "059-000" in sheet.as_mail) == ((), True, False)


async def test_with_consent_the_sheet_says_who_and_how_they_agreed(story: Story) -> None:
    referral_id = await refer(story, await story.triaged(), AGREED)
    desk = story.applied.desk
    sheet = await story.see(lambda session: papers.handover(session, story.clerk, desk, referral_id))
    assert dict(sheet.contact)["名前"] == "見本太郎"
    assert sheet.to.names == (f"{OFFICE}　御中",)
    assert sheet.consent == "引継ぎについて、令和8年7月3日に電話で本人の同意を得ています。"
    assert "059-000-0000" in sheet.as_mail


@pytest.mark.parametrize(
    ("handover", "fields"),
    [
        (replace(SILENT, office="nowhere", passed=""), {"office", "passed"}),
        (replace(SILENT, office="", office_name=" "), {"office"}),
        (replace(SILENT, office="", office_name="長" * 201), {"office_name"}),
        (replace(AGREED, consented_on="", consent_way=""), {"consented_on", "consent_way"}),
        (replace(AGREED, consented_on="2026-07-04"), {"consented_on"}),
        (replace(AGREED, consented_on="2026-07-02"), {"consented_on"}),
    ],
)
async def test_what_is_missing_is_named(story: Story, handover: Handover, fields: set[str]) -> None:
    case_id = await story.triaged()
    with pytest.raises(InvalidInput) as refused:
        await refer(story, case_id, handover)
    assert {each.field for each in refused.value.errors} == fields
    assert await story.see(lambda session: session.scalar(select(func.count(Referral.id)))) == 0


async def test_several_offices_and_only_by_those_of_the_desk(story: Story) -> None:
    case_id = await story.triaged()
    first = await refer(story, case_id, SILENT)
    second = await refer(story, case_id, replace(SILENT, office="", office_name="サンプル商工会"))
    await answer(story, first, False, "地域が違います。")
    with pytest.raises(InvalidInput, match="断られた理由"):
        await answer(story, second, False)
    viewer = replace(story.clerk, roles={story.applied.id: Role.VIEWER})
    stranger = replace(story.clerk, roles={story.applied.id + 1: Role.ADMIN})
    with pytest.raises(NotAllowed):
        await refer(story, case_id, SILENT, by=viewer)
    with pytest.raises(NotAllowed):
        await story.see(lambda session: papers.handover(session, viewer, story.applied.desk, first))
    with pytest.raises(NotFound):
        await story.see(lambda session: referrals.view(session, stranger, first))
    assert (await story.see(lambda session: referrals.view(session, viewer, first))).passed is None
    assert await listed(story, Wanted(every=True), stranger) == []
    assert await listed(story, Wanted(state=ReferralState.TURNED_DOWN)) == [
        (first, ReferralState.TURNED_DOWN)
    ]


async def test_the_table_file_holds_all_and_no_formula(story: Story) -> None:
    case_id = await story.triaged()
    referral_id = await refer(story, case_id, replace(SILENT, office="", office_name="=HYPERLINK(1)"))
    await answer(story, referral_id, False, "地域が違います。")
    text = await story.do(referrals.take_along, story.applied.id, Wanted(every=True), by=story.clerk)
    assert text.startswith("\ufeff")
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["引継ぎ先"], row["状態"], row["返事の内容"]) == (
        "'=HYPERLINK(1)",
        "断られた",
        "地域が違います。",
    )


async def test_an_office_in_use_is_retired_and_not_lost(story: Story) -> None:
    case_id = await story.triaged()
    await refer(story, case_id, SILENT)
    desk = story.applied.desk
    kept = tuple(each for each in desk.offices if each.code != "business-support")
    await story.do(desks.apply, replace(desk, offices=kept))
    applied = await story.see(lambda session: desks.find(session, desk.code))
    assert applied.desk.office_to_turn_to("business-support").retired
    story.applied = applied
    with pytest.raises(InvalidInput, match="一覧の中から"):
        await refer(story, case_id, SILENT)


@pytest.mark.parametrize("code", [MIE, TOYAMA])
def test_the_offices_of_the_package_can_be_called(code: str) -> None:
    desk = shipped_desk(code)
    phones = {office.code: office.phone for office in desk.offices}
    assert (phones["consumer-hotline"], phones["police-counselling"]) == ("188", "#9110")
    assert [office.label for office in desk.offices_for(desk.decline_reason("consumer"))] == [
        "消費者ホットライン"
    ]
