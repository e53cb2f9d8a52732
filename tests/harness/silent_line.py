"""A line to a server that can fall silent, as when the machine at its other end is gone and no packet says so."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self


class SilentLine:
    """Hands on to a port of this machine what comes to its own."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._carried: set[asyncio.Task[None]] = set()
        self._held: list[asyncio.StreamWriter] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.fall_silent()
        for each in self._held:
            each.close()
        self._server.close()

    def fall_silent(self) -> None:
        """Of the connections there are, none carries anything any more, and none is closed. New ones work."""
        for each in self._carried:
            each.cancel()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to_there = await asyncio.open_connection("127.0.0.1", self._to)
        self._held += [writer, to_there]
        for pair in ((reader, to_there), (there, writer)):
            task = asyncio.create_task(_carry(*pair))
            self._carried.add(task)
            task.add_done_callback(self._carried.discard)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
        writer.close()
