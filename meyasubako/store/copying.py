"""Copies the rows of one database into another, table by table in pieces, from either engine to either.

What a database holds is the same on both engines but for the index of search, whose tokens are carried over one by one.
"""

import hashlib
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Integer, Table, delete, func, insert, inspect, literal, select, text, tuple_, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from meyasubako.core.errors import Unavailable
from meyasubako.store import postgres, search
from meyasubako.store.migrations import NAME
from meyasubako.store.models import Base

PIECE: Final = 2_000
"""Rows read and written at once."""

MARK: Final = "unfinished_move"
"""A table that is there while a move into this database is not finished; its one row says where from."""

HOLDING_SECONDS: Final = 10
"""So long somebody who writes may take to come to an end."""

_WIDTH: Final = 2**128

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Extent:
    """What a table holds: how many rows, and a sum over them that does not depend on their order."""

    rows: int = 0
    sum: int = 0

    def __add__(self, other: "Extent") -> "Extent":
        return Extent(self.rows + other.rows, (self.sum + other.sum) % _WIDTH)


def every_table() -> tuple[Table, ...]:
    """All tables, each behind those it names rows of."""
    return tuple(Base.metadata.sorted_tables)


def count(session: Session, table: Table) -> int:
    """How many rows a table has."""
    return session.scalar(select(func.count()).select_from(table)) or 0


def holds_rows(session: Session) -> bool:
    """Whether there is anything in the tables, whatever shape the database has."""
    there = set(inspect(session.connection()).get_table_names())
    return any(
        session.scalar(select(select(literal(1)).select_from(table).exists()))
        for table in every_table()
        if table.name in there
    )


def rows_after(session: Session, table: Table, last: Row | None) -> list[Row]:
    """The next piece of a table in the order of its key; `last` is the key of the row before it."""
    key = list(table.primary_key.columns)
    found = select(table).order_by(*key).limit(PIECE)
    if last is not None:
        found = found.where(key[0] > last[0] if len(key) == 1 else tuple_(*key) > last)
    return [tuple(row) for row in session.execute(found)]


def key_of(table: Table, row: Row) -> Row:
    """The key of a row."""
    return tuple(row[list(table.columns).index(column)] for column in table.primary_key.columns)


def last_key(session: Session, table: Table) -> Row | None:
    """The key of the last row of a table, None if it is empty or its order is not the same on every engine."""
    key = list(table.primary_key.columns)
    if not all(isinstance(column.type, Integer) for column in key):
        return None
    row = session.execute(select(*key).order_by(*(column.desc() for column in key)).limit(1)).first()
    return None if row is None else tuple(row)


