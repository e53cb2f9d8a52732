"""One act on many cases: shown before, done in one unit, each with its own event, and taken back exactly."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from meyasubako.casework import bulk, cases, outbox, replies, tracking, triage
from meyasubako.core.errors import DeskError, InvalidInput, NotFound, WrongState
from meyasubako.core.vocabulary import CaseKind, Deed, EventKind, Message, Role, Status
from meyasubako.store.database import Database
from meyasubako.store.models import Event, OutboxMessage, Survey
from tests.casework.joining_desk import BODY, BOTH
from tests.casework.test_joining import as_it_stands, figures
from tests.harness import recount
from tests.harness.story import Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database, desk=BOTH)


async def receive(story: Story, count: int = 1) -> list[int]:
    made = {"title": "灯り", "body": BODY, "kind": CaseKind.SUGGESTION}
    return [await story.receive(**made) for _ in range(count)]


async def ordered(story: Story, deed: Deed, case_ids: Sequence[int], **values: str) -> bulk.Order:
    typed = {"deed": [deed.value], **{name: [value] for name, value in values.items()}}
    return await story.see(lambda session: bulk.check(session, story.applied, typed, case_ids))


async def perform(story: Story, deed: Deed, case_ids: Sequence[int], **values: Any) -> bulk.Done:
    seen = values.pop("seen", {})
    order = await ordered(story, deed, case_ids, **values)
    versions = {each: (await story.case(each)).version for each in case_ids} | seen
    return await story.do(bulk.perform, story.applied, order, versions, keys=story.keys, by=story.clerk)


async def undo(story: Story, done: bulk.Done) -> bulk.Undone:
    return await story.do(bulk.undo, done.act_id, by=story.clerk)


async def stand(story: Story, case_ids: Sequence[int]) -> list[Any]:
    rows = [as_it_stands(await story.case(each)) for each in case_ids]
    topics = [await story.see(lambda s, each=each: cases.topics_of(s, each)) for each in case_ids]
    return [*rows, *topics]


async def count(story: Story, table: Any, *where: Any) -> int:
    return await story.see(
        lambda session: session.scalar(select(func.count()).select_from(table).where(*where))
    )


async def test_the_preview_says_what_will_happen_and_what_cannot(story: Story) -> None:
    case_ids = await receive(story, 3)
    await story.triage(case_ids[1])
    await story.do(replies.reply, case_ids[1], "回答です。", by=story.clerk)
    await story.triage(case_ids[2])
    await story.do(replies.reply, case_ids[2], "回答です。", by=story.clerk)
    await story.close(case_ids[2])
    order = await ordered(story, Deed.CLOSE, case_ids, outcome="noted")
    found = await story.see(lambda s: bulk.preview(s, story.clerk, story.applied, order, case_ids))
    assert [(each.id, each.said) for each in found.can] == [(case_ids[1], "「回答済」から「完了」になります")]
    assert {each.id: each.said for each in found.cannot} == {
        case_ids[0]: "「受付」の案件は「完了」にできません。",
        case_ids[2]: "すでに「完了」です。",
    }
    assert found.mails == 1
    before = await stand(story, [case_ids[0], case_ids[2]])
    done = await perform(story, Deed.CLOSE, case_ids, outcome="noted")
    assert (done.done, done.left) == (1, 2)
    assert await stand(story, [case_ids[0], case_ids[2]]) == before
    act = await story.see(lambda s: bulk.act(s, story.clerk, done.act_id, at=story.at))
    assert ([each.id for each in act.done], len(act.left), act.can_undo) == ([case_ids[1]], 2, True)


ORDERS: dict[Deed, dict[str, str]] = {
    Deed.TRIAGE: {"purpose": "idea", "topics": "life-health", "division": "digital"},
    Deed.ASSIGN: {"assignee": "clerk"},
    Deed.CLOSE: {"outcome": "noted"},
    Deed.DECLINE: {"reason": "unclear"},
    Deed.MERGE: {"main": "first"},
    Deed.BUNDLE: {},
}


@pytest.mark.parametrize("deed", ORDERS)
async def test_an_act_is_taken_back_exactly(story: Story, deed: Deed) -> None:
    case_ids = await receive(story, 3)
    for each in case_ids:
        if deed is not Deed.TRIAGE:
            await story.triage(each)
        if deed is Deed.CLOSE:
            await story.do(replies.reply, each, "回答です。", by=story.clerk)
    words = {"clerk": str(story.clerk.id), "first": str(case_ids[0])}
    values = {name: words.get(value, value) for name, value in ORDERS[deed].items()}
    before, counted = await stand(story, case_ids), await figures(story)
    story.pass_time(hours=1)
    mails = await count(story, OutboxMessage)
    done = await perform(story, deed, case_ids, **values)
    assert done.done == (2 if deed is Deed.MERGE else 3)
    assert await stand(story, case_ids) != before
    events = await count(story, Event)

    story.pass_time(minutes=1)
    undone = await undo(story, done)
    assert (undone.undone, undone.left, undone.mails_gone) == (done.done, 0, 0)
    assert await stand(story, case_ids) == before
    assert await figures(story) == counted
    assert await count(story, Event) > events
    assert (await count(story, OutboxMessage), await count(story, Survey)) == (mails, 0)
    desk_id = story.applied.id
    found = await story.see(lambda session: recount.standing(session, desk_id))
    assert found == await story.see(lambda session: recount.recount(session, desk_id))
    with pytest.raises(WrongState, match="もう元に戻して"):
        await undo(story, done)


async def test_mails_wait_a_while_and_those_that_went_out_are_told(story: Story) -> None:
    case_ids = await receive(story, 2)
    story.pass_time(hours=1)
    done = await perform(story, Deed.DECLINE, case_ids, reason="unclear")

    async def due() -> list[Message]:
        claimed = await story.do(outbox.claim, limit=10)
        for each in claimed:
            await story.do(outbox.mark_sent, each.id)
        return [each.kind for each in claimed]

    assert await due() == [Message.CONFIRM, Message.CONFIRM]
    story.at += bulk.MAIL_WAITS
    assert await due() == [Message.DECLINED, Message.DECLINED]
    assert (await undo(story, done)).mails_gone == 2


async def test_what_somebody_touched_since_is_left_and_named(story: Story) -> None:
    case_ids = await receive(story, 3)
    done = await perform(story, Deed.TRIAGE, case_ids, purpose="idea", topics="life-health")
    await story.do(triage.note, case_ids[0], "見ています", by=story.clerk)
    await story.do(tracking.add, story.numbers[case_ids[1]], 1, case_ids[1], "追記です。")
    act = await story.see(lambda s: bulk.act(s, story.clerk, done.act_id, at=story.at))
    assert {each.id for each in act.touched} == set(case_ids[:2])
    undone = await undo(story, done)
    assert (undone.undone, undone.left) == (1, 2)
    found = [(await story.case(each)).status for each in case_ids]
    assert found == [Status.TRIAGED, Status.TRIAGED, Status.RECEIVED]
    act = await story.see(lambda s: bulk.act(s, story.clerk, done.act_id, at=story.at))
    assert ({each.id for each in act.touched}, act.can_undo) == (set(case_ids[:2]), False)


async def test_stale_and_double_orders_do_nothing(story: Story) -> None:
    case_ids = await receive(story, 2)
    stale = {case_ids[0]: (await story.case(case_ids[0])).version}
    await story.triage(case_ids[0])
    done = await perform(story, Deed.TRIAGE, case_ids, purpose="idea", topics="life-health", seen=stale)
    assert (done.done, done.left) == (1, 1)
    with pytest.raises(WrongState, match="ほかの人が変えました"):
        await perform(story, Deed.DECLINE, case_ids, reason="unclear", seen=dict.fromkeys(case_ids, 1))
    with pytest.raises(InvalidInput):
        await ordered(story, Deed.ASSIGN, case_ids, assignee="99999")
    with pytest.raises(InvalidInput):
        await ordered(story, Deed.CLOSE, [])


async def test_two_clerks_at_once_change_each_case_once(story: Story) -> None:
    case_ids = await receive(story, 4)
    order = await ordered(story, Deed.TRIAGE, case_ids, purpose="idea", topics="life-health")
    versions = {each: (await story.case(each)).version for each in case_ids}
    halves = [dict(list(versions.items())[:3]), dict(reversed(list(versions.items())[1:]))]
    outcomes = await asyncio.gather(
        *(
            story.do(bulk.perform, story.applied, order, each, keys=story.keys, by=story.clerk)
            for each in halves
        )
    )
    assert sum(each.done for each in outcomes) == 4
    triaged = await count(story, Event, Event.kind == EventKind.TRIAGED)
    assert triaged == 4
    undone = await asyncio.gather(*(undo(story, outcomes[0]) for _ in range(2)), return_exceptions=True)
    assert sum(isinstance(each, DeskError) for each in undone) == 1


async def test_a_bundle_is_answered_once_and_everybody_is_written_to(story: Story) -> None:
    case_ids = await receive(story, 4)
    await perform(story, Deed.BUNDLE, case_ids)
    await perform(story, Deed.TRIAGE, case_ids, purpose="idea", topics="life-health")
    await story.do(tracking.withdraw, story.numbers[case_ids[3]], 1, case_ids[3])
    done = await perform(story, Deed.REPLY, case_ids, body="みなさまへの回答です。")
    assert (done.done, done.left) == (3, 1)
    mails = await count(story, OutboxMessage, OutboxMessage.kind == Message.REPLIED)
    assert (mails, await figures(story)) == (3, (4, 4))
    with pytest.raises(WrongState, match="まとめて元に戻せません"):
        await undo(story, done)


async def test_acts_and_cases_of_another_desk_are_not_found(story: Story) -> None:
    case_ids = await receive(story, 2)
    done = await perform(story, Deed.BUNDLE, case_ids)
    stranger = replace(story.clerk, roles={story.applied.id + 1: Role.ADMIN})
    with pytest.raises(NotFound):
        await story.do(bulk.undo, done.act_id, by=stranger)
    with pytest.raises(NotFound):
        await story.see(lambda s: bulk.act(s, stranger, done.act_id, at=story.at))
    with pytest.raises(NotFound):
        await story.see(lambda s: bulk.chosen(s, stranger, story.applied, case_ids))
    story.pass_time(days=2)
    with pytest.raises(WrongState):
        await undo(story, done)


async def test_the_last_act_is_offered_for_a_while(story: Story) -> None:
    case_ids = await receive(story, 2)
    done = await perform(story, Deed.BUNDLE, case_ids)

    async def last() -> bulk.LastAct | None:
        return await story.see(lambda s: bulk.last_act(s, story.clerk, story.applied.id, at=story.at))

    found = await last()
    assert found
    assert (found.id, found.deed, found.count) == (done.act_id, Deed.BUNDLE, 2)
    story.at += timedelta(hours=2)
    assert await last() is None
