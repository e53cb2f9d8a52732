"""Carrying an installation to the other engine and its files to another store: everything arrives, whenever it was broken off."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import make_url, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from meyasubako import moving, verifying
from meyasubako.core.errors import WrongState
from meyasubako.edge.files import DiskCabinet, open_cabinet
from meyasubako.moving import Progress
from meyasubako.store import copying, migrations
from meyasubako.store.database import Database
from meyasubako.store.models import Case, Receipt
from tests.harness.buckets import storing
from tests.harness.commands import Run
from tests.harness.postgres import PostgresServer, knows_sizes
from tests.harness.site import settings_for
from tests.harness.story import open_story
from tests.test_verifying import busy_desk

ONE_WAY = pytest.mark.parametrize(
    "engine_name", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full)], indirect=True
)


class BrokenOff(Exception):
    """The machine went down."""


def silent(_: Progress) -> None:
    """Say nothing."""


@pytest.fixture
def target_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of the other engine."""
    if engine_name == "postgresql":
        path = tmp_path / "moved.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = request.getfixturevalue("postgres_migrated")
    yield server.url(name)
    server.empty(name)


@pytest.fixture
async def target(target_url: str) -> AsyncIterator[Database]:
    opened = Database(target_url, pool_size=1)
    yield opened
    await opened.write(lambda session: session.execute(text(f"DROP TABLE IF EXISTS {copying.MARK}")))
    await opened.close()


async def test_everything_arrives_however_often_the_move_is_broken_off(
    database: Database, target: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "PIECE", 7)
    story = await busy_desk(database)
    merged = await story.receive()
    await database.write(
        lambda session: session.execute(update(Case).where(Case.id == 1).values(merged_into_id=merged))
    )
    for step in (1, 30, 60, 70):
        steps = count(1)

        def breaks_off(_: Progress, steps: Iterator[int] = steps, step: int = step) -> None:
            if next(steps) == step:
                raise BrokenOff

        with pytest.raises(BrokenOff):
            await moving.move_data(database, target, name="here", tell=breaks_off)
    moved = await moving.move_data(database, target, name="here", tell=silent)
    assert moved.differing == ()
    assert await target.read(copying.moving_from) == "here"
    await moving.finish(target)
    assert {"case", "ledger_entry", "search_index"} < {name for name, each in moved.here.items() if each.rows}
    assert await target.read(copying.moving_from) is None
    first = select(Case.merged_into_id).where(Case.id == 1)
    assert await target.read(lambda session: session.scalar(first)) == merged
    await target.write(
        lambda session: session.execute(update(Case).where(Case.id == 1).values(merged_into_id=None))
    )
    for checked in await verifying.verify(target, DiskCabinet(tmp_path / "files")):
        assert checked.differences == (), checked.what
    assert await target.read(knows_sizes)


async def test_work_goes_on_in_the_new_database(database: Database, target: Database) -> None:
    story = await open_story(database)
    before = await story.receive()
    await moving.move_data(database, target, name="here", tell=silent)
    story.database = target
    assert await story.receive() == before + 1


@ONE_WAY
async def test_what_changes_meanwhile_is_found_by_comparing(database: Database, target: Database) -> None:
    story = await open_story(database)
    case_id = await story.receive()
    await moving.move_data(database, target, name="here", tell=silent)
    await database.write(
        lambda session: session.execute(update(Case).where(Case.id == case_id).values(title="ほかの件名"))
    )
    moved = await moving.move_data(database, target, name="here", tell=silent)
    assert moved.differing == ("case",)
    assert await target.read(copying.moving_from) == "here"


@ONE_WAY
async def test_a_row_the_other_engine_refuses_is_named_and_the_move_goes_on_once_it_is_mended(
    database: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "PIECE", 3)
    story = await open_story(database)
    case_ids = [await story.receive() for _ in range(5)]
    if database.engine_name != "sqlite":
        # What PostgreSQL holds SQLite takes.
        assert (await moving.move_data(database, target, name="here", tell=silent)).differing == ()
        return

    async def call(case_id: int, title: str) -> None:
        change = update(Case).where(Case.id == case_id).values(title=title)
        await database.write(lambda session: session.execute(change))

    await call(case_ids[3], "件名\0")
    with pytest.raises(WrongState, match=f"case の {case_ids[3]} の行は、行き先のデータベースに入りません"):
        await moving.move_data(database, target, name="here", tell=silent)
    await call(case_ids[3], "件名")
    assert (await moving.move_data(database, target, name="here", tell=silent)).differing == ()


