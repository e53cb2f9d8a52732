"""What Prometheus is told, read as Prometheus reads it: by the text of the page."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from meyasubako import metrics
from meyasubako.casework import outbox, standing
from meyasubako.casework.standing import Messages
from meyasubako.cli.listening import read_place
from meyasubako.core import dates
from meyasubako.core.errors import WrongSetting
from meyasubako.core.vocabulary import Message
from meyasubako.store.database import Database
from tests.harness.client import Client
from tests.harness.site import MIE, open_site


def lines(registry: CollectorRegistry) -> dict[str, float]:
    told = generate_latest(registry).decode().splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in told if line[0] != "#")
    }


async def test_how_everything_stands(database: Database, tmp_path: Path) -> None:
    await open_site(database, tmp_path)
    now = dates.now()
    before = await database.read(lambda session: standing.look(session, at=now))
    assert (before.messages, before.database_bytes > 0) == (Messages(0, 0.0, 0), True)
    for minutes in (30, 10, -10):
        written = now - timedelta(minutes=minutes)
        await database.write(
            lambda session, at=written: outbox.enqueue(session, Message.PASSCODE, at=at, receipt_id=None)
        )
    found = await database.read(lambda session: standing.look(session, at=now))
    assert (found.messages.waiting, found.messages.oldest_seconds) == (3, 1_800.0)
    assert {desk.code: (desk.unfinished, desk.overdue, desk.near) for desk in found.desks}[MIE] == (0, 0, 0)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_requests_are_counted_by_the_pattern_of_their_address(
    database: Database, tmp_path: Path
) -> None:
    site, registry = await open_site(database, tmp_path), CollectorRegistry()
    async with Client(metrics.Measured(site.app, metrics.Measures(registry))) as stranger:
        for path in ("/confirm/secret-token", "/nowhere/secret", "/healthz"):
            await stranger.request("GET", path, expect=None)
    told = generate_latest(registry).decode()
    assert 'meyasubako_requests_total{method="GET",route="/confirm/{token}",status="' in told
    found = lines(registry)
    assert found['meyasubako_requests_total{method="GET",route="-",status="404"}'] == 1
    assert found['meyasubako_request_seconds_count{method="GET",route="/healthz"}'] == 1
    assert "secret" not in told


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_without_a_database_only_that_is_told(database: Database, tmp_path: Path) -> None:
    await open_site(database, tmp_path)
    registry, collector = CollectorRegistry(), metrics.StandingCollector(tmp_path)
    registry.register(collector)
    away = lines(registry)
    assert (away["meyasubako_database_up"], away["meyasubako_disk_free_bytes"] > 0) == (0, True)
    assert "meyasubako_outbox_waiting" not in away
    looking = asyncio.create_task(metrics.look_on(database, collector))
    await until(lambda: collector.latest is not None)
    looking.cancel()
    found = lines(registry)
    assert (found["meyasubako_database_up"], found["meyasubako_outbox_waiting"]) == (1, 0)
    assert found[f'meyasubako_cases_overdue{{desk="{MIE}"}}'] == 0


def test_turned_away_is_told_as_it_grows() -> None:
    registry = CollectorRegistry()
    measures = metrics.Measures(registry)
    for turned_away in (2, 2, 5):
        measures.sample({"looking": metrics.Line(inside=1, waiting=4, turned_away=turned_away)})
    found = lines(registry)
    assert found['meyasubako_requests_turned_away_total{rank="looking"}'] == 5
    assert found['meyasubako_requests_waiting{rank="looking"}'] == 4


def test_where_metrics_are_shown_is_an_address_and_a_number() -> None:
    assert (read_place("127.0.0.1:9464").port, read_place("[::1]:9464").host) == (9464, "::1")
    for wrong in ("9464", ":9464", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:http"):
        with pytest.raises(WrongSetting, match="--metrics"):
            read_place(wrong)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
