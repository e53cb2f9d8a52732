"""A new date for an answer: what the requester is told, what the history keeps, and what is refused."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from meyasubako.casework import casefiles, deadlines, desks, replies, tracking
from meyasubako.core.desk import ClosedDay
from meyasubako.core.errors import InvalidInput, NotAllowed, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import Message, Role, Status
from meyasubako.store.database import Database
from meyasubako.store.models import Event, LedgerEntry, OutboxMessage
from tests.harness.story import Story, open_story

NEWS = "資料を取り寄せています。"


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
async def story(database: Database) -> Story:
    story = await open_story(database)
    desk = replace(
        story.applied.desk,
        answer_within_office_days=6,
        closed_days=(ClosedDay(date(2026, 8, 14), "庁舎の点検"),),
    )
    await story.do(desks.apply, desk)
    story.applied = await story.see(lambda session: desks.find(session, desk.code))
    return story


async def interim(story: Story, case_id: int, day: str = "2026-07-17", body: str = NEWS, **more: Any) -> int:
    options = {"by": story.clerk, **more}
    return await story.do(deadlines.send_interim, story.applied.desk, case_id, body, day, **options)


async def move(story: Story, case_id: int, day: str, reason: str = "担当課の確認を待ちます。", **more: Any):
    options = {"by": story.clerk, **more}
    return await story.do(deadlines.move_due, story.applied.desk, case_id, day, reason, **options)


async def history(story: Story, case_id: int) -> list[tuple[str, str]]:
    found = await story.see(
        lambda session: casefiles.case_file(session, story.clerk, story.applied, case_id, at=story.at)
    )
    return [(each.what, each.said) for each in found.history]


async def test_an_interim_notice_sets_a_new_date_and_is_no_answer(story: Story) -> None:
    case_id = await story.triaged()
    counted = await story.see(lambda session: session.scalar(select(func.count(LedgerEntry.id))))
    await interim(story, case_id, "7/17")
    case = await story.case(case_id)
    assert (case.due_on, case.status, case.answered_at) == (date(2026, 7, 17), Status.TRIAGED, None)
    assert await story.see(lambda session: session.scalar(select(func.count(LedgerEntry.id)))) == counted
    assert (await history(story, case_id))[-2:] == [
        ("中間のお知らせを送りました", NEWS),
        ("期限を7月17日（金）に改めました", ""),
    ]
    view = await story.see(
        lambda session: tracking.view(session, story.applied.desk, story.numbers[case_id], 1)
    )
    (matter,) = view.cases
    assert (matter.due_on, matter.conversation[-1].body) == (date(2026, 7, 17), NEWS)
    last = select(OutboxMessage.kind).order_by(OutboxMessage.id.desc()).limit(1)
    assert await story.see(lambda session: session.scalar(last)) is Message.INTERIM


async def test_a_pause_goes_on_from_the_new_date(story: Story) -> None:
    case_id = await story.triaged()
    await interim(story, case_id)
    await story.do(replies.ask, case_id, "何人ですか。", by=story.clerk)
    story.pass_time(days=7)
    await story.do(replies.resume, case_id, by=story.clerk)
    # Eleven office days were left on 3 July; 20 July is 海の日.
    assert (await story.case(case_id)).due_on == date(2026, 7, 27)


async def test_a_coordinator_moves_the_date_with_a_reason(story: Story) -> None:
    case_id = await story.triaged()
    assert await move(story, case_id, "2026-07-08") == date(2026, 7, 8)
    assert (await history(story, case_id))[-1] == (
        "期限を7月8日（水）に改めました",
        "担当課の確認を待ちます。",
    )
    clerk = Actor(story.clerk.kind, story.clerk.id, "山田", {story.applied.id: Role.CLERK})
    with pytest.raises(NotAllowed):
        await move(story, case_id, "2026-07-09", by=clerk)
    await interim(story, case_id, "2026-07-09", by=clerk)


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("", "新しい期限の日を書いてください。"),
        ("2026-02-30", "新しい期限の日を書いてください。"),
        ("2026-07-03", "新しい期限は、あすからあとの日にしてください。"),
        ("2028-07-03", "新しい期限は、1年以内の日にしてください。"),
        ("2026-07-18", "7月18日（土）は休みの日です。7月21日（火）などの開庁日にしてください。"),
        ("2026-08-14", "8月14日（金）は休みの日です。8月17日（月）などの開庁日にしてください。"),
    ],
)
async def test_days_that_will_not_do_are_refused(story: Story, day: str, sentence: str) -> None:
    case_id = await story.triaged()
    events = await story.see(lambda session: session.scalar(select(func.count(Event.id))))
    with pytest.raises(InvalidInput) as refused:
        await interim(story, case_id, day, body=" ")
    assert [(each.field, each.message) for each in refused.value.errors] == [
        ("body", "いまのようすを書いてください。"),
        ("due_on", sentence),
    ]
    assert await story.see(lambda session: session.scalar(select(func.count(Event.id)))) == events


async def test_there_is_no_date_to_move_where_nothing_is_owed(story: Story) -> None:
    case_id = await story.triaged()
    with pytest.raises(InvalidInput, match="いまの期限と同じ日です。"):
        await move(story, case_id, "2026-07-10")
    await story.do(replies.ask, case_id, "何人ですか。", by=story.clerk)
    for act in (interim, move):
        with pytest.raises(WrongState, match="返事待ち"):
            await act(story, case_id, "2026-07-17")
    await story.do(desks.apply, replace(story.applied.desk, answer_within_office_days=None))
    story.applied = await story.see(lambda session: desks.find(session, story.applied.code))
    other = await story.triaged()
    with pytest.raises(WrongState, match="期限がありません"):
        await interim(story, other)
