"""One unit of work at a time: `write` runs a function in a transaction and keeps all of it or nothing; `read` sees one moment.
`write_together` does the same work for many callers at once, each of whom is kept or refused by itself.

PostgreSQL (postgres.py) runs units side by side. SQLite has one writer, so its units go through one thread that commits many
of them together; what only reads runs in threads of its own, a unit in one of them from beginning to end.
"""

import asyncio
import contextvars
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Engine, create_engine, event, exc, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from meyasubako.core import reasons
from meyasubako.core.errors import Unavailable
from meyasubako.store import postgres
from meyasubako.store.gathering import Gatherer, Together
from meyasubako.store.postgres import ANSWER_SECONDS, RESTART_SECONDS, Replica, Server

T = TypeVar("T")
A = TypeVar("A")

BATCH: Final = 64
BUSY_SECONDS: Final = 30
LOOK_AGAIN_SECONDS: Final = 0.001
"""A process that commits one batch after another leaves less than this between two of them."""

# What each engine calls: busy, locked, I/O error, disk full, no file; no connection, not let in, no such database, deadlock,
# no right to a table, no resources, stopped.
_SQLITE_AWAY: Final = frozenset({5, 6, 10, 13, 14})
_SQLITE_BUSY: Final = 5
_SQLITE_READ_ONLY: Final = 8
_POSTGRESQL_AWAY: Final = ("08", "28", "3D", "40", "42501", "53", "57", "58")
_POSTGRESQL_READ_ONLY: Final = "25006"


class Database:
    """A database of either engine. `url` is `sqlite:///file` or `postgresql://…`; close it when done."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 8,
        name: str = "meyasubako",
        read_url: str = "",
        patience: float = RESTART_SECONDS,
        answer_seconds: float | None = ANSWER_SECONDS,
    ) -> None:
        """`name` is what PostgreSQL calls our connections, for whoever looks who is at work.

        At `read_url` a second server follows the first: `look_back` asks it. For `patience` seconds after the server went
        away, units wait for it to come back; over one question it may take `answer_seconds` (None: any time).
        """
        address = make_url(url)
        self.engine_name = address.get_backend_name()
        self._name = name_of(url)
        self.units_at_once = BATCH if self.engine_name == "sqlite" else 2 * pool_size
        """How many units are under way together: those SQLite commits together, or PostgreSQL has connections for."""
        self._writer: _SqliteWriter | None = None
        self._readers: _SqliteReaders | None = None
        self._replica: Replica | None = None
        if self.engine_name == "sqlite":
            # Where nothing can be made, the first unit says that the database is away.
            with suppress(OSError):
                make_place(address)
            self._readers = _SqliteReaders(url, pool_size)
            self._writer = _SqliteWriter(url)
        else:
            self._server = Server(
                address, pool_size=pool_size, name=name, patience=patience, answer_seconds=answer_seconds
            )
            self._gatherer = Gatherer(self._server.write, BATCH, partial(is_away, writing=True))
            if read_url:
                self._replica = Replica(self._server, make_url(read_url), pool_size=pool_size, name=name)

    def _away(self, error: Exception) -> Unavailable:
        return Unavailable(reason=not_usable(self._name, error))

    @property
    def reading(self) -> Engine:
        """What reads, for whoever counts what it is asked."""
        return self._readers.engine if self._readers else self._server.read_engine.sync_engine

    async def write(self, unit: Callable[[Session], T]) -> T:
        """Run `unit` in one transaction. What it raises undoes everything it did; when this returns, it is on disk.

        Raises Unavailable when the database is not there or can keep nothing.
        """
        try:
            if self._writer:
                return await self._writer.submit(_for_each_alone, unit)
            return await self._server.write(unit)
        except Exception as error:
            if is_away(error, writing=True):
                raise self._away(error) from error
            raise

    async def write_together(
        self, work: Callable[[Session, Sequence[A]], Sequence[T | Exception]], item: A
    ) -> T:
        """Run `work` for `item` and whatever else waits for the same work now, in one transaction.

        `work` says for each item what came of it, or the error its caller is to get; of such an item it has kept nothing.
        If `work` raises, what it did is undone, and each item is worked on by itself. Raises Unavailable as `write` does.
        """
        try:
            if self._writer:
                return await self._writer.submit(work, item)
            return await self._gatherer.submit(work, item)
        except Exception as error:
            if is_away(error, writing=True):
                raise self._away(error) from error
            raise

    async def read(self, unit: Callable[[Session], T]) -> T:
        """Run `unit` on one unchanging view of the data. It cannot write. Raises Unavailable as `write` does."""
        try:
            if self._readers:
                return await self._readers.submit(unit)
            return await self._server.read(unit)
        except Exception as error:
            if is_away(error, writing=False):
                raise self._away(error) from error
            raise

    async def look_back(self, unit: Callable[[Session], T]) -> T:
        """Run `unit` as `read` does, where it may miss what was written in the last ten seconds: figures, long lists.

        The second server is asked while it keeps up; what it cannot say, or refuses, the first is asked.
        """
        if self._replica:
            # Whatever was wrong there, the first server has the say.
            with suppress(Exception):
                return await self._replica.read(unit)
        return await self.read(unit)

    async def write_alone(self, name: str, unit: Callable[[Session], T]) -> T | None:
        """Run `unit` as `write` does, once no other process, here or on another host, is at the same work.

        None where the other one does not come to its end in time: it is doing what we would have done.
        """
        if self._writer:
            return await self.write(unit)

        def in_turn(session: Session) -> T:
            postgres.take_turn(session, name)
            return unit(session)

        try:
            return await self.write(in_turn)
        except DBAPIError as error:
            if postgres.had_to_wait(error):
                return None
            raise

    async def take_stock(self, *, at_once: bool = False) -> None:
        """Let SQLite see how its tables have grown, so that it reads each by the right index. Raises Unavailable as `write` does.

        PostgreSQL does so by itself, some minutes later; what has just been filled must be seen `at_once`.
        """
        if self._writer:
            await self.write(_analyse)
        elif at_once:
            await self.write(postgres.analyse)

    async def close(self) -> None:
        """Finish what is queued and let the connections go."""
        if self._writer and self._readers:
            await asyncio.to_thread(self._writer.close)
            await asyncio.to_thread(self._readers.close)
        else:
            await self._server.close()
            if self._replica:
                await self._replica.close()


def _for_each_alone(session: Session, units: Sequence[Callable[[Session], T]]) -> Sequence[T]:
    [unit] = units
    return [unit(session)]


def _analyse(session: Session) -> None:
    # A sample of each index is enough, and takes milliseconds however large the table is.
    for command in ("PRAGMA analysis_limit=400", "ANALYZE"):
        session.connection().exec_driver_sql(command)


def make_place(address: URL) -> None:
    """Make the file of a SQLite database and its folder, if they are not there, for nobody but this program's user."""
    if address.get_backend_name() == "sqlite" and address.database:
        path = Path(address.database)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            # What SQLite puts beside it (journal, shared memory) gets the rights of the file.
            path.touch(mode=0o600)


