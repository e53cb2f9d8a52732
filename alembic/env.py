"""Brings a database to the shape the models describe, the same way on SQLite and on PostgreSQL.

The address comes from the caller (`config.attributes["url"]`, or an open `config.attributes["connection"]`)
or from the command line (`alembic -x url=... upgrade head`); there is no default, so nothing is migrated by accident.
"""

import asyncio
import inspect
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, TypeDecorator, event, pool
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from meyasubako.store import models

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
OWN_TYPES = "meyasubako.store.types"
NOT_OF_THE_MODELS = "search_index"
"""The index of search, of another kind on each engine; on SQLite more tables whose names begin with its name."""


def database_url() -> URL:
    """The address asked for, with the driver this product speaks."""
    given = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url")
    if not given:
        raise CommandError("Say which database: alembic -x url=sqlite:///var/meyasubako.db upgrade head")
    url = make_url(str(given)) if not isinstance(given, URL) else given
    backend = url.get_backend_name()
    if backend not in DRIVERS:
        raise CommandError(f"Only SQLite and PostgreSQL are supported, not {backend}")
    return url.set(drivername=DRIVERS[backend])


def render_item(kind: str, item: object, autogen_context: AutogenContext) -> str | Literal[False]:
    """Write our own column types into a migration so that it still runs when the code around it has moved on.

    A type that needs no words of the code is named; one that does is written as the column it makes.
    """
    if (
        kind != "type"
        or not isinstance(item, TypeDecorator)
        or not type(item).__module__.startswith(OWN_TYPES)
    ):
        return False
    if takes_arguments(type(item)):
        return f"sa.{item.impl_instance!r}"
    autogen_context.imports.add("from meyasubako.store import types")
    return f"types.{type(item).__name__}()"


def takes_arguments(kind: type[Any]) -> bool:
    parameters = inspect.signature(kind).parameters.values()
    return any(each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD for each in parameters)


def is_of_the_models(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table found in a database is compared with the models."""
    return kind != "table" or not (name or "").startswith(NOT_OF_THE_MODELS)


def options() -> dict[str, Any]:
    return {
        "include_name": is_of_the_models,
        "target_metadata": models.Base.metadata,
        "render_as_batch": True,
        "compare_type": True,
        "render_item": render_item,
    }


def begin_transactions_ourselves(engine: Engine) -> None:
    """Keep Python's sqlite3 from committing before every change of a table, so that a migration is all or nothing."""

    @event.listens_for(engine, "connect")
    def no_hidden_commits(connection: Any, _record: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def migrate(connection: Connection) -> None:
    on_sqlite = connection.dialect.name == "sqlite"
    context.configure(connection=connection, transactional_ddl=True, **options())
    with context.begin_transaction():
        context.run_migrations()
        if on_sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise CommandError(f"The migration would leave {len(broken)} rows that point at nothing")


async def migrate_at(url: URL) -> None:
    engine = create_async_engine(url, poolclass=pool.NullPool)
    if url.get_backend_name() == "sqlite":
        begin_transactions_ourselves(engine.sync_engine)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


def write_sql() -> None:
    """`--sql`: print what would be run, for an office whose database is changed by somebody else."""
    context.configure(
        url=database_url(), literal_binds=True, dialect_opts={"paramstyle": "named"}, **options()
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    write_sql()
elif (open_connection := context.config.attributes.get("connection")) is not None:
    migrate(open_connection)
else:
    asyncio.run(migrate_at(database_url()))
