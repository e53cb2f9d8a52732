"""Keeps the index of search up with the cases: what a unit marked is taken apart beside the work and kept in a unit of its own.

Any number of processes may do so at once.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from meyasubako.casework.searching import checking, index
from meyasubako.pacing import Pace
from meyasubako.store.database import Database

logger = logging.getLogger("meyasubako.indexing")

CHUNK: Final = 20
LOOK_EVERY: Final = 0.5
LONGEST_WAIT: Final = 60.0


async def index_some(database: Database, *, limit: int = CHUNK) -> int:
    """Index a few of the cases that are due; returns how many were looked at."""
    due = await database.read(lambda session: index.due(session, limit))
    if due:
        made = await asyncio.to_thread(lambda: [index.make(each) for each in due])
        await database.write(lambda session: index.keep(session, made))
    return len(due)


async def index_all(database: Database) -> int:
    """Index until nothing is due; returns how many cases were looked at."""
    total = 0
    while done := await index_some(database):
        total += done
    return total


async def index_on(database: Database, *, every: float = LOOK_EVERY, pace: Pace | None = None) -> None:
    """Index what comes until cancelled. No failure ends it."""
    pace, failures = pace or Pace(), 0
    while True:
        try:
            size = pace.size(CHUNK)
            async with pace.turn():
                done = await index_some(database, limit=size)
            failures = 0
        except Exception:
            failures += 1
            logger.exception("indexing failed", extra={"facts": {"failures": failures}})
            await asyncio.sleep(min(every * 2**failures, LONGEST_WAIT))
        else:
            await asyncio.sleep(0 if done == size else every)


async def rebuild(database: Database) -> int:
    """Make the whole index anew, a few cases at a time, so that search goes on meanwhile; returns how many cases there are."""
    await database.write(index.sweep)
    after = total = 0
    while ids := await database.read(
        lambda session, after=after: index.next_ids(session, after=after, limit=CHUNK)
    ):
        await database.write(lambda session, ids=ids: index.take_out(session, ids))
        await index_all(database)
        after, total = ids[-1], total + len(ids)
    return total


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at the index came to: how many cases, how many of them still wait, and what differs, in words."""

    cases: int
    waiting: int
    differences: tuple[str, ...]


async def verify(database: Database) -> Verified:
    """Compare the whole index with the cases; it changes nothing."""
    differences = list(await database.read(checking.strays))
    if not await database.write(checking.is_sound):
        differences.append("索引そのものが壊れています。")
    total = waiting = 0
    async for checked in _standing(database):
        total += len(checked)
        waiting += sum(each.due.mark is not None for each in checked)
        differences += await asyncio.to_thread(
            lambda checked=checked: [said for each in checked for said in checking.differences(each)]
        )
    return Verified(total, waiting, tuple(differences))


async def _standing(database: Database) -> AsyncIterator[list[checking.Standing]]:
    after = 0
    while found := await database.read(
        lambda session, after=after: checking.standing(session, after=after, limit=CHUNK)
    ):
        yield found
        after = found[-1].due.case_id
