"""The migrations make exactly what the models describe, and can be taken back, on both engines."""

from sqlalchemy import Connection, inspect, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from tests.harness import migrations

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


async def _tables(url: str, engine_name: str) -> set[str]:
    def names(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names())

    engine = create_async_engine(make_url(url).set(drivername=DRIVERS[engine_name]))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(names)
    finally:
        await engine.dispose()


def test_the_migrated_database_is_what_the_models_describe(database_url: str) -> None:
    assert migrations.differences(database_url) == ""


async def test_migrations_go_up_down_and_up_again(empty_database_url: str, engine_name: str) -> None:
    url = empty_database_url
    migrations.upgrade(url)
    first = await _tables(url, engine_name)
    migrations.downgrade(url)
    assert await _tables(url, engine_name) == {"alembic_version"}
    migrations.upgrade(url)
    assert await _tables(url, engine_name) == first
    assert len(first) > 1
