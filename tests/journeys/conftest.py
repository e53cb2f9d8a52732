"""Journeys go through everything that runs in an office: server, worker, mail server, database, browser."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from meyasubako import worker
from meyasubako.store.database import Database
from tests.harness.mail_server import MailServer
from tests.harness.server import address_of, listening_socket, serving
from tests.harness.site import open_site
from tests.journeys.steps import Town

LOOK_EVERY = 0.1


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """Settings of the installation other than usual; a story gives them as a parameter of this fixture."""
    return getattr(request, "param", {})


@pytest.fixture
async def town(
    database: Database, tmp_path: Path, mail_server: MailServer, browser: Browser, settings: dict[str, str]
) -> AsyncIterator[Town]:
    """An installation with both desks, open to the public."""
    listener = listening_socket()
    site = await open_site(
        database, tmp_path, public_url=address_of(listener), smtp=mail_server.url, **settings
    )
    async with serving(site.app, listener) as url:
        working = asyncio.create_task(worker.run(database, site.settings, site.keys, every=LOOK_EVERY))
        try:
            yield Town(site, url, mail_server, browser)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
