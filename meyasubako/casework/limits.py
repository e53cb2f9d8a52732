"""Counting tries, so that guessing and flooding become slow; the counts are shared by all processes.

A count is written first, in a unit of its own, so that it stays when what it guards is refused.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Insert, bindparam, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from meyasubako.core.dates import CLOCKS_APART
from meyasubako.core.errors import TooMany
from meyasubako.core.sentences import say
from meyasubako.store.models import GuardCounter, table_of

FREE_TRIES: Final = 5
LONGEST_DELAY: Final = timedelta(minutes=15)
MEMORY: Final = timedelta(days=1)
"""After so long without a wrong try, wrong tries are forgotten."""


_GUARDS = table_of(GuardCounter)
_COUNTERS = select(
    _GUARDS.c.key, _GUARDS.c["count"], _GUARDS.c.window_ends_at, _GUARDS.c.blocked_until
).where(_GUARDS.c.key.in_(bindparam("keys", expanding=True)))


class Use(NamedTuple):
    """One use to be counted, which is forgotten after a while."""

    key: str
    window: timedelta
    at: datetime


class Counted(NamedTuple):
    """What a counter says after a use."""

    tries: int
    window_ends_at: datetime
    blocked_until: datetime | None

    def check(self, limit: int, *, at: datetime) -> None:
        """Raises TooMany when there were `limit` before."""
        if self.tries > limit:
            seconds = _seconds(self.window_ends_at - at)
            raise TooMany(
                say(
                    "短い時間に何度も送られたため、いったん止めています。%(time)s後にもう一度お試しください。",
                    time=_wait(seconds),
                ),
                retry_after=seconds,
            )


def key(purpose: str, subject: str) -> str:
    """The key of a counter; what is guarded cannot be read from it."""
    return hashlib.sha256(f"{purpose}\x1f{subject}".encode()).hexdigest()


def hit(session: Session, key: str, *, limit: int, window: timedelta, at: datetime) -> int:
    """Count one use; how many there are now. Raises TooMany when there were `limit` in the window before."""
    [counted] = count_each(session, [Use(key, window, at)])
    counted.check(limit, at=at)
    return counted.tries


def count(session: Session, key: str, *, window: timedelta, at: datetime) -> int:
    """Count one use of what is not refused however often it comes; how many there are now."""
    [counted] = count_each(session, [Use(key, window, at)])
    return counted.tries


def count_each(session: Session, uses: Sequence[Use]) -> list[Counted]:
    """Count many uses; what the counter of each says then, as if they had come one after another."""
    by_key: dict[str, list[Use]] = {}
    for use in uses:
        by_key.setdefault(use.key, []).append(use)
    # Always in the same order, so that nobody waits in a circle.
    rows = [_row(key, of_key) for key, of_key in sorted(by_key.items())]
    session.execute(_counting(session.get_bind().dialect.name), rows)
    counters = {key: Counted(*said) for key, *said in session.execute(_COUNTERS, {"keys": [*by_key]})}
    found = []
    for use in uses:
        counter = counters[use.key]
        by_key[use.key].pop()
        found.append(counter._replace(tries=counter.tries - len(by_key[use.key])))
    return found


def seen(session: Session, key: str, *, at: datetime) -> int:
    """How many uses are counted, without adding one."""
    counted = select(GuardCounter.count).where(GuardCounter.key == key, GuardCounter.window_ends_at > at)
    return session.scalar(counted) or 0


def attempt(session: Session, key: str, *, at: datetime) -> None:
    """Count a try as wrong before it is looked at; `clear` once it turns out right.

    From the sixth on the next one has to wait: 2, 4, 8 … seconds, 15 minutes at most. Raises TooMany while it has to.
    """
    # Counting comes first: it locks the counter, so that tries sent together are looked at one after another.
    [counter] = count_each(session, [Use(key, MEMORY, at)])
    blocked_until = counter.blocked_until
    # Further ahead than any wait: the clock was set back since.
    if blocked_until is not None and at < blocked_until <= at + LONGEST_DELAY + CLOCKS_APART:
        seconds = _seconds(blocked_until - at)
        raise TooMany(
            say(
                "続けて間違えたため、いったん止めています。%(time)s後にもう一度お試しください。",
                time=_wait(seconds),
            ),
            retry_after=seconds,
        )
    blocked_until = at + _delay(counter.tries) if counter.tries > FREE_TRIES else None
    session.execute(
        update(GuardCounter)
        .where(GuardCounter.key == key)
        .values(window_ends_at=at + MEMORY, blocked_until=blocked_until)
    )


def clear(session: Session, key: str) -> None:
    """Forget the wrong tries: this one was right."""
    session.execute(delete(GuardCounter).where(GuardCounter.key == key))


def forget(session: Session, *, at: datetime) -> int:
    """Remove the counters whose time is over and return how many there were."""
    over = delete(GuardCounter).where(GuardCounter.window_ends_at <= at).returning(GuardCounter.key)
    return len(session.scalars(over).all())


def _row(key: str, uses: Sequence[Use]) -> dict[str, Any]:
    last = uses[-1]
    ends_at = last.at + last.window
    return {
        "of": key,
        "uses": len(uses),
        "ends_at": ends_at,
        "now": last.at,
        "possible": ends_at + CLOCKS_APART,
    }


@cache
def _counting(engine_name: str) -> Insert:
    dialect: Any = sqlite if engine_name == "sqlite" else postgresql
    first = dialect.insert(_GUARDS).values(
        key=bindparam("of"), count=bindparam("uses"), window_ends_at=bindparam("ends_at"), blocked_until=None
    )
    counted, new = _GUARDS.c, first.excluded
    instant = counted.window_ends_at.type
    # A window that ends later than it could was begun before the clock was set back.
    is_over = or_(
        counted.window_ends_at <= bindparam("now", type_=instant),
        counted.window_ends_at > bindparam("possible", type_=instant),
    )
    return first.on_conflict_do_update(
        index_elements=[counted.key],
        set_={
            "count": case((is_over, new["count"]), else_=counted["count"] + new["count"]),
            "window_ends_at": case((is_over, new.window_ends_at), else_=counted.window_ends_at),
        },
    )


def _delay(count: int) -> timedelta:
    # The exponent is bounded as well: a counter may rise for as long as somebody keeps trying.
    return min(timedelta(seconds=2 ** min(count - FREE_TRIES, 30)), LONGEST_DELAY)


def _seconds(span: timedelta) -> int:
    """Whole seconds, rounded up."""
    return -(-span // timedelta(seconds=1))


def _wait(seconds: int) -> str:
    if seconds < 60:
        return say("%(seconds)s秒", seconds=seconds)
    return say("%(minutes)s分", minutes=-(-seconds // 60))
