"""Several hosts over one PostgreSQL: they share the outbox, and one that falls or is cut off takes nothing with it."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from meyasubako import worker
from meyasubako.casework import outbox
from meyasubako.core import dates
from meyasubako.core.vocabulary import Role
from meyasubako.store.database import Database
from tests.harness import migrations
from tests.harness.agreement import disagreements
from tests.harness.chance import chance
from tests.harness.hosts import EVERY_ADDRESS, Host, Wire, furnish, seen_from
from tests.harness.installed import BUSY, Program
from tests.harness.load import CLERK, Load
from tests.harness.mail_server import MailServer
from tests.harness.postgres import EVERYWHERE, PostgresServer
from tests.harness.site import MIE, Site, open_site, settings_for

pytestmark = pytest.mark.torture

HOSTS = 2
ROUNDS = 4
PUBLIC = "http://voice.example.jp"


@pytest.fixture
def engine_name() -> str:
    return "postgresql"


@pytest.fixture
def database_url() -> Iterator[str]:
    with PostgresServer(**EVERYWHERE) as server:
        url = server.create("shared")
        migrations.upgrade(url)
        yield url


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer(EVERY_ADDRESS) as server:
        server.slow = 0.02
        yield server


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    database = Database(database_url)
    found = await open_site(database, tmp_path / "seen")
    await found.add_staff(CLERK, {MIE: Role.COORDINATOR})
    yield found
    await database.close()


@pytest.fixture
def hosts(database_url: str, mail_server: MailServer, tmp_path: Path) -> Iterator[list[Host]]:
    with ExitStack() as wired:
        made = []
        for number in range(HOSTS):
            wire = wired.enter_context(Wire())
            settings = {
                **BUSY,
                "MEYASUBAKO_SMTP": seen_from(wire, mail_server.url),
                "MEYASUBAKO_PUBLIC_URL": PUBLIC,
                "MEYASUBAKO_MAIL_FROM": "no-reply@example.jp",
            }
            made.append(furnish(tmp_path / f"host{number}", tmp_path / "files", database_url, wire, settings))
        yield made


def start(host: Host) -> list[Program]:
    return [host.serve("--no-deliver"), host.start("deliver", "--watch"), host.start("deliver", "--watch")]


async def go_on(load: Load, stop: asyncio.Event, *, clerks: int = 0) -> None:
    """Two clerks would get into each other's way."""
    await load.go_on(stop, people=3, clerks=clerks)


async def test_hosts_fall_in_turn_and_nothing_is_lost_or_doubled(
    hosts: list[Host], site: Site, mail_server: MailServer
) -> None:
    draw = chance("hosts", drawn=True)
    loads = [Load(site, each.address, random.Random(draw.random())) for each in hosts]
    with ExitStack() as started:
        programs = {number: start(each) for number, each in enumerate(hosts)}
        started.callback(lambda: [each.kill() for running in programs.values() for each in running])
        for round_number in range(ROUNDS):
            for running in programs.values():
                await running[0].answers()
            for each in loads:
                await each.send_again()
            stop = asyncio.Event()
            crowds = [asyncio.create_task(go_on(each, stop, clerks=each is loads[0])) for each in loads]
            await asyncio.sleep(draw.uniform(0.5, 2))
            fallen = draw.randrange(HOSTS)
            for each in programs[fallen]:
                each.kill()
            before = [len(each.told) for each in loads]
            await asyncio.sleep(2)
            stop.set()
            await asyncio.gather(*crowds)
            standing = [number for number in range(HOSTS) if number != fallen]
            assert all(len(loads[number].told) > before[number] for number in standing), (
                "the others stopped too"
            )
            programs[fallen] = start(hosts[fallen])
            print(
                f"{round_number + 1} fell, {sum(len(each.told) for each in loads)} acknowledged", flush=True
            )
        await holds(site, loads, mail_server, hosts[0])
        assert all("Traceback" not in each.logged() for each in hosts)


async def test_a_host_whose_network_is_cut_comes_back(
    hosts: list[Host], site: Site, mail_server: MailServer
) -> None:
    draw = chance("cut off", drawn=True)
    loads = [Load(site, each.address, random.Random(draw.random())) for each in hosts]
    with ExitStack() as started:
        programs = [start(each) for each in hosts]
        started.callback(lambda: [each.kill() for running in programs for each in running])
        for running in programs:
            await running[0].answers()
        stop = asyncio.Event()
        crowd = asyncio.create_task(go_on(loads[0], stop, clerks=1))
        busy = asyncio.create_task(go_on(loads[1], stop))
        await asyncio.sleep(draw.uniform(0.5, 2))
        hosts[1].wire.cut()
        before = len(loads[0].told)
        await asyncio.sleep(5)
        assert len(loads[0].told) > before, "the other host stopped too"
        hosts[1].wire.mend()
        await programs[1][0].answers()
        stop.set()
        await asyncio.gather(crowd, busy)
        for each in loads:
            await each.send_again()
        await holds(site, loads, mail_server, hosts[0])


async def holds(site: Site, loads: list[Load], mail_server: MailServer, host: Host) -> None:
    """Everything sent, and at odds with nothing."""
    mail_server.slow = 0
    settings = settings_for(
        host.data, smtp=mail_server.url, public_url=PUBLIC, mail_from="no-reply@example.jp"
    )
    await worker.deliver_all(site.database, settings, site.keys, at=dates.now() + 2 * outbox.LEASE)
    for each in loads:
        assert await disagreements(site.database, each, mail_server) == []
        await each.close()
    names = [each.message["Message-ID"] for each in mail_server.deliveries]
    print(f"{len(names)} mails, {len(names) - len(set(names))} of them again", flush=True)
