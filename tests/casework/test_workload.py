"""Who carries how much in a fiscal year, who is never asked, which topics nobody serves; in so many queries."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from meyasubako.casework import directory, matching
from meyasubako.casework.directory import Entry, ProviderKind
from meyasubako.core.dates import japan_day
from meyasubako.core.errors import NotAllowed
from meyasubako.core.vocabulary import MeetingWay, Role
from meyasubako.store.database import Database
from tests.harness.story import Story, open_story


async def of_year(story: Story, year: int = 2026) -> directory.Workload:
    return await story.see(lambda session: directory.workload(session, story.applied, year, by=story.clerk))


async def test_the_year_tells_who_carries_what_and_whom_to_recruit(database: Database) -> None:
    story = await open_story(database)
    leaves = story.applied.desk.topic_leaves()
    busy, silent = await story.list_provider("引き受ける人"), await story.list_provider("断る人")
    served = Entry(ProviderKind.ADVISER, "頼まれない人", topics=(leaves[1].code,), email="a@example.jp")
    await story.do(directory.add, story.applied.id, served, by=story.clerk)
    offer_id = await story.offer(await story.triaged(), busy)
    await story.accept(offer_id, busy)
    held: dict[str, Any] = {
        "held_on": japan_day(story.at),
        "way": MeetingWay.ONLINE,
        "minutes": 45,
        "summary": "",
    }
    await story.do(matching.meet, story.applied.desk, offer_id, **held, by=busy)
    await story.do(
        matching.turn_down,
        await story.offer(await story.triaged(), silent),
        "忙しい",
        keys=story.keys,
        by=silent,
    )

    found = await of_year(story)
    assert [
        (
            each.listed.entry.name,
            each.asked,
            each.accepted,
            each.turned_down,
            each.meetings,
            each.minutes,
            each.live,
        )
        for each in found.loads
    ] == [("引き受ける人", 1, 1, 0, 1, 45, 1), ("断る人", 1, 0, 1, 0, 0, 0)]
    assert [each.entry.name for each in found.never] == ["頼まれない人"]
    # The topic of both cases comes first, and the one somebody serves last.
    assert (found.topics[0].code, found.topics[0].cases, found.topics[0].can_be_asked) == (
        leaves[0].code,
        2,
        0,
    )
    assert (found.topics[-1].code, found.topics[-1].can_be_asked) == (leaves[1].code, 1)
    assert len(found.unserved) == len(leaves) - 1
    before = await of_year(story, 2025)
    assert [(each.asked, each.live) for each in before.loads] == [(0, 1)]


async def test_the_number_of_queries_does_not_grow(database: Database) -> None:
    story = await open_story(database)

    async def queries() -> int:
        asked: list[str] = []

        def unit(session: Any) -> None:
            event.listen(session.connection(), "before_cursor_execute", lambda *told: asked.append(told[2]))
            directory.workload(session, story.applied, 2026, by=story.clerk)

        await story.see(unit)
        return len(asked)

    first = await queries()
    for number in range(3):
        story.at += timedelta(days=1)
        await story.offer(await story.triaged(), await story.list_provider(f"見本{number}"))
    assert await queries() == first


async def test_only_those_who_keep_the_directory_see_it(database: Database) -> None:
    story = await open_story(database)
    clerk = replace(story.clerk, roles={story.applied.id: Role.CLERK})
    with pytest.raises(NotAllowed):
        await story.see(lambda session: directory.workload(session, story.applied, 2026, by=clerk))
