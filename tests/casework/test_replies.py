"""Replies: asking back, answering, closing and taking up again, each with its event, its mail and its place in the figures."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from meyasubako.casework import lifecycle, replies, tracking, triage
from meyasubako.core.errors import InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.vocabulary import EventKind, Measure, Message, Outcome, Role, Status
from meyasubako.store.database import Database
from meyasubako.store.models import LedgerEntry, OutboxMessage, Question, Reply
from tests.harness.story import Story, open_story

ANSWER = "補助金の窓口をご案内します。\n\nまずは1つの班で試してください。"


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def status(story: Story, case_id: int) -> Status:
    return (await story.case(case_id)).status


async def happened(story: Story, case_id: int) -> list[EventKind]:
    return [each.kind for each in await story.see(lambda session: lifecycle.timeline(session, case_id))]


async def bodies(story: Story, table: Any) -> list[str]:
    return await story.see(lambda session: list(session.scalars(select(table.body).order_by(table.id))))


async def mails(story: Story) -> list[Message]:
    return await story.see(
        lambda session: list(
            session.scalars(
                select(OutboxMessage.kind)
                .where(OutboxMessage.kind != Message.CONFIRM)
                .order_by(OutboxMessage.id)
            )
        )
    )


async def standing(story: Story, measure: Measure) -> int:
    return await story.see(
        lambda session: session.scalar(
            select(func.coalesce(func.sum(LedgerEntry.sign), 0)).where(LedgerEntry.measure == measure)
        )
    )


async def reply(story: Story, case_id: int, body: str = ANSWER, **options: Any) -> int:
    return await story.do(replies.reply, case_id, body, **{"by": story.clerk, **options})


async def ask(story: Story, case_id: int, body: str = "従業員は何人ですか。", **options: Any) -> int:
    return await story.do(replies.ask, case_id, body, **{"by": story.clerk, **options})


async def close(story: Story, case_id: int, outcome: str = "advised", **options: Any) -> None:
    await story.do(replies.close, story.applied.desk, case_id, outcome, **{"by": story.clerk, **options})


async def test_an_answer_is_kept_as_sent_counted_and_mailed(story: Story) -> None:
    case_id = await story.triaged()
    await reply(story, case_id)
    assert await bodies(story, Reply) == [ANSWER]
    assert (await status(story, case_id), await mails(story)) == (Status.ANSWERED, [Message.REPLIED])
    assert await standing(story, Measure.REPLIES) == 1


async def test_a_second_answer_is_added_and_the_first_instant_stands(story: Story) -> None:
    case_id = await story.triaged()
    await reply(story, case_id)
    first = story.at
    story.pass_time(days=1)
    await reply(story, case_id, "追伸です。")
    case = await story.case(case_id)
    assert (case.status, case.answered_at) == (Status.ANSWERED, first)
    assert await bodies(story, Reply) == [ANSWER, "追伸です。"]
    assert await standing(story, Measure.REPLIES) == 2


async def test_pressing_twice_sends_one_answer(story: Story) -> None:
    case_id = await story.triaged()
    version = (await story.case(case_id)).version
    results = await asyncio.gather(
        *(reply(story, case_id, expected_version=version) for _ in range(2)), return_exceptions=True
    )
    assert [type(each) for each in results if isinstance(each, BaseException)] == [WrongState]
    assert (await bodies(story, Reply), await mails(story)) == ([ANSWER], [Message.REPLIED])
    assert await standing(story, Measure.REPLIES) == 1


async def test_what_has_not_been_triaged_cannot_be_answered(story: Story) -> None:
    case_id = await story.receive()
    with pytest.raises(WrongState):
        await reply(story, case_id)
    await ask(story, case_id)
    with pytest.raises(WrongState):
        await reply(story, case_id)
    assert (await bodies(story, Reply), await status(story, case_id)) == ([], Status.WAITING)


async def test_asking_waits_until_the_requester_writes(story: Story) -> None:
    case_id = await story.triaged()
    await ask(story, case_id)
    assert (await status(story, case_id), await mails(story)) == (Status.WAITING, [Message.ASKED])
    assert await bodies(story, Question) == ["従業員は何人ですか。"]
    await story.do(tracking.add, story.numbers[case_id], 1, case_id, "35人です。")
    assert await status(story, case_id) is Status.TRIAGED


async def test_waiting_can_be_given_up_or_answered_over(story: Story) -> None:
    resumed, answered = await story.triaged(), await story.triaged()
    await ask(story, resumed)
    await story.do(replies.resume, resumed, by=story.clerk)
    assert await status(story, resumed) is Status.TRIAGED
    await ask(story, answered)
    await reply(story, answered)
    assert await status(story, answered) is Status.ANSWERED
    assert (await happened(story, answered))[-2:] == [EventKind.RESUMED, EventKind.REPLIED]
    with pytest.raises(WrongState):
        await story.do(replies.resume, resumed, by=story.clerk)


async def test_closing_counts_the_outcome_and_reopening_takes_it_back(story: Story) -> None:
    case_id = await story.triaged()
    await reply(story, case_id)
    with pytest.raises(InvalidInput) as caught:
        await close(story, case_id, "fine")
    assert caught.value.field == "outcome"
    await close(story, case_id)
    case = await story.case(case_id)
    assert (case.status, case.outcome, case.closed_at) == (Status.CLOSED, Outcome.ADVISED, story.at)
    assert await standing(story, Measure.OUTCOMES) == 1

    with pytest.raises(InvalidInput):
        await story.do(replies.reopen, case_id, "", by=story.clerk)
    await story.do(replies.reopen, case_id, "続きの相談がありました。", by=story.clerk)
    case = await story.case(case_id)
    assert (case.status, case.outcome, case.closed_at) == (Status.IN_PROGRESS, None, None)
    assert await standing(story, Measure.OUTCOMES) == 0


async def test_a_case_is_closed_after_an_answer_or_when_none_came(story: Story) -> None:
    case_id = await story.triaged()
    with pytest.raises(WrongState):
        await close(story, case_id)
    await ask(story, case_id)
    await close(story, case_id, "no_answer")
    assert (await story.case(case_id)).outcome is Outcome.NO_ANSWER


async def test_only_what_was_answered_or_closed_is_taken_up_again(story: Story) -> None:
    case_id = await story.triaged()
    with pytest.raises(WrongState):
        await story.do(replies.reopen, case_id, "理由", by=story.clerk)


@pytest.mark.parametrize("body", ["", "  \n　", "あ" * 10_001])
@pytest.mark.parametrize("verb", [ask, reply])
async def test_a_text_is_needed_and_not_endless(story: Story, verb: Callable[..., Any], body: str) -> None:
    case_id = await story.triaged()
    with pytest.raises(InvalidInput) as caught:
        await verb(story, case_id, body)
    assert caught.value.field == "body"
    assert (await bodies(story, Reply), await bodies(story, Question), await mails(story)) == ([], [], [])
    assert (await story.case(case_id)).version == 2


async def test_who_may_not_is_refused_and_leaves_nothing(story: Story) -> None:
    case_id = await story.triaged()
    before = (await story.case(case_id)).version
    verbs: list[tuple[Any, tuple[Any, ...]]] = [
        (replies.ask, (case_id, "何人ですか。")),
        (replies.resume, (case_id,)),
        (replies.reply, (case_id, ANSWER)),
        (replies.close, (story.applied.desk, case_id, "advised")),
        (replies.reopen, (case_id, "理由")),
    ]
    for verb, arguments in verbs:
        for role, kind in ((Role.VIEWER, NotAllowed), (None, NotFound)):
            by = replace(story.clerk, roles={story.applied.id: role} if role else {})
            with pytest.raises(kind):
                await story.do(verb, *arguments, by=by)
    assert (await bodies(story, Reply), await mails(story)) == ([], [])
    assert (await story.case(case_id)).version == before


async def test_a_stale_form_is_told_what_it_is_now(story: Story) -> None:
    case_id = await story.triaged()
    version = (await story.case(case_id)).version
    await story.do(triage.start, case_id, by=story.clerk)
    for verb in (ask, reply):
        with pytest.raises(WrongState, match="いまは「対応中」です"):
            await verb(story, case_id, expected_version=version)
