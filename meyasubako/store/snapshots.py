"""The whole database as one file, written while it is in use and put back where none is.

SQLite copies itself; for PostgreSQL its own programs pg_dump, pg_restore and psql do it, which must be on this machine.
"""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from itertools import chain, count
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, NullPool, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session

from meyasubako.core import reasons
from meyasubako.core.errors import Unavailable, WrongState
from meyasubako.store.database import is_away, make_place, not_usable
from meyasubako.store.postgres import MAY_BE_IDLE

T = TypeVar("T")

CONNECT_SECONDS: Final = 10
LOCK_SECONDS: Final = 10
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
    snapshot, schema = session.execute(text("SELECT pg_export_snapshot(), current_schema()")).one()
    path.touch(mode=0o600)
    # What others keep in the same database, and may not let us read, is none of ours.
    ours = f"--schema={_quoted(schema)}"
    options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={path}")
    _run("pg_dump", (ours, *options), address)


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
    _replay(path, address, *_ask(address, _what_goes))


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
            place.replace(_free_name(place))
        for beside in ("-wal", "-shm"):
            # What is left of a database that is gone must not be taken for a part of this one.
            place.with_name(place.name + beside).unlink(missing_ok=True)
        new.replace(place)
        _flush(place.parent)
    except OSError as error:
        raise WrongState(f"データベース {place} を置けません（{reasons.of_file(error)}）。") from error
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def _free_name(place: Path) -> Path:
    """Where a database is put aside: what was put aside before may be the one that is wanted back."""
    names = (place.with_name(f"{place.name}{ASIDE}{number}") for number in chain([""], count(2)))
    return next(each for each in names if not each.exists())


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


def _what_goes(connection: Connection) -> tuple[str, list[str]]:
    """The schema we work in and its tables. Raises WrongState while somebody uses the database."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    if connection.scalar(text(f"{others} AND backend_type = 'client backend'")):
        raise WrongState(_IN_USE)
    schema: str = connection.execute(text("SELECT current_schema()")).scalar_one()
    return schema, _tables(connection)


def _replay(path: Path, address: URL, schema: str, tables: Sequence[str]) -> None:
    """Let the tables of a dump take the place of those there, in one transaction: whatever breaks off, nothing has changed."""
    reader, writer = _program("pg_restore"), _program("psql")
    begin = [
        "BEGIN",
        f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'",
        "SET LOCAL client_min_messages = warning",
    ]
    begin += [f"DROP TABLE {_quoted(schema)}.{_quoted(table)} CASCADE" for table in tables]
    # A dump of another schema would leave nothing here.
    end = [f"TABLE {_quoted(schema)}.alembic_version"]
    # Until it has seen how large they are, PostgreSQL reads them in the wrong order. Of the tables of others it only warns.
    end += ["SET LOCAL client_min_messages = error", "ANALYZE", "COMMIT"]
    with tempfile.TemporaryFile() as said, _reached(address) as where:
        writing = subprocess.Popen(  # noqa: S603  the program is found on PATH, nothing goes through a shell
            [writer, *where, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        assert writing.stdin
        with writing, suppress(BrokenPipeError), writing.stdin:
            writing.stdin.write("".join(f"{each};\n" for each in begin).encode())
            writing.stdin.flush()
            read = subprocess.run(  # noqa: S603  as above
                [reader, f"--schema={schema}", "--no-owner", "--no-privileges", "--file=-", path],
                stdin=subprocess.DEVNULL,
                stdout=writing.stdin,
                stderr=subprocess.PIPE,
                check=False,
            )
            if not read.returncode:
                # Without it PostgreSQL forgets all that was said.
                writing.stdin.write("".join(f"{each};\n" for each in end).encode())
        said.seek(0)
        _check_end("psql", writing.returncode, said.read())
    _check_end("pg_restore", read.returncode, read.stderr)


def _ask(address: URL, unit: Callable[[Connection], T]) -> T:
    async def run() -> T:
        engine = create_async_engine(
            address.set(drivername="postgresql+asyncpg"),
            poolclass=NullPool,
            connect_args={"timeout": CONNECT_SECONDS},
        )
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(unit)
        except Exception as error:
            if is_away(error, writing=False):
                raise Unavailable(reason=not_usable(address.render_as_string(), error)) from error
            raise
        finally:
            await engine.dispose()

    return asyncio.run(run())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise WrongState(_INSTALL.format(program=name))
    return found


@contextmanager
def _reached(address: URL) -> Iterator[Sequence[str]]:
    """How a program of PostgreSQL is told of a database, and never asks whoever sits there for its password.

    That stays out of the list of processes, which every user of the machine can read.
    """
    named = {"ssl": "sslmode"}
    query: dict[str, Any] = {"connect_timeout": str(CONNECT_SECONDS)}
    query |= {named.get(name, name): value for name, value in address.query.items()}
    with tempfile.NamedTemporaryFile("w", prefix="meyasubako-", encoding="utf-8") as passwords:
        # Where the address has none, it may stand where PostgreSQL itself looks.
        if address.password is not None:
            secret = str(address.password).replace("\\", "\\\\").replace(":", "\\:")
            passwords.write(f"*:*:*:*:{secret}\n")
            passwords.flush()
            query["passfile"] = passwords.name
        # `set` takes None for "as it is".
        plain = address.set(drivername="postgresql", query=query)._replace(password=None)
        yield f"--dbname={plain.render_as_string()}", "--no-password"


def _run(program: str, arguments: Sequence[str], address: URL | None = None) -> None:
    with _reached(address) if address else nullcontext(()) as where:
        done = subprocess.run(  # noqa: S603  the program is found on PATH, nothing goes through a shell
            [_program(program), *where, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
    _check_end(program, done.returncode, done.stderr)


def _check_end(program: str, code: int, complaint: bytes) -> None:
    if code:
        said = " ".join(complaint.decode("utf-8", "replace").split())
        hint = "サーバーと同じか新しい版のプログラムを入れてください。" if "server version" in said else ""
        raise WrongState(f"{program} ができませんでした（{said[:500]}）。{hint}")


def _flush(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
