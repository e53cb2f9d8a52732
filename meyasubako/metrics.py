"""What Prometheus is told: requests by the pattern of their address, lines, messages on their way, deadlines, the database.

Numbers only, and no address as it was typed. What is counted in several processes is added up through files they share.
"""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from meyasubako.casework import standing
from meyasubako.casework.standing import Standing
from meyasubako.core import dates
from meyasubako.store.database import Database

logger = logging.getLogger("meyasubako.metrics")

SAMPLE_EVERY: Final = 1.0
LOOK_EVERY: Final = 15.0
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST"})
CLOSED_BY_CLIENT: Final = 499

Scope = Any
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Line:
    """How one rank stands at the gate: worked on, waiting, and turned away since the start."""

    inside: int
    waiting: int
    turned_away: int


class Measures:
    """What one process counts. `registry` is None where several processes share files."""

    def __init__(self, registry: CollectorRegistry | None) -> None:
        self._requests = Counter(
            "meyasubako_requests", "Requests answered", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "meyasubako_request_seconds",
            "Seconds from the first byte of a request to the last of its answer",
            ("method", "route"),
            registry=registry,
            buckets=SECONDS,
        )
        self._inside = self._gauge("meyasubako_requests_inside", "Requests worked on now", registry)
        self._waiting = self._gauge("meyasubako_requests_waiting", "Requests waiting in line now", registry)
        self._turned_away = Counter(
            "meyasubako_requests_turned_away",
            "Requests answered 503 at the door: too many at once",
            ("rank",),
            registry=registry,
        )
        self._turned_away_before: dict[str, int] = {}

    @staticmethod
    def _gauge(name: str, text: str, registry: CollectorRegistry | None) -> Gauge:
        return Gauge(name, text, ("rank",), registry=registry, multiprocess_mode="livesum")

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """One request was answered."""
        method = scope["method"] if scope["method"] in METHODS else "other"
        # The route as written: no token or number of an address, and no end of names.
        route = getattr(scope.get("route"), "path", "-")
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def sample(self, lines: Mapping[str, Line]) -> None:
        """How the lines stand now."""
        for rank, line in lines.items():
            self._inside.labels(rank).set(line.inside)
            self._waiting.labels(rank).set(line.waiting)
            self._turned_away.labels(rank).inc(line.turned_away - self._turned_away_before.get(rank, 0))
            self._turned_away_before[rank] = line.turned_away


class Measured:
    """The application with every answer counted."""

    def __init__(self, app: App, measures: Measures) -> None:
        self.app = app
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun_at = perf_counter()
        status = CLOSED_BY_CLIENT

        async def send_noted(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_noted)
        finally:
            self._measures.count(scope, status, perf_counter() - begun_at)


class StandingCollector(Collector):
    """What the database said when it was last looked at; where it did not answer, only that."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.latest: Standing | None = None

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The figures of the moment. Called by the listener's thread."""
        found = self.latest
        yield _gauge("meyasubako_database_up", "Whether the database answered", 1 if found else 0)
        try:
            free = shutil.disk_usage(self._data).free
        except OSError:
            free = 0
        yield _gauge("meyasubako_disk_free_bytes", "Room left where the data lie", free)
        if found is None:
            return
        yield _gauge("meyasubako_database_bytes", "Room the database takes", found.database_bytes)
        yield _gauge("meyasubako_outbox_waiting", "Messages not sent yet", found.messages.waiting)
        yield _gauge(
            "meyasubako_outbox_oldest_seconds",
            "How long ago the oldest message that is due was written",
            found.messages.oldest_seconds,
        )
        yield _gauge("meyasubako_outbox_given_up", "Messages given up within a day", found.messages.given_up)
        for name, text in (
            ("unfinished", "Unfinished cases"),
            ("quarantined", "Cases waiting for somebody to see whether a person wrote them"),
            ("overdue", "Answers owed whose day has passed"),
            ("near", "Answers owed within three days"),
        ):
            family = GaugeMetricFamily(f"meyasubako_cases_{name}", text, labels=("desk",))
            for desk in found.desks:
                family.add_metric((desk.code,), getattr(desk, name))
            yield family


async def look_on(database: Database, collector: StandingCollector, *, every: float = LOOK_EVERY) -> None:
    """Keep what the collector tells fresh, until cancelled."""
    while True:
        at = dates.now()
        try:
            collector.latest = await database.read(lambda session, at=at: standing.look(session, at=at))
        except Exception:
            collector.latest = None
            logger.exception("the database does not answer")
        await asyncio.sleep(every)


async def sample_on(
    measures: Measures, lines: Callable[[], Mapping[str, Line]], *, every: float = SAMPLE_EVERY
) -> None:
    """Tell how the lines stand, until cancelled."""
    while True:
        measures.sample(lines())
        await asyncio.sleep(every)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
