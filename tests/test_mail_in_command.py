"""`meyasubako mail-in` as a mail server begins it: a process for each mail, which says by its exit code who keeps it."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from meyasubako.core.mail_address import Way
from meyasubako.core.settings import Settings
from meyasubako.core.vocabulary import Bounce, MailState, Message
from meyasubako.edge.files import DiskCabinet
from meyasubako.store.database import Database
from meyasubako.store.models import IncomingMail, Receipt, StoredFile
from tests.harness.files import pdf
from tests.harness.letters import ask, rows
from tests.harness.mails import mail, report
from tests.harness.site import settings_for
from tests.harness.story import Story, open_story

S = MailState
IN = "voice@example.lg.jp"
LEAST_MAIL = 65_536
CAME_IN = "a mail came in"


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


@dataclass(frozen=True)
class MailServer:
    """What hands mails over, and the installation it hands them to."""

    story: Story
    settings: Settings
    environment: dict[str, str]

    async def hand_over(self, raw: bytes, *options: str, **environment: str) -> tuple[int, str]:
        """One mail in one process; its exit code and what it says."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "meyasubako.cli", "mail-in", *options),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**self.environment, **environment},
        )
        out, err = await process.communicate(raw)
        assert out == b""
        assert process.returncode is not None
        return process.returncode, err.decode()

    async def kept(self) -> list[tuple[MailState, int, bool]]:
        found = select(IncomingMail).order_by(IncomingMail.id)
        mails = await self.story.see(lambda session: list(session.scalars(found)))
        return [(each.state, each.size, each.is_cut) for each in mails]


@pytest.fixture
def server(story: Story, database_url: str, tmp_path: Path) -> MailServer:
    (tmp_path / "secret").write_text(story.keys.secret.hex(), encoding="ascii")
    given = {"mail_in": IN, "mail_bytes": str(LEAST_MAIL), "database": database_url, "data": str(tmp_path)}
    named = {f"MEYASUBAKO_{name.upper()}": value for name, value in given.items()}
    usual = {name: value for name, value in os.environ.items() if not name.startswith("MEYASUBAKO_")}
    return MailServer(story, settings_for(tmp_path, mail_in=IN), {**usual, **named})


async def test_each_mail_is_kept_as_what_it_is(server: MailServer) -> None:
    story, box = server.story, server.settings.mail_in
    assert box
    await ask(story, await story.triaged())
    [question] = await rows(story, Message.ASKED)
    bounce = report(to=box.address(Way.BOUNCE, question.id, keys=story.keys))
    new = mail("紙の日報をやめたいです。", subject="相談です", message_id="<new@example.jp>")
    machine = mail("ただいま不在です。", auto_submitted="auto-replied", message_id="<away@example.jp>")
    files = (("図.pdf", pdf() + b" " * LEAST_MAIL, "application/pdf"),)
    huge = mail("長い手紙です。", files=files, message_id="<huge@example.jp>")
    garbage = b"\xff\xfe\x00 no mail at all"
    for raw, to in ((bounce, ()), (new, ("--to", IN)), (machine, ()), (huge, ()), (garbage, ())):
        code, said = await server.hand_over(raw, *to)
        assert (code, [line["message"] for line in map(json.loads, said.splitlines())]) == (0, [CAME_IN])
    assert await server.kept() == [
        (S.BOUNCED, len(bounce), False),
        (S.RECEIVED, len(new), False),
        (S.AUTOMATIC, len(machine), False),
        (S.RECEIVED, LEAST_MAIL, True),
        (S.UNREADABLE, len(garbage), False),
    ]
    [question] = await rows(story, Message.ASKED)
    assert question.bounce is Bounce.HARD


async def test_what_cannot_be_stored_stays_with_the_mail_server(server: MailServer, tmp_path: Path) -> None:
    raw = mail("紙の日報をやめたいです。", subject="相談です")
    # A file lies where the folder for what comes in should be.
    server.settings.files_folder.write_text("")
    code, said = await server.hand_over(raw)
    assert (code, "Traceback" in said) == (os.EX_TEMPFAIL, False)
    assert said.startswith("meyasubako: いま、記録するところにつながらない")
    assert await server.kept() == []
    server.settings.files_folder.unlink()
    code, said = await server.hand_over(raw, MEYASUBAKO_DATABASE=f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert (code, "migrate" in said, await server.kept()) == (os.EX_TEMPFAIL, True, [])

    # The mail server tries again, and once more as if it had not heard that all is well.
    for _ in range(2):
        assert (await server.hand_over(raw))[0] == 0
    assert await server.kept() == [(S.RECEIVED, len(raw), False)]
    numbers, digests = await server.story.see(
        lambda session: (
            list(session.scalars(select(Receipt.number))),
            list(session.scalars(select(StoredFile.digest))),
        )
    )
    assert len(numbers) == 1
    [digest] = digests
    assert DiskCabinet(server.settings.files_folder).local(digest).read_bytes() == raw
