"""One open database for many tests, each with data of its own: what was once compiled is not compiled again.

A statement costs milliseconds the first time an engine runs it, and a test runs many. PostgreSQL plans anew for each
connection what the others have long planned, so its connections are kept too.
"""

from typing import Any

from sqlalchemy import Dialect, Engine, QueuePool, event, make_url

from meyasubako.store.database import Database
from tests.harness.postgres import KEPT


class KeptDatabase:
    """A database that turns from one test's data to the next one's; if a test closes it, the next gets another."""

    def __init__(self) -> None:
        self._url = ""
        self._database: Database | None = None

    def turn_to(self, url: str) -> Database:
        """The database, open, over the data at this address."""
        self._url = url
        if self._database is None or self._is_closed(self._database):
            self._database = Database(url)
            for engine in self._engines(self._database):
                event.listen(engine, "do_connect", self._connect)
        return self._database

    async def leave(self) -> None:
        """Let go of the data of the test that ended."""
        if self._database is None or self._keeps_connections(self._database):
            return
        if self._database._writer:
            self._database.reading.dispose()
            self._database._writer._engine.dispose()
        else:
            await self._database._server.write_engine.dispose()

    async def close(self) -> None:
        if self._database is not None:
            await self._database.close()

    @staticmethod
    def _is_closed(database: Database) -> bool:
        return database._writer is not None and database._writer._closed

    @staticmethod
    def _keeps_connections(database: Database) -> bool:
        """Whether they lead to the next test's data too, and nobody is still at work with one."""
        pool = database.reading.pool
        return database.engine_name == "postgresql" and isinstance(pool, QueuePool) and not pool.checkedout()

    @staticmethod
    def _engines(database: Database) -> list[Engine]:
        engines = [database.reading]
        return engines if database._writer is None else [*engines, database._writer._engine]

    def _connect(self, dialect: Dialect, _record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        if dialect.name == "sqlite":
            arguments[0] = make_url(self._url).database
        else:
            options["server_settings"] = {"application_name": KEPT}
