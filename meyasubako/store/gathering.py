"""Work that many wait for is done for all of them in one transaction, where units otherwise run side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

Together = Callable[[Session, Sequence[Any]], Sequence[Any]]
"""Work for several items: for each what came of it, or the error its caller gets; that item has then left no trace."""

AT_ONCE: Final = 2
"""So many transactions of the same work at a time: while one is on its way to the disk, the next is filled."""


class Gatherer:
    """Gathers items while others are worked on.

    `write` runs a unit in a transaction, `most` is how many items it does at once; of an error for which `is_away` holds
    nobody knows what was kept, so that nothing is done again.
    """

    def __init__(
        self,
        write: Callable[[Callable[[Session], Any]], Awaitable[Any]],
        most: int,
        is_away: Callable[[Exception], bool],
    ) -> None:
        self._write = write
        self._is_away = is_away
        self._most = most
        self._waiting: dict[Together, list[tuple[Any, asyncio.Future[Any]]]] = {}
        self._tasks: dict[Together, set[asyncio.Task[None]]] = {}

    async def submit(self, work: Together, item: Any) -> Any:
        """What came of an item."""
        outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(work, []).append((item, outcome))
        tasks = self._tasks.setdefault(work, set())
        if len(tasks) < AT_ONCE:
            task = asyncio.create_task(self._work_off(work))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        # A caller that goes away does not undo what is already under way.
        return await asyncio.shield(outcome)

    async def _work_off(self, work: Together) -> None:
        while waiting := self._waiting[work]:
            batch, self._waiting[work] = waiting[: self._most], waiting[self._most :]
            await self._work_on(work, batch)

    async def _work_on(self, work: Together, batch: Sequence[tuple[Any, asyncio.Future[Any]]]) -> None:
        try:
            found = await self._write(lambda session: work(session, [item for item, _ in batch]))
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            if len(batch) > 1 and not self._is_away(error):
                # What is wrong with one takes no other with it.
                for each in batch:
                    await self._work_on(work, [each])
                return
            found = [error] * len(batch)
        for (_, outcome), came in zip(batch, found, strict=True):
            if not outcome.done():
                if isinstance(came, Exception):
                    outcome.set_exception(came)
                else:
                    outcome.set_result(came)
