"""Two versions of the program over one database, as while an update goes from host to host."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from meyasubako.core.errors import WrongState
from meyasubako.store import migrations
from meyasubako.store.database import Database
from tests.harness.commands import Run
from tests.harness.migrations import ROOT
from tests.harness.versions import LaterVersion

ADD_COLUMN = 'op.add_column("desk", sa.Column("later", sa.Text(), nullable=True))'
ADD_INDEX = 'expanding.add_index(op, "ix_desk_later", "desk", ["later"])'


@pytest.fixture
def database_url(empty_database_url: str) -> str:
    """Of a database whose shape may change."""
    return empty_database_url


async def _upgrade(folder: Path, url: str) -> None:
    await asyncio.to_thread(migrations.upgrade, folder, url)


async def test_an_older_version_goes_on_until_what_it_needs_is_taken_away(
    run: Run, database_url: str, tmp_path: Path, engine_name: str
) -> None:
    code, _, said = await run("staff", "list")
    assert (code, "先に meyasubako migrate" in said) == (1, True)
    later = LaterVersion(tmp_path)
    ours = later.newest
    later.expand("9001", ADD_COLUMN, ADD_INDEX)
    await _upgrade(later.folder, database_url)
    assert (await run("staff", "list"))[0] == 0
    assert (await run("migrate"))[0] == 0

    later.contract("9002", ADD_COLUMN.replace('"later"', '"too_late"'), works_since="9001")
    database = Database(database_url, name=migrations.calls_itself(ours))
    try:
        await database.read(lambda session: session.execute(text("SELECT later FROM desk")).all())
        if engine_name == "postgresql":
            # Somebody of this version is still at work.
            with pytest.raises(WrongState, match="前の版"):
                await _upgrade(later.folder, database_url)
            shape = await database.read(migrations.present)
            assert shape == migrations.Shape("9001", "")
    finally:
        await database.close()
    await _upgrade(later.folder, database_url)
    code, _, said = await run("staff", "list")
    assert (code, "新しい版を入れてください" in said) == (1, True)
    code, _, said = await run("migrate")
    assert (code, "新しい版を入れてください" in said) == (1, True)


@pytest.mark.full
@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_a_migration_that_meets_somebody_head_on_tries_again(database_url: str, tmp_path: Path) -> None:
    await _upgrade(ROOT / "alembic", database_url)
    later = LaterVersion(tmp_path)
    later.expand("9001", ADD_COLUMN.replace("desk", "case"), ADD_COLUMN)
    said: list[str] = []
    database = Database(database_url)
    try:
        async with database._server.write_engine.connect() as connection:
            await connection.execute(text("LOCK TABLE desk"))
            upgrade = asyncio.to_thread(migrations.upgrade, later.folder, database_url, tell=said.append)
            running = asyncio.create_task(upgrade)
            waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            while not await connection.scalar(waits):  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
            # Now each waits for what the other holds, until PostgreSQL sends one of them away.
            with suppress(DBAPIError):
                await connection.execute(text('LOCK TABLE "case"'))
        await running
        shape = await database.read(migrations.present)
        assert (shape, said) == (
            migrations.Shape("9001", ""),
            ["表が使われています。1秒後にもう一度試します。"],
        )
    finally:
        await database.close()
