"""A mail server that does one thing wrong: slow, refusing, hanging up, at any point of the conversation. It keeps what it took."""

import asyncio
import email
import email.policy
from contextlib import suppress
from dataclasses import dataclass

from tests.harness.mail_server import Delivery
from tests.harness.threaded import ThreadedServer

STEPS = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "BODY", "END", "QUIT")
"""The points of a conversation: BODY is in the middle of the text, END after it was kept."""

_SAID = {
    "CONNECT": "220 mail.example.jp ready",
    "EHLO": "250 mail.example.jp",
    "HELO": "250 mail.example.jp",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    "END": "250 2.0.0 kept",
    "RSET": "250 2.0.0 ok",
    "QUIT": "221 2.0.0 bye",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong and where: an answer instead of the right one, "" to hang up; after so many seconds."""

    step: str
    answer: str | None = None
    seconds: float = 0.0


class BrokenMailServer(ThreadedServer):
    """Programs hand mails over to it. `fault` is what is wrong with it now, None while all is well."""

    def __init__(self) -> None:
        super().__init__("broken mail server")
        self.deliveries: list[Delivery] = []
        self.fault: Fault | None = None

    @property
    def url(self) -> str:
        """The address for `MEYASUBAKO_SMTP`."""
        return f"smtp+plain://127.0.0.1:{self.port}"

    async def listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._talk, "127.0.0.1", 0)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.cut_off.append(writer.transport.abort)
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._converse(reader, writer)
        writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not await self._answer(writer, "CONNECT"):
            return
        sender, recipients = "", []
        while line := (await reader.readline()).decode().strip():
            word, about = line[:4].upper(), line.partition(":")[2].partition(">")[0].strip(" <")
            if word == "MAIL":
                sender, recipients = about, []
            if word == "RCPT":
                recipients.append(about)
            is_right = await self._answer(writer, word)
            if is_right and word == "DATA":
                await self._take(reader, writer, sender, recipients)
            if word == "QUIT":
                return

    async def _take(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sender: str, recipients: list[str]
    ) -> None:
        content = b""
        while (line := await reader.readline()) not in {b".\r\n", b""}:
            content += line.removeprefix(b".")
            if self._is_at("BODY"):
                await self._answer(writer, "BODY")
        if self._is_at("END") and self.fault and (self.fault.answer or "")[:1] in {"4", "5"}:
            await self._answer(writer, "END")
            return
        message = email.message_from_bytes(content, policy=email.policy.default)
        self.deliveries.append(Delivery(sender, tuple(recipients), message))
        await self._answer(writer, "END")

    def _is_at(self, step: str) -> bool:
        return self.fault is not None and self.fault.step == step

    async def _answer(self, writer: asyncio.StreamWriter, step: str) -> bool:
        """Say what is right here, or what is wrong now; whether it was right. Raises ConnectionResetError after hanging up."""
        fault, said = self.fault, _SAID.get(step, "500 5.5.1 unknown")
        if fault is not None and fault.step == step:
            await asyncio.sleep(fault.seconds)
            said = said if fault.answer is None else fault.answer
            if not said:
                writer.transport.abort()
                raise ConnectionResetError
        writer.write(f"{said}\r\n".encode())
        await writer.drain()
        return said[:1] in {"2", "3"}
