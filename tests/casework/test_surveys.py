"""What is asked after closing: of whom, what paper says, and when nobody is to be asked any more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import casefiles, replies, surveys, tallies
from meyasubako.casework.surveys import Paper
from meyasubako.core.errors import InvalidInput, NotFound, WrongState
from meyasubako.core.settings import Settings
from meyasubako.core.vocabulary import (
    Channel,
    EventKind,
    Helpfulness,
    Measure,
    Message,
    Practice,
    SurveyQuestion,
)
from meyasubako.store.database import Database
from meyasubako.store.models import LedgerEntry, Survey
from tests.harness.letters import answer, decline, wording, wordings
from tests.harness.recount import recount, standing
from tests.harness.site import settings_for
from tests.harness.story import REQUESTER_DETAILS, Story, open_story

# Monday 5 July 2027, 9:30 in Japan: the first office morning a year after Saturday 3 July 2026.
A_YEAR_LATER = datetime(2027, 7, 5, 0, 30, tzinfo=UTC)


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def closed(story: Story, **received: Any) -> int:
    case_id = await story.triaged(**received)
    await answer(story, case_id)
    await story.close(case_id)
    return case_id


async def rows(story: Story) -> list[Survey]:
    return await story.see(lambda session: list(session.scalars(select(Survey).order_by(Survey.id))))


async def follow_up(story: Story) -> int:
    return await story.do(surveys.follow_up, keys=story.keys)


async def enter(story: Story, case_id: int, question: SurveyQuestion, choice: str, **paper: str) -> None:
    typed = Paper(choice, paper.get("comment", ""), paper.get("on", "2026-07-03"))
    await story.do(surveys.enter, case_id, question, typed, by=story.clerk)


async def counted(story: Story) -> list[tuple[Measure, Helpfulness | Practice | None, int]]:
    entries = await story.see(
        lambda session: session.scalars(
            select(LedgerEntry)
            .where(LedgerEntry.measure.in_((Measure.SURVEYS, Measure.FOLLOW_UPS)))
            .order_by(LedgerEntry.id)
        ).all()
    )
    return [(each.measure, each.grade or each.practice, each.sign) for each in entries]


async def test_who_can_be_asked_is_asked_once(story: Story) -> None:
    asked = await closed(story)
    await closed(story, confirmed=False)
    await closed(story, reply_wanted=False)
    await closed(story, channel=Channel.LETTER, by=story.clerk)
    await decline(story, await story.triaged())
    assert [row.case_id for row in await rows(story)] == [asked]


async def test_nobody_is_asked_about_what_ended_without_a_word_from_them(story: Story) -> None:
    case_id = await story.triaged()
    await story.do(replies.ask, case_id, "いつごろですか。", by=story.clerk)

    def end(session: Any, *, at: datetime) -> bool:
        replies.close(session, story.applied.desk, case_id, "no_answer", by=story.clerk, at=at)
        return surveys.invite(session, story.applied.desk, case_id, keys=story.keys, at=at)

    assert await story.do(end) is False


async def test_what_became_of_the_advice_is_asked_a_year_later_on_an_office_morning(story: Story) -> None:
    case_id = await closed(story)
    story.at = A_YEAR_LATER - timedelta(days=3)
    assert await follow_up(story) == 0  # Friday 2 July: not yet a year.
    story.at = A_YEAR_LATER - timedelta(days=2)
    assert await follow_up(story) == 0  # Saturday.
    story.at = A_YEAR_LATER + timedelta(hours=9)
    assert await follow_up(story) == 0  # The evening.
    story.at = A_YEAR_LATER
    assert [await follow_up(story), await follow_up(story)] == [1, 0]
    row = (await rows(story))[-1]
    assert (row.case_id, row.question) == (case_id, SurveyQuestion.PRACTISED)
    token = story.keys.survey_token(row.id)
    with pytest.raises(InvalidInput):
        await story.do(surveys.answer, token, Helpfulness.HELPED.value, "")
    await story.do(surveys.answer, token, Practice.PARTLY.value, "日報だけ替えました。")
    with pytest.raises(NotFound):
        await story.do(surveys.answer, token, Practice.DONE.value, "")
    assert await counted(story) == [(Measure.FOLLOW_UPS, Practice.PARTLY, 1)]
    file = await story.see(
        lambda session: casefiles.case_file(session, story.clerk, story.applied, case_id, at=story.at)
    )
    assert file.surveys[-1].said is Practice.PARTLY
    assert file.history[-1].said == "一部を実施した\n日報だけ替えました。"
    assert casefiles.Action.FOLLOW_UP not in file.actions
    assert await story.see(lambda s: standing(s, story.applied.id)) == await story.see(
        lambda s: recount(s, story.applied.id)
    )


async def test_nobody_is_asked_long_after_it_was_due_or_about_a_reopened_case(story: Story) -> None:
    await closed(story)
    story.at = A_YEAR_LATER + timedelta(days=35)
    assert await follow_up(story) == 0
    story.at = A_YEAR_LATER - timedelta(days=10)
    await story.do(replies.reopen, 1, "続きがありました。", by=story.clerk)
    story.at = A_YEAR_LATER
    assert await follow_up(story) == 0


async def test_who_wishes_for_no_more_questions_gets_none(story: Story, tmp_path: Any) -> None:
    settings: Settings = settings_for(tmp_path)
    await closed(story)
    token = story.keys.survey_token((await rows(story))[0].id)
    text = await wording(story, Message.SURVEY, settings)
    assert f"https://testserver/surveys/{token}/stop" in text
    await story.do(surveys.choose, token, stop=True)
    await story.do(surveys.choose, token, stop=True)
    # Neither in another matter, nor a year later, nor by a mail that is on its way.
    await closed(story)
    assert await wordings(story, Message.SURVEY, settings) == [None]
    story.at = A_YEAR_LATER
    assert await follow_up(story) == 0
    await story.do(surveys.choose, token, stop=False)
    assert await follow_up(story) == 2
    text = await wordings(story, Message.FOLLOW_UP, settings)
    assert text[0] is not None
    assert "令和8年7月3日に対応を終えたご相談" in text[0]
    assert "お伝えした助言やご案内を、その後どうされましたか。" in text[0]


async def test_an_answer_on_paper_is_counted_once_and_can_be_put_right(story: Story) -> None:
    letter = await closed(story, channel=Channel.LETTER, by=story.clerk)
    helped = SurveyQuestion.HELPED
    for wrong in ("2026-07-02", "2026-07-04", "きのう"):
        with pytest.raises(InvalidInput):
            await enter(story, letter, helped, "helped", on=wrong)
    await enter(story, letter, helped, "helped_little", comment="遅かった")
    await enter(story, letter, helped, "helped", comment="早かった")
    assert await counted(story) == [
        (Measure.SURVEYS, Helpfulness.HELPED_LITTLE, 1),
        (Measure.SURVEYS, Helpfulness.HELPED_LITTLE, -1),
        (Measure.SURVEYS, Helpfulness.HELPED, 1),
    ]
    (row,) = await rows(story)
    assert (row.grade, row.comment, row.by_mail, row.entered_by) == (
        Helpfulness.HELPED,
        "早かった",
        False,
        story.clerk.name,
    )
    # Paper in answer to a mail closes its link.
    mailed = await closed(story)
    await enter(story, mailed, helped, "did_not_help")
    with pytest.raises(NotFound):
        await story.do(surveys.answer, story.keys.survey_token((await rows(story))[-1].id), "helped", "")
    # What they answered themselves stands.
    own = await closed(story)
    await story.do(surveys.answer, story.keys.survey_token((await rows(story))[-1].id), "helped", "")
    with pytest.raises(WrongState):
        await enter(story, own, helped, "did_not_help")
    with pytest.raises(WrongState):
        await enter(story, await story.triaged(), helped, "helped")
    found, later = await story.see(
        lambda session: tallies.survey_figures(session, story.applied, 2026, by=story.clerk)
    )
    assert (found.asked, found.returned, found.total, found.good) == (2, 2, 3, 2)
    assert (str(found.rate), str(found.good_share), later.total) == ("100.0", "66.7", 0)


async def test_what_paper_said_is_put_right_whatever_an_older_link_says_meanwhile(story: Story) -> None:
    case_id = await closed(story)
    older = story.keys.survey_token((await rows(story))[0].id)
    story.at += timedelta(days=1)
    await story.do(replies.reopen, case_id, "続きがありました。", by=story.clerk)
    await answer(story, case_id)
    await story.close(case_id)
    for choice in ("helped_little", "helped"):
        await enter(story, case_id, SurveyQuestion.HELPED, choice, on="2026-07-04")
        if choice == "helped_little":
            await story.do(surveys.answer, older, "did_not_help", "")
    assert await counted(story) == [
        (Measure.SURVEYS, Helpfulness.HELPED_LITTLE, 1),
        (Measure.SURVEYS, Helpfulness.DID_NOT_HELP, 1),
        (Measure.SURVEYS, Helpfulness.HELPED_LITTLE, -1),
        (Measure.SURVEYS, Helpfulness.HELPED, 1),
    ]


async def test_those_who_wish_for_no_more_questions_do_not_stand_before_others(story: Story) -> None:
    for _ in range(3):
        await closed(story)
    await story.do(surveys.choose, story.keys.survey_token((await rows(story))[0].id), stop=True)
    asked = await closed(story, requester=replace(REQUESTER_DETAILS, email="other@example.jp"))
    story.at = A_YEAR_LATER
    assert await story.do(surveys.follow_up, keys=story.keys, limit=2) == 1
    assert (await rows(story))[-1].case_id == asked


async def test_the_history_says_what_was_answered(story: Story) -> None:
    case_id = await closed(story)
    story.at += timedelta(minutes=1)
    await enter(story, case_id, SurveyQuestion.PRACTISED, "planned", comment="来月から")
    events = await story.see(
        lambda session: casefiles.case_file(session, story.clerk, story.applied, case_id, at=story.at).history
    )
    assert (events[-1].what, events[-1].said) == (
        EventKind.FOLLOWED_UP.label,
        "これから実施する予定\n来月から",
    )
