"""Meetings held: the quota and going beyond it, and what correcting and striking does to record and figures."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import appointments, ledger, matching
from meyasubako.core import dates
from meyasubako.core.errors import InvalidInput, NotFound, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import EventKind, Measure, MeetingState, MeetingWay
from meyasubako.store.database import Database
from meyasubako.store.models import LedgerEntry, Meeting
from tests.casework.offers import events, meet
from tests.harness.story import Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def working(story: Story) -> tuple[int, int, Actor]:
    """A case somebody works on: case, offer, who."""
    case_id, adviser = await story.triaged(), await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    await story.accept(offer_id, adviser)
    return case_id, offer_id, adviser


async def meetings(story: Story) -> list[Meeting]:
    return await story.see(lambda session: list(session.scalars(select(Meeting).order_by(Meeting.id))))


async def booked(story: Story) -> list[tuple[int, int, int]]:
    """The entries for meetings: sign, the month they are of, the month they are printed in."""

    def read(session: Any) -> list[tuple[int, int, int]]:
        entries = session.scalars(
            select(LedgerEntry).where(LedgerEntry.measure == Measure.MEETINGS).order_by(LedgerEntry.id)
        )
        return [(each.sign, each.effective_month, each.booked_month) for each in entries]

    return await story.see(read)


def told(**changes: Any) -> matching.Told:
    values: dict[str, Any] = {"held_on": date(2026, 7, 3), "way": MeetingWay.PHONE, "minutes": 30, **changes}
    return matching.Told(**values)


async def test_staff_record_what_they_heard_and_go_beyond_the_quota_with_a_reason(story: Story) -> None:
    case_id, offer_id, adviser = await working(story)
    for _ in range(3):
        await meet(story, offer_id, story.clerk, persons="見本太郎、社長", proceedings="くわしい記録")
    with pytest.raises(WrongState, match="3回"):
        await meet(story, offer_id, adviser)
    with pytest.raises(InvalidInput) as refused:
        await meet(story, offer_id, story.clerk)
    assert refused.value.field == "override"
    await meet(story, offer_id, story.clerk, override="工場の見学が延びたため")
    assert await story.see(lambda session: appointments.counted(session, case_id)) == 4
    assert (await story.view(offer_id, adviser)).meetings_left == 0
    assert (await story.view(offer_id, adviser)).meetings[0].persons == "見本太郎、社長"


async def test_a_stale_form_of_staff_is_refused(story: Story) -> None:
    case_id, offer_id, _ = await working(story)
    version = (await story.case(case_id)).version
    await meet(story, offer_id, story.clerk, expected_version=version)
    with pytest.raises(WrongState, match="面談を記録しました"):
        await meet(story, offer_id, story.clerk, expected_version=version)
    assert len(await meetings(story)) == 1


async def test_correcting_moves_what_is_counted_only_to_another_month(story: Story) -> None:
    case_id, offer_id, _ = await working(story)
    story.pass_time(days=40)
    await meet(story, offer_id, story.clerk)
    (meeting,) = await meetings(story)
    await story.do(
        matching.correct, meeting.id, told(held_on=date(2026, 7, 9)), "日を取り違えた", by=story.clerk
    )
    assert await booked(story) == [(1, 202607, 202607)]
    await story.database.write(
        lambda session: ledger.close_month(session, story.applied.id, 202607, by_id=None, at=story.at)
    )
    await story.do(matching.correct, meeting.id, told(held_on=date(2026, 8, 5)), "8月でした", by=story.clerk)
    # July is final: what is taken from it is printed in August.
    assert await booked(story) == [(1, 202607, 202607), (-1, 202607, 202608), (1, 202608, 202608)]
    await story.do(matching.strike, meeting.id, "行っていない", by=story.clerk)
    assert (await booked(story))[-1] == (-1, 202608, 202608)
    assert (await events(story, case_id))[-3:] == [EventKind.MET_CORRECTED] * 2 + [EventKind.MET_STRUCK]
    (struck,) = await meetings(story)
    assert (struck.state, struck.held_on, struck.reason) == (MeetingState.CANCELLED, None, "行っていない")
    assert await story.see(lambda session: appointments.counted(session, case_id)) == 0
    with pytest.raises(WrongState, match="取りやめ"):
        await story.do(matching.strike, meeting.id, "もう一度", by=story.clerk)


async def test_only_staff_of_the_desk_put_records_right_and_say_why(story: Story) -> None:
    _, offer_id, adviser = await working(story)
    await meet(story, offer_id, adviser)
    (meeting,) = await meetings(story)
    for wrong in (told(held_on=dates.japan_day(story.at).replace(year=2027)), told(minutes=None)):
        with pytest.raises(InvalidInput):
            await story.do(matching.correct, meeting.id, wrong, "わけ", by=story.clerk)
    with pytest.raises(InvalidInput) as refused:
        await story.do(matching.strike, meeting.id, " ", by=story.clerk)
    assert refused.value.field == "reason"
    for by in (adviser, Actor(story.clerk.kind, id=99, name="よその職員")):
        with pytest.raises(NotFound):
            await story.do(matching.strike, meeting.id, "わけ", by=by)
        with pytest.raises(NotFound):
            await story.do(matching.correct, meeting.id, told(), "わけ", by=by)
    assert (await meetings(story))[0].held_on == date(2026, 7, 3)
