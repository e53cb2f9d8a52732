"""The worker looks after the files by itself: it scans what waits, goes on when the scanner comes back, and sweeps."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from meyasubako import worker
from meyasubako.casework import attachments
from meyasubako.core import dates
from meyasubako.core.settings import Clamd, Settings
from meyasubako.core.vocabulary import FileType, ScanState
from meyasubako.edge.files import DiskCabinet, take_in
from meyasubako.store.models import Draft, StoredFile
from tests.harness.clamd import VIRUS, scanning
from tests.harness.files import pdf
from tests.harness.site import settings_for
from tests.harness.story import Story, open_story

EVERY = 0.02


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
async def story(database: Any) -> Story:
    return await open_story(database)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return replace(settings_for(tmp_path), clamd=Clamd("127.0.0.1", free.getsockname()[1], None))


async def hold(story: Story, settings: Settings, content: bytes, key: str) -> str:
    """Somebody chooses a file; returns its digest."""
    cabinet = DiskCabinet(settings.files_folder)
    arriving = cabinet.begin()
    arriving.write(content)
    kept = take_in(cabinet, arriving, "資料.txt")
    assert kept.file_type in {FileType.TXT, FileType.PDF}
    await story.database.write(
        lambda session: attachments.hold(
            session,
            story.applied.id,
            key,
            digest=kept.digest,
            size=kept.size,
            file_type=kept.file_type,
            name=kept.name,
            most=5,
            is_scanned=True,
            at=dates.now(),
        )
    )
    return kept.digest


async def states(story: Story) -> list[ScanState]:
    return await story.see(
        lambda session: list(session.scalars(select(StoredFile.scan_state).order_by(StoredFile.id)))
    )


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in the data
            await asyncio.sleep(EVERY)


async def test_what_waits_is_scanned_as_soon_as_the_scanner_is_there(
    story: Story, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    await hold(story, settings, pdf(), "a" * 64)
    infected = await hold(story, settings, VIRUS, "b" * 64)
    working = asyncio.create_task(worker.run(story.database, settings, story.keys, every=EVERY))
    try:

        async def is_said() -> bool:
            return "the virus scanner does not answer" in caplog.text

        await until(is_said)
        assert await states(story) == [ScanState.PENDING] * 2
        async with scanning(settings.clamd):

            async def is_decided() -> bool:
                return await states(story) == [ScanState.CLEAN, ScanState.INFECTED]

            await until(is_decided)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert not DiskCabinet(settings.files_folder).local(infected).exists()


async def test_the_worker_sweeps_what_was_never_sent(story: Story, settings: Settings) -> None:
    await hold(story, settings, pdf(), "a" * 64)
    long_ago = dates.now() - attachments.DRAFT_LASTS - attachments.GRACE

    def as_if_long_ago(session: Any) -> None:
        for draft in session.scalars(select(Draft)):
            draft.expires_at = long_ago
        for content in session.scalars(select(StoredFile)):
            content.stored_at = long_ago

    await story.database.write(as_if_long_ago)
    working = asyncio.create_task(
        worker.run(story.database, replace(settings, clamd=None), story.keys, every=EVERY)
    )

    async def is_swept() -> bool:
        return not await story.see(
            lambda session: session.scalar(select(func.count()).select_from(StoredFile))
        )

    try:
        await until(is_swept)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