async def test_nobody_writes_where_a_move_reads(database: Database, database_url: str) -> None:
    story = await open_story(database)
    case_id = await story.receive()
    change = update(Case).where(Case.id == case_id).values(title="ほかの件名")
    is_sqlite = database.engine_name == "sqlite"
    address = make_url(database_url).set(drivername="sqlite+aiosqlite" if is_sqlite else "postgresql+asyncpg")
    other = create_async_engine(
        address, poolclass=NullPool, connect_args={"timeout": 0.2} if is_sqlite else {}
    )
    async with copying.held_still(database_url), other.connect() as connection:
        if not is_sqlite:
            await connection.execute(text("SET lock_timeout = '200ms'"))
        with pytest.raises(DBAPIError):
            await connection.execute(change)
        assert await database.read(lambda session: session.get_one(Case, case_id).title) != "ほかの件名"
    await other.dispose()
    await database.write(lambda session: session.execute(change))


@ONE_WAY
async def test_nothing_is_mixed_with_other_data(database: Database, target: Database) -> None:
    story = await open_story(database)
    await story.receive()
    with pytest.raises(WrongState, match="ほかのデータがあります"):
        await moving.move_data(target, database, name="there", tell=silent)
    await target.write(lambda session: copying.begin_move(session, "elsewhere"))
    with pytest.raises(WrongState, match="elsewhere からの引っ越しの途中"):
        await moving.move_data(database, target, name="here", tell=silent)
    assert await target.read(lambda session: session.scalars(select(Receipt.id)).all()) == []


async def test_files_go_to_a_bucket_and_back_and_a_broken_one_is_named(tmp_path: Path) -> None:
    folder = DiskCabinet(tmp_path / "from")
    digests = set()
    for number in range(12):
        arriving = folder.begin()
        arriving.write(b"%d" % number)
        digests.add(folder.keep(arriving))
    broken = min(digests)
    folder.local(broken).write_bytes(b"something else")
    with storing() as store:
        bucket = open_cabinet(settings_for(tmp_path / "bucket", files=store.address))
        assert await moving.move_files(folder, bucket, tell=silent) == (11, (broken,))
        assert await moving.move_files(folder, bucket, tell=silent) == (11, (broken,))
        back = DiskCabinet(tmp_path / "back")
        # Of one that lies there already only the name is the same.
        there = back.local(max(digests))
        there.parent.mkdir(parents=True)
        there.write_bytes(b"cut o")
        assert await moving.move_files(bucket, back, tell=silent) == (11, ())
    kept = {path.parent.name + path.name for path in (tmp_path / "back").glob("??/*")}
    assert kept == digests - {broken}
    assert back.local(max(digests)).read_bytes() == folder.local(max(digests)).read_bytes()
    back.local("00" * 32).parent.mkdir()
    back.local(max(digests)).rename(back.local("00" * 32))
    with pytest.raises(WrongState, match="ほかのファイルがあります"):
        await moving.move_files(folder, back, tell=silent)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_the_command_holds_nothing_while_somebody_is_at_work(
    run: Run, database_url: str, tmp_path: Path
) -> None:
    at_work = Database(database_url, name=migrations.calls_itself("0001"))
    try:
        await at_work.read(migrations.present)
        code, _, refusal = await run("move", "--files-to", str(tmp_path / "elsewhere"))
    finally:
        await at_work.close()
    assert (code, "serve か deliver が動いています" in refusal) == (1, True)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_command_changes_nothing_where_other_data_is(
    run: Run, database: Database, tmp_path: Path
) -> None:
    await database.close()
    other = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(other)) as old:
        old.executescript('CREATE TABLE "case" (id INTEGER PRIMARY KEY); INSERT INTO "case" VALUES (1)')
    code, _, refusal = await run("move", "--to", f"sqlite:///{other}")
    assert (code, "ほかのデータがあります" in refusal) == (1, True)
    with closing(sqlite3.connect(other)) as old:
        assert old.execute("SELECT name FROM sqlite_master").fetchall() == [("case",)]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_command_moves_what_nobody_uses(
    run: Run, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Database(database_url)
    try:
        await (await open_story(opened)).receive()
        target = f"sqlite:///{tmp_path / 'moved.sqlite3'}"
        code, _, refusal = await run("move", "--to", target)
        assert (code, "serve か deliver が動いています" in refusal) == (1, True)
    finally:
        await opened.close()
    assert not (tmp_path / "moved.sqlite3").exists()
    code, _, refusal = await run("move")
    assert (code, "--to か --files-to" in refusal) == (1, True)
    (tmp_path / "no folder").touch()
    code, _, refusal = await run("move", "--to", target, "--files-to", str(tmp_path / "no folder"))
    assert (code, "もう一度実行すると、続きから" in refusal) == (1, True)
    code, said, refusal = await run("move", "--to", target, "--files-to", str(tmp_path / "elsewhere"))
    assert (code, refusal) == (0, "")
    assert "receipt：1行、同じです" in said
    assert f"MEYASUBAKO_DATABASE={target}" in said
    moved = Database(target)
    try:
        await moved.write(lambda session: copying.begin_move(session, "here"))
    finally:
        await moved.close()
    monkeypatch.setenv("MEYASUBAKO_DATABASE", target)
    code, _, refusal = await run("verify")
    assert (code, "here からの引っ越しの途中" in refusal) == (1, True)
