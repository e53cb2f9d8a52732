"""The sums of the tallies follow the ledger by themselves; the operator can compare them with it and make them anew."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from meyasubako import summing, worker
from meyasubako.casework.tallies import sums
from meyasubako.store.database import Database
from meyasubako.store.models import TallySum
from tests.harness.commands import Run
from tests.harness.site import settings_for
from tests.harness.story import KEYS, Story, open_story


async def everything_summed(story: Story) -> None:
    async with asyncio.timeout(60):
        while await story.see(sums.due):  # noqa: ASYNC110 - it happens in the data
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_worker_takes_up_what_is_booked_and_no_failure_ends_it(
    database: Database, tmp_path: Path
) -> None:
    story = await open_story(database)
    await database.write(lambda session: session.execute(text("ALTER TABLE tally_sum RENAME TO away")))
    running = asyncio.create_task(worker.run(database, settings_for(tmp_path), KEYS, every=0.01))
    try:
        await story.receive()
        await asyncio.sleep(0.1)
        assert await story.see(sums.due)
        await database.write(lambda session: session.execute(text("ALTER TABLE away RENAME TO tally_sum")))
        await everything_summed(story)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert await story.see(lambda session: session.scalar(select(TallySum.number))) == 1
    assert await summing.verify(database) == (1, ())


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_command_verifies_and_rebuilds(database: Database, run: Run) -> None:
    story = await open_story(database)
    await story.receive()

    assert (await run("tally", "rebuild"))[:2] == (0, "台帳の4行から、集計の合計を作り直しました。\n")
    assert (await run("tally", "verify"))[:2] == (0, "1つの窓口の合計に、違いはありません。\n")
    more = update(TallySum).where(TallySum.dimension == "channel", TallySum.day == 0)
    await database.write(lambda session: session.execute(more.values(number=7)))
    code, out, error = await run("tally", "verify")
    assert (code, "件数・受付経路・web・当月分：7（台帳では 1）" in out) == (1, True)
    assert "tally rebuild" in error
    await run("tally", "rebuild")
    assert (await run("tally", "verify"))[0] == 0
