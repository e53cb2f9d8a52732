"""The index follows the cases by itself, and the operator can compare it with them and make it anew."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text

from meyasubako import indexing, worker
from meyasubako.casework import searching
from meyasubako.casework.casefiles import finding
from meyasubako.core import dates
from meyasubako.store.database import Database
from meyasubako.store.models import SearchDue, SearchPart
from tests.harness.commands import Run
from tests.harness.site import settings_for
from tests.harness.story import KEYS, Story, open_story


async def everything_indexed(story: Story) -> None:
    async with asyncio.timeout(60):
        while await story.see(lambda session: session.scalar(select(SearchDue.case_id))):  # noqa: ASYNC110 - it happens in the data
            await asyncio.sleep(0.01)


async def test_a_new_case_is_found_while_the_worker_runs(database: Database, tmp_path: Path) -> None:
    story = await open_story(database)
    running = asyncio.create_task(worker.run(database, settings_for(tmp_path), KEYS, every=0.01))
    try:
        case_id = await story.receive(title="防災アプリがほしい")
        await everything_indexed(story)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    asked = searching.read("防災", story.applied.desk, today=dates.japan_day(story.at))
    found = await story.see(lambda session: finding.find(session, story.clerk, story.applied, asked))
    assert [hit.id for hit in found.hits] == [case_id]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_one_failure_does_not_end_indexing(database: Database) -> None:
    story = await open_story(database)
    await story.receive()
    await database.write(lambda session: session.execute(text("ALTER TABLE search_part RENAME TO away")))
    running = asyncio.create_task(indexing.index_on(database, every=0.01))
    try:
        await asyncio.sleep(0.1)
        await database.write(lambda session: session.execute(text("ALTER TABLE away RENAME TO search_part")))
        await everything_indexed(story)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_command_verifies_and_rebuilds(database: Database, run: Run) -> None:
    story = await open_story(database)
    await story.receive()

    code, _, error = await run("search", "verify")
    assert (code, "1件の案件は、これから索引に入ります。" in error) == (0, True)
    assert (await run("search", "rebuild"))[:2] == (0, "1件の案件の索引を作り直しました。\n")
    await database.write(lambda session: session.execute(delete(SearchPart)))
    code, out, error = await run("search", "verify")
    assert (code, "本文：索引にありません。" in out, "search rebuild" in error) == (1, True, True)
    await run("search", "rebuild")
    assert (await run("search", "verify"))[:2] == (0, "1件の案件の索引に、違いはありません。\n")
