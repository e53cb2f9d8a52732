"""kill -9 at any moment, under load: what was acknowledged is there once, and every mail goes out under one name."""

import asyncio
import os
import signal
from collections.abc import Callable

import pytest

from meyasubako import worker
from meyasubako.casework import outbox
from meyasubako.core import dates
from meyasubako.core.settings import Settings
from tests.harness.agreement import differences, disagreements
from tests.harness.chance import chance
from tests.harness.installed import Installed, Program
from tests.harness.load import Load
from tests.harness.mail_server import MailServer
from tests.harness.site import settings_for

KILLS = 20
LONGEST = 1.5
WHILE_STARTING = 0.1


async def kill_often(
    installed: Installed,
    load: Load,
    rounds: int,
    starts: list[Callable[[], Program]],
    *,
    softly: bool = False,
) -> None:
    """Start, load, kill one of the programs, start it again … ; what was told is compared with the data each time.

    `softly`: it is asked to stop, and has to end well.
    """
    draw = load.draw
    programs = [start() for start in starts]
    try:
        for number in range(rounds):
            await programs[0].answers()
            await load.send_again()
            stop = asyncio.Event()
            crowd = asyncio.create_task(load.go_on(stop))
            await asyncio.sleep(draw.uniform(0, LONGEST))
            fallen = draw.randrange(len(programs))
            if softly:
                programs[fallen].terminate()
                assert await programs[fallen].ended() == 0, installed.logged()[-3000:]
            programs[fallen].kill()
            stop.set()
            await crowd
            print(
                f"{number + 1} kills, {len(load.told)} acknowledged, {len(load.unsure)} unanswered",
                flush=True,
            )
            assert await differences(load.site.database, load) == [], f"after {number + 1} kills"
            while not softly and draw.random() < WHILE_STARTING:
                programs[fallen] = starts[fallen]()
                await asyncio.sleep(draw.uniform(0, LONGEST))
                programs[fallen].kill()
            programs[fallen] = starts[fallen]()
        await programs[0].answers()
        await load.send_again()
        programs[0].terminate()
        assert await programs[0].ended() == 0, installed.logged()[-3000:]
    finally:
        for each in programs:
            each.kill()


async def finish(load: Load, settings: Settings) -> None:
    """Send what waits, later than any lease lasts."""
    site, at = load.site, dates.now() + 2 * outbox.LEASE
    await worker.deliver_all(site.database, settings, site.keys, at=at)


async def holds(load: Load, mail_server: MailServer, installed: Installed) -> None:
    """Nothing is lost, doubled or at odds."""
    settings = settings_for(
        installed.data, smtp=mail_server.url, public_url=installed.address, mail_from="no-reply@example.jp"
    )
    mail_server.slow = 0
    await finish(load, settings)
    assert await disagreements(load.site.database, load, mail_server) == []
    sendings, told = len(load.sendings), len(load.told)
    print(
        f"{sendings} sent, {told} acknowledged, {len(load.notes)} notes, {len(mail_server.deliveries)} mails, "
        f"{len(mail_server.deliveries) - len({each.message['Message-ID'] for each in mail_server.deliveries})} of them again"
    )


async def test_serve_killed_with_its_worker(
    installed: Installed, load: Load, mail_server: MailServer
) -> None:
    load.draw = chance("serve killed")
    mail_server.slow = 0.02
    await kill_often(installed, load, 1, [installed.serve])
    await holds(load, mail_server, installed)


# A hundred kills on each engine, in parts short enough to be looked at again.
@pytest.mark.torture
@pytest.mark.parametrize("part", range(3))
async def test_serve_killed_with_its_worker_again_and_again(
    installed: Installed, load: Load, mail_server: MailServer, part: int
) -> None:
    load.draw = chance("serve killed often", drawn=True)
    mail_server.slow = 0.02
    await kill_often(installed, load, KILLS, [installed.serve])
    await holds(load, mail_server, installed)


@pytest.mark.torture
@pytest.mark.parametrize("part", range(2))
async def test_serve_and_a_worker_of_its_own_killed_in_turn(
    installed: Installed, load: Load, mail_server: MailServer, part: int
) -> None:
    load.draw = chance("serve or worker killed", drawn=True)
    mail_server.slow = 0.02
    programs = [lambda: installed.serve("--no-deliver"), lambda: installed.start("deliver", "--watch")]
    await kill_often(installed, load, KILLS, programs)
    await holds(load, mail_server, installed)


@pytest.mark.torture
async def test_one_of_several_processes_killed_again_and_again(
    installed: Installed, load: Load, mail_server: MailServer
) -> None:
    """Whichever process of `serve --processes` falls, those that are left see to it that all are there again."""
    load.draw = chance("one of several killed", drawn=True)
    mail_server.slow = 0.02
    program = installed.serve("--processes", "2")
    try:
        # One that falls before it has begun for the first time ends them all, as a wrong setting should.
        await program.has_begun()
        for number in range(KILLS):
            await program.answers()
            stop = asyncio.Event()
            crowd = asyncio.create_task(load.go_on(stop))
            await asyncio.sleep(load.draw.uniform(0, LONGEST))
            os.kill(load.draw.choice(program.children()), signal.SIGKILL)
            await asyncio.sleep(load.draw.uniform(0, LONGEST))
            stop.set()
            await crowd
            await program.answers()
            await load.send_again()
            print(f"{number + 1} processes killed, {len(load.told)} acknowledged", flush=True)
            assert await differences(load.site.database, load) == [], f"after {number + 1} kills"
        # Who began them falls: none of them outlives it, and the address is free.
        os.kill(program.pid, signal.SIGKILL)
        await program.ended()
        program = installed.serve("--processes", "2")
        await program.has_begun()
        await load.send_again()
        program.terminate()
        assert await program.ended() == 0, installed.logged()[-3000:]
    finally:
        program.kill()
    await holds(load, mail_server, installed)
