"""The browsers staff are signed in on."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from meyasubako.casework import notices
from meyasubako.casework.accounts.rows import held_by
from meyasubako.core.codes import draw_token, token_hash
from meyasubako.core.dates import CLOCKS_APART
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind
from meyasubako.store.models import Staff, StaffSession

SESSION_LASTS: Final = timedelta(hours=12)


SESSION_RESTS: Final = timedelta(hours=1)


SEEN_EVERY: Final = timedelta(minutes=1)


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
    found = session.execute(
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(
            StaffSession.token_hash == token_hash(token),
            *_lasting(at),
            Staff.is_active,
        )
    ).first()
    if found is None:
        return None
    row, member = found
    roles, divisions = held_by(session, member.id)
    actor = Actor(ActorKind.STAFF, id=member.id, name=member.name, roles=roles, divisions=divisions)
    return replace(_open(row, member, actor), unread=notices.unread_count(session, member.id))


def open_sessions(session: Session, actor: Actor, *, at: datetime) -> tuple[OpenSession, ...]:
    """Everywhere somebody is signed in, the latest used first."""
    rows = session.execute(
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(
            StaffSession.staff_id == actor.id,
            *_lasting(at),
        )
        .order_by(StaffSession.seen_at.desc(), StaffSession.id.desc())
    )
    return tuple(_open(row, member, actor) for row, member in rows)


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


def _lasting(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """What holds for a session that has not ended; none outlasts its hours because a clock was set back."""
    return (
        StaffSession.expires_at > at,
        StaffSession.expires_at <= at + SESSION_LASTS + CLOCKS_APART,
        StaffSession.seen_at > at - SESSION_RESTS,
    )


def _open(row: StaffSession, member: Staff, actor: Actor) -> OpenSession:
    return OpenSession(
        row.id,
        row.staff_id,
        member.login,
        member.uses_keys,
        actor,
        row.created_at,
        row.seen_at,
        row.expires_at,
    )
