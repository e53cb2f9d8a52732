"""The PostgreSQL side of a database: a pool that outlives its server, and a second server for what may be some seconds old.

A unit the server cut off before it was to be kept is run again, so that a restart costs a moment and nothing else.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, TypeVar

from sqlalchemy import event, exc, func, select, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from meyasubako.store import locks

logger = logging.getLogger("meyasubako.database")

T = TypeVar("T")

CONNECT_SECONDS: Final = 10
ANSWER_SECONDS: Final = 60

RESTART_SECONDS: Final = 8.0
"""How long a unit waits for a server that is away. Counted from when it went away: once it is over, nobody waits any more."""
LOOK_AGAIN_SECONDS: Final = 0.2
MOST_COLLISIONS: Final = 3
TURN_SECONDS: Final = 10

MOST_BEHIND: Final = 10.0
"""What the second server shows is never older than this."""
MARK_EVERY: Final = 3.0
REST_SECONDS: Final = 5.0
"""A second server that does not answer is left alone for so long."""
REPLICA_CONNECT_SECONDS: Final = 2

NOTICE_THE_DEAD: Final = {
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
}
"""How PostgreSQL finds out that our machine is gone, so that what it held is soon free for the others."""

MAY_BE_IDLE: Final = "SET LOCAL idle_in_transaction_session_timeout = 0"
"""For a transaction that only waits for something else: the server must not end it for that."""

READS_BY_INDEX: Final = {"random_page_cost": "1.1"}
"""Rows lie in memory, or on a disk without heads. Told otherwise, PostgreSQL reads a whole table where some rows are asked for."""

# Restarting or not there (57P0x, 08), too many at once (53300); deadlock, collision with others, a table that changed its shape.
_AWAY: Final = ("08", "57P01", "57P02", "57P03", "53300")
_LOCK_NOT_AVAILABLE: Final = "55P03"
_COLLIDED: Final = ("40001", "40P01", "0A000")


_REACHED: Final = select(func.pg_is_in_recovery(), func.pg_last_wal_replay_lsn())


class Behind(Exception):
    """The second server has not yet got as far as the main one was some seconds ago."""


@dataclass(slots=True)
class _Try:
    """One run of a unit. Once it is being kept, nobody knows whether it was, should the connection break."""

    may_be_kept: bool = False


class Server:
    """A PostgreSQL server. What is there at one moment is read; what is written is kept whole or not at all."""

    def __init__(
        self,
        address: URL,
        *,
        pool_size: int,
        name: str,
        connect_seconds: int = CONNECT_SECONDS,
        patience: float = RESTART_SECONDS,
        answer_seconds: float | None = ANSWER_SECONDS,
    ) -> None:
        engine = create_async_engine(
            address.set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=pool_size,
            # A server that does not answer must not be waited for without end.
            connect_args={
                "timeout": connect_seconds,
                "command_timeout": answer_seconds,
                "server_settings": {"application_name": name, **NOTICE_THE_DEAD, **READS_BY_INDEX},
            },
        )
        event.listen(engine.sync_engine, "handle_error", _doubt_others_of_the_pool)
        self.write_engine = engine
        self.read_engine = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._patience = patience
        self._away_since: float | None = None

    async def write(self, unit: Callable[[Session], T]) -> T:
        """Run `unit` in one transaction."""

        async def run(this: _Try) -> T:
            async with AsyncSession(self.write_engine, expire_on_commit=False) as session, session.begin():
                result = await session.run_sync(unit)
                this.may_be_kept = True
            return result

        return await self._patiently(run)

    async def read(self, unit: Callable[[Session], T]) -> T:
        """Run `unit` on one unchanging view of the data."""

        async def run(_: _Try) -> T:
            return await self.read_once(unit)

        return await self._patiently(run)

    async def read_once(self, unit: Callable[[Session], T]) -> T:
        """Run `unit` without waiting for a server that is away."""
        async with AsyncSession(self.read_engine, expire_on_commit=False) as session:
            return await session.run_sync(unit)

    async def close(self) -> None:
        """Let the connections go."""
        await self.write_engine.dispose()

    async def _patiently(self, run: Callable[[_Try], Awaitable[T]]) -> T:
        collisions = 0
        while True:
            this = _Try()
            try:
                result = await run(this)
            except Exception as error:
                if this.may_be_kept:
                    raise
                if _has_state(error, _COLLIDED) and collisions < MOST_COLLISIONS:
                    collisions += 1
                elif _is_cut_off(error) and self._is_worth_waiting():
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)
                else:
                    raise
            else:
                self._away_since = None
                return result

    def _is_worth_waiting(self) -> bool:
        if self._away_since is None:
            self._away_since = monotonic()
        return monotonic() - self._away_since < self._patience


class Replica:
    """A server that follows the main one. It is asked only while it is less than MOST_BEHIND seconds behind."""

    def __init__(self, main: Server, address: URL, *, pool_size: int, name: str) -> None:
        self._main = main
        self._server = Server(
            address, pool_size=pool_size, name=name, connect_seconds=REPLICA_CONNECT_SECONDS
        )
        self._marks: deque[tuple[float, int]] = deque()
        self._rests_until = 0.0
        self._trouble = ""

    async def read(self, unit: Callable[[Session], T]) -> T:
        """Run `unit` there. Raises Behind, and whatever the server or the unit raises."""
        if monotonic() < self._rests_until:
            raise Behind
        bar = await self._bar()

        def look(session: Session) -> T:
            follows, reached = session.execute(_REACHED).one()
            if not follows or reached < bar:
                raise Behind
            return unit(session)

        try:
            result = await self._server.read_once(look)
        except Exception as error:
            is_away = is_gone(error)
            if is_away:
                self._rests_until = monotonic() + REST_SECONDS
            if is_away or isinstance(error, Behind):
                self._note(type(error).__name__)
            raise
        self._note("")
        return result

    async def close(self) -> None:
        """Let the connections go."""
        await self._server.close()

    def _note(self, trouble: str) -> None:
        if trouble != self._trouble:
            told = "the second server is not asked" if trouble else "the second server is asked again"
            logger.log(
                logging.WARNING if trouble else logging.INFO, told, extra={"facts": {"reason": trouble}}
            )
        self._trouble = trouble

    async def _bar(self) -> int:
        """How far the main server had written not more than MOST_BEHIND seconds ago."""
        now = monotonic()
        while self._marks and now - self._marks[0][0] > MOST_BEHIND:
            self._marks.popleft()
        if not self._marks or now - self._marks[-1][0] > MARK_EVERY:
            self._marks.append((now, await self._main.read(_written)))
        return self._marks[0][1]


def _doubt_others_of_the_pool(context: ExceptionContext) -> None:
    """Where no answer came in time, the library lets go of that connection only.

    If the other machine is gone without a word, each of the others would keep somebody waiting just as long.
    """
    if isinstance(context.original_exception, TimeoutError):
        context.invalidate_pool_on_disconnect = True


def _written(session: Session) -> int:
    return session.execute(select(func.pg_current_wal_lsn())).scalar_one()


def take_turn(session: Session, name: str) -> None:
    """Wait until no other transaction is at this work, though not for ever; ours is at it until it ends."""
    session.execute(text(f"SET LOCAL lock_timeout = '{TURN_SECONDS}s'"))
    session.execute(select(func.pg_advisory_xact_lock(locks.number_of(name))))
    session.execute(text("SET LOCAL lock_timeout TO DEFAULT"))


def analyse(session: Session) -> None:
    """Let PostgreSQL see how large our tables are and what is in them."""
    own = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()"
    # One by one: each may take its time.
    for table in session.scalars(text(own)).all():
        session.execute(text(f"ANALYZE {table}"))


def had_to_wait(error: exc.DBAPIError) -> bool:
    """Whether somebody else held what was waited for."""
    return _has_state(error, (_LOCK_NOT_AVAILABLE,))


def is_gone(error: Exception) -> bool:
    """Whether there is no connection to the server, or none in time."""
    if not isinstance(error, exc.DBAPIError):
        # What goes wrong before there is a connection is not wrapped.
        is_from_driver = type(error).__module__.partition(".")[0] == "asyncpg"
        return is_from_driver or isinstance(error, OSError | TimeoutError | exc.TimeoutError)
    return error.connection_invalidated or _has_state(error, _AWAY)


def _is_cut_off(error: Exception) -> bool:
    """Whether the server went away, or is not there yet, so that it may soon be there again."""
    return not isinstance(error, TimeoutError | exc.TimeoutError) and is_gone(error)


def _has_state(error: Exception, states: tuple[str, ...]) -> bool:
    cause: Any = error.orig if isinstance(error, exc.DBAPIError) else error
    state: str | None = getattr(cause, "sqlstate", None)
    return (state or "").startswith(states)
