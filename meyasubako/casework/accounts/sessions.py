"""The browsers staff are signed in on."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from meyasubako.casework import notices
from meyasubako.casework.accounts.rows import held
from meyasubako.core.codes import draw_token, token_hash
from meyasubako.core.dates import CLOCKS_APART
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind
from meyasubako.store.models import Staff, StaffGrant, StaffSession

SESSION_LASTS: Final = timedelta(hours=12)


SESSION_RESTS: Final = timedelta(hours=1)


SEEN_EVERY: Final = timedelta(minutes=1)

_COLUMNS: Final = (
    StaffSession.id,
    StaffSession.staff_id,
    StaffSession.created_at,
    StaffSession.seen_at,
    StaffSession.expires_at,
    Staff.login,
    Staff.uses_keys,
)
_LASTING: Final = (
    StaffSession.expires_at > bindparam("now"),
    StaffSession.expires_at <= bindparam("ends_before"),
    StaffSession.seen_at > bindparam("rests_since"),
)
"""What holds for a session that has not ended; none outlasts its hours because a clock was set back."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser somebody is signed in on. `uses_keys`: single keys do something on the pages of the desk.

    `unread` is how many notices its person has not seen, as far as they are counted.
    """

    id: int
    staff_id: int
    login: str
    uses_keys: bool
    actor: Actor
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    unread: int = 0

    def is_due(self, at: datetime) -> bool:
        """Whether `seen_at` is old enough to be written again, or was written before the clock was set back."""
        return not timedelta(0) <= at - self.seen_at < SEEN_EVERY


def sign_in(session: Session, staff_id: int, *, replacing: str = "", at: datetime) -> str:
    """Begin a session and return its token; the database holds only the token's hash.

    `replacing` is the token the browser had before; it and what has ended are removed.
    """
    ended = or_(
        StaffSession.expires_at <= at,
        StaffSession.seen_at <= at - SESSION_RESTS,
        StaffSession.token_hash == token_hash(replacing),
    )
    session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id, ended))
    token = draw_token()
    session.add(
        StaffSession(
            token_hash=token_hash(token),
            staff_id=staff_id,
            created_at=at,
            seen_at=at,
            expires_at=at + SESSION_LASTS,
        )
    )
    session.flush()
    return token


def open_session(session: Session, token: str, *, at: datetime) -> OpenSession | None:
    """The session a token opens, with the roles its person holds now; None when it has ended."""
    found = session.execute(_opened(), {"token": token_hash(token), **_limits(at)}).all()
    if not found:
        return None
    row = found[0]
    roles, divisions = held([each for each in found if each.desk_id is not None])
    actor = Actor(ActorKind.STAFF, id=row.staff_id, name=row.name, roles=roles, divisions=divisions)
    return replace(_open(row, actor), unread=row.unread)


@cache
def _opened() -> Select[*tuple[Any, ...]]:
    # Made once, and all in one: every page of staff begins with it. A row for each role.
    its_hash = StaffSession.token_hash == bindparam("token")
    unread = notices.unread(select(StaffSession.staff_id).where(its_hash).scalar_subquery())
    return (
        select(*_COLUMNS, Staff.name, StaffGrant.desk_id, StaffGrant.role, StaffGrant.division, unread)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .outerjoin(StaffGrant, StaffGrant.staff_id == Staff.id)
        .where(its_hash, *_LASTING, Staff.is_active)
    )


def open_sessions(session: Session, actor: Actor, *, at: datetime) -> tuple[OpenSession, ...]:
    """Everywhere somebody is signed in, the latest used first."""
    rows = session.execute(
        select(*_COLUMNS)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(StaffSession.staff_id == actor.id, *_LASTING)
        .order_by(StaffSession.seen_at.desc(), StaffSession.id.desc()),
        _limits(at),
    )
    return tuple(_open(row, actor) for row in rows)


def keep_open(session: Session, session_id: int, *, at: datetime) -> None:
    """Note that a session is in use."""
    session.execute(update(StaffSession).where(StaffSession.id == session_id).values(seen_at=at))


def sign_out(session: Session, token: str) -> None:
    """End the session of a token, if there is one."""
    session.execute(delete(StaffSession).where(StaffSession.token_hash == token_hash(token)))


def sign_out_everywhere(session: Session, staff_id: int, *, keeping: int | None = None) -> None:
    """End every session of a person, but for `keeping`."""
    ended = delete(StaffSession).where(StaffSession.staff_id == staff_id)
    if keeping is not None:
        ended = ended.where(StaffSession.id != keeping)
    session.execute(ended)


def _limits(at: datetime) -> dict[str, datetime]:
    return {
        "now": at,
        "ends_before": at + SESSION_LASTS + CLOCKS_APART,
        "rests_since": at - SESSION_RESTS,
    }


def _open(row: Any, actor: Actor) -> OpenSession:
    return OpenSession(
        row.id,
        row.staff_id,
        row.login,
        row.uses_keys,
        actor,
        row.created_at,
        row.seen_at,
        row.expires_at,
    )
