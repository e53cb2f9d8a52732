"""A real mail server on a loopback port that keeps what it is given and can be told to behave badly."""

import asyncio
import email
import email.policy
import time
from dataclasses import dataclass
from email.message import EmailMessage
from functools import partial

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.harness.threaded import WAIT_SECONDS, ThreadedServer


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


class MailServer(ThreadedServer):
    """Programs hand mails over to it.

    `refuse`: the answer given instead of taking a message (`"451 4.3.0 later"`, `"550 5.1.1 unknown"`).
    `listens_on`: "0.0.0.0" lets other hosts reach it.
    `slow`: seconds to wait before each answer to a message.
    `drop`: hang up instead of answering, `"before"` or `"after"` the message was kept.
    """

    def __init__(self, listens_on: str = "127.0.0.1") -> None:
        super().__init__("mail server")
        self._listens_on = listens_on
        self.deliveries: list[Delivery] = []
        self.refuse = ""
        self.slow = 0.0
        self.drop = ""

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

    async def listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()

        def connected() -> SMTP:
            protocol = SMTP(self, hostname="mail.example.jp", enable_SMTPUTF8=True, loop=loop)
            self.cut_off.append(partial(_hang_up, protocol))
            return protocol

        return await loop.create_server(connected, self._listens_on, 0)


def _hang_up(connection: SMTP) -> None:
    if isinstance(connection.transport, asyncio.WriteTransport):
        connection.transport.abort()
