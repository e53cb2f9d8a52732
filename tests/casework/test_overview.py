"""A provider's own page: what is asked and owed now, whom they meet, and how they helped, once enough people said so."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import matching, surveys
from meyasubako.casework.matching import Overview, Written
from meyasubako.core.dates import japan_day
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import MeetingState, MeetingWay
from meyasubako.store.database import Database
from meyasubako.store.models import Meeting, Survey
from tests.harness.letters import answer
from tests.harness.story import Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def see(story: Story, by: Actor) -> Overview:
    desk, at = story.applied.desk, story.at
    return await story.see(lambda session: matching.overview(session, desk, by=by, at=at))


async def taken(story: Story, by: Actor) -> tuple[int, int]:
    """A case somebody works on, and its offer."""
    case_id = await story.triaged()
    offer_id = await story.offer(case_id, by)
    await story.accept(offer_id, by)
    return case_id, offer_id


async def plan(story: Story, offer_id: int, case_id: int, **later: Any) -> None:
    def unit(session: Session, *, at: Any) -> None:
        session.add(
            Meeting(
                case_id=case_id,
                offer_id=offer_id,
                state=MeetingState.PLANNED,
                way=MeetingWay.ONLINE,
                minutes=60,
                summary="",
                recorded_at=at,
                begins_at=at + timedelta(**later),
                place="https://meet.example.jp/a",
            )
        )

    await story.do(unit)


async def test_what_is_asked_and_owed_comes_first(story: Story) -> None:
    adviser, other = await story.list_provider(), await story.list_provider("ほか", email="o@example.jp")
    asked = await story.offer(await story.triaged(), adviser)
    case_id, offer_id = await taken(story, adviser)
    quiet_case, quiet = await taken(story, adviser)
    await taken(story, other)
    told = {"held_on": japan_day(story.at), "way": MeetingWay.VISIT, "minutes": 30}
    await story.do(matching.meet, story.applied.desk, offer_id, **told, by=adviser)
    await plan(story, quiet, quiet_case, days=3)
    await plan(story, quiet, quiet_case, days=1)
    await plan(story, quiet, quiet_case, days=-2)
    found = await see(story, adviser)
    assert [line.id for line in found.asked] == [asked]
    assert [(each.offer_id, each.due_on, each.meetings) for each in found.owed] == [
        (offer_id, japan_day(story.at) + timedelta(days=7), 1)
    ]
    assert [each.begins_at - story.at for each in found.appointments] == [
        timedelta(days=1),
        timedelta(days=3),
    ]
    assert {each.offer_id for each in found.working} == {offer_id, quiet}
    await story.do(matching.report, offer_id, Written("勧めました。"), by=adviser)
    found = await see(story, adviser)
    assert found.owed == ()
    assert [each.is_reported for each in found.working if each.offer_id == offer_id] == [True]
    # After closing nothing of the case is told any more.
    await answer(story, case_id)
    await story.close(case_id)
    assert {each.offer_id for each in (await see(story, adviser)).working} == {quiet}


async def test_how_one_helped_is_told_from_five_answers_on(story: Story) -> None:
    adviser = await story.list_provider()
    for number, grade in enumerate(("helped", "helped", "helped_somewhat", "did_not_help", "helped")):
        before = await see(story, adviser)
        assert (before.helped.answers, before.helped.share) == (number, None)
        case_id, _ = await taken(story, adviser)
        await answer(story, case_id)
        await story.close(case_id)
        last = await story.see(lambda session: session.scalars(select(Survey.id)).all()[-1])
        await story.do(surveys.answer, story.keys.survey_token(last), grade, "")
    helped = (await see(story, adviser)).helped
    assert (helped.cases, helped.answers, helped.good, str(helped.share)) == (5, 5, 4, "80.0")


async def test_what_was_turned_down_counts_for_nobody(story: Story) -> None:
    adviser, second = await story.list_provider(), await story.list_provider("2人目", email="s@example.jp")
    case_id = await story.triaged()
    first = await story.offer(case_id, adviser)
    await story.do(matching.turn_down, first, "忙しいため", by=adviser, keys=story.keys)
    offer_id = await story.offer(case_id, second)
    await story.accept(offer_id, second)
    assert (await see(story, adviser)).helped.cases == 0
    assert (await see(story, second)).helped.cases == 1
