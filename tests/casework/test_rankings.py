"""The requester's order: asked for, given on their page or to the staff, or not given in time."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import matching, replies, tracking, triage
from meyasubako.casework.matching import UNWANTED, Order, ToRank
from meyasubako.core.errors import InvalidInput, NotFound, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import (
    ActorKind,
    ConsentWay,
    EventKind,
    Message,
    OfferState,
    ShortlistState,
    Status,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Event
from tests.casework.offers import events, status
from tests.casework.test_shortlists import change, offers, shortlist, state, sweep, three
from tests.harness.letters import wording, wordings
from tests.harness.site import settings_for
from tests.harness.story import Story, open_story

UNTIL = date(2026, 7, 10)


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def asked(story: Story) -> tuple[int, int, list[Actor]]:
    case_id, chosen = await story.triaged(), await three(story)
    abouts = {each.id or 0: f"{each.name}の紹介" for each in chosen}
    made = await shortlist(story, case_id, chosen, to_rank=ToRank(UNTIL, abouts))
    return case_id, made, chosen


async def rank(story: Story, case_id: int, made: int, places: dict[int | None, str], wish: str = "") -> None:
    order = Order({each or 0: place for each, place in places.items()}, wish)
    await story.do(matching.rank, story.numbers[case_id], 1, case_id, made, order, keys=story.keys)


async def view(story: Story, case_id: int) -> Any:
    found = await story.see(
        lambda session: tracking.view(session, story.applied.desk, story.numbers[case_id], 1)
    )
    return found.cases[0]


async def test_the_requester_decides_who_is_asked_first(story: Story) -> None:
    case_id, made, (first, second, third) = await asked(story)
    assert (await status(story, case_id), await offers(story, case_id)) == (Status.TRIAGED, [])
    question = (await view(story, case_id)).ranking
    assert (question.rank_by, [each.about for each in question.candidates]) == (
        UNTIL,
        ["候補いの紹介", "候補ろの紹介", "候補はの紹介"],
    )
    await rank(
        story, case_id, made, {third.id: "1", first.id: UNWANTED, second.id: ""}, "女性の方だと助かります。"
    )
    assert await offers(story, case_id) == [(third.id, OfferState.OPEN)]
    asked_by = select(Event.actor_kind).where(Event.case_id == case_id, Event.kind == EventKind.OFFERED)
    assert await story.see(lambda session: session.scalar(asked_by)) is ActorKind.SYSTEM
    seen = await view(story, case_id)
    assert seen.ranking is None
    assert seen.conversation[-1].body == (
        "希望の順番：候補は\n希望しない方：候補い\n女性の方だと助かります。"
    )
    # Whoever is left to the desk comes after, whoever is unwanted never.
    for _ in range(2):
        story.pass_time(days=8)
        await sweep(story)
    assert [who for who, _ in await offers(story, case_id)] == [third.id, second.id]
    assert await state(story, made) is ShortlistState.EXHAUSTED


async def test_without_an_answer_the_desk_s_order_holds(story: Story) -> None:
    case_id, made, (first, second, _) = await asked(story)
    # The last minute of the day in Japan, and the first of the next.
    story.at = story.at.replace(day=10, hour=14, minute=59)
    await sweep(story)
    assert await offers(story, case_id) == []
    story.pass_time(minutes=1)
    with pytest.raises(WrongState, match="期限が過ぎた"):
        await rank(story, case_id, made, {second.id: "1"})
    await sweep(story)
    await sweep(story)
    assert await offers(story, case_id) == [(first.id, OfferState.OPEN)]
    with pytest.raises(WrongState, match="もう決まっています"):
        await rank(story, case_id, made, {second.id: "1"})


async def test_an_order_given_twice_or_wrong_or_by_others_changes_nothing(story: Story) -> None:
    case_id, made, (first, second, third) = await asked(story)
    for places in ({first.id: "1", second.id: "1"}, {first.id: "4"}, {first.id: "<"}):
        with pytest.raises(InvalidInput):
            await rank(story, case_id, made, places)
    with pytest.raises(InvalidInput) as refused:
        await rank(story, case_id, made, {}, "あ" * 1_001)
    assert refused.value.field == "wish"
    other = await story.triaged()
    with pytest.raises(NotFound):
        await rank(story, other, made, {first.id: "1"})
    results = await asyncio.gather(
        *(rank(story, case_id, made, {third.id: "1"}) for _ in range(2)), return_exceptions=True
    )
    assert [type(each) for each in results].count(WrongState) == 1
    assert await offers(story, case_id) == [(third.id, OfferState.OPEN)]
    assert (await events(story, case_id)).count(EventKind.RANKED) == 1


async def test_staff_write_down_what_they_heard_or_begin_without_it(story: Story) -> None:
    case_id, made, (first, second, third) = await asked(story)
    order = Order({second.id or 0: "1"})
    with pytest.raises(InvalidInput) as refused:
        await story.do(matching.rank_for, made, order, None, keys=story.keys, by=story.clerk)
    assert refused.value.field == "heard_by"
    await story.do(matching.rank_for, made, order, ConsentWay.PHONE, keys=story.keys, by=story.clerk)
    assert await offers(story, case_id) == [(second.id, OfferState.OPEN)]
    other = await story.triaged()
    later = await shortlist(story, other, [first, third], to_rank=ToRank(UNTIL, {}))
    next_one = {"keys": story.keys, "by": story.clerk}
    assert await story.do(matching.ask_next, story.applied.desk, later, **next_one)
    assert await offers(story, other) == [(first.id, OfferState.OPEN)]
    await story.do(matching.revoke, 2, by=story.clerk)
    await change(story, third, email="")
    assert not await story.do(matching.ask_next, story.applied.desk, later, **next_one)


async def test_nobody_is_said_to_be_asked_while_the_case_waits_for_something_else(story: Story) -> None:
    case_id, made, _ = await asked(story)
    await story.do(replies.ask, case_id, "何人で使いますか。", by=story.clerk)
    with pytest.raises(WrongState, match="返事待ち"):
        await story.do(matching.ask_next, story.applied.desk, made, keys=story.keys, by=story.clerk)
    assert await state(story, made) is ShortlistState.RANKING


async def test_who_withdrew_is_not_asked_for_an_order(story: Story, tmp_path: Path) -> None:
    case_id, _, _ = await asked(story)
    assert "候補い" in await wording(story, Message.RANKING, settings_for(tmp_path))
    await story.do(tracking.withdraw, story.numbers[case_id], 1, case_id)
    assert await wordings(story, Message.RANKING, settings_for(tmp_path)) == [None]


async def test_an_order_given_while_something_else_is_asked_waits_for_the_case(story: Story) -> None:
    case_id, made, (first, second, _) = await asked(story)
    await story.do(replies.ask, case_id, "何人で使いますか。", by=story.clerk)
    await rank(story, case_id, made, {second.id: "1"})
    assert (await state(story, made), await offers(story, case_id)) == (ShortlistState.READY, [])
    await story.do(replies.resume, case_id, by=story.clerk)
    await sweep(story)
    assert await offers(story, case_id) == [(second.id, OfferState.OPEN)]
    assert first.id


async def test_the_desk_does_not_begin_itself_while_candidates_would_be_asked_by_themselves(
    story: Story,
) -> None:
    case_id, made, _ = await asked(story)
    with pytest.raises(WrongState, match="候補"):
        await story.do(triage.start, case_id, by=story.clerk)
    await story.do(matching.drop, made, by=story.clerk)
    await story.do(triage.start, case_id, by=story.clerk)
    story.pass_time(days=9)
    await sweep(story)
    assert (await status(story, case_id), await offers(story, case_id)) == (Status.IN_PROGRESS, [])


async def test_nobody_is_wanted(story: Story) -> None:
    case_id, made, chosen = await asked(story)
    await rank(story, case_id, made, {each.id: UNWANTED for each in chosen})
    assert (await state(story, made), await status(story, case_id)) == (
        ShortlistState.EXHAUSTED,
        Status.TRIAGED,
    )
    assert (await events(story, case_id))[-1] is EventKind.NOBODY_LEFT


@pytest.mark.parametrize("until", [None, date(2026, 7, 2), date(2027, 7, 2)])
async def test_there_is_a_day_until_which(story: Story, until: date | None) -> None:
    case_id, chosen = await story.triaged(), await three(story)
    with pytest.raises(InvalidInput) as refused:
        await shortlist(story, case_id, chosen, to_rank=ToRank(until, {}))
    assert refused.value.field == "until"
