"""A backup taken while everybody is at work is the whole installation where nothing was before."""

import asyncio
import time
from pathlib import Path

import pytest

from meyasubako.store.database import Database
from tests.harness.agreement import differences
from tests.harness.chance import chance
from tests.harness.installed import Installed
from tests.harness.load import Load
from tests.harness.site import open_site

BEFORE = 20.0
AFTER = 3.0
"""For how many seconds people send and work before the backup begins, and before the machine is gone."""


@pytest.fixture
def elsewhere(installed: Installed, empty_database_url: str, tmp_path: Path) -> Installed:
    """An empty machine."""
    made = Installed(tmp_path / "elsewhere", empty_database_url, installed.settings)
    made.data.mkdir(mode=0o700)
    return made


@pytest.mark.torture
@pytest.mark.usefixtures("postgres_programs")
async def test_a_backup_taken_under_load_is_restored_and_the_work_goes_on(
    installed: Installed, elsewhere: Installed, load: Load, tmp_path: Path
) -> None:
    load.draw = chance("restored", drawn=True)
    place = str(tmp_path / "backups")
    stop = asyncio.Event()
    with installed.running("serve", "--port", str(installed.port)) as service:
        await service.answers()
        crowd = asyncio.create_task(load.go_on(stop))
        await asyncio.sleep(BEFORE)
        told = [each for each in load.sendings if each.told]
        notes = {word: is_told for word, is_told in load.notes.items() if is_told}
        taking = await took(installed, "backup", "--with-key", place)
        await asyncio.sleep(AFTER)
        stop.set()
        await crowd
    restoring = await took(elsewhere, "restore", place)
    verifying = await took(elsewhere, "verify")
    print(
        f"{len(told)} acknowledged before the backup, {len(load.told)} until the end; backup {taking:.1f} s, "
        f"restore {restoring:.1f} s, verify {verifying:.1f} s, each with starting the program"
    )
    assert 0 < len(told) < len(load.told)
    database = Database(elsewhere.database_url)
    try:
        site = await open_site(database, elsewhere.data)
        there = Load(site, elsewhere.address, load.draw, told, notes)
        assert await differences(database, there) == []
        with elsewhere.running("serve", "--port", str(elsewhere.port)) as service:
            await service.answers()
            await there.hand_in_one()
        assert await differences(database, there) == []
        await there.close()
    finally:
        await database.close()
    await took(elsewhere, "verify")


async def took(of: Installed, *words: str) -> float:
    """Run a program to its end; the seconds it took."""
    began = time.perf_counter()
    with of.running(*words) as program:
        assert await program.ended() == 0, of.logged()[-3000:]
    return time.perf_counter() - began
