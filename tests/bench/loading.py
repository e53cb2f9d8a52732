"""Rows in bulk, as fast as each engine takes them: tuples straight to the driver, and indexes made of what is there."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any, Final

from sqlalchemy import Column, Dialect, Table, bindparam, insert, text
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from meyasubako.store.database import Database

Row = Mapping[str, Any]

CACHE_KB: Final = 200_000

_INDEXES: Final = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> '' AND tbl_name IN :tables",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN :tables"
    " AND indexname NOT IN (SELECT conname FROM pg_constraint)",
}


def store(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Write rows that all name the same columns."""
    if not rows:
        return
    connection = session.connection()
    made = insert(table).compile(dialect=connection.dialect, column_keys=list(rows[0]))
    names = [column.name for column in table.c if column.name in rows[0]]
    columns = [_bound(table.c[name], connection.dialect, [row[name] for row in rows]) for name in names]
    records = zip(*columns, strict=True)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        driver.executemany(str(made), records)
    else:
        # What one row points at is written together with it: asking for each whether it is there takes as long again.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        await_only(driver.copy_records_to_table(table.name, records=records, columns=names))


@asynccontextmanager
async def without_indexes(database: Database, tables: Sequence[Table]) -> AsyncIterator[None]:
    """While rows are written, these tables have no indexes but those of their keys; then they are made of all rows at once."""
    wanted = text(_INDEXES[database.engine_name]).bindparams(
        bindparam("tables", [table.name for table in tables], expanding=True)
    )

    def drop(session: Session) -> list[str]:
        if database.engine_name == "sqlite":
            session.execute(text(f"PRAGMA cache_size = -{CACHE_KB}"))
        found = session.execute(wanted).all()
        for name, _ in found:
            session.execute(text(f'DROP INDEX "{name}"'))
        return [made for _, made in found]

    indexes = await database.write(drop)
    yield
    for made in indexes:
        await database.write(lambda session, made=made: session.connection().exec_driver_sql(made))


def _bound(column: Column[Any], dialect: Dialect, values: Sequence[Any]) -> Sequence[Any]:
    """The values of a column as the driver takes them; each word of a vocabulary is turned once."""
    bind: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    if bind is None:
        return values
    if isinstance(values[0], Enum):
        words = {value: bind(value) for value in set(values)}
        return [words[value] for value in values]
    return [bind(value) for value in values]
