"""What providers see of a case, and the work they record."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from meyasubako.casework import directory, matching, outbox, replies
from meyasubako.casework.matching import Brief, Contact
from meyasubako.core.errors import InvalidInput, NotFound, WrongState
from meyasubako.core.vocabulary import (
    EventKind,
    Measure,
    MeetingWay,
    OfferState,
    ProviderKind,
    Status,
)
from meyasubako.store.database import Database
from tests.casework.offers import counted, events, meet, status, turn_down
from tests.harness.story import TOYAMA, Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


# ---- What a provider sees ----


async def test_before_accepting_only_what_the_desk_chose(story: Story) -> None:
    case_id = await story.triaged()
    open_one, shy = await story.list_provider(), await story.list_provider("ほかの専門家")
    shown = await story.view(await story.offer(case_id, open_one, Brief("概要", True, True)), open_one)
    hidden = await story.view(await story.offer(case_id, shy, Brief("概要", False, False)), shy)
    assert (shown.brief, shown.title, shown.requester_type) == (
        "概要",
        "現場作業員へのIT導入を進めたい",
        "県内の事業者",
    )
    assert (hidden.brief, hidden.title, hidden.requester_type) == ("概要", None, None)
    for view in (shown, hidden):
        assert (view.full_text, view.contact) == (None, None)
        assert (view.meeting_way, view.wished_dates) == (MeetingWay.ONLINE, "7月10日（金）の午後")


async def test_after_accepting_the_whole_text_and_with_consent_whom_to_call(story: Story) -> None:
    adviser = await story.list_provider()
    views = []
    for consent in (True, False):
        case_id = await story.triaged(share_consent=consent)
        offer_id = await story.offer(case_id, adviser, Brief("概要", False, False))
        await story.accept(offer_id, adviser)
        views.append(await story.view(offer_id, adviser))
    with_consent, without = views
    for view in views:
        assert view.title == "現場作業員へのIT導入を進めたい"
        assert view.requester_type == "県内の事業者"
        assert (view.full_text or "").startswith("紙の日報")
    assert with_consent.contact == Contact(
        "見本太郎", "サンプル製作所", "津市", "taro@example.jp", "059-000-0000"
    )
    assert (without.contact, without.has_consent) == (None, False)


async def test_a_dead_offer_shows_nothing_of_the_case(story: Story) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    await story.accept(offer_id, adviser)
    await story.do(matching.advise, offer_id, "まず日報から始めましょう。", by=adviser)
    await story.do(replies.reply, case_id, "お答えします。", by=story.clerk)
    assert (await story.view(offer_id, adviser)).is_accepted
    await story.close(case_id)
    view = await story.view(offer_id, adviser)
    assert not view.is_live
    shown = (view.brief, view.title, view.requester_type, view.full_text, view.contact, view.wished_dates)
    assert shown == ("", None, None, None, None, "")
    assert (view.advices, view.meetings) == ((), ())
    for attempt in (story.do(matching.advise, offer_id, "追伸", by=adviser), meet(story, offer_id, adviser)):
        with pytest.raises(WrongState):
            await attempt


async def test_links_open_their_offer_and_die_with_it(story: Story) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)

    async def follow(token: str) -> matching.OfferLink:
        return await story.see(lambda session: matching.find_link(session, token, at=story.at))

    token = story.keys.offer_token(offer_id)
    assert await follow(token) == matching.OfferLink(
        offer_id, adviser.id or 0, story.applied.id, is_live=True, is_listed=True, standing=OfferState.OPEN
    )
    for wrong in ("", "x" * 43, story.keys.survey_token(offer_id), story.keys.offer_token(offer_id + 1)):
        with pytest.raises(NotFound):
            await follow(wrong)
    story.pass_time(days=8)
    late = await follow(token)
    assert (late.is_live, late.standing) == (False, OfferState.EXPIRED)
    story.pass_time(days=-8)
    entry = directory.Entry(ProviderKind.ADVISER, "サンプル専門家", email="a@example.jp", is_active=False)
    await story.database.write(
        lambda session: directory.change(
            session, story.applied, adviser.id or 0, entry, by=story.clerk, at=story.at
        )
    )
    unlisted = await follow(token)
    assert (unlisted.is_live, unlisted.is_listed) == (False, False)


async def test_the_list_holds_what_can_be_answered_or_worked_on(story: Story) -> None:
    adviser, other = await story.list_provider(), await story.list_provider("ほかの専門家")
    accepted = await story.offer(await story.triaged(), adviser)
    await story.accept(accepted, adviser)
    gone = await story.offer(await story.triaged(), adviser)
    await turn_down(story, gone, adviser)
    await story.offer(await story.triaged(), other)
    story.pass_time(days=1)
    open_one = await story.offer(await story.triaged(), adviser, Brief("概要", False, True))
    lines = await story.see(lambda session: matching.live_offers(session, by=adviser, at=story.at))
    assert [(line.id, line.state, line.title) for line in lines] == [
        (open_one, OfferState.OPEN, None),
        (accepted, OfferState.ACCEPTED, "現場作業員へのIT導入を進めたい"),
    ]


# ---- Working ----


async def test_advice_and_meetings_are_kept_as_written(story: Story) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    for early in (story.do(matching.advise, offer_id, "助言", by=adviser), meet(story, offer_id, adviser)):
        with pytest.raises(WrongState):
            await early
    await story.accept(offer_id, adviser)
    await story.do(matching.advise, offer_id, "まず日報から。\n\nつぎに在庫。\n", by=adviser)
    await meet(story, offer_id, adviser, minutes=45)
    view = await story.view(offer_id, adviser)
    assert [(each.body, each.written_at) for each in view.advices] == [
        ("まず日報から。\n\nつぎに在庫。", story.at)
    ]
    (meeting,) = view.meetings
    assert (meeting.held_on, meeting.way, meeting.minutes) == (date(2026, 7, 3), MeetingWay.ONLINE, 45)
    assert view.meetings_left == 2
    assert await counted(story, Measure.MEETINGS) == [ProviderKind.ADVISER]


async def test_the_quota_counts_the_meetings_of_the_case_with_whomever(story: Story) -> None:
    case_id = await story.triaged()
    first, second = await story.list_provider(), await story.list_provider("ほかの専門家")
    offers = {}
    for adviser in (first, second):
        offers[adviser.name] = await story.offer(case_id, adviser)
        await story.accept(offers[adviser.name], adviser)
    await meet(story, offers[first.name], first)
    await meet(story, offers[second.name], second)
    await meet(story, offers[first.name], first)
    with pytest.raises(WrongState, match="3回"):
        await meet(story, offers[second.name], second)
    assert (await story.view(offers[second.name], second)).meetings_left == 0
    assert len(await counted(story, Measure.MEETINGS)) == 3


async def test_meetings_at_once_do_not_overrun_the_quota(story: Story) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    await story.accept(offer_id, adviser)
    results = await asyncio.gather(
        *(meet(story, offer_id, adviser) for _ in range(6)), return_exceptions=True
    )
    assert [type(result) for result in results].count(WrongState) == 3
    assert len((await story.view(offer_id, adviser)).meetings) == 3


async def test_a_desk_without_quota_counts_and_limits_nothing(database: Database) -> None:
    story = await open_story(database, TOYAMA)
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    await story.accept(offer_id, adviser)
    for _ in range(4):
        await meet(story, offer_id, adviser)
    assert (await story.view(offer_id, adviser)).meetings_left is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"held_on": date(2026, 7, 4)}, "held_on"),
        ({"held_on": date(2026, 7, 2)}, "held_on"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 24 * 60 + 1}, "minutes"),
        ({"summary": "あ" * 10_001}, "summary"),
    ],
)
async def test_a_meeting_that_cannot_have_been_is_refused(
    story: Story, changes: dict[str, Any], field: str
) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    await story.accept(offer_id, adviser)
    with pytest.raises(InvalidInput) as refused:
        await meet(story, offer_id, adviser, **changes)
    assert refused.value.field == field
    assert (await story.view(offer_id, adviser)).meetings == ()


async def test_everything_wrong_with_a_meeting_is_said_at_once(story: Story) -> None:
    adviser = await story.list_provider()
    offer_id = await story.offer(await story.triaged(), adviser)
    await story.accept(offer_id, adviser)
    wrong = {"held_on": date(2999, 1, 1), "way": None, "minutes": None, "summary": "あ" * 10_001}
    with pytest.raises(InvalidInput) as refused:
        await meet(story, offer_id, adviser, **wrong)
    assert [error.field for error in refused.value.errors] == ["held_on", "way", "minutes", "summary"]


async def test_looking_up_whom_to_call_is_noted_once_a_session(story: Story) -> None:
    case_id = await story.triaged()
    adviser, other = await story.list_provider(), await story.list_provider("ほかの専門家")
    offer_id = await story.offer(case_id, adviser)
    with pytest.raises(WrongState):
        await story.do(matching.note_contact_seen, offer_id, since=story.at, by=adviser)
    await story.accept(offer_id, adviser)
    began, version = story.at, (await story.case(case_id)).version
    for _ in range(3):
        story.pass_time(minutes=10)
        await story.do(matching.note_contact_seen, offer_id, since=began, by=adviser)
    # What a clerk has open on the screen is still true.
    assert (await story.case(case_id)).version == version
    assert (await events(story, case_id)).count(EventKind.CONTACT_SEEN) == 1
    second = await story.offer(case_id, other)
    await story.accept(second, other)
    await story.do(matching.note_contact_seen, second, since=began, by=other)
    story.pass_time(hours=3)
    await story.do(matching.note_contact_seen, offer_id, since=story.at - timedelta(minutes=1), by=adviser)
    assert (await events(story, case_id)).count(EventKind.CONTACT_SEEN) == 3


async def test_what_is_refused_leaves_no_mail(story: Story) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    before = await story.see(outbox.waiting)

    def offer_and_fail(session: Session, *, at: Any) -> None:
        matching.offer(
            session,
            story.applied.desk,
            case_id,
            adviser.id or 0,
            Brief("概要", True, True),
            keys=story.keys,
            by=story.clerk,
            at=at,
        )
        raise WrongState("取りやめ")

    with pytest.raises(WrongState):
        await story.do(offer_and_fail)
    assert (await story.see(outbox.waiting), await status(story, case_id)) == (before, Status.TRIAGED)
