"""The whole database as one file, written while it is in use and put back where none is.

SQLite copies itself; for PostgreSQL its own programs pg_dump and pg_restore do it, which must be on this machine.
"""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import URL, Connection, NullPool, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session

from meyasubako.core.errors import WrongState
from meyasubako.store.database import make_place
from meyasubako.store.postgres import MAY_BE_IDLE

T = TypeVar("T")

CONNECT_SECONDS: Final = 10
NAMES: Final[Mapping[str, str]] = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
"""What the file is called, by engine."""

ASIDE: Final = ".before-restore"
"""What the file of a SQLite database that was replaced ends with."""

_IN_USE: Final = (
    "データベースを使っているものがあります。serve と deliver を止めてから、もう一度実行してください。"
)
_INSTALL: Final = (
    "{program} が見つかりません。PostgreSQL のプログラム（Debian や Ubuntu では postgresql-client）を、"
    "サーバーと同じか新しい版で入れて、PATH から使えるようにしてください。"
)


def copy_out(session: Session, url: str, path: Path) -> None:
    """Write the database to `path` exactly as this unit sees it. The unit must be one that reads, and waits meanwhile.

    Raises WrongState where the programs that do it are missing or refuse.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        # A unit sees one moment from its first look on; copying alone is none.
        session.scalar(text("SELECT count(*) FROM sqlite_master"))
        own = session.connection().connection.dbapi_connection
        assert isinstance(own, sqlite3.Connection)
        path.touch(mode=0o600)
        with closing(sqlite3.connect(path)) as copy:
            own.backup(copy)
            # One file that needs none beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
        return
    # What pg_dump reads is what this unit reads, however long either takes.
    session.execute(text(MAY_BE_IDLE))
    snapshot = session.scalar(text("SELECT pg_export_snapshot()"))
    options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={path}")
    _run("pg_dump", options, address)
    path.chmod(0o600)


def check(path: Path) -> None:
    """Look whether such a file can be put back. Raises WrongState."""
    if path.name != NAMES["sqlite"]:
        _run("pg_restore", ("--list", str(path)))
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as opened:
            found = opened.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise WrongState(f"控えのデータベースが壊れています（{found}）。")


def holds_anything(url: str) -> bool:
    """Whether there is a database at an address that is not empty. Must not be called inside a running loop."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        file = Path(address.database or "")
        return file.exists() and file.stat().st_size > 0
    return bool(_ask(address, _tables))


def put_back(path: Path, url: str) -> None:
    """Make the database at an address what it was when `path` was written; what is there is replaced.

    Must not be called inside a running loop. Raises WrongState while somebody uses it, or when it cannot be done.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        _put_file_back(path, Path(address.database or ""))
        return
    if not shutil.which("pg_restore"):
        raise WrongState(_INSTALL.format(program="pg_restore"))
    _ask(address, _clear)
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(path))
    _run("pg_restore", options, address)


def _put_file_back(path: Path, place: Path) -> None:
    new = place.with_name(f"{place.name}.restoring")
    try:
        new.unlink(missing_ok=True)
        make_place(URL.create("sqlite", database=str(new)))
        with path.open("rb") as source, new.open("wb") as copied:
            shutil.copyfileobj(source, copied, 1024 * 1024)
            copied.flush()
            os.fsync(copied.fileno())
        if place.exists() and place.stat().st_size:
            _wait_until_free(place)
            place.replace(place.with_name(place.name + ASIDE))
        for beside in ("-wal", "-shm"):
            # What is left of a database that is gone must not be taken for a part of this one.
            place.with_name(place.name + beside).unlink(missing_ok=True)
        new.replace(place)
        _flush(place.parent)
    except OSError as error:
        raise WrongState(f"データベース {place} を置けません（{error.strerror}）。") from error
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def _wait_until_free(place: Path) -> None:
    """Make the file whole without what stands beside it, which works only while nobody else has it open."""
    try:
        with closing(sqlite3.connect(place, timeout=1)) as held:
            if held.execute("PRAGMA journal_mode=DELETE").fetchone()[0] != "delete":
                raise WrongState(_IN_USE)
    except sqlite3.OperationalError as error:
        raise WrongState(_IN_USE) from error
    except sqlite3.DatabaseError:
        # It is broken: that is why it is replaced.
        return


def _tables(connection: Connection) -> list[str]:
    own = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    return list(connection.scalars(text(own)))


def _clear(connection: Connection) -> None:
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    if connection.scalar(text(f"{others} AND backend_type = 'client backend'")):
        raise WrongState(_IN_USE)
    for table in _tables(connection):
        connection.exec_driver_sql(f'DROP TABLE "{table}" CASCADE')


def _ask(address: URL, unit: Callable[[Connection], T]) -> T:
    async def run() -> T:
        engine = create_async_engine(
            address.set(drivername="postgresql+asyncpg"),
            poolclass=NullPool,
            connect_args={"timeout": CONNECT_SECONDS},
        )
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(unit)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def _run(program: str, arguments: Sequence[str], address: URL | None = None) -> None:
    found = shutil.which(program)
    if found is None:
        raise WrongState(_INSTALL.format(program=program))
    with tempfile.NamedTemporaryFile("w", prefix="meyasubako-", encoding="utf-8") as passwords:
        options: list[str] = []
        if address is not None:
            # The password stays out of the list of processes, which every user of the machine can read.
            if address.password is not None:
                secret = str(address.password).replace("\\", "\\\\").replace(":", "\\:")
                passwords.write(f"*:*:*:*:{secret}\n")
                passwords.flush()
            named = {"ssl": "sslmode"}
            query = {named.get(name, name): value for name, value in address.query.items()}
            query["passfile"] = passwords.name
            # `set` takes None for "as it is".
            plain = address.set(drivername="postgresql", query=query)._replace(password=None)
            options = [f"--dbname={plain.render_as_string()}"]
        done = subprocess.run(  # noqa: S603  the program is found on PATH, nothing goes through a shell
            [found, *options, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())
        hint = "サーバーと同じか新しい版のプログラムを入れてください。" if "server version" in said else ""
        raise WrongState(f"{program} ができませんでした（{said[:500]}）。{hint}")


def _flush(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
