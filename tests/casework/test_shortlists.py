"""Several candidates: one after the other or all at once, whoever is conflicted by then passed over, the first to accept."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import directory, matching, replies, tracking
from meyasubako.core.desk.offering import OfferRules
from meyasubako.core.errors import InvalidInput, NotFound, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import (
    EventKind,
    Message,
    OfferState,
    ProviderKind,
    ShortlistManner,
    ShortlistState,
    Status,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Offer, OutboxMessage, Shortlist
from tests.casework.offers import events, status, turn_down
from tests.harness.shipped import shipped_desk
from tests.harness.story import BRIEF, MIE, TOYAMA, Story, open_story

IN_TURN, AT_ONCE = ShortlistManner.IN_TURN, ShortlistManner.AT_ONCE


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def three(story: Story) -> list[Actor]:
    return [await story.list_provider(name) for name in ("候補い", "候補ろ", "候補は")]


async def shortlist(
    story: Story, case_id: int, asked: list[Actor], manner: ShortlistManner = IN_TURN, **options: Any
) -> int:
    return await story.do(
        matching.shortlist,
        story.applied.desk,
        case_id,
        [each.id for each in asked],
        BRIEF,
        manner,
        **{"keys": story.keys, "by": story.clerk, **options},
    )


async def offers(story: Story, case_id: int) -> list[tuple[int, OfferState]]:
    """Whose offers there are, in the order in which they were made, and how they stand."""
    found = select(Offer.provider_id, Offer.state).where(Offer.case_id == case_id).order_by(Offer.id)
    return [
        (row.provider_id, row.state) for row in await story.see(lambda session: session.execute(found).all())
    ]


async def open_offer(story: Story, case_id: int) -> int:
    found = select(Offer.id).where(Offer.case_id == case_id, Offer.state == OfferState.OPEN)
    return await story.see(lambda session: session.scalars(found).one())


async def state(story: Story, shortlist_id: int) -> ShortlistState:
    return await story.see(lambda session: session.get_one(Shortlist, shortlist_id).state)


async def change(story: Story, provider: Actor, **changes: Any) -> None:
    entry = replace(directory.Entry(ProviderKind.ADVISER, provider.name, email="a@example.jp"), **changes)
    await story.do(directory.change, story.applied, provider.id, entry, by=story.clerk)


async def sweep(story: Story) -> None:
    await story.do(matching.expire_overdue, keys=story.keys)
    await story.do(matching.begin_waiting, keys=story.keys)


async def test_one_after_the_other_until_somebody_accepts(story: Story) -> None:
    case_id, (first, second, third) = await story.triaged(), await three(story)
    made = await shortlist(story, case_id, [first, second, third])
    assert await offers(story, case_id) == [(first.id, OfferState.OPEN)]
    await turn_down(story, await open_offer(story, case_id), first)
    # The case is not put back meanwhile, and the next has as many days as the first had.
    assert await status(story, case_id) is Status.OFFERED
    assert (await events(story, case_id))[-4:] == [
        EventKind.SHORTLISTED,
        EventKind.OFFERED,
        EventKind.TURNED_DOWN,
        EventKind.OFFERED,
    ]
    story.pass_time(days=8)
    await sweep(story)
    assert await offers(story, case_id) == [
        (first.id, OfferState.TURNED_DOWN),
        (second.id, OfferState.EXPIRED),
        (third.id, OfferState.OPEN),
    ]
    offer_id = await open_offer(story, case_id)
    assert (await story.view(offer_id, third)).is_open
    await story.accept(offer_id, third)
    assert (await status(story, case_id), await state(story, made)) == (
        Status.IN_PROGRESS,
        ShortlistState.TAKEN,
    )
    await sweep(story)
    assert len(await offers(story, case_id)) == 3


async def test_when_nobody_is_left_the_case_comes_back_and_the_staff_are_told(story: Story) -> None:
    case_id, (first, second, _) = await story.triaged(), await three(story)
    made = await shortlist(story, case_id, [first, second])
    for each in (first, second):
        await turn_down(story, await open_offer(story, case_id), each)
    assert (await status(story, case_id), await state(story, made)) == (
        Status.TRIAGED,
        ShortlistState.EXHAUSTED,
    )
    assert (await events(story, case_id))[-2:] == [EventKind.TURNED_DOWN, EventKind.NOBODY_LEFT]
    # They may be chosen anew.
    await shortlist(story, case_id, [second, first])


async def test_a_desk_may_wait_for_the_button(database: Database) -> None:
    rules = OfferRules(next_after_turn_down=False, next_after_expiry=False)
    story = await open_story(database, desk=replace(shipped_desk(MIE), offering=rules))
    desk = story.applied.desk
    case_id, (first, second, _) = await story.triaged(), await three(story)
    made = await shortlist(story, case_id, [first, second])
    with pytest.raises(WrongState, match="返事を待っています"):
        await story.do(matching.ask_next, desk, made, keys=story.keys, by=story.clerk)
    story.pass_time(days=8)
    await sweep(story)
    assert (await status(story, case_id), await state(story, made)) == (Status.TRIAGED, ShortlistState.ASKING)
    await story.do(matching.ask_next, desk, made, keys=story.keys, by=story.clerk)
    assert [who for who, _ in await offers(story, case_id)] == [first.id, second.id]
    with pytest.raises(WrongState):
        await shortlist(story, case_id, [first, second])
    await story.do(matching.drop, made, by=story.clerk)
    # Whoever was asked may still answer, and nobody is asked after that.
    await turn_down(story, await open_offer(story, case_id), second)
    assert await status(story, case_id) is Status.TRIAGED
    with pytest.raises(WrongState, match="取りやめました"):
        await story.do(matching.ask_next, desk, made, keys=story.keys, by=story.clerk)


async def test_all_at_once_the_first_to_accept_gets_the_case(story: Story) -> None:
    case_id, asked = await story.triaged(), await three(story)
    made = await shortlist(story, case_id, asked, AT_ONCE)
    ids = {who: offer_id for offer_id, who in await story.see(_ids)}
    await turn_down(story, ids[asked[2].id], asked[2])
    answers = await asyncio.gather(
        *(story.accept(ids[each.id], each) for each in asked[:2]), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "WrongState"]
    assert sorted(how for _, how in await offers(story, case_id)) == [
        OfferState.ACCEPTED,
        OfferState.TAKEN_ELSEWHERE,
        OfferState.TURNED_DOWN,
    ]
    assert (await status(story, case_id), await state(story, made)) == (
        Status.IN_PROGRESS,
        ShortlistState.TAKEN,
    )
    ended = select(OutboxMessage.subject_id).where(OutboxMessage.kind == Message.OFFER_ENDED)
    assert len(await story.see(lambda session: session.scalars(ended).all())) == 1


def _ids(session: Any) -> Any:
    return session.execute(select(Offer.id, Offer.provider_id)).all()


async def test_all_at_once_and_nobody_accepts(story: Story) -> None:
    case_id, asked = await story.triaged(), await three(story)
    made = await shortlist(story, case_id, asked, AT_ONCE)
    story.pass_time(days=8)
    await sweep(story)
    assert (await status(story, case_id), await state(story, made)) == (
        Status.TRIAGED,
        ShortlistState.EXHAUSTED,
    )
    assert (await events(story, case_id)).count(EventKind.NOBODY_LEFT) == 1


async def test_who_became_conflicted_or_left_the_directory_is_passed_over(story: Story) -> None:
    case_id, (first, second, third) = await story.triaged(), await three(story)
    fourth = await story.list_provider("候補に")
    await shortlist(story, case_id, [first, second, third, fourth])
    await change(story, second, avoids=("サンプル製作所",))
    await change(story, third, is_active=False)
    await turn_down(story, await open_offer(story, case_id), first)
    assert [who for who, _ in await offers(story, case_id)] == [first.id, fourth.id]
    assert (await events(story, case_id)).count(EventKind.PASSED_OVER) == 2


async def test_a_conflict_that_came_up_after_asking_stops_the_acceptance(story: Story) -> None:
    case_id, (first, second, _) = await story.triaged(), await three(story)
    await shortlist(story, case_id, [first, second])
    offer_id = await open_offer(story, case_id)
    await change(story, first, avoids=("サンプル製作所",))
    for _ in range(2):
        assert not await story.do(matching.accept, offer_id, by=first)
    assert (await events(story, case_id)).count(EventKind.ACCEPTANCE_STOPPED) == 1
    assert await status(story, case_id) is Status.OFFERED
    view = await story.view(offer_id, first)
    assert (view.is_open, view.contact) == (True, None)


async def test_a_conflict_known_from_the_start_is_overridden_with_a_reason(story: Story) -> None:
    case_id, (first, second, _) = await story.triaged(), await three(story)
    await change(story, first, avoids=("サンプル製作所",))
    with pytest.raises(InvalidInput) as refused:
        await shortlist(story, case_id, [first, second])
    assert refused.value.field == "override"
    await shortlist(story, case_id, [first, second], override="本人が希望した。")
    assert await story.do(matching.accept, await open_offer(story, case_id), by=first)


async def test_what_cannot_be_asked_is_said_at_once(story: Story, database: Database) -> None:
    case_id, (first, second, third) = await story.triaged(), await three(story)
    other = await open_story(database, TOYAMA)
    stranger = await other.list_provider("よその専門家")
    for wrong in ([first], [first, first], [first, stranger]):
        with pytest.raises(InvalidInput) as refused:
            await shortlist(story, case_id, wrong)
        assert refused.value.field == "provider"
    await story.offer(case_id, first)
    with pytest.raises(InvalidInput, match="すでに打診しています"):
        await shortlist(story, case_id, [first, second])
    made = await shortlist(story, case_id, [second, third])
    with pytest.raises(NotFound):
        await other.do(matching.drop, made, by=other.clerk)


async def test_two_clerks_choose_at_the_same_moment(story: Story) -> None:
    case_id, asked = await story.triaged(), await three(story)
    version = (await story.case(case_id)).version
    results = await asyncio.gather(
        *(shortlist(story, case_id, asked, expected_version=version) for _ in range(2)),
        return_exceptions=True,
    )
    assert [type(each) for each in results].count(WrongState) == 1
    assert len(await offers(story, case_id)) == 1


async def test_while_the_requester_is_asked_the_next_is_asked_all_the_same(story: Story) -> None:
    case_id, (first, second, _) = await story.triaged(), await three(story)
    await shortlist(story, case_id, [first, second])
    await story.do(replies.ask, case_id, "何人で使いますか。", by=story.clerk)
    await turn_down(story, await open_offer(story, case_id), first)
    assert await status(story, case_id) is Status.WAITING
    await story.do(tracking.add, story.numbers[case_id], 1, case_id, "20人です。")
    assert await status(story, case_id) is Status.OFFERED


async def test_what_ends_otherwise_asks_nobody_any_more(story: Story) -> None:
    case_id, asked = await story.triaged(), await three(story)
    made = await shortlist(story, case_id, asked)
    await story.do(tracking.withdraw, story.numbers[case_id], 1, case_id)
    story.pass_time(days=8)
    await sweep(story)
    assert await state(story, made) is ShortlistState.DROPPED
    assert len(await offers(story, case_id)) == 1
    handed_back = await story.triaged()
    made = await shortlist(story, handed_back, asked)
    await story.accept(await open_offer(story, handed_back), asked[0])
    await story.do(matching.hand_back, handed_back, by=story.clerk)
    assert await state(story, made) is ShortlistState.TAKEN
