"""Planning to meet: who may do what when, what counts against the quota, and what is written to whom."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import appointments, matching, replies, tracking
from meyasubako.casework.appointments import Arranged
from meyasubako.core.errors import InvalidInput, NotFound, WrongState
from meyasubako.core.policy import REQUESTER, Actor
from meyasubako.core.vocabulary import DatesState, EventKind, MeetingState, MeetingWay, Message
from meyasubako.store.database import Database
from meyasubako.store.models import Event, Meeting, OutboxMessage, ProposedDates
from tests.casework.offers import events, meet
from tests.harness.story import Story, open_story

FIRST, SECOND = datetime(2026, 7, 10, 5, 0, tzinfo=UTC), datetime(2026, 7, 13, 1, 30, tzinfo=UTC)


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def working(story: Story, adviser: Actor | None = None) -> tuple[int, int, Actor]:
    adviser = adviser or await story.list_provider()
    case_id = await story.triaged()
    offer_id = await story.offer(case_id, adviser)
    await story.accept(offer_id, adviser)
    return case_id, offer_id, adviser


def wish(*times: str, **changes: Any) -> matching.Wish:
    wished: dict[str, Any] = {
        "times": times or ("2026-07-13T10:30", "7/10 14:00"),
        "way": MeetingWay.ONLINE,
        "minutes": 60,
        "place": "https://example.jp/room",
        **changes,
    }
    return matching.Wish(**wished)


async def do(story: Story, verb: Any, offer_id: int, wanted: matching.Wish, by: Actor, **more: Any) -> Any:
    return await story.do(verb, story.applied.desk, offer_id, wanted, by=by, **more)


async def choose(story: Story, case_id: int, dates_id: int, chosen: int | None) -> None:
    await story.do(matching.choose, story.applied.desk, case_id, dates_id, chosen)


async def arranged(story: Story, case_id: int) -> Arranged:
    return await story.see(lambda session: appointments.arranged(session, case_id))


async def meetings(story: Story) -> list[Meeting]:
    return await story.see(lambda session: list(session.scalars(select(Meeting).order_by(Meeting.id))))


async def written(story: Story) -> list[Message]:
    kinds = select(OutboxMessage.kind).order_by(OutboxMessage.id)
    about = {Message.DATES, Message.DATES_ANSWERED, Message.MEETING, Message.MEETING_OFF}
    about |= {Message.PROVIDER_MEETING, Message.PROVIDER_MEETING_OFF}
    found = await story.see(lambda session: list(session.scalars(kinds)))
    return [each for each in found if each in about]


async def test_the_requester_chooses_one_of_the_times(story: Story) -> None:
    case_id, offer_id, adviser = await working(story)
    await do(story, matching.propose, offer_id, wish(), adviser)
    (proposed,) = (await arranged(story, case_id)).proposed
    assert proposed.choices == (FIRST, SECOND)
    with pytest.raises(InvalidInput):
        await choose(story, case_id, proposed.id, None)
    with pytest.raises(InvalidInput):
        await choose(story, case_id, proposed.id, 2)
    await choose(story, case_id, proposed.id, 1)
    ahead = await arranged(story, case_id)
    (planned,) = ahead.planned
    assert (planned.arrangement.begins_at, planned.arrangement.place) == (SECOND, "https://example.jp/room")
    assert ahead.proposed == ()
    with pytest.raises(WrongState):
        await choose(story, case_id, proposed.id, 0)
    assert (await events(story, case_id))[-2:] == [EventKind.DATES_PROPOSED, EventKind.MEETING_PLANNED]
    assert await written(story) == [Message.DATES, Message.MEETING, Message.PROVIDER_MEETING]
    # It takes its place in the quota before it is held, and not a second one afterwards.
    assert (await story.view(offer_id, adviser)).meetings_left == 2
    story.pass_time(days=11)
    await meet(story, offer_id, adviser, held_on=SECOND.date(), meeting_id=planned.id)
    assert (await story.view(offer_id, adviser)).meetings_left == 2
    (meeting,) = await meetings(story)
    assert (meeting.state, meeting.held_on, meeting.begins_at) == (MeetingState.HELD, SECOND.date(), SECOND)


async def test_none_of_the_times_fits_and_others_are_proposed(story: Story) -> None:
    case_id, offer_id, adviser = await working(story)
    await do(story, matching.propose, offer_id, wish(), story.clerk)
    (first,) = (await arranged(story, case_id)).proposed
    await story.do(matching.refuse_dates, case_id, first.id, "8月なら")
    with pytest.raises(WrongState):
        await story.do(matching.refuse_dates, case_id, first.id, "もう一度")
    await do(story, matching.propose, offer_id, wish("8/3 9:00"), adviser)
    await do(story, matching.propose, offer_id, wish("8/4 9:00"), adviser)
    rows = await story.see(lambda session: list(session.scalars(select(ProposedDates.state))))
    assert rows == [DatesState.NONE_FITS, DatesState.WITHDRAWN, DatesState.OPEN]
    (last,) = (await arranged(story, case_id)).proposed
    await story.do(matching.withdraw_dates, last.id, by=adviser)
    with pytest.raises(WrongState):
        await choose(story, case_id, last.id, 0)
    assert await written(story) == [Message.DATES, Message.DATES_ANSWERED, Message.DATES, Message.DATES]


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [
        (wish(" "), ["time_1"]),
        (wish("2026-02-30T10:00", "7/10 25:00", "あした"), ["time_1", "time_2", "time_3"]),
        (wish("2026-07-03T10:00"), ["time_1"]),
        (wish("2027-08-01T10:00"), ["time_1"]),
        (wish("9999-12-31T23:59"), ["time_1"]),
        (wish("7/10 14:00", "2026-07-10T14:00"), ["time_2"]),
        # A pattern that tries every place of it would take hours.
        (wish("7/10" + " " * 500_000 + "x"), ["time_1"]),
        (wish("7/10 14:00", way=None, minutes=0, place="あ" * 501), ["way", "minutes", "place"]),
    ],
)
async def test_times_that_cannot_be_are_refused_all_at_once(
    story: Story, wanted: matching.Wish, fields: list[str]
) -> None:
    _, offer_id, adviser = await working(story)
    with pytest.raises(InvalidInput) as refused:
        await do(story, matching.propose, offer_id, wanted, adviser)
    assert [error.field for error in refused.value.errors] == fields
    assert await written(story) == []


async def test_what_is_planned_is_moved_and_called_off_with_a_reason(story: Story) -> None:
    case_id, offer_id, adviser = await working(story)
    meeting_id = await do(story, matching.plan, offer_id, wish("7/10 14:00"), adviser)
    ((first,),) = [await meetings(story)]
    assert first.sequence == 0
    with pytest.raises(InvalidInput):
        await do(story, matching.plan, offer_id, wish(), adviser)
    for wanted, reason, field in (
        (wish("7/10 14:00"), "わけ", "time_1"),
        (wish("7/13 10:30"), " ", "reason"),
        (wish(), "わけ", "time_2"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await story.do(matching.move, meeting_id, wanted, reason, by=adviser)
        assert refused.value.field == field
    story.pass_time(hours=1)
    await story.do(matching.move, meeting_id, wish("7/13 10:30"), "出張が入った", by=story.clerk)
    await story.do(matching.call_off, meeting_id, "体調", by=REQUESTER, case_id=case_id)
    (meeting,) = await meetings(story)
    assert (meeting.uid, meeting.sequence, meeting.state) == (first.uid, 2, MeetingState.CANCELLED)
    assert (meeting.reason, meeting.changed_at) == ("体調", story.at)
    for again in (
        story.do(matching.call_off, meeting_id, "わけ", by=adviser),
        story.do(matching.move, meeting_id, wish("7/14 9:00"), "わけ", by=story.clerk),
        meet(story, offer_id, adviser, meeting_id=meeting_id),
    ):
        with pytest.raises(WrongState):
            await again
    assert (await events(story, case_id))[-2:] == [EventKind.MEETING_MOVED, EventKind.MEETING_CALLED_OFF]
    assert (await story.view(offer_id, adviser)).meetings_left == 3


async def test_a_page_that_is_out_of_date_takes_back_no_later_times(story: Story) -> None:
    case_id, offer_id, adviser = await working(story)
    await do(story, matching.propose, offer_id, wish(), adviser)
    (first,) = (await arranged(story, case_id)).proposed
    await do(story, matching.propose, offer_id, wish("8/3 9:00"), story.clerk)
    (second,) = (await arranged(story, case_id)).proposed
    with pytest.raises(WrongState):
        await story.do(matching.withdraw_dates, first.id, by=adviser)
    assert (await arranged(story, case_id)).proposed == (second,)


async def test_what_began_already_is_not_called_off_by_the_requester(story: Story) -> None:
    case_id, offer_id, adviser = await working(story)
    meeting_id = await do(story, matching.plan, offer_id, wish("7/10 14:00"), adviser)
    story.at = FIRST
    with pytest.raises(WrongState, match="過ぎています"):
        await story.do(matching.call_off, meeting_id, "わけ", by=REQUESTER, case_id=case_id)
    await meet(story, offer_id, adviser, held_on=FIRST.date(), meeting_id=meeting_id)


async def test_nobody_else_plans_moves_or_calls_off(story: Story) -> None:
    case_id, offer_id, adviser = await working(story)
    meeting_id = await do(story, matching.plan, offer_id, wish("7/10 14:00"), adviser)
    await do(story, matching.propose, offer_id, wish("7/20 9:00"), adviser)
    (proposed,) = (await arranged(story, case_id)).proposed
    stranger = await story.list_provider("ほかの専門家")
    elsewhere = Actor(story.clerk.kind, id=99, name="よその職員")
    other_case = await story.triaged()
    for by in (stranger, elsewhere):
        for attempt in (
            do(story, matching.plan, offer_id, wish("7/11 9:00"), by),
            do(story, matching.propose, offer_id, wish(), by),
            story.do(matching.withdraw_dates, proposed.id, by=by),
            story.do(matching.move, meeting_id, wish("7/14 9:00"), "わけ", by=by),
            story.do(matching.call_off, meeting_id, "わけ", by=by),
        ):
            with pytest.raises(NotFound):
                await attempt
    for attempt in (
        choose(story, other_case, proposed.id, 0),
        story.do(matching.refuse_dates, other_case, proposed.id, ""),
        story.do(matching.call_off, meeting_id, "わけ", by=REQUESTER, case_id=other_case),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_the_quota_holds_for_plans_as_well_and_two_at_once_take_turns(story: Story) -> None:
    case_id, offer_id, adviser = await working(story)
    days = [f"7/{day} 9:00" for day in (10, 11, 12, 13, 14)]
    found = await asyncio.gather(
        *(do(story, matching.plan, offer_id, wish(day), adviser) for day in days), return_exceptions=True
    )
    assert [type(each) for each in found].count(WrongState) == 2
    with pytest.raises(InvalidInput) as refused:
        await do(story, matching.propose, offer_id, wish("7/20 9:00"), story.clerk)
    assert refused.value.field == "override"
    await do(story, matching.propose, offer_id, wish("7/20 9:00"), story.clerk, override="見学が要るため")
    (proposed,) = (await arranged(story, case_id)).proposed
    await choose(story, case_id, proposed.id, 0)
    told = await story.see(
        lambda session: session.scalar(select(Event.data).order_by(Event.id.desc()).limit(1))
    )
    assert told["override"] == "見学が要るため"
    assert len((await arranged(story, case_id)).planned) == 4


async def test_one_person_is_not_at_two_places(story: Story) -> None:
    case_id, offer_id, adviser = await working(story)
    _, elsewhere, _ = await working(story, adviser)
    await do(story, matching.propose, offer_id, wish("7/10 14:00", "7/10 16:00"), adviser)
    await do(story, matching.plan, elsewhere, wish("7/10 14:30", minutes=30), adviser)
    (proposed,) = (await arranged(story, case_id)).proposed
    with pytest.raises(WrongState, match="ほかの予定"):
        await choose(story, case_id, proposed.id, 0)
    with pytest.raises(InvalidInput):
        await do(story, matching.plan, offer_id, wish("7/10 13:31"), adviser)
    await do(story, matching.plan, offer_id, wish("7/10 13:30"), adviser)


async def test_a_time_that_passed_meanwhile_cannot_be_chosen(story: Story) -> None:
    case_id, offer_id, adviser = await working(story)
    await do(story, matching.propose, offer_id, wish(), adviser)
    (proposed,) = (await arranged(story, case_id)).proposed
    story.pass_time(days=8)
    with pytest.raises(WrongState, match="過ぎています"):
        await choose(story, case_id, proposed.id, 0)
    await choose(story, case_id, proposed.id, 1)


@pytest.mark.parametrize("end", ["close", "hand_back"])
async def test_what_is_planned_ends_with_the_work_on_the_case(story: Story, end: str) -> None:
    case_id, offer_id, adviser = await working(story)
    await do(story, matching.plan, offer_id, wish("7/3 11:00"), adviser)
    await do(story, matching.plan, offer_id, wish("7/10 14:00"), adviser)
    await do(story, matching.propose, offer_id, wish("7/20 9:00"), adviser)
    story.pass_time(hours=6)
    before = len(await written(story))
    if end == "close":
        await story.do(replies.reply, case_id, "お答えします。", by=story.clerk)
        assert len((await arranged(story, case_id)).planned) == 2
        await story.close(case_id)
    else:
        await story.do(matching.hand_back, case_id, by=story.clerk)
    assert await arranged(story, case_id) == Arranged()
    assert {each.state for each in await meetings(story)} == {MeetingState.CANCELLED}
    # Of the one whose time has passed nobody needs to be told.
    mails = [Message.MEETING_OFF, Message.PROVIDER_MEETING_OFF]
    assert (await written(story))[before:] == mails
    assert (await events(story, case_id)).count(EventKind.MEETING_CALLED_OFF) == 2
    # It may well have been held: the requester does not read that it was called off.
    desk, number = story.applied.desk, story.numbers[case_id]
    page = await story.see(lambda session: tracking.view(session, desk, number, 1))
    said = [each.body for each in page.cases[0].conversation if each.what == "面談の取りやめ"]
    assert [each.splitlines()[0] for each in said] == ["7月10日（金） 14時の面談を取りやめました。"]

    def still(session: Session) -> list[DatesState]:
        return list(session.scalars(select(ProposedDates.state)))

    assert await story.see(still) == [DatesState.WITHDRAWN]
