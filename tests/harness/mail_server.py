"""A real mail server on a loopback port that keeps what it is given and can be told to behave badly."""

import asyncio
import email
import email.policy
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it arrived: who it was handed over for, and what it says."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def text(self) -> str:
        """The plain text a person reads."""
        body = self.message.get_body(("plain",))
        return "" if body is None else str(body.get_content()).replace("\r\n", "\n")


class MailServer:
    """Runs in a thread of its own, so that it also serves programs the test starts and waits for.

    `refuse`: the answer given instead of taking a message (`"451 4.3.0 later"`, `"550 5.1.1 unknown"`).
    `slow`: seconds to wait before each answer to a message.
    `drop`: hang up instead of answering, `"before"` or `"after"` the message was kept.
    """

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.refuse = ""
        self.slow = 0.0
        self.drop = ""
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="mail-server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(WAIT_SECONDS):
            raise RuntimeError("the mail server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def url(self) -> str:
        """The address for `MEYASUBAKO_SMTP`."""
        return f"smtp://127.0.0.1:{self.port}"

    def reset(self) -> None:
        """Forget what came and behave well again."""
        self.deliveries.clear()
        self.refuse, self.slow, self.drop = "", 0.0, ""

    def to(self, address: str) -> list[Delivery]:
        """What came for one address so far, oldest first."""
        return [each for each in self.deliveries if address in each.recipients]

    async def wait_for(
        self, address: str, *, subject: str = "", count: int = 1, seconds: float = WAIT_SECONDS
    ) -> list[Delivery]:
        """Wait until `count` messages came for an address, with `subject` in their subject."""

        def found() -> list[Delivery]:
            return [each for each in self.to(address) if subject in each.subject]

        deadline = time.monotonic() + seconds
        while len(found()) < count:
            if time.monotonic() > deadline:
                came = [(each.recipients, each.subject) for each in self.deliveries]
                raise AssertionError(
                    f"{count} mail(s) “{subject}” for {address} did not come; there are {came}"
                )
            await asyncio.sleep(0.02)
        return found()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Called by the mail library with each message."""
        await asyncio.sleep(self.slow)
        if self.refuse:
            return self.refuse
        if self.drop != "before":
            content = (
                envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
            )
            message = email.message_from_bytes(content, policy=email.policy.default)
            self.deliveries.append(
                Delivery(envelope.mail_from or "", tuple(str(each) for each in envelope.rcpt_tos), message)
            )
        if self.drop:
            _hang_up(server)
        return "250 2.0.0 kept"

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        connections: set[SMTP] = set()

        def connected() -> SMTP:
            protocol = SMTP(self, hostname="mail.example.jp", enable_SMTPUTF8=True, loop=self._loop)
            connections.add(protocol)
            return protocol

        server = self._loop.run_until_complete(_listen(self._loop, connected))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            for each in connections:
                _hang_up(each)
            self._loop.run_until_complete(_settle(self._loop))
            self._loop.close()


def _hang_up(connection: SMTP) -> None:
    if isinstance(connection.transport, asyncio.WriteTransport):
        connection.transport.abort()


async def _listen(loop: asyncio.AbstractEventLoop, connected: Callable[[], SMTP]) -> asyncio.Server:
    return await loop.create_server(connected, "127.0.0.1", 0)


async def _settle(loop: asyncio.AbstractEventLoop) -> None:
    """Let the conversations end that were cut off."""
    others = [task for task in asyncio.all_tasks(loop) if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
