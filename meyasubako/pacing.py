"""How work that nobody waits for gives way to those who wait for a page: one piece at a time, and rests between the pieces."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Final

REST: Final = 1.0
REST_PRESSED: Final = 9.0
"""How many times as long as a piece took is rested after it; the second while somebody waits at the gate of the pages."""

LONGEST_REST: Final = 2.0
FEW: Final = 2


def _never() -> bool:
    return False


class Pace:
    """The pace of one process. `is_pressed` says whether people wait there; where none are served, nobody does."""

    def __init__(self, is_pressed: Callable[[], bool] = _never) -> None:
        self._is_pressed = is_pressed
        self._turn = asyncio.Lock()

    def size(self, chunk: int) -> int:
        """How much is done in one piece: `chunk`, or little while somebody waits."""
        return min(chunk, FEW) if self._is_pressed() else chunk

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One piece of work that costs computing time. It is followed by a rest in which no other begins."""
        async with self._turn:
            began = perf_counter()
            yield
            await self.rest(perf_counter() - began)

    async def rest(self, took: float) -> None:
        """The rest after a piece that took so many seconds. No backlog is so long that it would be left out."""
        times = REST_PRESSED if self._is_pressed() else REST
        await asyncio.sleep(min(took * times, LONGEST_REST))
