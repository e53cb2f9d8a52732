"""Keeps the sums of the tallies up with the ledger, and what is published up with the closed months; a part at a time, each in a unit.

Any number of processes may do so at once: whoever is second finds the work done.
"""

import asyncio
import logging
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from meyasubako.casework import desks, tallies
from meyasubako.casework.tallies import folding, sums
from meyasubako.pacing import Pace
from meyasubako.store.database import Database

logger = logging.getLogger("meyasubako.summing")

CHUNK: Final = 2_000
RECEIPTS: Final = 1_000
LOOK_EVERY: Final = 1.0
LONGEST_WAIT: Final = 60.0


async def sum_some(database: Database, *, limit: int = CHUNK) -> int:
    """Take up some entries of each desk whose ledger has gone on; returns how many, and counts topics anew where they moved."""
    done = 0
    for desk_id in await database.read(sums.due):
        await _renew(database, desk_id)
        done += await database.write(
            lambda session, desk_id=desk_id: sums.fold(
                session, desks.find_by_id(session, desk_id), limit=limit
            )
        )
    return done


async def sum_all(database: Database, *, limit: int = CHUNK) -> int:
    """Take up entries until none is left; returns how many."""
    total = 0
    while done := await sum_some(database, limit=limit):
        total += done
    return total


async def publish_some(database: Database, *, at: datetime) -> int:
    """Publish what desks have closed and not published, as when a desk begins to; returns how many months."""
    done = 0
    for desk_id in await database.read(tallies.to_publish):
        applied = await database.read(lambda session, desk_id=desk_id: desks.find_by_id(session, desk_id))
        if applied.desk.public_statistics.enabled:
            done += await database.write(
                lambda session, applied=applied: tallies.publish(session, applied, at=at)
            )
    return done


async def sum_on(database: Database, *, every: float = LOOK_EVERY, pace: Pace | None = None) -> None:
    """Take up what comes until cancelled. No failure ends it."""
    pace, failures = pace or Pace(), 0
    while True:
        try:
            async with pace.turn():
                done = await sum_some(database)
            failures = 0
        except Exception:
            failures += 1
            logger.exception("summing failed", extra={"facts": {"failures": failures}})
            await asyncio.sleep(min(every * 2**failures, LONGEST_WAIT))
        else:
            await asyncio.sleep(0 if done >= CHUNK else every)


async def rebuild(database: Database) -> int:
    """Forget all sums and make them anew; figures are exact meanwhile. Returns how many entries were taken up."""
    await database.write(sums.start_over)
    return await sum_all(database)


async def verify(database: Database) -> tuple[int, tuple[str, ...]]:
    """How many desks there are, and how their sums differ from their ledgers; it changes nothing."""

    def compare(session: Session) -> tuple[int, tuple[str, ...]]:
        every = desks.every(session)
        return len(every), tuple(told for each in every for told in sums.differences(session, each))

    return await database.read(compare)


async def _renew(database: Database, desk_id: int) -> None:
    plan = await database.read(lambda session: sums.outdated(session, desks.find_by_id(session, desk_id)))
    if plan is None:
        return
    counted = folding.Changes()
    for part in plan.parts(RECEIPTS):
        counted.update(
            await database.read(
                lambda session, part=part: sums.count_topics(
                    session, desks.find_by_id(session, desk_id), plan, part
                )
            )
        )
    await database.write(
        lambda session: sums.renew(session, desks.find_by_id(session, desk_id), plan, counted)
    )
