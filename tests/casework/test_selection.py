"""Which cases meet conditions: each condition alone, together, and never beyond what the person may see."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from meyasubako.casework import replies, selection, triage
from meyasubako.core.conditions import Answered, Conditions, Due, Scope
from meyasubako.core.dates import japan_day
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import (
    ActorKind,
    CaseKind,
    Channel,
    Language,
    MeetingWay,
    Outcome,
    RequesterType,
    Role,
    Status,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Case
from tests.harness.story import TOYAMA, Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def found(story: Story, *, by: Actor | None = None, **wanted: Any) -> set[int]:
    query = selection.select_cases(by or story.clerk, story.applied, Conditions(**wanted), at=story.at)
    return set(await story.see(lambda session: list(session.scalars(query.with_only_columns(Case.id)))))


async def test_each_condition_narrows(story: Story) -> None:
    desk = story.applied.desk
    parent, other_parent = [topic for topic in desk.topics if topic.children][:2]
    child, other = parent.children[0], other_parent.children[0]
    division = desk.open_divisions[0].code
    one = await story.receive(topics=(child.code,), requester_type=RequesterType.MUNICIPALITY)
    story.pass_time(days=3)
    two = await story.receive(topics=(other.code,), language=Language.ENGLISH, channel=Channel.PHONE)
    purpose = desk.open_purposes()[-1].code
    decision = triage.Decision(RequesterType.BUSINESS, purpose, (other.code,), division)
    await story.do(triage.triage, desk, two, decision, by=story.clerk)
    await story.do(triage.assign, two, story.clerk.id, by=story.clerk)
    done = await story.triaged()
    await story.do(replies.reply, done, "こうしてください。", by=story.clerk)
    await story.close(done)
    began, today = japan_day(story.at - timedelta(days=3)), japan_day(story.at)

    assert await found(story) == {one, two}
    everything: dict[str, Any] = {"scope": Scope.ALL}
    assert await found(story, **everything) == {one, two, done}
    expected: list[tuple[dict[str, Any], set[int]]] = [
        ({"statuses": (Status.RECEIVED, Status.TRIAGED)}, {one, two}),
        ({"statuses": (Status.CLOSED,)}, {done}),
        ({"kinds": (CaseKind.SUGGESTION,)}, set()),
        ({"requester_types": (RequesterType.MUNICIPALITY,)}, {one}),
        ({"purposes": (purpose,)}, {two}),
        ({"topics": (child.code,)}, {one, done} if child == desk.topic_leaves()[0] else {one}),
        ({"topics": (other_parent.code,)}, {two}),
        ({"topics": (child.code, "no-such-topic", other.code)}, {one, two, done}),
        ({"channels": (Channel.PHONE,)}, {two}),
        ({"languages": (Language.ENGLISH,)}, {two}),
        ({"divisions": (division,)}, {two}),
        ({"divisions": ("none", "no-such-division")}, {one, done}),
        ({"assignees": ("me",)}, {two}),
        ({"assignees": (str(story.clerk.id),)}, {two}),
        ({"assignees": ("none",)}, {one, done}),
        ({"assignees": ("me", "none")}, {one, two, done}),
        ({"received_from": today}, {two, done}),
        ({"received_to": began}, {one}),
        ({"answered": Answered.YES}, {done}),
        ({"answered": Answered.NO}, {one, two}),
        ({"outcomes": (Outcome.SOLVED, Outcome.ADVISED)}, {done}),
        ({"number": story.numbers[two][:6]}, {two}),
        ({"number": story.numbers[two], "assignees": ("none",)}, set()),
    ]
    for wanted, cases in expected:
        assert await found(story, **everything, **wanted) == cases, wanted


async def test_a_week_ends_on_sunday(story: Story) -> None:
    story.applied = replace(story.applied, desk=replace(story.applied.desk, answer_within_office_days=6))
    one = await story.receive()
    # Received on Friday 3 July, the first of six office days.
    due_on = date(2026, 7, 10)
    monday = due_on - timedelta(days=due_on.weekday())
    for day, due in (
        (monday - timedelta(days=1), set()),
        (monday, {Due.THIS_WEEK}),
        (due_on, {Due.THIS_WEEK, Due.TODAY}),
        (due_on + timedelta(days=1), {Due.OVERDUE}),
    ):
        story.pass_time(days=(day - japan_day(story.at)).days)
        assert {each for each in Due if await found(story, due=each)} == due, day
    assert await found(story, due_from=due_on, due_to=due_on) == {one}
    assert await found(story, due_from=due_on + timedelta(days=1)) == set()


async def test_nobody_sees_beyond_their_desk(story: Story, database: Database) -> None:
    other = await open_story(database, TOYAMA)
    theirs = await other.receive(meeting_way=MeetingWay.ONLINE)
    await story.receive()
    stranger = Actor(ActorKind.STAFF, other.clerk.id, "よその人", {other.applied.id: Role.ADMIN})
    assert await found(story, by=stranger, scope=Scope.ALL) == set()
    assert await found(other, by=stranger, scope=Scope.ALL) == {theirs}
