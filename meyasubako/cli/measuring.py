"""How Prometheus is told: what processes count, and the listener of its own from which the counts are fetched.

Only loaded when an operator asks for it.
"""

import asyncio
import signal
from collections.abc import Callable, Mapping
from threading import Thread

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.applications import Starlette

from meyasubako import metrics
from meyasubako.cli.installation import Installation, with_installation
from meyasubako.cli.listening import Place, refuse
from meyasubako.web import guard


def measured(
    service: Starlette, installation: Installation, place: Place | None
) -> tuple[metrics.App, list[asyncio.Task[None]]]:
    """The application with its answers counted, and what goes on beside it.

    Without a place, another process shows what is counted here. Raises WrongSetting where nobody can listen at the place.
    """
    registry = CollectorRegistry() if place else None
    measures = metrics.Measures(registry)
    beside = [asyncio.create_task(metrics.sample_on(measures, lambda: _lines(service.state.admission.gate)))]
    if place and registry:
        beside.append(_show(installation, registry, place))
    return metrics.Measured(service, measures), beside


def forget_process(pid: int) -> None:
    """What a process was doing is over; what it has counted stays counted."""
    mark_process_dead(pid)


def task(place: Place) -> Callable[[int, Callable[[], None]], int]:
    """A process of several: it shows what the others count."""

    def run(lifeline: int, ready: Callable[[], None]) -> int:
        return with_installation(lambda installation: _show_shared(installation, place, lifeline, ready))

    return run


async def _show_shared(
    installation: Installation, place: Place, lifeline: int, ready: Callable[[], None]
) -> int:
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    looking = _show(installation, registry, place)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    loop.add_reader(lifeline, stopped.set)
    ready()
    await stopped.wait()
    loop.remove_reader(lifeline)
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    return 0


def _show(installation: Installation, registry: CollectorRegistry, place: Place) -> asyncio.Task[None]:
    collector = metrics.StandingCollector(installation.settings.data)
    registry.register(collector)
    _listen(registry, place)
    return asyncio.create_task(metrics.look_on(installation.database, collector))


def _listen(registry: CollectorRegistry, place: Place) -> Thread:
    try:
        return start_http_server(place.port, place.host, registry)[1]
    except (OSError, OverflowError) as error:
        refuse(place, error, "--metrics")


def _lines(gate: guard.Gate) -> Mapping[str, metrics.Line]:
    return {
        rank.name.lower(): metrics.Line(found.inside, found.waiting, found.turned_away)
        for rank, found in gate.counted().items()
    }
