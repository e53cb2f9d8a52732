"""A server in a thread of its own, with a loop of its own: it also serves programs a test starts and waits for."""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Self

WAIT_SECONDS = 60.0


class ThreadedServer(ABC):
    """Listens on a free loopback port as long as it is entered. `cut_off`: what ends the conversations still going on."""

    def __init__(self, name: str) -> None:
        self.port = 0
        self.cut_off: list[Callable[[], None]] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(WAIT_SECONDS):
            raise RuntimeError(f"the {self._thread.name} did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @abstractmethod
    async def listen(self) -> asyncio.Server:
        """Begin to listen, in the thread."""

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self.listen())
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            for each in self.cut_off:
                each()
            self._loop.run_until_complete(self._settle())
            self._loop.close()

    async def _settle(self) -> None:
        """Let the conversations end that were cut off."""
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
