"""Both journeys on PostgreSQL with two hosts: every request goes to the other host than the one before it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser

from meyasubako.store.database import Database
from tests.harness import migrations
from tests.harness.hosts import EVERY_ADDRESS, Balancer, Wire, furnish, seen_from
from tests.harness.mail_server import MailServer
from tests.harness.postgres import EVERYWHERE, PostgresServer
from tests.harness.server import address_of, listening_socket, serving
from tests.harness.site import open_site
from tests.journeys import test_consultation, test_suggestion
from tests.journeys.steps import Town

pytestmark = [pytest.mark.journey, pytest.mark.torture]

HOSTS = 2


@pytest.fixture
def engine_name() -> str:
    return "postgresql"


@pytest.fixture(scope="module")
def reachable() -> Iterator[PostgresServer]:
    """A database server other hosts reach."""
    with PostgresServer(**EVERYWHERE) as server:
        yield server


@pytest.fixture
def database_url(reachable: PostgresServer) -> Iterator[str]:
    url = reachable.create("town")
    migrations.upgrade(url)
    yield url
    reachable.drop("town")


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer(EVERY_ADDRESS) as server:
        yield server


@pytest.fixture
async def town(
    database_url: str, tmp_path: Path, mail_server: MailServer, browser: Browser
) -> AsyncIterator[Town]:
    """An installation on two hosts, each with a process that answers and one that delivers."""
    listener = listening_socket()
    public = address_of(listener)
    database = Database(database_url)
    with ExitStack() as running:
        hosts = []
        for number in range(HOSTS):
            wire = running.enter_context(Wire())
            settings = {
                "MEYASUBAKO_SMTP": seen_from(wire, mail_server.url),
                "MEYASUBAKO_PUBLIC_URL": public,
                "MEYASUBAKO_TRUSTED_PROXIES": f"{wire.near}/32",
                "MEYASUBAKO_LEAST_SECONDS": "0",
            }
            hosts.append(
                furnish(tmp_path / f"host{number}", tmp_path / "files", database_url, wire, settings)
            )
        site = await open_site(database, hosts[0].data, public_url=public, smtp=mail_server.url)
        programs = []
        for host in hosts:
            programs.append(host.serve("--no-deliver"))
            running.callback(programs[-1].kill)
            running.callback(host.start("deliver", "--watch").kill)
        await asyncio.gather(*(each.answers() for each in programs))
        balancer = Balancer(*(each.address for each in hosts))
        async with AsyncExitStack() as open_now:
            open_now.push_async_callback(database.close)
            open_now.push_async_callback(balancer.close)
            url = await open_now.enter_async_context(serving(balancer, listener))
            yield Town(site, url, mail_server, browser)
        asked = list(balancer.asked.values())
        assert min(asked) > 10, asked
        assert all("Traceback" not in each.logged() for each in hosts)


async def test_a_consultation_on_two_hosts(town: Town) -> None:
    await test_consultation.test_from_the_form_to_the_month(town, script=True)


async def test_a_suggestion_on_two_hosts(town: Town) -> None:
    await test_suggestion.test_a_suggestion_is_asked_back_about_and_answered_on_the_page_alone(
        town, script=True
    )
