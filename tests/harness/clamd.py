"""A virus scanner as clamd is one from outside: it speaks INSTREAM and knows one virus, which harms nobody."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from meyasubako.core.settings import Clamd

VIRUS = b"this is what a virus would look like"


@dataclass
class Scanner:
    """What it was shown, and how it behaves: `limit` as StreamMaxLength, `is_mute` never answers."""

    address: Clamd
    limit: int = 100_000_000
    is_mute: bool = False
    seen: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            content = b""
            while length := struct.unpack(">L", await reader.readexactly(4))[0]:
                content += await reader.readexactly(length)
                if len(content) > self.limit:
                    await self._answer(writer, b"INSTREAM size limit exceeded. ERROR")
                    return
            self.seen.append(content)
            await self._answer(writer, b"stream: Test.Virus FOUND" if VIRUS in content else b"stream: OK")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, words: bytes) -> None:
        if self.is_mute:
            await asyncio.sleep(60)
        writer.write(words + b"\0")
        await writer.drain()


@asynccontextmanager
async def scanning(address: Clamd | None = None) -> AsyncIterator[Scanner]:
    """A scanner on a free port, or at this address."""
    scanner = Scanner(address or Clamd("127.0.0.1", 0, None))
    if scanner.address.socket:
        server = await asyncio.start_unix_server(scanner.serve, scanner.address.socket)
    else:
        server = await asyncio.start_server(scanner.serve, scanner.address.host, scanner.address.port)
        port = server.sockets[0].getsockname()[1]
        scanner.address = Clamd("127.0.0.1", port, None)
    try:
        yield scanner
    finally:
        server.close()
