"""The deadline stands still while the desk waits for its requester; what was stored is not reckoned again."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from meyasubako.casework import casefiles, desks, replies, tracking, triage
from meyasubako.core.dates import JAPAN
from meyasubako.core.desk import ClosedDay
from meyasubako.core.vocabulary import Status
from meyasubako.store.database import Database
from meyasubako.store.models import Case
from tests.harness.story import Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    story = await open_story(database)
    await promise(story, answer_within_office_days=6)
    return story


async def promise(story: Story, **changes: Any) -> None:
    """The office changes its desk file."""
    desk = replace(story.applied.desk, **changes)
    await story.do(desks.apply, desk)
    story.applied = await story.see(lambda session: desks.find(session, desk.code))


def go_to(story: Story, day: date) -> None:
    story.at = datetime.combine(day, time(10), JAPAN).astimezone(UTC)


async def due(story: Story, case_id: int) -> tuple[date | None, int | None]:
    case = await story.case(case_id)
    return case.due_on, case.paused_days_left


async def ask(story: Story, case_id: int) -> None:
    await story.do(replies.ask, case_id, "いつごろですか。", by=story.clerk)


async def answer(story: Story, case_id: int) -> None:
    await story.do(tracking.add, story.numbers[case_id], 1, case_id, "来月です。")


async def told(story: Story, case_id: int) -> list[str]:
    """What the history says of the deadline."""
    found = await story.see(
        lambda session: casefiles.case_file(session, story.clerk, story.applied, case_id, at=story.at)
    )
    return [each.what for each in found.history if each.what.startswith("期限")]


async def test_over_golden_week(story: Story) -> None:
    # 4/29, 5/3–5/6 of 令和8年 are holidays. Received on Tuesday, six office days: 28, 30, 1, 7, 8, 11.
    go_to(story, date(2026, 4, 28))
    case_id = await story.triaged()
    assert await due(story, case_id) == (date(2026, 5, 11), None)
    go_to(story, date(2026, 4, 30))
    await ask(story, case_id)
    assert await due(story, case_id) == (None, 5)
    # The answer comes on a Sunday, amid the holidays: five office days are left from Thursday on.
    go_to(story, date(2026, 5, 3))
    await answer(story, case_id)
    assert await due(story, case_id) == (date(2026, 5, 13), None)
    assert await told(story, case_id) == [
        "期限を止めました（残り5開庁日）",
        "期限を5月13日（水）に改めました",
    ]


async def test_over_new_year(story: Story) -> None:
    await promise(story, closed_days=(ClosedDay(date(2026, 12, 28), "庁舎の点検"),))
    # Friday is the first day; 28 is the desk's own closed day, 12/29–1/3 are the office's.
    go_to(story, date(2026, 12, 25))
    case_id = await story.triaged()
    assert await due(story, case_id) == (date(2027, 1, 8), None)
    for asked, answered, then in (
        (date(2026, 12, 28), date(2027, 1, 2), date(2027, 1, 8)),
        (date(2027, 1, 4), date(2027, 1, 4), date(2027, 1, 8)),
        (date(2027, 1, 8), date(2027, 1, 9), date(2027, 1, 12)),
    ):
        go_to(story, asked)
        await ask(story, case_id)
        go_to(story, answered)
        await answer(story, case_id)
        assert await due(story, case_id) == (then, None)
    # It is late when it is asked back once more, and stays so.
    go_to(story, date(2027, 1, 20))
    await ask(story, case_id)
    go_to(story, date(2027, 2, 1))
    await story.do(replies.resume, case_id, by=story.clerk)
    assert await due(story, case_id) == (date(2027, 1, 12), None)
    assert (await told(story, case_id))[-1] == "期限は1月12日（火）のままです"


async def test_a_later_change_of_the_calendar_leaves_the_past_alone(story: Story) -> None:
    case_id = await story.triaged()
    paused = await story.triaged()
    await ask(story, paused)
    await promise(
        story, answer_within_office_days=2, closed_days=(ClosedDay(date(2026, 7, 6), "庁舎の点検"),)
    )
    assert await due(story, case_id) == (date(2026, 7, 10), None)
    # The six days that were left stay six; they are counted in the calendar of the day of the answer.
    await answer(story, paused)
    assert await due(story, paused) == (date(2026, 7, 13), None)


async def test_taken_back_and_undone(story: Story) -> None:
    case_id = await story.triaged()
    await ask(story, case_id)
    await story.do(tracking.withdraw, story.numbers[case_id], 1, case_id)
    assert await due(story, case_id) == (None, 6)
    story.pass_time(days=3)
    await story.do(triage.undo, case_id, "押しまちがいでした。", by=story.clerk)
    assert await due(story, case_id) == (None, 6)
    await answer(story, case_id)
    assert await due(story, case_id) == (date(2026, 7, 13), None)
    # What the desk itself put out of scope by mistake it still owes by the same day.
    await story.do(triage.decline, story.applied.desk, case_id, "unclear", by=story.clerk)
    story.pass_time(days=3)
    await story.do(triage.undo, case_id, "読み取れました。", by=story.clerk)
    assert await due(story, case_id) == (date(2026, 7, 13), None)


async def test_taken_up_again_counts_anew(story: Story) -> None:
    case_id = await story.triaged()
    await ask(story, case_id)
    await story.do(replies.close, story.applied.desk, case_id, "no_answer", by=story.clerk)
    assert await due(story, case_id) == (None, None)
    story.pass_time(days=28)
    await story.do(replies.reopen, case_id, "お返事がありました。", by=story.clerk)
    assert await due(story, case_id) == (date(2026, 8, 7), None)
    assert (await told(story, case_id))[-1] == "期限を8月7日（金）に改めました"


async def test_a_desk_without_a_deadline_has_none(story: Story) -> None:
    await promise(story, answer_within_office_days=None)
    case_id = await story.triaged()
    await ask(story, case_id)
    await answer(story, case_id)
    await story.do(replies.reply, case_id, "回答です。", by=story.clerk)
    await story.do(replies.reopen, case_id, "足りませんでした。", by=story.clerk)
    assert await due(story, case_id) == (None, None)
    assert await told(story, case_id) == []


async def test_waiting_before_the_upgrade_keeps_its_date(story: Story) -> None:
    case_id = await story.triaged()
    await ask(story, case_id)

    def as_before(session: Any) -> None:
        case = session.get_one(Case, case_id)
        case.due_on, case.paused_due_on, case.paused_days_left = case.paused_due_on, None, None

    await story.database.write(as_before)
    story.pass_time(days=5)
    await answer(story, case_id)
    assert await due(story, case_id) == (date(2026, 7, 10), None)
    assert (await story.case(case_id)).status is Status.TRIAGED
