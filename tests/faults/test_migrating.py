"""Migrations while people work: killed in the middle, in the way of somebody else, twice at once, beside an older version."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from meyasubako.core.errors import WrongState
from meyasubako.core.vocabulary import Role
from meyasubako.store import migrations as own
from meyasubako.store.database import Database
from tests.harness import migrations
from tests.harness.agreement import differences
from tests.harness.chance import chance
from tests.harness.installed import BUSY, Installed
from tests.harness.load import CLERK, Load
from tests.harness.mail_server import MailServer
from tests.harness.site import MIE, Site, open_site
from tests.harness.versions import LaterVersion

pytestmark = pytest.mark.torture

KILLS = 12
STEPS = 6
UPGRADE = """
import sys
from pathlib import Path
from meyasubako.store import migrations
migrations.upgrade(Path(sys.argv[1]), sys.argv[2], tell=lambda said: print(said, flush=True))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(empty_database_url: str) -> str:
    """Of a database whose shape may change."""
    migrations.upgrade(empty_database_url)
    return empty_database_url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def later(tmp_path: Path) -> LaterVersion:
    """A later version that adds tables, columns and indexes, none of them in an instant."""
    made = LaterVersion(tmp_path)
    for number in range(STEPS):
        made.expand(
            f"90{number:02}",
            f'op.create_table("later{number}", sa.Column("id", sa.Integer(), primary_key=True))',
            "import time; time.sleep(0.2)",
            f'op.add_column("desk", sa.Column("later{number}", sa.Text(), nullable=True))',
            f'expanding.add_index(op, "ix_desk_later{number}", "desk", ["later{number}"])',
        )
    return made


def begin(later: LaterVersion, url: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", UPGRADE, str(later.folder), url]
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def shape(session: Session) -> tuple[str, set[str], set[str]]:
    """The revision; the tables of the later version; its indexes that can be used."""
    found = inspect(session.connection())
    present = own.present(session)
    assert present is not None
    tables = {each for each in found.get_table_names() if each.startswith("later")}
    indexes = {str(each["name"]) for each in found.get_indexes("desk") if "later" in str(each["name"])}
    if session.get_bind().dialect.name == "postgresql":
        broken = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
        assert session.scalar(text(broken)) == 0
    return present.revision, tables, indexes


async def is_complete(database: Database, later: LaterVersion) -> None:
    numbers = range(STEPS)
    tables, indexes = {f"later{each}" for each in numbers}, {f"ix_desk_later{each}" for each in numbers}
    assert await database.read(shape) == (later.newest, tables, indexes)


async def test_a_migration_killed_at_any_moment_goes_on_where_it_was(
    database: Database, database_url: str, later: LaterVersion
) -> None:
    draw = chance("migrations killed", drawn=True)
    for number in range(KILLS):
        running = begin(later, database_url)
        # It takes most of a second to load.
        await asyncio.sleep(draw.uniform(0.6, 2.5))
        running.kill()
        await asyncio.to_thread(running.communicate)
        print(f"{number + 1} kills, at {(await database.read(own.present))}", flush=True)
    running = begin(later, database_url)
    said, _ = await asyncio.to_thread(running.communicate)
    assert running.returncode == 0, said
    await is_complete(database, later)


async def test_two_at_once_take_turns(database: Database, database_url: str, later: LaterVersion) -> None:
    both = [begin(later, database_url) for _ in range(2)]
    said = [(await asyncio.to_thread(each.communicate))[0] for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    await is_complete(database, later)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_whoever_uses_a_table_holds_up_the_migration_and_nobody_else(
    database: Database, database_url: str, later: LaterVersion
) -> None:
    look = text("SELECT count(*) FROM desk")
    is_over = asyncio.Event()
    held = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def hold() -> None:
        async with database._server.write_engine.connect() as connection:
            await connection.execute(look)
            held.set()
            await is_over.wait()

    holding = loop.create_task(hold())
    await held.wait()
    running = begin(later, database_url)
    assert running.stdout
    said = await asyncio.to_thread(running.stdout.readline)
    assert said.startswith("表が使われています")
    # The one that waits for the table has let go again: others get to it while it is still held.
    assert await database.read(lambda session: session.scalar(look)) == 0
    assert running.poll() is None
    is_over.set()
    await holding
    rest, _ = await asyncio.to_thread(running.communicate)
    assert running.returncode == 0, said + rest
    await is_complete(database, later)


@pytest.fixture
async def site(database: Database, tmp_path: Path) -> Site:
    found = await open_site(database, tmp_path / "data")
    await found.add_staff(CLERK, {MIE: Role.COORDINATOR})
    return found


@pytest.fixture
def installed(site: Site, database_url: str, mail_server: MailServer, tmp_path: Path) -> Installed:
    made = Installed(tmp_path / "data", database_url, {**BUSY, "MEYASUBAKO_SMTP": mail_server.url})
    made.data.mkdir(mode=0o700, exist_ok=True)
    made.lay_key()
    return made


async def test_the_version_before_works_on_while_a_later_one_moves_in(
    installed: Installed, site: Site, database_url: str, later: LaterVersion
) -> None:
    load = Load(site, installed.address, chance("side by side", drawn=True))
    with installed.running("serve", "--port", str(installed.port)) as older:
        await older.answers()
        stop = asyncio.Event()
        crowd = asyncio.create_task(load.go_on(stop))
        await asyncio.sleep(1)
        running = begin(later, database_url)
        said, _ = await asyncio.to_thread(running.communicate)
        assert running.returncode == 0, said
        before = len(load.told)
        while len(load.told) < before + 10 and not crowd.done():  # noqa: ASYNC110 - people of their own, at their own pace
            await asyncio.sleep(0.05)
        stop.set()
        await crowd
        assert len(load.told) >= before + 10
        assert await differences(site.database, load) == []
        assert "Traceback" not in installed.logged()
        drops = 'expanding.drop_index(op, "ix_desk_later0", "desk")', 'op.drop_column("desk", "later0")'
        later.contract("9100", *drops, works_since=later.newest)
        if site.database.engine_name == "postgresql":
            with pytest.raises(WrongState, match="前の版"):
                await asyncio.to_thread(own.upgrade, later.folder, database_url)
        # Another one of the version before still starts.
        with installed.running("deliver") as beside:
            assert await beside.ended() == 0, installed.logged()[-2000:]
        older.terminate()
        assert await older.ended() == 0
    await load.close()
    await site.database.close()
    await asyncio.to_thread(own.upgrade, later.folder, database_url)
    with installed.running("serve", "--port", str(installed.port)) as older:
        assert await older.ended() == 1
    assert "新しい版を入れてください" in installed.logged()
