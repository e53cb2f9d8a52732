"""One unit of work: all of it or nothing, side by side with others, on disk when it is acknowledged."""

import asyncio
from collections.abc import Sequence
from time import sleep
from typing import Any

import pytest
from sqlalchemy import func, make_url, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from meyasubako.core.errors import Unavailable
from meyasubako.store.database import Database
from meyasubako.store.models import GuardCounter
from tests.harness.silent_line import SilentLine
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


async def test_reading_sees_one_moment(database: Database, engine_name: str) -> None:
    loop = asyncio.get_running_loop()

    def look_twice(session: Session) -> tuple[Any, Any]:
        count = select(func.count()).select_from(GuardCounter)
        before = session.scalar(count)
        written = database.write(lambda writing: _put(writing, "meanwhile"))
        if engine_name == "sqlite":
            asyncio.run_coroutine_threadsafe(written, loop).result()
        else:
            await_only(written)
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
    assert all(isinstance(result, Unavailable) for result in results)
    assert isinstance(results[0], Unavailable)
    assert "full" in str(results[0].__cause__)
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


@only_sqlite
async def test_the_writing_thread_survives_whatever_a_unit_raises(database: Database) -> None:
    def give_up(_session: Session) -> None:
        raise SystemExit(1)

    results = await asyncio.gather(
        database.write(lambda session: _put(session, "before")),
        database.write(give_up),
        database.write(lambda session: _put(session, "after")),
        return_exceptions=True,
    )
    assert [results[0], results[2]] == ["before", "after"]
    assert isinstance(results[1], RuntimeError)
    assert await asyncio.wait_for(database.write(lambda session: _put(session, "on")), 10) == "on"


@only_sqlite
def test_a_caller_whose_loop_ended_stops_nobody(database_url: str) -> None:
    async def open_and_ask() -> Database:
        opened = Database(database_url)
        asyncio.create_task(opened.write(lambda session: (sleep(0.3), _put(session, "asked"))[1]))  # noqa: RUF006
        await asyncio.sleep(0.05)
        return opened

    database = asyncio.run(open_and_ask())

    async def go_on() -> list[str]:
        await asyncio.wait_for(database.write(lambda session: _put(session, "stays")), 10)
        found = await _keys(database)
        await database.close()
        return found

    assert asyncio.run(go_on()) == ["asked", "stays"]


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////proc/self/none.sqlite3"], ids=["pg", "sqlite"]
)
async def test_a_database_that_is_not_there_is_unavailable(url: str) -> None:
    database = Database(url, patience=0)
    try:
        for asked in (database.read, database.write):
            with pytest.raises(Unavailable):
                await asked(lambda session: _put(session, "never"))
    finally:
        await database.close()


async def test_what_can_only_be_read_is_read_and_refuses_the_rest(database: Database) -> None:
    """A file nobody may write, a server that follows another one."""
    forbid = {"sqlite": "PRAGMA query_only=ON", "postgresql": "SET TRANSACTION READ ONLY"}

    def write(session: Session) -> None:
        session.execute(text(forbid[database.engine_name]))
        _put(session, "never")

    await database.write(lambda session: _put(session, "before"))
    with pytest.raises(Unavailable):
        await database.write(write)
    assert await _keys(database) == ["before"]


async def test_a_mistake_of_ours_is_not_called_unavailable(database: Database) -> None:
    with pytest.raises(DBAPIError):
        await database.write(lambda session: session.execute(text("SELECT nothing FROM nowhere")))


def _put_each(session: Session, keys: Sequence[str]) -> list[str | Exception]:
    """Puts each but those that are refused; one of them makes all of it fail."""
    if "broken" in keys:
        _put(session, "never")
        raise ValueError("broken")
    kept = [key for key in keys if key != "refused"]
    for key in kept:
        _put(session, key)
    return [f"{key} of {len(keys)}" if key in kept else KeyError(key) for key in keys]


async def test_work_for_many_is_done_together_and_each_gets_what_came_of_its_own(database: Database) -> None:
    keys = [f"{number:03}" for number in range(100)]
    found = await asyncio.gather(
        *(database.write_together(_put_each, key) for key in (*keys, "refused")), return_exceptions=True
    )
    assert isinstance(found.pop(), KeyError)
    assert [str(each).partition(" of ")[0] for each in found] == keys
    # Whatever waited while the first were on their way to the disk was done at once.
    assert max(int(str(each).rpartition(" ")[2]) for each in found) > 1
    assert await _keys(database) == keys


async def test_what_is_wrong_with_one_takes_no_other_with_it(database: Database) -> None:
    found = await asyncio.gather(
        *(database.write_together(_put_each, key) for key in ("one", "broken", "refused", "two")),
        database.write(lambda session: _put(session, "beside")),
        return_exceptions=True,
    )
    assert [type(each) for each in found] == [str, ValueError, KeyError, str, str]
    assert await _keys(database) == ["beside", "one", "two"]


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_a_question_may_take_as_long_as_it_was_given(database_url: str) -> None:
    def ask(session: Session) -> int | None:
        return session.scalar(text("SELECT 1 FROM pg_sleep(0.3)"))

    hurried, patient = (Database(database_url, answer_seconds=each) for each in (0.1, None))
    try:
        with pytest.raises(Unavailable):
            await hurried.read(ask)
        assert await patient.read(ask) == 1
    finally:
        await hurried.close()
        await patient.close()


@pytest.mark.full
@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_a_machine_that_is_gone_without_a_word_keeps_somebody_waiting_once(database_url: str) -> None:
    address = make_url(database_url)
    assert address.port
    async with SilentLine(address.port) as line:
        url = address.set(port=line.port).render_as_string(hide_password=False)
        # Longer than a connection that is silent is waited for when it is let go.
        database = Database(url, pool_size=2, answer_seconds=4)
        try:
            await asyncio.gather(*(_keys(database) for _ in range(2)))
            line.fall_silent()
            with pytest.raises(Unavailable):
                await _keys(database)
            async with asyncio.timeout(3):
                assert await _keys(database) == []
        finally:
            await database.close()


@only_sqlite
async def test_a_failed_commit_fails_all_of_the_batch(database: Database) -> None:
    keys = ["one", "two", "three"]

    def orphan(session: Session) -> None:
        # Noticed at the COMMIT only, when everybody's work is done.
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        session.execute(text("INSERT INTO case_topic (case_id, topic, position) VALUES (1, 'x', 0)"))

    found = await asyncio.gather(
        *(database.write_together(_put_each, key) for key in keys),
        database.write(orphan),
        return_exceptions=True,
    )
    assert all(isinstance(each, Exception) for each in found)
    assert await _keys(database) == []
    await asyncio.gather(*(database.write_together(_put_each, key) for key in keys))
    assert await _keys(database) == sorted(keys)
