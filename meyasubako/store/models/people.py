"""Staff, what they may do, their sessions, and the counters that slow guessing down."""

from datetime import date, datetime

from sqlalchemy import String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.vocabulary import Role
from meyasubako.store.models.base import Base, Id, link
from meyasubako.store.types import WordColumn


class Staff(Base):
    """A member of staff. `password_hash` is argon2id; an inactive person cannot sign in.

    `email` is where the service writes to them, if anywhere; `wants_reminders`: each morning about what is due.
    `uses_keys`: whether single keys do something on the pages of the desk.
    """

    __tablename__ = "staff"

    id: Mapped[Id]
    login: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    is_active: Mapped[bool]
    created_at: Mapped[datetime]
    email: Mapped[str | None]
    wants_reminders: Mapped[bool] = mapped_column(server_default=true())
    uses_keys: Mapped[bool] = mapped_column(server_default=true())


class Reminder(Base):
    """That somebody was told on this day what is due, or that nothing was: it is done once, however many workers there are."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("staff_id", "day"),)

    id: Mapped[Id]
    staff_id: Mapped[int] = link("staff.id", index=False)
    day: Mapped[date] = mapped_column(index=True)


class StaffGrant(Base):
    """The one role of a person at a desk, and the division they speak for there, if any."""

    __tablename__ = "staff_grant"

    staff_id: Mapped[int] = link("staff.id", primary_key=True)
    desk_id: Mapped[int] = link("desk.id", primary_key=True)
    role: Mapped[Role] = mapped_column(WordColumn(Role))
    division: Mapped[str | None] = mapped_column(String(60))


class StaffSession(Base):
    """A signed-in browser; only the hash of its cookie is held."""

    __tablename__ = "staff_session"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = link("staff.id")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class GuardCounter(Base):
    """Tries under one key (a hash of what is guarded and by whom), shared by all processes."""

    __tablename__ = "guard_counter"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    count: Mapped[int]
    window_ends_at: Mapped[datetime] = mapped_column(index=True)
    blocked_until: Mapped[datetime | None]
