"""The report after the last meeting: by when it is owed, who is reminded, and what the desk sees of it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from meyasubako.casework import casefiles, matching, searching
from meyasubako.casework.casefiles import CaseFile
from meyasubako.casework.matching import Written
from meyasubako.core.conditions import Conditions, Queue
from meyasubako.core.dates import japan_day
from meyasubako.core.errors import InvalidInput, NotFound, WrongState
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import EventKind, MeetingWay, Message
from meyasubako.store.database import Database
from meyasubako.store.models import ReportDue
from tests.harness.letters import answer, wordings
from tests.harness.letters import rows as mails
from tests.harness.site import settings_for
from tests.harness.story import Story, open_story

SAID = Written(
    "日報の写真から始めることを勧めました。", "来月、試す係を決める。", "https://example.jp/nippo.pdf"
)


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def met(story: Story, *, on: date | None = None) -> tuple[int, int, Actor]:
    """A case somebody accepted and held a meeting about: the case, the offer, who."""
    case_id, adviser = await story.triaged(), await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    await story.accept(offer_id, adviser)
    await meet(story, offer_id, adviser, on=on)
    return case_id, offer_id, adviser


async def meet(story: Story, offer_id: int, by: Actor, *, on: date | None = None) -> None:
    told = {"held_on": on or japan_day(story.at), "way": MeetingWay.ONLINE, "minutes": 60}
    await story.do(matching.meet, story.applied.desk, offer_id, **told, by=by)


async def owed(story: Story) -> dict[int, date]:
    """What the worker reckons."""
    await story.do(matching.owe_reports)
    rows = await story.see(
        lambda session: session.execute(select(ReportDue.offer_id, ReportDue.due_on)).all()
    )
    return {row.offer_id: row.due_on for row in rows}


async def remind(story: Story) -> int:
    return await story.do(matching.remind_of_reports)


async def file_of(story: Story, case_id: int) -> CaseFile:
    return await story.see(
        lambda session: casefiles.case_file(session, story.clerk, story.applied, case_id, at=story.at)
    )


async def late(story: Story) -> list[int]:
    found = await story.see(
        lambda session: casefiles.inbox(
            session, story.clerk, story.applied, Conditions(queue=Queue.REPORT_LATE), at=story.at
        )
    )
    return [row.id for row in found.rows]


async def test_it_is_owed_so_many_days_after_the_last_meeting(story: Story) -> None:
    case_id, offer_id, adviser = await met(story)
    assert await owed(story) == {offer_id: date(2026, 7, 10)}
    story.pass_time(days=5)
    await meet(story, offer_id, adviser)
    assert await owed(story) == {offer_id: date(2026, 7, 15)}
    assert await late(story) == []
    story.pass_time(days=8)
    assert await late(story) == [case_id]
    await story.do(matching.report, offer_id, SAID, by=adviser)
    assert (await owed(story), await late(story)) == ({}, [])


async def test_what_is_over_owes_none(story: Story) -> None:
    case_id, offer_id, adviser = await met(story)
    assert offer_id in await owed(story)
    await answer(story, case_id)
    await story.close(case_id)
    assert await owed(story) == {}
    with pytest.raises(WrongState):
        await story.do(matching.report, offer_id, SAID, by=adviser)
    # The desk may still keep what came on paper.
    await story.do(matching.report, offer_id, SAID, by=story.clerk)


async def test_it_is_reminded_of_once_before_and_once_after(story: Story, tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    _, offer_id, adviser = await met(story)
    await owed(story)
    mornings = []
    # Half past eight to half past twelve on Monday 6 July and the days after; a Saturday and a Sunday among them.
    for day in range(6, 16):
        story.at = datetime(2026, 7, day, 0, 30, tzinfo=UTC)
        mornings.append((day, await remind(story), await remind(story)))
    assert [each[0] for each in mornings if each[1]] == [8, 13]
    assert not any(again for _, _, again in mornings)
    assert len(await mails(story, Message.REPORT_DUE)) == 2
    texts = await wordings(story, Message.REPORT_DUE, settings)
    assert all(
        text is not None and "報告をお待ちしています（7月10日（金）まででした）" in text for text in texts
    )
    body = (texts[0] or "").partition("\n")[2].partition("-----")[0]
    assert [line for line in body.splitlines() if len(line) > 35 and "http" not in line] == []
    await story.do(matching.report, offer_id, SAID, by=adviser)
    assert await wordings(story, Message.REPORT_DUE, settings) == [None, None]


async def test_the_desk_sees_it_and_finds_it(story: Story) -> None:
    case_id, offer_id, adviser = await met(story)
    story.pass_time(hours=1)
    with pytest.raises(InvalidInput) as refused:
        await story.do(matching.report, offer_id, Written("", "", "javascript:alert(1)"), by=adviser)
    assert [error.field for error in refused.value.errors] == ["advised", "material"]
    await story.do(matching.report, offer_id, SAID, by=adviser, expected=0)
    with pytest.raises(WrongState):
        await story.do(matching.report, offer_id, SAID, by=adviser, expected=0)
    stranger = await story.list_provider("ほかの専門家", email="other@example.jp")
    with pytest.raises(NotFound):
        await story.do(matching.report, offer_id, SAID, by=stranger)
    await story.do(matching.report, offer_id, Written("電話で聞きました。"), by=story.clerk)
    file = await file_of(story, case_id)
    last = file.reports.last(offer_id)
    assert last is not None
    assert (last.advised, last.entered_by) == ("電話で聞きました。", story.clerk.name)
    told = [each.said for each in file.history if each.what == EventKind.REPORTED.label]
    assert told == [f"{SAID.advised}\n次にすること：{SAID.next_steps}\n{SAID.material}", "電話で聞きました。"]
    texts = await story.see(lambda session: searching.parts.texts_of(session, [case_id]))
    assert f"{SAID.advised}\n{SAID.next_steps}" in texts[case_id][searching.parts.Part.REPORT]


async def test_the_provider_sees_their_own_report_as_long_as_they_work_on_it(story: Story) -> None:
    case_id, offer_id, adviser = await met(story)

    async def seen() -> matching.ReportView:
        desk, at = story.applied.desk, story.at
        return await story.see(
            lambda session: matching.view_report(session, desk, offer_id, by=adviser, at=at)
        )

    assert (await seen()).due_on == japan_day(story.at) + timedelta(days=7)
    await story.do(matching.report, offer_id, SAID, by=adviser)
    view = await seen()
    assert (view.advised, view.count, view.due_on) == (SAID.advised, 1, None)
    await answer(story, case_id)
    await story.close(case_id)
    with pytest.raises(NotFound):
        await seen()
