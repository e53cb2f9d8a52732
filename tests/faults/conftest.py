"""An installation for real programs, with both desks and somebody who works at one."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from meyasubako.core.vocabulary import Role
from meyasubako.store.database import Database
from tests.harness.installed import BUSY, Installed
from tests.harness.load import CLERK, Load
from tests.harness.mail_server import MailServer
from tests.harness.site import MIE, Site, open_site


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.torture)])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def site(database: Database, tmp_path: Path) -> Site:
    """The same data, seen without its programs."""
    found = await open_site(database, tmp_path / "data")
    await found.add_staff(CLERK, {MIE: Role.COORDINATOR})
    return found


@pytest.fixture
def installed(site: Site, database_url: str, mail_server: MailServer, tmp_path: Path) -> Installed:
    """The installation its programs are started in."""
    made = Installed(tmp_path / "data", database_url, {**BUSY, "MEYASUBAKO_SMTP": mail_server.url})
    made.data.mkdir(mode=0o700, exist_ok=True)
    made.lay_key()
    return made


@pytest.fixture
async def load(site: Site, installed: Installed) -> AsyncIterator[Load]:
    """A crowd at it."""
    made = Load(site, installed.address, random.Random())
    yield made
    await made.close()
