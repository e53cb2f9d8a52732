"""SIGTERM while people send and mails are on their way: what has begun is finished, what has not is left as it was."""

import asyncio
import json
import random
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.store.models import OutboxMessage
from tests.faults.test_kill import holds, kill_often
from tests.harness.agreement import differences
from tests.harness.chance import chance
from tests.harness.installed import Installed
from tests.harness.load import ANSWERS, CONSULTATION, Load, Sending
from tests.harness.mail_server import MailServer
from tests.harness.remote import at
from tests.harness.site import MIE, Site

MAILS = 3


@pytest.fixture
async def load(site: Site, installed: Installed) -> AsyncIterator[Load]:
    made = Load(site, installed.address, random.Random())
    yield made
    await made.close()


class HalfSent:
    """Somebody whose line is slow: the server has begun to read what they send, and waits for the rest."""

    def __init__(self, installed: Installed, sending: Sending) -> None:
        self.port = installed.port
        self.body = json.dumps({**CONSULTATION, **ANSWERS, **sending.text}).encode()

    async def begin(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = (
            f"POST /api/v1/desks/{MIE}/receipts HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            f"content-length: {len(self.body)}\r\nexpect: 100-continue\r\n\r\n"
        )
        self.writer.write(head.encode() + self.body[:100])
        # The server says so once the application asks for the text.
        assert b"100" in await self.reader.readuntil(b"\r\n\r\n")

    async def end(self) -> int:
        """Send the rest; the status of the answer."""
        self.writer.write(self.body[100:])
        answer = await self.reader.read()
        self.writer.close()
        return int(answer.split()[1])


def left_claimed(session: Session) -> int:
    """How many mails wait for the end of a lease nobody holds."""
    unsent = OutboxMessage.sent_at.is_(None), OutboxMessage.claimed_until.is_not(None)
    return session.scalar(select(func.count()).select_from(OutboxMessage).where(*unsent)) or 0


async def test_what_has_begun_is_finished(
    installed: Installed, site: Site, load: Load, mail_server: MailServer
) -> None:
    mail_server.slow = 0.5
    sending = Sending("slow", at(installed.address), is_sent=True)
    load.sendings.append(sending)
    program = installed.serve()
    try:
        await program.answers()
        slow = HalfSent(installed, sending)
        await slow.begin()
        for _ in range(MAILS):
            await load.hand_in_one()
        # The worker has them in its hands, and the mail server has answered none of them yet.
        await mails_are_claimed(site)
        program.terminate()
        await refuses(installed)
        assert await slow.end() == httpx.codes.CREATED
        sending.told = True
        assert await program.ended() == 0, installed.logged()[-3000:]
    finally:
        program.kill()
    assert await differences(site.database, load) == []
    assert await site.database.read(left_claimed) == 0
    sent = {str(each.message["Message-ID"]) for each in mail_server.deliveries}
    assert len(sent) == len(mail_server.deliveries) > 0
    await sending.client.__aexit__(None, None, None)
    await holds(load, mail_server, installed)


async def mails_are_claimed(site: Site) -> None:
    """Wait until the worker took some up."""
    while True:
        if await site.database.read(left_claimed):
            return
        await asyncio.sleep(0.02)


async def refuses(installed: Installed) -> None:
    """Wait until nobody new is let in."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", installed.port)
        except ConnectionRefusedError:
            return
        writer.close()
        await asyncio.sleep(0.02)


@pytest.mark.torture
async def test_stopped_again_and_again(installed: Installed, load: Load, mail_server: MailServer) -> None:
    load.draw = chance("serve stopped often", drawn=True)
    mail_server.slow = 0.02
    await kill_often(installed, load, 20, [installed.serve], softly=True)
    assert await load.site.database.read(left_claimed) == 0
    await holds(load, mail_server, installed)
