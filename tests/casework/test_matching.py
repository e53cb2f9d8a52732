"""Matching: what each answer does to the case, what a provider may see when, and who may do what."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import directory, lifecycle, matching, outbox, replies, tracking, triage
from meyasubako.casework.matching import Brief, Contact
from meyasubako.core.errors import InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import (
    ActorKind,
    EventKind,
    Measure,
    MeetingWay,
    Message,
    OfferState,
    ProviderKind,
    Role,
    Status,
)
from meyasubako.store.database import Database
from meyasubako.store.models import LedgerEntry, Offer, OutboxMessage
from tests.harness.story import TOYAMA, Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def status(story: Story, case_id: int) -> Status:
    return (await story.case(case_id)).status


async def states(story: Story, case_id: int) -> list[OfferState]:
    return await story.see(
        lambda session: list(
            session.scalars(select(Offer.state).where(Offer.case_id == case_id).order_by(Offer.id))
        )
    )


async def events(story: Story, case_id: int) -> list[EventKind]:
    return [each.kind for each in await story.see(lambda session: lifecycle.timeline(session, case_id))]


async def mails(story: Story) -> list[Message]:
    """What was left to be sent, but for the first mail to the requester."""
    return await story.see(
        lambda session: list(
            session.scalars(
                select(OutboxMessage.kind)
                .where(OutboxMessage.kind != Message.CONFIRM)
                .order_by(OutboxMessage.id)
            )
        )
    )


async def counted(story: Story, measure: Measure) -> list[ProviderKind | None]:
    return await story.see(
        lambda session: list(
            session.scalars(select(LedgerEntry.provider_kind).where(LedgerEntry.measure == measure))
        )
    )


async def meet(story: Story, offer_id: int, by: Actor, **changes: Any) -> None:
    values = {"held_on": date(2026, 7, 3), "way": MeetingWay.ONLINE, "minutes": 60, "summary": "話しました"}
    await story.do(matching.meet, story.applied.desk, offer_id, by=by, **{**values, **changes})


async def turn_down(story: Story, offer_id: int, by: Actor) -> None:
    await story.do(matching.turn_down, offer_id, "今月は予定がいっぱいです。", by=by)


async def revoke(story: Story, offer_id: int) -> None:
    await story.do(matching.revoke, offer_id, by=story.clerk)


async def sweep(story: Story) -> int:
    return await story.do(matching.expire_overdue)


# ---- Asking ----


async def test_an_offer_moves_the_case_counts_and_leaves_a_mail(story: Story) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    assert await status(story, case_id) is Status.OFFERED
    assert await mails(story) == [Message.OFFER]
    assert await counted(story, Measure.OFFERS) == [ProviderKind.ADVISER]
    view = await story.view(offer_id, adviser)
    assert (view.state, view.is_open, view.answer_by) == (OfferState.OPEN, True, date(2026, 7, 10))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": ""}, "provider"),
        ({"is_active": False}, "provider"),
    ],
)
async def test_only_the_active_with_an_address_can_be_asked(
    story: Story, changes: dict[str, Any], field: str
) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    entry = replace(directory.Entry(ProviderKind.ADVISER, "サンプル専門家", email="a@example.jp"), **changes)
    await story.database.write(
        lambda session: directory.change(
            session, story.applied, adviser.id or 0, entry, by=story.clerk, at=story.at
        )
    )
    with pytest.raises(InvalidInput) as refused:
        await story.offer(case_id, adviser)
    assert refused.value.field == field
    assert await status(story, case_id) is Status.TRIAGED


async def test_a_brief_has_to_be_written(story: Story) -> None:
    case_id = await story.triaged()
    with pytest.raises(InvalidInput) as refused:
        await story.offer(case_id, await story.list_provider(), Brief(" \n", True, True))
    assert refused.value.field == "brief"
    assert await states(story, case_id) == []


async def test_the_same_provider_is_not_asked_twice_at_once(story: Story) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    await story.offer(case_id, adviser)
    with pytest.raises(WrongState, match="すでに打診しています"):
        await story.offer(case_id, adviser)
    assert await states(story, case_id) == [OfferState.OPEN]


async def test_a_provider_of_another_desk_is_nobody(story: Story, database: Database) -> None:
    other = await open_story(database, TOYAMA)
    stranger = await other.list_provider()
    case_id = await story.triaged()
    with pytest.raises(InvalidInput):
        await story.offer(case_id, stranger)


async def test_a_viewer_cannot_offer_nor_a_clerk_of_another_desk(story: Story, database: Database) -> None:
    other = await open_story(database, TOYAMA)
    case_id = await story.triaged()
    adviser = await story.list_provider()
    viewer = Actor(ActorKind.STAFF, id=story.clerk.id, roles={story.applied.id: Role.VIEWER})
    for by, error in ((viewer, NotAllowed), (other.clerk, NotFound)):
        with pytest.raises(error):
            await story.do(
                matching.offer,
                story.applied.desk,
                case_id,
                adviser.id,
                Brief("概要", True, True),
                keys=story.keys,
                by=by,
            )
    assert await states(story, case_id) == []


@pytest.mark.parametrize("ready", [Status.RECEIVED, Status.ANSWERED])
async def test_what_is_not_ready_or_done_is_not_offered(story: Story, ready: Status) -> None:
    case_id = await story.receive()
    if ready is Status.ANSWERED:
        await story.triage(case_id)
        await story.do(replies.reply, case_id, "お答えします。", by=story.clerk)
    with pytest.raises(WrongState):
        await story.offer(case_id, await story.list_provider())
    assert (await status(story, case_id), await states(story, case_id)) == (ready, [])


# ---- Answers ----


async def test_accepting_begins_the_work(story: Story) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider(kind=ProviderKind.PARTNER)
    offer_id = await story.offer(case_id, adviser)
    await story.accept(offer_id, adviser)
    assert await status(story, case_id) is Status.IN_PROGRESS
    assert await counted(story, Measure.ACCEPTANCES) == [ProviderKind.PARTNER]
    assert await mails(story) == [Message.OFFER, Message.OFFER_ACCEPTED]


async def expire(story: Story, offer_id: int, by: Actor) -> None:
    story.pass_time(days=8)
    assert await sweep(story) == 1


async def revoke_by_desk(story: Story, offer_id: int, by: Actor) -> None:
    await revoke(story, offer_id)


ENDS = [
    pytest.param(turn_down, OfferState.TURNED_DOWN, EventKind.TURNED_DOWN, [], id="turned down"),
    pytest.param(expire, OfferState.EXPIRED, EventKind.EXPIRED, [Message.OFFER_ENDED], id="expired"),
    pytest.param(revoke_by_desk, OfferState.REVOKED, EventKind.REVOKED, [Message.OFFER_ENDED], id="revoked"),
]


@pytest.mark.parametrize(("end", "state", "event", "told"), ENDS)
async def test_the_case_comes_back_when_nobody_else_is_asked(
    story: Story, end: Callable[..., Any], state: OfferState, event: EventKind, told: list[Message]
) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    await end(story, offer_id, adviser)
    assert await status(story, case_id) is Status.TRIAGED
    assert await states(story, case_id) == [state]
    assert (await events(story, case_id))[-1] is event
    assert await mails(story) == [Message.OFFER, *told]
    # The way is free again, for the same provider too.
    await story.offer(case_id, adviser)
    assert await status(story, case_id) is Status.OFFERED


@pytest.mark.parametrize(("end", "state", "event", "told"), ENDS)
async def test_it_stays_offered_while_another_has_not_answered(
    story: Story, end: Callable[..., Any], state: OfferState, event: EventKind, told: list[Message]
) -> None:
    case_id = await story.triaged()
    first, second = await story.list_provider(), await story.list_provider("ほかの専門家")
    offer_id = await story.offer(case_id, first)
    story.pass_time(days=1)
    later = await story.offer(case_id, second)
    story.pass_time(days=-1)
    await end(story, offer_id, first)
    assert await status(story, case_id) is Status.OFFERED
    assert await states(story, case_id) == [state, OfferState.OPEN]
    await story.accept(later, second)
    assert await status(story, case_id) is Status.IN_PROGRESS


@pytest.mark.parametrize(("end", "state", "event", "told"), ENDS)
async def test_it_goes_back_to_whoever_had_accepted(
    story: Story, end: Callable[..., Any], state: OfferState, event: EventKind, told: list[Message]
) -> None:
    case_id = await story.triaged()
    first, second = await story.list_provider(), await story.list_provider("ほかの専門家")
    accepted = await story.offer(case_id, first)
    await story.accept(accepted, first)
    offer_id = await story.offer(case_id, second)
    assert await status(story, case_id) is Status.OFFERED
    await end(story, offer_id, second)
    assert await status(story, case_id) is Status.IN_PROGRESS
    assert await states(story, case_id) == [OfferState.ACCEPTED, state]


@pytest.mark.parametrize(("end", "state", "event", "told"), ENDS)
async def test_while_the_requester_is_asked_the_answer_decides_where_the_case_comes_back_to(
    story: Story, end: Callable[..., Any], state: OfferState, event: EventKind, told: list[Message]
) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    await story.do(replies.ask, case_id, "何人で使いますか。", by=story.clerk)
    await end(story, offer_id, adviser)
    assert await status(story, case_id) is Status.WAITING
    await story.do(tracking.add, story.numbers[case_id], 1, case_id, "20人です。")
    assert await status(story, case_id) is Status.TRIAGED


async def test_accepting_while_the_requester_is_asked_leads_on_to_the_work(story: Story) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    await story.do(replies.ask, case_id, "何人で使いますか。", by=story.clerk)
    await story.accept(offer_id, adviser)
    assert await status(story, case_id) is Status.WAITING
    await story.do(replies.resume, case_id, by=story.clerk)
    assert await status(story, case_id) is Status.IN_PROGRESS


async def test_asking_one_more_provider_does_not_end_the_waiting(story: Story) -> None:
    case_id = await story.triaged()
    await story.offer(case_id, await story.list_provider())
    await story.do(replies.ask, case_id, "何人で使いますか。", by=story.clerk)
    await story.offer(case_id, await story.list_provider("ほかの専門家"))
    assert await status(story, case_id) is Status.WAITING
    await story.do(replies.resume, case_id, by=story.clerk)
    assert await status(story, case_id) is Status.OFFERED


async def test_an_answer_counts_until_the_day_is_over_in_japan(story: Story) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    # 23:59 on the last day in Japan.
    story.at = story.at.replace(day=10, hour=14, minute=59)
    assert await sweep(story) == 0
    assert (await story.view(offer_id, adviser)).is_open
    story.pass_time(minutes=1)
    assert not (await story.view(offer_id, adviser)).is_live
    with pytest.raises(WrongState, match="期限は過ぎています"):
        await story.accept(offer_id, adviser)
    assert await sweep(story) == 1
    assert await sweep(story) == 0
    assert await states(story, case_id) == [OfferState.EXPIRED]


async def test_an_answer_is_given_once(story: Story) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    await story.accept(offer_id, adviser)
    for again in (story.accept(offer_id, adviser), turn_down(story, offer_id, adviser)):
        with pytest.raises(WrongState, match="受諾"):
            await again
    assert (await events(story, case_id)).count(EventKind.ACCEPTED) == 1


async def test_two_answers_at_once_make_one(story: Story) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    results = await asyncio.gather(
        *(story.accept(offer_id, adviser) for _ in range(4)), return_exceptions=True
    )
    assert [type(result) for result in results].count(WrongState) == 3
    assert (await events(story, case_id)).count(EventKind.ACCEPTED) == 1
    assert await counted(story, Measure.ACCEPTANCES) == [ProviderKind.ADVISER]


async def test_turning_down_wants_a_reason(story: Story) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    with pytest.raises(InvalidInput) as refused:
        await story.do(matching.turn_down, offer_id, "  ", by=adviser)
    assert refused.value.field == "reason"
    assert await states(story, case_id) == [OfferState.OPEN]


async def test_another_provider_s_offer_is_not_there(story: Story) -> None:
    case_id = await story.triaged()
    adviser, stranger = await story.list_provider(), await story.list_provider("ほかの専門家")
    offer_id = await story.offer(case_id, adviser)
    staff = Actor(ActorKind.STAFF, id=adviser.id, roles=story.clerk.roles)
    for by in (stranger, staff):
        for attempt in (
            story.view(offer_id, by),
            story.accept(offer_id, by),
            turn_down(story, offer_id, by),
            meet(story, offer_id, by),
            story.do(matching.advise, offer_id, "助言", by=by),
        ):
            with pytest.raises(NotFound):
                await attempt
    assert await states(story, case_id) == [OfferState.OPEN]


async def test_only_the_desk_revokes_and_only_what_is_open(story: Story, database: Database) -> None:
    other = await open_story(database, TOYAMA)
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    with pytest.raises(NotFound):
        await story.do(matching.revoke, offer_id, by=other.clerk)
    with pytest.raises(NotFound):
        await story.do(matching.revoke, offer_id + 1, by=story.clerk)
    await story.accept(offer_id, adviser)
    with pytest.raises(WrongState, match="受諾"):
        await revoke(story, offer_id)
    assert await states(story, case_id) == [OfferState.ACCEPTED]


async def test_what_is_settled_otherwise_takes_open_offers_back(story: Story) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    await story.do(replies.reply, case_id, "窓口からお答えします。", by=story.clerk)
    assert not (await story.view(offer_id, adviser)).is_live
    with pytest.raises(WrongState):
        await story.accept(offer_id, adviser)
    assert await sweep(story) == 1
    assert await states(story, case_id) == [OfferState.REVOKED]
    assert await status(story, case_id) is Status.ANSWERED
    assert (await mails(story))[-1] is Message.OFFER_ENDED


async def test_a_case_handed_back_is_free_of_those_who_had_accepted(story: Story) -> None:
    case_id = await story.triaged()
    first, second = await story.list_provider(), await story.list_provider("ほかの専門家")
    accepted = await story.offer(case_id, first)
    await story.accept(accepted, first)
    await story.do(matching.hand_back, case_id, by=story.clerk)
    assert not (await story.view(accepted, first)).is_live
    offer_id = await story.offer(case_id, second)
    assert await states(story, case_id) == [OfferState.ENDED, OfferState.OPEN]
    await turn_down(story, offer_id, second)
    assert await status(story, case_id) is Status.TRIAGED
    # The first one can be asked anew.
    await story.offer(case_id, first)


async def test_handing_back_ends_every_offer_at_once(story: Story) -> None:
    case_id = await story.triaged()
    first, second = await story.list_provider(), await story.list_provider("ほかの専門家")
    accepted = await story.offer(case_id, first)
    await story.offer(case_id, second)
    await story.accept(accepted, first)
    await story.do(matching.hand_back, case_id, by=story.clerk)
    assert await states(story, case_id) == [OfferState.ENDED, OfferState.REVOKED]
    # The desk works on it itself: who had accepted before sees nothing of that.
    await story.do(triage.start, case_id, by=story.clerk)
    assert not (await story.view(accepted, first)).is_live
    assert await sweep(story) == 0


@pytest.mark.parametrize("asks_first", [False, True])
async def test_what_was_withdrawn_meanwhile_does_not_come_back_as_offered(
    story: Story, asks_first: bool
) -> None:
    case_id = await story.triaged()
    await story.offer(case_id, await story.list_provider())
    if asks_first:
        await story.do(replies.ask, case_id, "いつごろですか。", by=story.clerk)
    await story.do(tracking.withdraw, story.numbers[case_id], 1, case_id)
    assert await sweep(story) == 1
    await story.do(triage.undo, case_id, "取り違えのため", by=story.clerk)
    if asks_first:
        await story.do(replies.resume, case_id, by=story.clerk)
    assert await status(story, case_id) is Status.TRIAGED


async def test_many_overdue_offers_end_in_chunks(story: Story) -> None:
    adviser = await story.list_provider()
    for _ in range(5):
        await story.offer(await story.triaged(), adviser)
    story.pass_time(days=8)
    assert [await story.do(matching.expire_overdue, limit=2) for _ in range(4)] == [2, 2, 1, 0]


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
