"""Looks after the files: what nobody needs any more goes, and what waits for the virus scanner is shown to it.

Any number of processes may do so at once.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from meyasubako.casework import attachments
from meyasubako.casework.attachments import Waiting
from meyasubako.core import dates
from meyasubako.core.settings import Clamd, Settings
from meyasubako.core.vocabulary import ScanState
from meyasubako.edge import scanner
from meyasubako.edge.files import PARTS, Cabinet, open_cabinet
from meyasubako.edge.scanner import ScannerAway, Verdict
from meyasubako.store.database import Database

logger = logging.getLogger("meyasubako.files")

CHUNK: Final = 100
SCANS: Final = 8
AGAIN_EVERY: Final = 60.0
LONGEST_WAIT: Final = 60.0


async def sweep(database: Database, cabinet: Cabinet, *, at: datetime, part: int) -> None:
    """Remove forms nobody sent with their files, contents nothing names, and what else lies in one part of the cabinet."""
    before = at - attachments.GRACE
    gone = CHUNK
    while gone == CHUNK:
        gone = await database.write(lambda session: attachments.forget_drafts(session, at=at, limit=CHUNK))
    unnamed = CHUNK
    while unnamed == CHUNK:
        digests = await database.write(
            lambda session: attachments.forget_contents(session, at=at, limit=CHUNK)
        )
        unnamed = len(digests)
        await _discard(cabinet, digests, before)
    await asyncio.to_thread(cabinet.forget_arrivals, before=before)
    lying = await asyncio.to_thread(lambda: list(cabinet.digests(part % PARTS, before=before)))
    for start in range(0, len(lying), CHUNK):
        some = lying[start : start + CHUNK]
        stray = await database.read(lambda session, some=some: attachments.unnamed(session, some))
        await _discard(cabinet, stray, before)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a round of scanning came to: the last content looked at, 0 if there was none; how many were decided."""

    last: int
    decided: int


async def scan(
    database: Database,
    cabinet: Cabinet,
    clamd: Clamd,
    *,
    after: int = 0,
    at: datetime,
    patience: float = scanner.ANSWER_SECONDS,
) -> Scanned:
    """Show the next few contents to the scanner. Raises ScannerAway; what is undecided goes on waiting."""
    found = await database.read(lambda session: attachments.waiting(session, after=after, limit=SCANS))
    decided = 0
    for each in found:
        state = await _state(cabinet, clamd, each, patience)
        if state is None:
            continue
        decided += await database.write(
            lambda session, each=each, state=state: attachments.note_scan(session, each.id, state, at=at)
        )
        if state is ScanState.INFECTED:
            logger.warning("a virus was found", extra={"facts": {"stored_file": each.id}})
            await asyncio.to_thread(cabinet.discard, each.digest)
    return Scanned(found[-1].id if found else 0, decided)


async def scan_on(database: Database, settings: Settings, *, every: float) -> None:
    """Scan what comes until cancelled. No failure ends it: while the scanner is away, everything waits."""
    assert settings.clamd
    cabinet, loop = open_cabinet(settings), asyncio.get_running_loop()
    after, failures, again_at = 0, 0, loop.time() + AGAIN_EVERY
    while True:
        wait = every
        try:
            done = await scan(database, cabinet, settings.clamd, after=after, at=dates.now())
            failures = 0
            after = done.last or after
            wait = 0 if done.last else every
        except ScannerAway as error:
            failures += 1
            facts = {"failures": failures, "reason": str(error)}
            logger.warning("the virus scanner does not answer", extra={"facts": facts})
        except Exception:
            failures += 1
            logger.exception("scanning failed", extra={"facts": {"failures": failures}})
        if failures:
            wait = min(every * 2**failures, LONGEST_WAIT)
        if loop.time() >= again_at:
            # What was undecided is tried again now and then, not all the time.
            after, again_at = 0, loop.time() + AGAIN_EVERY
        await asyncio.sleep(wait)


async def _state(cabinet: Cabinet, clamd: Clamd, content: Waiting, patience: float) -> ScanState | None:
    try:
        with await asyncio.to_thread(cabinet.open, content.digest) as file:
            verdict = await scanner.scan(file, clamd=clamd, patience=patience)
    except FileNotFoundError:
        logger.error("a file is missing", extra={"facts": {"stored_file": content.id}})  # noqa: TRY400
        return None
    return {Verdict.CLEAN: ScanState.CLEAN, Verdict.INFECTED: ScanState.INFECTED}.get(verdict)


async def _discard(cabinet: Cabinet, digests: list[str], before: datetime) -> None:
    for each in digests:
        await asyncio.to_thread(cabinet.discard, each, before=before)
