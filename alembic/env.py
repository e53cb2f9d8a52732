"""Brings a database to the shape the models describe, the same way on SQLite and on PostgreSQL.

On PostgreSQL people go on working meanwhile: each migration is a transaction of its own, waits only briefly for a table
somebody uses and is then tried again, and never runs beside another `migrate`. How migrations are written for that: README.md.

The address comes from the caller (`config.attributes["url"]`, or an open `config.attributes["connection"]`)
or from the command line (`alembic -x url=... upgrade head`); there is no default, so nothing is migrated by accident.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, TypeDecorator, event, pool, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from meyasubako.core.errors import WrongState
from meyasubako.store import locks, migrations, models
from meyasubako.store.database import BUSY_SECONDS
from meyasubako.store.postgres import CONNECT_SECONDS, NOTICE_THE_DEAD

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
OWN_TYPES = "meyasubako.store.types"
NOT_OF_THE_MODELS = "search_index"
"""The index of search, of another kind on each engine; on SQLite more tables whose names begin with its name."""

KNOWS_WHO_MAY_WORK: Final = "0036"
"""Since this migration the table of the revision also says which versions of the program can work with it."""

LOCK_SECONDS: Final = 3
"""Whoever needs a table while a migration waits for it waits as well: no longer than this."""

PAUSES: Final = (1, 2, 4, 8, 15, 30, 30, 30)
"""Seconds between the tries while a table is in use."""

TURN_SECONDS: Final = 1.0


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
    context.configure(
        connection=connection,
        transactional_ddl=True,
        transaction_per_migration=not on_sqlite,
        on_version_apply=note_who_may_work,
        **options(),
    )
    if not on_sqlite:
        refuse_beside_older(connection)
        connection.rollback()
    with context.begin_transaction():
        context.run_migrations()
        if on_sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise CommandError(f"The migration would leave {len(broken)} rows that point at nothing")


def note_who_may_work(
    ctx: MigrationContext,
    step: MigrationInfo,  # noqa: ARG001 - named by the caller
    heads: Collection[Any],
    run_args: Mapping[str, Any],  # noqa: ARG001 - named by the caller
) -> None:
    """Write beside the revision which version of the program can still work with it, in the transaction of the migration."""
    head = max(heads, default="")
    if head < KNOWS_WHO_MAY_WORK or ctx.connection is None:
        return
    done = context.script.iterate_revisions(head, "base")
    oldest = max((getattr(each.module, "works_since", "") for each in done), default="")
    ctx.connection.execute(
        text("UPDATE alembic_version SET works_since = :oldest"), {"oldest": oldest or None}
    )


def refuse_beside_older(connection: Connection) -> None:
    """Take nothing away while a version is at work that needs it. Raises WrongState."""
    has = context.get_context().get_current_heads()
    pending = context.script.iterate_revisions("heads", has or "base")
    oldest = max((getattr(each.module, "works_since", "") for each in pending), default="")
    names = connection.execute(
        text("SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database()")
    ).scalars()
    older = [
        name for name in names if name.startswith(migrations.NAME) and name < migrations.calls_itself(oldest)
    ]
    if has and oldest and older:
        raise WrongState(
            "前の版の serve か deliver が、まだ動いています。すべてをいまの版に入れ替えてから、"
            "もう一度 meyasubako migrate を実行してください。"
        )


async def migrate_at(url: URL) -> None:
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url, poolclass=pool.NullPool, connect_args={"timeout": BUSY_SECONDS})
        begin_transactions_ourselves(engine.sync_engine)
        await migrate_once(engine)
        return
    connecting = {"timeout": CONNECT_SECONDS, "server_settings": NOTICE_THE_DEAD}
    limits = {**NOTICE_THE_DEAD, "lock_timeout": f"{LOCK_SECONDS}s"}
    engine = create_async_engine(
        url, poolclass=pool.NullPool, connect_args={**connecting, "server_settings": limits}
    )
    async with alone(create_async_engine(url, poolclass=pool.NullPool, connect_args=connecting)):
        await migrate_patiently(engine)


async def migrate_once(engine: AsyncEngine) -> None:
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


async def migrate_patiently(engine: AsyncEngine) -> None:
    """Try again while somebody uses a table; what was done of earlier migrations stays."""
    for pause in PAUSES:
        try:
            return await migrate_once(engine)
        except Exception as error:
            if not migrations.is_in_use(error):
                raise
        tell(f"表が使われています。{pause}秒後にもう一度試します。")
        await asyncio.sleep(pause)
    return await migrate_once(engine)


@asynccontextmanager
async def alone(engine: AsyncEngine) -> AsyncIterator[None]:
    """Wait until no other `migrate` is at work on this database. The lock goes with the connection, however we end."""
    number = {"number": locks.number_of(locks.MIGRATING)}
    try:
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            is_told = False
            while not await connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), number):
                if not is_told:
                    tell("ほかの migrate が動いています。終わるのを待っています。")
                    is_told = True
                await asyncio.sleep(TURN_SECONDS)
            yield
    finally:
        await engine.dispose()


def tell(said: str) -> None:
    """Say to whoever runs this what is waited for."""
    listener: Callable[[str], None] | None = context.config.attributes.get("tell")
    (listener or context.config.print_stdout)(said)


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