def name_of(url: str) -> str:
    """A database or a bucket as it may be written down and printed: without the password."""
    return make_url(url).render_as_string(hide_password=True)


def not_usable(name: str, error: BaseException) -> str:
    """Why the database of this name cannot be used, for whoever runs the service."""
    return f"データベース {name} が使えません。{reasons.in_words(error)}。"


def is_away(error: Exception, *, writing: bool) -> bool:
    """Whether it is the database that is not there or is full, and no mistake of ours."""
    if not isinstance(error, exc.DBAPIError):
        return postgres.is_gone(error)
    if error.connection_invalidated:
        return True
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        # The low byte is the kind; the rest says more about it.
        return code & 0xFF in _SQLITE_AWAY or (writing and code & 0xFF == _SQLITE_READ_ONLY)
    state: str | None = getattr(error.orig, "sqlstate", None)
    return (state or "").startswith(_POSTGRESQL_AWAY) or (writing and state == _POSTGRESQL_READ_ONLY)


def _prepare_sqlite(engine: Engine, *, begin: Callable[[Connection], None], read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # The driver's own implicit BEGIN breaks savepoints and repeatable reads: we begin ourselves.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
            cursor.execute(f"PRAGMA {pragma}")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    event.listen(engine, "begin", begin)


def _begin_to_read(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_to_write(connection: Connection) -> None:
    """Begin as soon as no other process writes. SQLite itself looks again ever more rarely, and meets whoever is busy for seconds."""
    until = monotonic() + BUSY_SECONDS
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except exc.OperationalError as error:
                code: int = getattr(error.orig, "sqlite_errorcode", 0)
                if code & 0xFF != _SQLITE_BUSY or monotonic() > until:
                    raise
                sleep(LOOK_AGAIN_SECONDS)
            else:
                return
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={1000 * BUSY_SECONDS}")


class _SqliteReaders:
    """The reading threads. A unit asks a dozen times and more; going to a thread for each costs more than what is read."""

    def __init__(self, url: str, count: int) -> None:
        self.engine = create_engine(
            url,
            pool_size=count,
            max_overflow=0,
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        )
        _prepare_sqlite(self.engine, begin=_begin_to_read, read_only=True)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="sqlite-reader")

    async def submit(self, work: Callable[[Session], T]) -> T:
        context = contextvars.copy_context()

        def unit() -> T:
            return context.run(self._run_unit, work)

        try:
            read = asyncio.get_running_loop().run_in_executor(self._threads, unit)
        except RuntimeError as error:
            # Somebody looks while the program ends.
            raise Unavailable from error
        return await read

    def close(self) -> None:
        self._threads.shutdown()
        self.engine.dispose()

    def _run_unit(self, work: Callable[[Session], T]) -> T:
        with Session(self.engine, expire_on_commit=False) as session:
            try:
                return work(session)
            except StopIteration as error:
                # A future cannot carry it.
                raise RuntimeError("a unit of work raised StopIteration") from error


@dataclass(slots=True)
class _Unit:
    work: Together
    item: Any
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        if self.future.done():
            return
        if isinstance(self.error, StopIteration) or not isinstance(self.error, Exception | None):
            # A future cannot carry the one, and the others would end whoever waits for it.
            self.future.set_exception(RuntimeError(f"a unit of work raised {type(self.error).__name__}"))
        elif self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class _SqliteWriter:
    """The one writing thread: units that wait together are committed together, each behind its own savepoint.

    Those that wait for the same work share it, and the savepoint.
    """

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            url,
            pool_size=1,
            max_overflow=0,
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        )
        _prepare_sqlite(self._engine, begin=_begin_to_write, read_only=False)
        self._queue: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def submit(self, work: Together, item: Any) -> Any:
        loop = asyncio.get_running_loop()
        unit = _Unit(work, item, loop, loop.create_future())
        with self._lock:
            if self._closed:
                raise RuntimeError("the database is closed")
            self._queue.put(unit)
        # A caller that goes away does not undo a unit that is already under way.
        return await asyncio.shield(unit.future)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        self._engine.dispose()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, is_last = [first], False
            while len(batch) < BATCH:
                try:
                    unit = self._queue.get_nowait()
                except queue.Empty:
                    break
                if unit is None:
                    is_last = True
                    break
                batch.append(unit)
            self._commit_together(batch)
            for unit in batch:
                # Whoever waited may be gone together with their loop.
                with suppress(RuntimeError):
                    unit.loop.call_soon_threadsafe(unit.settle)
            if is_last:
                return

    def _commit_together(self, batch: list[_Unit]) -> None:
        try:
            with self._engine.connect() as connection, connection.begin():
                for units in _gathered(batch):
                    self._run_units(connection, units)
        except BaseException as error:  # noqa: BLE001 - every caller of the batch is told, and the thread goes on
            # The common COMMIT failed: nobody's unit is on disk.
            for unit in batch:
                unit.error = unit.error or error

    def _run_units(self, connection: Connection, units: Sequence[_Unit]) -> None:
        session = Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        try:
            found = units[0].work(session, [unit.item for unit in units])
            session.commit()
        except BaseException as error:
            if not _in_transaction(connection):
                # SQLite gave up the whole transaction (full disk, I/O error): the others are lost with it. What was
                # raised may only be that a savepoint is gone, and so would closing the session.
                raise Unavailable from error
            for unit in units:
                unit.error = error
            session.close()
        else:
            session.close()
            for unit, came in zip(units, found, strict=True):
                unit.result, unit.error = (None, came) if isinstance(came, Exception) else (came, None)
            return
        if len(units) > 1:
            # What is wrong with one takes no other with it.
            for unit in units:
                self._run_units(connection, [unit])


def _gathered(batch: Sequence[_Unit]) -> Iterator[Sequence[_Unit]]:
    """The units of a batch, those that wait for the same work as one."""
    by_work: dict[Together, list[_Unit]] = {}
    for unit in batch:
        if unit.work is _for_each_alone:
            yield [unit]
        else:
            by_work.setdefault(unit.work, []).append(unit)
    yield from by_work.values()


def _in_transaction(connection: Connection) -> bool:
    return bool(getattr(connection.connection.dbapi_connection, "in_transaction", False))
