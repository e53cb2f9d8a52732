"""The mailbox: mails are fetched once, and nothing leaves it before it is stored."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from meyasubako import mailroom
from meyasubako.core.settings import Settings
from meyasubako.store.models import IncomingMail
from tests.harness.came_in import IN, count
from tests.harness.mail_server import MailServer
from tests.harness.mailbox import MailboxServer
from tests.harness.mails import mail
from tests.harness.site import settings_for
from tests.harness.story import Story, open_story


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def story(database: Any) -> Story:
    return await open_story(database)


@pytest.fixture
def settings(tmp_path: Path, mail_server: MailServer) -> Settings:
    return settings_for(tmp_path, smtp=mail_server.url, mail_in=IN)


@pytest.fixture(scope="module")
def _mailbox() -> Iterator[MailboxServer]:
    with MailboxServer() as server:
        yield server


@pytest.fixture
def box(_mailbox: MailboxServer) -> MailboxServer:
    _mailbox.reset()
    return _mailbox


def at_box(settings: Settings, box: MailboxServer, **more: str) -> Settings:
    return settings_for(settings.data, smtp="smtp://127.0.0.1:9", mail_in=IN, imap=box.url, **more)


async def until(condition: Any) -> None:
    for _ in range(3_000):
        if await asyncio.to_thread(condition):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen")


async def test_mails_are_fetched_once_and_put_away_only_when_stored(
    story: Story, settings: Settings, box: MailboxServer
) -> None:
    set_up = at_box(settings, box)
    box.deliver(mail("一通め"), b"\xff no mail", mail("二通め", message_id="<two@example.jp>"))
    broken = replace(set_up, data=Path("/dev/null/nowhere"))
    with pytest.raises(mailroom.Unavailable):
        await mailroom.fetch(story.database, broken, story.keys)
    assert box.lies() == [False, False, False]
    assert await mailroom.fetch(story.database, set_up, story.keys) == 3
    assert box.lies() == [True, True, True]
    assert await count(story, IncomingMail) == 3
    # As after a crash between storing and putting away.
    with box.client() as client:
        client.select_folder("INBOX")
        client.remove_flags(client.search(), [b"\\Seen"])
    assert await mailroom.fetch(story.database, set_up, story.keys) == 3
    assert await count(story, IncomingMail) == 3


async def test_stored_mails_are_moved_where_wanted_and_the_mailbox_may_be_away(
    story: Story, settings: Settings, box: MailboxServer
) -> None:
    box.deliver(mail("一通め"))
    set_up = at_box(settings, box, imap_done="済")
    fetching = asyncio.create_task(mailroom.fetch_on(story.database, set_up, story.keys, every=0.05))
    await until(lambda: box.lies("済"))
    fetching.cancel()
    await asyncio.gather(fetching, return_exceptions=True)
    assert (box.lies(), box.lies("済")) == ([], [True])
    away = replace(set_up.imap, port=9) if set_up.imap else None
    with pytest.raises(mailroom.MailboxAway):
        await mailroom.fetch(story.database, replace(set_up, imap=away), story.keys)