def put(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Add rows. What they name in their own table is left out, as it may come later: `tie` puts it in."""
    own = _own_links(table)
    names = [column.name for column in table.columns]
    values = [
        {name: None if name in own else value for name, value in zip(names, row, strict=True)} for row in rows
    ]
    session.execute(insert(table), values)


def tie(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Put in what rows that are all there name in their own table."""
    names = [column.name for column in table.columns]
    for row in rows:
        named = dict(zip(names, row, strict=True))
        if links := {name: named[name] for name in _own_links(table) if named[name] is not None}:
            key = zip(table.primary_key.columns, key_of(table, row), strict=True)
            session.execute(update(table).where(*(column == value for column, value in key)).values(links))


def has_own_links(table: Table) -> bool:
    """Whether rows of a table name rows of the same table."""
    return bool(_own_links(table))


def empty(session: Session, table: Table) -> None:
    """Take every row out of a table."""
    session.execute(delete(table))


def go_on_counting(session: Session) -> None:
    """Let PostgreSQL number new rows behind those that were put there; SQLite does so by itself."""
    if search.on_sqlite(session):
        return
    for table in every_table():
        for column in table.primary_key.columns:
            sequence = session.scalar(
                text("SELECT pg_get_serial_sequence(:table, :column)"),
                {"table": f'"{table.name}"', "column": column.name},
            )
            if sequence and (last := session.scalar(select(func.max(column)))):
                session.execute(
                    text("SELECT setval(CAST(:name AS regclass), :last)"), {"name": sequence, "last": last}
                )


def extent_of(rows: Sequence[Row]) -> Extent:
    """Rows and their sum; the same on both engines, whatever each makes of times and of JSON inside."""
    total = 0
    for row in rows:
        line = json.dumps(row, default=_plain, sort_keys=True, ensure_ascii=False)
        total += int.from_bytes(hashlib.blake2b(line.encode(), digest_size=16).digest())
    return Extent(len(rows), total % _WIDTH)


def index_rows(session: Session, parts: Sequence[int]) -> list[search.Row]:
    """What the index of search holds of these parts."""
    if not parts:
        return []
    wanted = set(parts)
    found = search.rows_between(session, min(parts), max(parts))
    return [
        search.Row(part, sorted(bigrams), sorted(words))
        for part, (bigrams, words) in sorted(found.items())
        if part in wanted
    ]


def plain_index_rows(rows: Sequence[search.Row]) -> list[Row]:
    """Rows of the index of search, as those of a table are, for `extent_of`."""
    return [(row.id, sorted({*row.bigrams} - {""}), sorted({*row.words} - {""})) for row in rows]


@asynccontextmanager
async def held_still(url: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Keep everybody from writing to a database meanwhile; they may read. Raises Unavailable while somebody writes.

    What it gives is called before the end: it raises Unavailable when the hold was lost, so that somebody may have written.
    """
    address = make_url(url)
    is_sqlite = address.get_backend_name() == "sqlite"
    driver = "sqlite+aiosqlite" if is_sqlite else "postgresql+asyncpg"
    tables = ", ".join(f'"{table.name}"' for table in every_table())
    holding = (
        ("BEGIN IMMEDIATE",)
        if is_sqlite
        else (
            f"SET LOCAL lock_timeout = '{HOLDING_SECONDS}s'",
            # The connection does nothing else for hours.
            postgres.MAY_BE_IDLE,
            f"LOCK TABLE {tables} IN SHARE MODE",
        )
    )
    options = {} if is_sqlite else {"server_settings": postgres.NOTICE_THE_DEAD}
    engine = create_async_engine(
        address.set(drivername=driver),
        poolclass=NullPool,
        connect_args={"timeout": HOLDING_SECONDS, **options},
    )
    try:
        async with engine.connect() as connection:
            try:
                for command in holding:
                    await connection.exec_driver_sql(command)
            except DBAPIError as error:
                raise Unavailable("データベースに書いている途中の仕事があります。") from error

            async def look() -> None:
                try:
                    await connection.exec_driver_sql("SELECT 1")
                except DBAPIError as error:
                    raise Unavailable(
                        "元のデータベースとのつながりが切れ、書き込みを止めておけませんでした。もう一度実行してください。"
                    ) from error

            yield look
    finally:
        await engine.dispose()


# ---- A move that is not finished ----


def moving_from(session: Session) -> str | None:
    """Where an unfinished move into this database comes from; None when there is none."""
    if not inspect(session.connection()).has_table(MARK):
        return None
    return session.scalar(text(f"SELECT source FROM {MARK}"))  # noqa: S608


def begin_move(session: Session, source: str) -> None:
    """Mark that a move into this database has begun."""
    session.execute(text(f"CREATE TABLE {MARK} (source TEXT NOT NULL)"))
    session.execute(text(f"INSERT INTO {MARK} (source) VALUES (:source)"), {"source": source})  # noqa: S608


def end_move(session: Session) -> None:
    """Mark that everything is there."""
    session.execute(text(f"DROP TABLE {MARK}"))


def others_at_work(session: Session) -> int:
    """How many programs of ours are connected to a PostgreSQL database beside this one; 0 on SQLite."""
    if search.on_sqlite(session):
        return 0
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND application_name LIKE :ours"
    )
    return session.scalar(others, {"ours": f"{NAME}%"}) or 0


def is_open_elsewhere(url: str) -> bool:
    """Whether another program has a SQLite database open; False for another engine, or where there is no file yet."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database:
        return False
    try:
        opened = sqlite3.connect(
            f"file:{address.database}?mode=rw", uri=True, timeout=0, isolation_level=None
        )
    except sqlite3.OperationalError:
        return False
    with closing(opened) as connection:
        try:
            # Whoever has it open holds a shared lock on the file for as long as it does.
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
    return False


def _own_links(table: Table) -> set[str]:
    return {
        column.name for column in table.columns for link in column.foreign_keys if link.column.table is table
    }


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value))
