"""Callers that ask without a pause, each over a connection of its own, with requests made ready before."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

import uvloop

from tests.bench import lines

PATIENCE: Final = 240.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how long it took."""

    status: int
    head: bytes
    body: bytes
    ms: float


@dataclass(frozen=True, slots=True)
class Answers:
    """What all callers together were answered, and in how many seconds."""

    answers: Sequence[Answer]
    seconds: float

    @property
    def per_second(self) -> float:
        """How many answers came in a second."""
        return round(len(self.answers) / self.seconds, 1)

    def figures(self) -> dict[str, float]:
        """Per second, and how long they took."""
        took = [each.ms for each in self.answers]
        return {
            "per_s": self.per_second,
            "p50_ms": round(lines.nearest_rank(took, 0.5), 1),
            "p99_ms": round(lines.nearest_rank(took, 0.99), 1),
        }


def joined(turns: Sequence[Answers]) -> Answers:
    """What several turns found, as one."""
    return Answers([each for turn in turns for each in turn.answers], sum(turn.seconds for turn in turns))


def call(address: str, requests: Sequence[bytes], callers: int) -> Answers:
    """Ask everything, so many at a time."""
    return uvloop.run(_call(address, iter(requests), callers))


async def _call(address: str, requests: Iterator[bytes], callers: int) -> Answers:
    place = urlsplit(address)
    found: list[Answer] = []
    opened = [await asyncio.open_connection(place.hostname, place.port, limit=2**20) for _ in range(callers)]
    began = perf_counter()
    async with asyncio.timeout(PATIENCE):
        # One iterator for all: whoever is free asks the next.
        await asyncio.gather(*(_ask(*each, requests, found.append) for each in opened))
    took = perf_counter() - began
    for _, writer in opened:
        writer.close()
    return Answers(found, took)


async def _ask(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    requests: Iterator[bytes],
    keep: Callable[[Answer], None],
) -> None:
    for request in requests:
        began = perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        _, _, after = head.lower().partition(b"\r\ncontent-length:")
        body = await reader.readexactly(int(after.partition(b"\r\n")[0] or 0))
        keep(Answer(int(head[9:12]), head, body, 1000 * (perf_counter() - began)))
