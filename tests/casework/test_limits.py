"""Counting tries: what is refused, for how long, and that counting together loses nothing."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from meyasubako.casework import limits
from meyasubako.core.errors import TooMany
from meyasubako.store.database import Database

NOW = datetime(2026, 7, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = limits.key("test", "203.0.113.10")


def seconds(count: int) -> timedelta:
    return timedelta(seconds=count)


async def hit(database: Database, *, at: datetime = NOW, key: str = KEY) -> None:
    await database.write(lambda session: limits.hit(session, key, limit=3, window=HOUR, at=at))


async def attempt(database: Database, *, at: datetime = NOW) -> None:
    await database.write(lambda session: limits.attempt(session, KEY, at=at))


def test_a_key_hides_what_it_counts() -> None:
    assert len(KEY) == 64
    assert "203" not in limits.key("test", "203")
    assert limits.key("ab", "c") != limits.key("a", "bc")


async def test_the_limit_holds_until_the_window_ends(database: Database) -> None:
    for _ in range(3):
        await hit(database)
    with pytest.raises(TooMany) as refused:
        await hit(database, at=NOW + timedelta(minutes=20))
    assert refused.value.retry_after == 40 * 60
    assert "40分後" in refused.value.message
    await hit(database, at=NOW + HOUR)
    await hit(database, key=limits.key("test", "another"))


async def test_a_window_begins_anew_with_its_own_count(database: Database) -> None:
    for _ in range(3):
        await hit(database)
    for _ in range(3):
        await hit(database, at=NOW + HOUR)
    with pytest.raises(TooMany):
        await hit(database, at=NOW + HOUR)


async def test_hits_at_the_same_time_are_all_counted(database: Database) -> None:
    results = await asyncio.gather(*(hit(database) for _ in range(12)), return_exceptions=True)
    assert [type(each) for each in results if each is not None] == [TooMany] * 9


async def test_what_is_only_counted_is_never_refused(database: Database) -> None:
    async def count(at: datetime = NOW) -> int:
        return await database.write(lambda session: limits.count(session, KEY, window=HOUR, at=at))

    async def seen(at: datetime = NOW) -> int:
        return await database.read(lambda session: limits.seen(session, KEY, at=at))

    assert await seen() == 0
    assert [await count() for _ in range(5)] == [1, 2, 3, 4, 5]
    assert (await seen(), await seen(NOW + HOUR)) == (5, 0)
    assert await count(NOW + HOUR) == 1


async def test_five_wrong_tries_are_free_then_each_waits_twice_as_long(database: Database) -> None:
    at = NOW
    for _ in range(limits.FREE_TRIES):
        await attempt(database, at=at)
    waits = []
    for _ in range(12):
        await attempt(database, at=at)
        with pytest.raises(TooMany) as refused:
            await attempt(database, at=at)
        waits.append(refused.value.retry_after)
        at += seconds(refused.value.retry_after)
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


async def test_a_refused_try_does_not_make_the_wait_longer(database: Database) -> None:
    for _ in range(limits.FREE_TRIES + 1):
        await attempt(database)
    for _ in range(3):
        with pytest.raises(TooMany):
            await attempt(database, at=NOW + seconds(1))
    await attempt(database, at=NOW + seconds(2))


async def test_tries_at_the_same_time_get_no_more_than_the_free_ones(database: Database) -> None:
    results = await asyncio.gather(*(attempt(database) for _ in range(16)), return_exceptions=True)
    assert sum(each is None for each in results) == limits.FREE_TRIES + 1
    assert {type(each) for each in results if each is not None} == {TooMany}


async def test_a_right_try_forgets_the_wrong_ones(database: Database) -> None:
    for _ in range(limits.FREE_TRIES + 1):
        await attempt(database)
    await database.write(lambda session: limits.clear(session, KEY))
    for _ in range(limits.FREE_TRIES):
        await attempt(database)


async def test_wrong_tries_are_forgotten_a_day_after_the_last_one(database: Database) -> None:
    for _ in range(limits.FREE_TRIES):
        await attempt(database)
    await attempt(database, at=NOW + HOUR)
    # A day after the first, but not yet a day after the last: the seventh waits.
    await attempt(database, at=NOW + timedelta(days=1))
    with pytest.raises(TooMany):
        await attempt(database, at=NOW + timedelta(days=1))
    for _ in range(limits.FREE_TRIES):
        await attempt(database, at=NOW + timedelta(days=2))


async def test_counters_whose_time_is_over_are_removed(database: Database) -> None:
    await hit(database)
    await hit(database, key=limits.key("test", "later"), at=NOW + HOUR)
    assert await database.write(lambda session: limits.forget(session, at=NOW + HOUR)) == 1
    assert await database.write(lambda session: limits.forget(session, at=NOW + HOUR)) == 0


def test_a_wait_is_said_in_seconds_or_whole_minutes() -> None:
    assert [limits._wait(each) for each in (2, 59, 60, 61, 900)] == ["2秒", "59秒", "1分", "2分", "15分"]
