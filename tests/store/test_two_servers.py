"""A PostgreSQL server that restarts under load, and one that follows it: nobody is told a wrong thing, and nothing is lost."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from meyasubako.core.errors import NotFound, Unavailable
from meyasubako.store.database import Database
from meyasubako.store.models import GuardCounter, table_of
from tests.harness.postgres import REPLICATED, Follower, PostgresServer
from tests.harness.story import BEGUN_AT

WRITERS = 8
NAME = "restarted"


@pytest.fixture(scope="module")
def main_server() -> Iterator[PostgresServer]:
    with PostgresServer(**REPLICATED) as server:
        asyncio.run(_make_table(server.create(NAME)))
        yield server


async def _make_table(url: str) -> None:
    database = Database(url)
    table = table_of(GuardCounter)
    await database.write(lambda session: table.create(session.connection()))
    await database.close()


@pytest.fixture(scope="module")
def follower(main_server: PostgresServer) -> Iterator[Follower]:
    with Follower(main_server) as server:
        yield server


@pytest.fixture
async def opened(main_server: PostgresServer, follower: Follower) -> AsyncIterator[Database]:
    database = Database(main_server.url(NAME), read_url=follower.url(NAME))
    yield database
    await database.close()
    main_server.empty(NAME)


def _put(session: Session, key: str) -> str:
    session.add(GuardCounter(key=key, count=1, window_ends_at=BEGUN_AT))
    session.flush()
    return key


def _keys(session: Session) -> list[str]:
    return sorted(session.scalars(select(GuardCounter.key)))


async def _write_on(database: Database, name: str, told: list[str], is_over: Callable[[], bool]) -> int:
    """Write one thing after another, as long as the service is open; how often somebody had to be sent away."""
    refused = number = 0
    while not is_over():
        key = f"{name}-{number:05}"
        try:
            told.append(await database.write(lambda session, key=key: _put(session, key)))
        except Unavailable:
            refused += 1
            await asyncio.sleep(0.05)
        number += 1
    return refused


async def _until(is_so: Callable[[], bool]) -> None:
    for _ in range(6000):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not go on")


@pytest.mark.parametrize(
    "how",
    [signal.SIGINT, pytest.param(signal.SIGQUIT, marks=pytest.mark.torture)],
    ids=["restarted", "crashed"],
)
async def test_units_wait_for_a_server_that_restarts_and_keep_what_was_acknowledged(
    main_server: PostgresServer, opened: Database, how: signal.Signals
) -> None:
    told: list[str] = []
    is_over = asyncio.Event()
    writing = [
        asyncio.create_task(_write_on(opened, f"{each}", told, is_over.is_set)) for each in range(WRITERS)
    ]
    await _until(lambda: len(told) >= 10 * WRITERS)
    await asyncio.to_thread(main_server.stop, how)
    reading = asyncio.create_task(opened.read(_keys))
    await asyncio.to_thread(main_server.start_again)
    before = len(told)
    await _until(lambda: len(told) >= before + 10 * WRITERS)
    is_over.set()
    refused = await asyncio.gather(*writing)
    # Only who was just being kept cannot be told whether it was.
    assert all(each <= 1 for each in refused)
    assert len(await reading) >= 10 * WRITERS
    kept = await opened.read(_keys)
    assert set(told) <= set(kept)
    assert len(kept) <= len(told) + sum(refused)


async def test_a_server_that_stays_away_is_waited_for_once(main_server: PostgresServer) -> None:
    database = Database(main_server.url(NAME), patience=0.5)
    main_server.stop()
    try:
        for _ in range(3):
            with pytest.raises(Unavailable):
                await database.read(_keys)
    finally:
        main_server.start_again()
    assert await database.read(_keys) == []
    await database.close()


async def test_figures_come_from_the_second_server_while_it_keeps_up(
    main_server: PostgresServer, follower: Follower, opened: Database
) -> None:
    def where(session: Session) -> bool:
        return bool(session.scalar(select(func.pg_is_in_recovery())))

    async def until(asked: Database, *, follows: bool) -> None:
        for _ in range(600):
            if await asked.look_back(where) is follows:
                return
            await asyncio.sleep(0.05)
        raise AssertionError("the second server did not come")

    await opened.write(lambda session: _put(session, "one"))
    await until(opened, follows=True)
    # What it refuses is asked once more where it was written.
    asked: list[bool] = []

    def refuse(session: Session) -> None:
        asked.append(where(session))
        raise NotFound

    with pytest.raises(NotFound):
        await opened.look_back(refuse)
    assert asked == [True, False]

    follower.execute("SELECT pg_wal_replay_pause()")
    await opened.write(lambda session: _put(session, "two"))
    # Somebody new asks it to be as far as the main server is now.
    fresh = Database(main_server.url(NAME), read_url=follower.url(NAME))
    assert await fresh.look_back(_keys) == ["one", "two"]
    assert await fresh.look_back(where) is False
    follower.execute("SELECT pg_wal_replay_resume()")
    await until(fresh, follows=True)

    follower.stop()
    assert await fresh.look_back(_keys) == ["one", "two"]
    follower.start_again()
    await until(fresh, follows=True)
    await fresh.close()


async def test_several_processes_take_turns_at_a_work(main_server: PostgresServer, opened: Database) -> None:
    other = Database(main_server.url(NAME))
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold(session: Session) -> None:
        loop.call_soon(begun.set)
        session.execute(text("SELECT pg_sleep(0.3)"))
        _put(session, "first")

    first = asyncio.create_task(opened.write_alone("sweeping", hold))
    await begun.wait()
    beside = await other.write_alone("something else", _keys)
    assert beside == []
    # What the other one did is there: it is not done once more.
    assert await other.write_alone("sweeping", _keys) == ["first"]
    await first
    await other.close()
