"""One unit of work: all of it or nothing, side by side with others, on disk when it is acknowledged."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from meyasubako.store.database import Database
from meyasubako.store.models import GuardCounter
from tests.harness.story import BEGUN_AT

only_sqlite = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def _put(session: Session, key: str) -> str:
    session.add(GuardCounter(key=key, count=1, window_ends_at=BEGUN_AT))
    session.flush()
    return key


def _put_then_fail(session: Session, key: str, error: Exception) -> None:
    _put(session, key)
    raise error


async def _keys(database: Database) -> list[str]:
    return await database.read(lambda session: sorted(session.scalars(select(GuardCounter.key))))


async def test_what_a_unit_did_is_kept_and_its_answer_returned(database: Database) -> None:
    assert await database.write(lambda session: _put(session, "one")) == "one"
    assert await _keys(database) == ["one"]


@pytest.mark.parametrize("error", [ValueError("no"), StopIteration()])
async def test_a_unit_that_raises_leaves_nothing_and_harms_nobody(
    database: Database, error: Exception
) -> None:
    results = await asyncio.gather(
        database.write(lambda session: _put(session, "before")),
        database.write(lambda session: _put_then_fail(session, "never", error)),
        database.write(lambda session: _put(session, "after")),
        return_exceptions=True,
    )
    assert [results[0], results[2]] == ["before", "after"]
    assert isinstance(results[1], ValueError | RuntimeError)
    assert await _keys(database) == ["after", "before"]


async def test_many_callers_at_once(database: Database) -> None:
    names = [f"{number:03}" for number in range(100)]
    assert (
        await asyncio.gather(
            *(database.write(lambda session, name=name: _put(session, name)) for name in names)
        )
        == names
    )
    assert await _keys(database) == names


async def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError):
        await database.read(lambda session: _put(session, "never"))
    assert await _keys(database) == []


async def test_reading_sees_one_moment(database: Database) -> None:
    def look_twice(session: Session) -> tuple[Any, Any]:
        count = select(func.count()).select_from(GuardCounter)
        before = session.scalar(count)
        await_only(database.write(lambda writing: _put(writing, "meanwhile")))
        return before, session.scalar(count)

    assert await database.read(look_twice) == (0, 0)
    assert await _keys(database) == ["meanwhile"]


async def test_a_caller_that_goes_away_does_not_stop_others(database: Database) -> None:
    gone = asyncio.create_task(database.write(lambda session: _put(session, "gone")))
    await asyncio.sleep(0)
    gone.cancel()
    assert await database.write(lambda session: _put(session, "stays")) == "stays"
    assert "stays" in await _keys(database)


@only_sqlite
async def test_a_full_disk_refuses_everybody_in_the_batch_and_recovers(database: Database) -> None:
    def limit(session: Session, pages: int) -> int:
        return session.execute(text(f"PRAGMA max_page_count = {pages}")).scalar_one()

    smallest = await database.write(lambda session: limit(session, 1))
    big = "x" * 2_000_000

    def fill(session: Session, name: str) -> None:
        session.execute(text("CREATE TABLE IF NOT EXISTS filler (text TEXT)"))
        session.execute(text("INSERT INTO filler VALUES (:text)"), {"text": name + big})

    results = await asyncio.gather(
        *(database.write(lambda session, name=name: fill(session, name)) for name in "abc"),
        return_exceptions=True,
    )
    assert all(isinstance(result, DBAPIError) for result in results)
    assert "full" in str(results[0])
    await database.write(lambda session: limit(session, smallest + 10_000))
    assert await database.write(lambda session: _put(session, "again")) == "again"
    assert await _keys(database) == ["again"]
    assert (
        await database.read(lambda session: session.execute(text("PRAGMA integrity_check")).scalar()) == "ok"
    )


@only_sqlite
async def test_a_closed_database_says_so(database_url: str) -> None:
    database = Database(database_url)
    await database.close()
    with pytest.raises(RuntimeError, match="closed"):
        await database.write(lambda session: _put(session, "late"))
