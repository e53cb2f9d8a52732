"""One process that answers: the application behind its HTTP server, with the deliveries beside it or without them."""

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import uvicorn

from meyasubako import app, worker
from meyasubako.cli.installation import Installation, names_public_url, with_installation
from meyasubako.cli.listening import Place
from meyasubako.core.settings import Settings
from meyasubako.pacing import Pace
from meyasubako.web.routes import Half

DRAIN_SECONDS = 15
KEEP_SECONDS = 75
"""How long a connection is kept that nothing comes on: longer than the proxy in front keeps it, or a form could be handed over
in the very moment it is closed, and the proxy must not send one twice."""


@dataclass(frozen=True, slots=True)
class Answering:
    """What a process that answers is told."""

    listener: socket.socket
    address: str
    delivers: bool
    only: Half | None = None
    counts: bool = False
    """Whether answers are counted for Prometheus."""

    metrics: Place | None = None
    """Where this process itself shows what is counted."""

    lifeline: int | None = None
    """Readable once the process that began this one is gone."""


def half(name: str | None) -> Half | None:
    """The half of the site an operator named; None for all of it."""
    return Half(name) if name else None


async def answer(installation: Installation, told: Answering, ready: Callable[[], None]) -> int:
    """Answer until the system asks to stop (SIGTERM, SIGINT); `ready` is called once connections are taken."""
    settings = _with_address(installation.settings, told.address)
    service = app.create_app(settings, installation.database, installation.keys, only=told.only)
    await app.prepare(service)
    serving: Any = service
    beside: list[asyncio.Task[None]] = []
    if told.counts:
        from meyasubako.cli import measuring

        serving, beside = measuring.measured(service, installation, told.metrics)
    config = uvicorn.Config(
        serving,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    if told.delivers:
        pace = Pace(lambda: service.state.admission.gate.is_pressed)
        delivering = worker.run(installation.database, settings, installation.keys, pace=pace)
        beside.append(asyncio.create_task(delivering))
    # What the start made lives as long as the process: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    # The server raises the signal again once it has drained: what follows it here must still run.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, signal.SIG_IGN)
    if told.lifeline is not None:
        stop_with(told.lifeline)
    try:
        await _Server(config, ready).serve([told.listener])
    finally:
        for each in beside:
            each.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
    return 0


async def deliver(installation: Installation, address: str, lifeline: int, ready: Callable[[], None]) -> int:
    """Deliver until the system asks to stop."""
    stop_with(lifeline)
    ready()
    settings = _with_address(installation.settings, address)
    await worker.run_until_told(installation.database, settings, installation.keys)
    return 0


def _with_address(settings: Settings, address: str) -> Settings:
    if names_public_url():
        return settings
    has_own = settings.staff_url != settings.public_url
    return replace(settings, public_url=address, staff_url=settings.staff_url if has_own else address)


def task(told: Answering) -> Callable[[int, Callable[[], None]], int]:
    """A process of several that answers."""

    def run(lifeline: int, ready: Callable[[], None]) -> int:
        mine = replace(told, lifeline=lifeline)
        return with_installation(lambda installation: answer(installation, mine, ready))

    return run


def task_of_deliveries(address: str) -> Callable[[int, Callable[[], None]], int]:
    """A process of several: it delivers."""

    def run(lifeline: int, ready: Callable[[], None]) -> int:
        return with_installation(lambda installation: deliver(installation, address, lifeline, ready))

    return run


def stop_with(lifeline: int) -> None:
    """Stop this process, as the system would ask it to, once the one that began it is gone."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        loop.remove_reader(lifeline)
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(lifeline, stop)


class _Server(uvicorn.Server):
    """A server that says when it takes connections."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell_ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take connections, and say so."""
        await super().startup(sockets)
        self._tell_ready()
