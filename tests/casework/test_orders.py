"""The orders of a list: each leads through everything once, forwards and back, and counting stops at a limit."""

import sys
from dataclasses import replace
from typing import Any

import pytest

from meyasubako.casework import casefiles, replies
from meyasubako.casework.casefiles import Count, Cursor, InboxPage
from meyasubako.core.conditions import Conditions, Queue, Scope, Sorting
from meyasubako.store.database import Database
from tests.harness.story import Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def page(story: Story, scope: Scope = Scope.ALL, **options: Any) -> InboxPage:
    wanted = Conditions(scope=scope)
    return await story.see(
        lambda session: casefiles.inbox(session, story.clerk, story.applied, wanted, at=story.at, **options)
    )


async def mixed(story: Story) -> tuple[list[int], list[int]]:
    """Cases with a deadline, the nearest first, and without one, the oldest first; some came in the same moment."""
    timeless = story.applied
    strict = replace(timeless, desk=replace(timeless.desk, answer_within_office_days=6))
    owed, free = [], []
    for applied, found in ((strict, owed), (timeless, free), (strict, owed)):
        story.applied = applied
        found += [await story.receive(confirmed=False), await story.receive(confirmed=False)]
        story.pass_time(days=1)
    answered = await story.triaged(confirmed=False)
    await story.do(replies.reply, answered, "こうしてください。", by=story.clerk)
    return owed, [*free, answered]


async def test_each_order_leads_through_everything_once_and_back(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["meyasubako.casework.casefiles.inbox"], "PAGE_SIZE", 3)
    owed, free = await mixed(story)
    by_receipt = sorted([*owed, *free])
    for sorting, expected in (
        (Sorting.NEWEST, by_receipt[::-1]),
        (Sorting.OLDEST, by_receipt),
        (Sorting.DUE, [*owed, *free]),
        (Sorting.CHANGED, by_receipt[::-1]),
    ):
        pages = [await page(story, Scope.INBOX, sorting=sorting)]
        while pages[-1].after:
            pages.append(await page(story, Scope.INBOX, sorting=sorting, after=pages[-1].after))
        assert [row.id for found in pages for row in found.rows] == expected
        back = [pages[-1]]
        while back[-1].before:
            back.append(await page(story, Scope.INBOX, sorting=sorting, before=back[-1].before))
        assert [row.id for found in reversed(back) for row in found.rows] == expected
        places = [row.place for found in pages for row in found.rows]
        assert [Cursor.read(str(place)) for place in places] == places


async def test_neighbours_are_those_of_the_place_even_when_the_case_has_left(story: Story) -> None:
    owed, free = await mixed(story)
    expected = [*owed, *free]
    places = {row.id: row.place for row in (await page(story)).rows}
    # Answered, the third one is no longer owed; where it stood still leads on.
    await story.triage(expected[2])
    await story.do(replies.reply, expected[2], "こうしてください。", by=story.clerk)

    async def around(case_id: int) -> list[int | None]:
        found = await story.see(
            lambda session: casefiles.neighbours(
                session,
                story.clerk,
                story.applied,
                Conditions(),
                places[case_id],
                at=story.at,
                sorting=Sorting.DUE,
            )
        )
        return [each.case_id if each else None for each in found]

    assert await around(expected[0]) == [None, expected[1]]
    assert await around(expected[2]) == [expected[1], expected[3]]
    assert (await around(expected[3]))[0] == expected[1]


async def test_counting_stops_at_a_limit(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["meyasubako.casework.casefiles.counts"], "MOST_COUNTED", 2)
    monkeypatch.setattr(sys.modules["meyasubako.casework.casefiles.inbox"], "PAGE_SIZE", 1)
    for _ in range(2):
        await story.receive(confirmed=False)
    assert ((await page(story)).counts[Queue.NEW], (await page(story)).total) == (Count(2), Count(2))
    await story.receive(confirmed=False)
    found = await page(story)
    assert (found.counts[Queue.NEW], found.total) == (Count(2, is_more=True), Count(2, is_more=True))
    assert found.counts[Queue.MINE] == Count(0)
