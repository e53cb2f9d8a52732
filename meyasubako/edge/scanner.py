"""Asks a ClamAV daemon (clamd) whether a file holds a virus, over its INSTREAM command."""

import asyncio
import logging
import struct
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from typing import BinaryIO, Final

from meyasubako.core.settings import Clamd

logger = logging.getLogger("meyasubako.scanner")

CHUNK: Final = 64 * 1024
ANSWER_SECONDS: Final = 120.0
LONGEST_ANSWER: Final = 4_096


class Verdict(Enum):
    """What the scanner said. UNDECIDED: it could not look into this file."""

    CLEAN = auto()
    INFECTED = auto()
    UNDECIDED = auto()


class ScannerAway(Exception):
    """The scanner does not answer."""


async def scan(file: BinaryIO, *, clamd: Clamd, patience: float = ANSWER_SECONDS) -> Verdict:
    """Have a file scanned. Raises ScannerAway, also where the file cannot be read to its end."""
    try:
        async with asyncio.timeout(patience):
            answer = await _ask(clamd, file.read)
    except (OSError, TimeoutError) as error:
        raise ScannerAway(type(error).__name__) from error
    if answer.endswith("FOUND"):
        return Verdict.INFECTED
    if answer == "stream: OK":
        return Verdict.CLEAN
    # As of a file larger than its own limit: then it says so, or just hangs up.
    logger.warning("the scanner could not decide", extra={"facts": {"answer": answer[:200]}})
    return Verdict.UNDECIDED


async def _ask(clamd: Clamd, read: Callable[[int], bytes]) -> str:
    if clamd.socket:
        reader, writer = await asyncio.open_unix_connection(clamd.socket, limit=LONGEST_ANSWER)
    else:
        reader, writer = await asyncio.open_connection(clamd.host, clamd.port, limit=LONGEST_ANSWER)
    # Listening from the start: one that has heard enough answers before everything was sent.
    answering = asyncio.create_task(reader.readuntil(b"\0"))
    try:
        with suppress(ConnectionError):
            writer.write(b"zINSTREAM\0")
            while not answering.done() and (piece := await asyncio.to_thread(read, CHUNK)):
                writer.write(struct.pack(">L", len(piece)) + piece)
                await writer.drain()
            writer.write(struct.pack(">L", 0))
            await writer.drain()
        try:
            answer = await answering
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            return type(error).__name__
        return answer.rstrip(b"\0").decode("utf-8", errors="replace").strip()
    finally:
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
