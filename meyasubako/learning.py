"""Keeps the suggestions up with the cases and the directory: what a unit marked is taken apart beside the work and learned.

Any number of processes may do so at once: what they learn is added to sums, and a mark is spent once.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from meyasubako.casework import desks, profiles
from meyasubako.casework.suggesting import learning, near, thinking
from meyasubako.casework.suggesting.learning import Due, Guessed, Looked
from meyasubako.casework.suggesting.questions import Question
from meyasubako.casework.suggesting.thinking import Material
from meyasubako.core.desk import Desk
from meyasubako.insight import classify
from meyasubako.insight.similar import Texts
from meyasubako.pacing import Pace
from meyasubako.store.database import Database

logger = logging.getLogger("meyasubako.learning")

CHUNK: Final = 10
ENTRIES: Final = 20
LOOK_EVERY: Final = 0.5
LONGEST_WAIT: Final = 60.0


@dataclass(frozen=True, slots=True)
class _Read:
    """What must be known beside a case's own text."""

    desk: Desk
    material: Material
    earlier: Mapping[int, Mapping[str, int]]


async def learn_some(database: Database, *, limit: int = CHUNK) -> int:
    """Look at a few of the cases that are due; returns how many were looked at."""
    due = await database.read(lambda session: learning.due(session, limit))
    if not due:
        return 0
    counted = await asyncio.to_thread(lambda: {each.case_id: learning.terms_of(each) for each in due})
    read = await database.read(lambda session: {each.case_id: _read(session, each, counted) for each in due})

    def look(each: Due) -> Looked:
        # Those that are looked at together are not kept yet.
        beside = {
            other.case_id: counted[other.case_id]
            for other in due
            if other.case_id < each.case_id and other.desk_id == each.desk_id
        }
        return _look(each, counted[each.case_id], read[each.case_id], beside)

    looked = await asyncio.to_thread(lambda: [look(each) for each in due])
    await database.write(lambda session: learning.keep(session, looked))
    return len(due)


async def know_some(database: Database, *, limit: int = ENTRIES) -> int:
    """Look at a few of the entries of the directory that are due; returns how many were looked at."""
    due = await database.read(lambda session: profiles.due(session, limit))
    if due:
        made = await asyncio.to_thread(lambda: [(each, profiles.terms_of(each)) for each in due])
        await database.write(lambda session: profiles.keep(session, made))
    return len(due)


async def learn_all(database: Database) -> int:
    """Look at cases, and at the directory, until nothing is due; returns how many cases were looked at."""
    while await know_some(database):
        pass
    total = 0
    while done := await learn_some(database):
        total += done
    return total


async def learn_on(database: Database, *, every: float = LOOK_EVERY, pace: Pace | None = None) -> None:
    """Learn what comes until cancelled. No failure ends it."""
    pace, failures = pace or Pace(), 0
    while True:
        try:
            size, entries = pace.size(CHUNK), pace.size(ENTRIES)
            async with pace.turn():
                done = await learn_some(database, limit=size)
            async with pace.turn():
                is_full = await know_some(database, limit=entries) == entries or done == size
            failures = 0
        except Exception:
            failures += 1
            logger.exception("learning failed", extra={"facts": {"failures": failures}})
            await asyncio.sleep(min(every * 2**failures, LONGEST_WAIT))
        else:
            await asyncio.sleep(0 if is_full else every)


async def rebuild(database: Database) -> int:
    """Forget what was learned and learn it anew of what is confirmed; returns how many cases were looked at."""
    await database.write(learning.start_over)
    await database.write(profiles.mark_all)
    return await learn_all(database)


async def verify(database: Database) -> tuple[int, tuple[str, ...]]:
    """How many cases were learned of, and how the sums differ from what they should be; it changes nothing."""
    return await database.read(learning.differences)


def _read(session: Session, due: Due, counted: Mapping[int, Mapping[str, int]]) -> _Read:
    mine = counted[due.case_id]
    learned = learning.learned_of(session, due.desk_id, mine)
    return _Read(
        desks.find_by_id(session, due.desk_id).desk,
        Material(mine, learned, thinking.sharpness(session, due.desk_id) if _is_decided(due) else {}),
        near.candidates(session, due.desk_id, due.case_id, mine),
    )


def _look(
    due: Due, counted: Mapping[str, int], read: _Read, beside: Mapping[int, Mapping[str, int]]
) -> Looked:
    found = Texts({**read.earlier, **beside}).nearest(counted, count=near.COUNT)
    guesses: list[Guessed] = []
    if _is_decided(due):
        # As it would have been said before the decision: what is learned of it is not yet among the sums.
        decided = due.answers or {}
        for question in [each for each in Question if each.value in decided]:
            opinions = thinking.likely(read.desk, question, due.kind, read.material, sharper=1.0)
            if opinions:
                model = {each.label: each.probability for each in opinions}
                first = opinions[0].label
                said = classify.tempered(model, read.material.sharper.get(question, 1.0))[first]
                guesses.append(Guessed(question, model, first, said))
    return Looked(due, counted, found, guesses)


def _is_decided(due: Due) -> bool:
    """Whether people decided about a case since it was last looked at, for the first time."""
    return due.answers is not None and due.learned is None
