"""A mail server that is away, slow, refuses or hangs up, for minutes or a day: every mail arrives, under its one name."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from meyasubako import worker
from meyasubako.casework import outbox
from meyasubako.core.settings import Settings
from meyasubako.core.vocabulary import Message
from meyasubako.store.database import Database
from tests.harness.broken_mail_server import BrokenMailServer, Fault
from tests.harness.chance import chance
from tests.harness.letters import rows
from tests.harness.site import settings_for
from tests.harness.story import Story, open_story

HASTE = 0.3
"""Seconds an answer is waited for here."""

LATER = (
    Fault("CONNECT", ""),
    Fault("CONNECT", "421 4.3.2 closing"),
    Fault("CONNECT", "554 5.3.2 no service"),
    Fault("CONNECT", "nonsense"),
    Fault("EHLO", ""),
    Fault("EHLO", "421 4.3.2 closing"),
    Fault("MAIL", "451 4.3.0 later"),
    Fault("MAIL", "550 5.7.1 not from you"),
    Fault("MAIL", ""),
    Fault("RCPT", "450 4.2.0 greylisted"),
    Fault("RCPT", "452 4.2.2 mailbox full"),
    Fault("RCPT", ""),
    Fault("DATA", "451 4.3.0 later"),
    Fault("DATA", ""),
    Fault("BODY", ""),
    Fault("END", "451 4.3.0 later"),
)
"""What says nothing about the mail: it is sent again."""

TAKEN = (Fault("END", ""), Fault("END", "nonsense"), Fault("END", seconds=3 * HASTE))
"""The mail was kept, and nobody said so: it comes once more, under the same name."""

FINAL = (Fault("RCPT", "550 5.1.1 unknown"), Fault("DATA", "554 5.6.0 no"), Fault("END", "552 5.3.4 too big"))
"""What is about this mail, for good."""

SLOW = (
    Fault("EHLO", seconds=3 * HASTE),
    Fault("RCPT", seconds=3 * HASTE),
    Fault("CONNECT", seconds=3 * HASTE),
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


@pytest.fixture
def server() -> Iterator[BrokenMailServer]:
    with BrokenMailServer() as made:
        yield made


@pytest.fixture
def settings(tmp_path: Path, server: BrokenMailServer) -> Settings:
    return settings_for(tmp_path, smtp=server.url)


async def deliver(story: Story, settings: Settings) -> worker.Delivered:
    return await worker.deliver(story.database, settings, story.keys, at=story.at, limit=100, patience=HASTE)


def came(server: BrokenMailServer) -> Counter[str]:
    return Counter(str(each.message["Message-ID"]) for each in server.deliveries)


async def test_whatever_goes_wrong_with_one_mail_is_told_apart(
    story: Story, settings: Settings, server: BrokenMailServer
) -> None:
    for fault in (*LATER, *TAKEN, *SLOW, *FINAL):
        await story.receive()
        server.fault = fault
        done = await deliver(story, settings)
        wanted = worker.Delivered(given_up=1) if fault in FINAL else worker.Delivered(postponed=1)
        assert done == wanted, fault
        server.fault = None
        story.pass_time(minutes=1)
        assert await deliver(story, settings) == worker.Delivered(sent=0 if fault in FINAL else 1), fault
        assert len(came(server)) == (0 if fault in FINAL else 1), fault
        assert came(server).total() == len(came(server)) + (fault in TAKEN), fault
        server.deliveries.clear()
    server.fault = Fault("QUIT", "")
    await story.receive()
    assert await deliver(story, settings) == worker.Delivered(sent=1)


async def live_through(
    story: Story,
    settings: Settings,
    server: BrokenMailServer,
    *,
    mails: int,
    faults: tuple[Fault, ...],
    wait: timedelta = outbox.LONGEST_AWAY,
) -> None:
    """A day on which the mail server is wrong in ever other ways while mails are written, and the morning after."""
    draw = chance("mail server down", drawn=mails > 20)
    ends = story.at + timedelta(days=1)
    while story.at < ends:
        if draw.random() < mails / 96:
            await story.receive()
        server.fault = draw.choice(faults)
        done = await deliver(story, settings)
        assert done.given_up == 0, server.fault
        story.pass_time(minutes=15)
    server.fault = None
    written = {row.message_id for row in await rows(story, Message.CONFIRM)}
    back_at = story.at
    while await story.see(outbox.waiting):
        await deliver(story, settings)
        story.pass_time(minutes=1)
    assert {name.strip("<>").partition("@")[0] for name in came(server)} == written
    assert story.at - back_at <= wait + timedelta(minutes=2)
    again = came(server).total() - len(written)
    print(
        f"{len(written)} mails, the last {story.at - back_at} after the server came back, {again} came again"
    )


async def test_a_day_without_a_mail_server(
    story: Story, settings: Settings, server: BrokenMailServer
) -> None:
    await live_through(story, settings, server, mails=8, faults=(Fault("CONNECT", ""),))


@pytest.mark.torture
@pytest.mark.parametrize("part", range(5))
async def test_a_day_on_which_everything_goes_wrong(
    story: Story, settings: Settings, server: BrokenMailServer, part: int
) -> None:
    faults = (*LATER, *TAKEN, *SLOW)
    await live_through(story, settings, server, mails=60, faults=faults, wait=outbox.LONGEST_RETRY)
