"""Matching: offers, their answers, and what they do to the case."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import directory, matching, replies, tracking, triage
from meyasubako.casework.matching import Brief
from meyasubako.core.errors import InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import (
    ActorKind,
    EventKind,
    Measure,
    Message,
    OfferState,
    ProviderKind,
    Role,
    Status,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Offer, OutboxMessage
from tests.casework.offers import counted, events, meet, status, turn_down
from tests.harness.story import TOYAMA, Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def states(story: Story, case_id: int) -> list[OfferState]:
    return await story.see(
        lambda session: list(
            session.scalars(select(Offer.state).where(Offer.case_id == case_id).order_by(Offer.id))
        )
    )


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


async def revoke(story: Story, offer_id: int) -> None:
    await story.do(matching.revoke, offer_id, by=story.clerk)


async def sweep(story: Story) -> int:
    return await story.do(matching.expire_overdue, keys=story.keys)


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
        await story.do(matching.turn_down, offer_id, "  ", keys=story.keys, by=adviser)
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
            story.do(matching.advise, offer_id, "助言", by=by),
        ):
            # Staff record meetings too, of what was accepted.
            with pytest.raises((NotFound, WrongState)):
                await attempt
    with pytest.raises(NotFound):
        await meet(story, offer_id, stranger)
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
    assert [await story.do(matching.expire_overdue, keys=story.keys, limit=2) for _ in range(4)] == [
        2,
        2,
        1,
        0,
    ]
