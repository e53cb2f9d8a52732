"""The worker: every mail goes out, whatever happens on the way, and nothing twice."""

import asyncio
import email
import email.policy
import logging
import os
import signal
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from meyasubako import worker
from meyasubako.casework import limits, outbox
from meyasubako.core import dates
from meyasubako.core.settings import Settings
from meyasubako.core.vocabulary import Message, OfferState, Status
from meyasubako.store.database import Database
from meyasubako.store.models import Offer
from meyasubako.worker import Delivered
from tests.harness.letters import PATIENCE, all_kinds, deliver, rows
from tests.harness.mail_server import MailServer
from tests.harness.site import settings_for
from tests.harness.story import ADDRESS, ADVISER_ADDRESS, Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


@pytest.fixture
def settings(tmp_path: Path, mail_server: MailServer) -> Settings:
    return settings_for(tmp_path, smtp=mail_server.url)


async def test_when_the_server_comes_back_everything_arrives_once_under_its_first_name(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    for _ in range(5):
        await story.receive()
    down = settings_for(settings.data, smtp="smtp://127.0.0.1:9")
    assert await deliver(story, down) == Delivered(postponed=5)
    assert await deliver(story, down) == Delivered()
    names = {row.message_id for row in await rows(story, Message.CONFIRM)}
    story.pass_time(minutes=1)
    mail_server.refuse = "451 4.3.0 later"
    assert await deliver(story, settings) == Delivered(postponed=5)
    story.pass_time(minutes=2)
    mail_server.refuse = ""
    assert await deliver(story, settings) == Delivered(sent=5)
    story.pass_time(days=1)
    assert await deliver(story, settings) == Delivered()
    sent = Counter(str(each.message["Message-ID"]) for each in mail_server.deliveries)
    assert sent == {f"<{name}@testserver>": 1 for name in names}
    assert [row.last_error for row in await rows(story, Message.CONFIRM)] == [""] * 5


async def test_an_unanswered_hand_over_is_repeated_under_the_same_name(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    await story.receive()
    mail_server.drop = "after"
    assert await deliver(story, settings) == Delivered(postponed=1)
    mail_server.drop = ""
    story.pass_time(minutes=1)
    assert await deliver(story, settings) == Delivered(sent=1)
    first, second = mail_server.deliveries
    assert first.message["Message-ID"] == second.message["Message-ID"]


async def test_a_recipient_refused_for_good_is_given_up_and_the_log_names_nobody(
    story: Story, settings: Settings, mail_server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    await story.receive()
    mail_server.refuse = f"550 5.1.1 {ADDRESS} unknown"
    with caplog.at_level(logging.DEBUG, logger="meyasubako"):
        assert await deliver(story, settings) == Delivered(given_up=1)
    mail_server.refuse = ""
    story.pass_time(days=10)
    assert await deliver(story, settings) == Delivered()
    (row,) = await rows(story, Message.CONFIRM)
    assert row.given_up_at is not None
    assert row.last_error == "SMTPDataError 550 5.1.1"
    said = " ".join(f"{record.getMessage()} {getattr(record, 'facts', '')}" for record in caplog.records)
    assert "SMTPDataError 550 5.1.1" in said
    assert ADDRESS not in said


async def test_trying_goes_on_for_days_ever_more_rarely_and_ends(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    await story.receive()
    mail_server.refuse = "452 4.2.2 mailbox full"
    began, tries = story.at, []
    while (done := await deliver(story, settings)).total:
        tries.append(story.at - began)
        (row,) = await rows(story, Message.CONFIRM)
        if row.given_up_at is not None:
            break
        story.at = row.next_try_at
    assert done == Delivered(postponed=1)
    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert waits[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert max(waits) == timedelta(hours=4)
    assert timedelta(days=4, hours=20) < tries[-1] <= timedelta(days=5)


async def test_two_workers_send_nothing_twice(
    story: Story, settings: Settings, mail_server: MailServer, database_url: str
) -> None:
    for _ in range(12):
        await story.receive()
    mail_server.slow = 0.05
    other = Database(database_url)
    try:
        rounds = await asyncio.gather(
            *(
                worker.deliver(each, settings, story.keys, at=story.at, limit=4, patience=PATIENCE)
                for each in (story.database, other) * 3
            )
        )
    finally:
        await other.close()
    rest = await worker.deliver_all(story.database, settings, story.keys, at=story.at)
    assert sum(done.sent for done in rounds) + rest.sent == 12
    sent = Counter(str(each.message["Message-ID"]) for each in mail_server.deliveries)
    assert (len(sent), set(sent.values())) == (12, {1})


async def test_what_a_lost_worker_had_claimed_is_sent_after_its_lease(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    await story.receive()
    await story.do(outbox.claim, limit=10)
    story.pass_time(minutes=4)
    assert await deliver(story, settings) == Delivered()
    story.pass_time(minutes=1)
    assert await deliver(story, settings) == Delivered(sent=1)


async def test_a_round_that_takes_too_long_leaves_the_rest_to_others(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    for _ in range(5):
        await story.receive()
    # So patient that the lease would end before the second wave could be finished.
    patience = (outbox.LEASE.total_seconds() - 1) / 4
    mail_server.slow = 1.2
    assert await deliver(story, settings, patience=patience) == Delivered(sent=4)
    story.at += outbox.LEASE
    assert await deliver(story, settings) == Delivered(sent=1)
    assert len(mail_server.deliveries) == 5


async def test_one_mail_that_cannot_be_made_does_not_hold_up_the_others(
    story: Story, settings: Settings, mail_server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    adviser = await story.list_provider()
    offer_id = await story.offer(await story.triaged(), adviser)
    await story.database.write(lambda session: session.execute(delete(Offer).where(Offer.id == offer_id)))
    assert await deliver(story, settings) == Delivered(sent=1, postponed=1)
    (row,) = await rows(story, Message.OFFER)
    assert (row.sent_at, row.last_error) == (None, "NoResultFound")
    assert "a message could not be made" in caplog.text


async def test_without_a_mail_server_every_mail_becomes_a_file(story: Story, tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    await all_kinds(story)
    done = await worker.deliver_all(story.database, settings, story.keys, at=story.at)
    files = list((tmp_path / "mail").iterdir())
    assert len(files) == done.sent > 8
    for file in files:
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        assert message["To"] in {ADDRESS, ADVISER_ADDRESS, "new@example.jp"}
        assert message["Subject"].startswith("【みえDXセンター】")


# ---- The loop ----


async def until(condition: Callable[[], Any], seconds: float = 60.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not happen"
        await asyncio.sleep(0.01)


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def running(story: Story, settings: Settings) -> asyncio.Task[None]:
    return asyncio.create_task(
        worker.run(story.database, settings, story.keys, every=0.02, patience=PATIENCE)
    )


async def test_the_loop_delivers_sweeps_and_stops(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    story.at = dates.now() - timedelta(days=9)
    adviser = await story.list_provider()
    case_id = await story.triaged()
    offer_id = await story.offer(case_id, adviser)
    await story.do(limits.hit, "stale", limit=1, window=timedelta(minutes=1))
    task = running(story, settings)
    await mail_server.wait_for(ADDRESS)
    await mail_server.wait_for(ADVISER_ADDRESS, subject="お願いした相談について")
    await stop(task)
    assert (await story.case(case_id)).status is Status.TRIAGED
    assert await story.see(lambda session: session.get_one(Offer, offer_id).state) is OfferState.EXPIRED
    # The counter had ended: it is counted from one again.
    assert await story.do(limits.forget) == 0


async def test_stopping_lets_the_mail_under_way_be_finished_and_noted(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    story.at = dates.now()
    await story.receive()
    mail_server.slow = 0.5
    task = running(story, settings)
    claimed = asyncio.Event()
    while not claimed.is_set():
        if any(row.tries for row in await rows(story, Message.CONFIRM)):
            claimed.set()
    await stop(task)
    assert len(mail_server.deliveries) == 1
    assert await story.see(outbox.waiting) == 0


async def test_a_database_that_fails_is_outlived(
    story: Story, settings: Settings, mail_server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    story.at = dates.now()
    await story.receive()
    await rename(story, "outbox_message", "outbox_message_away")
    task = running(story, settings)
    await until(lambda: "a round failed" in caplog.text)
    await rename(story, "outbox_message_away", "outbox_message")
    await mail_server.wait_for(ADDRESS)
    await stop(task)


async def rename(story: Story, before: str, after: str) -> None:
    await story.database.write(
        lambda session: session.connection().exec_driver_sql(f"ALTER TABLE {before} RENAME TO {after}")
    )


async def test_sigterm_ends_the_delivering_command(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    story.at = dates.now()
    await story.receive()
    task = asyncio.create_task(worker.run_until_told(story.database, settings, story.keys))
    await mail_server.wait_for(ADDRESS)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(task, 5)
    assert await story.see(outbox.waiting) == 0
