"""What makes lists quick and one's own: what is new on a case, who looked at what, and saved views."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.conditions import Queue
from meyasubako.store.models.base import Base, Id, link
from meyasubako.store.types import EnumColumn


class CaseNews(Base):
    """What others did on an unfinished case since the staff last acted, by the queue it waits in.

    `ended_waiting`: among it is an answer that was waited for.
    """

    __tablename__ = "case_news"
    __table_args__ = (Index("ix_case_news_queue", "desk_id", "queue", "case_id"),)

    case_id: Mapped[int] = link("case.id", primary_key=True, index=False)
    queue: Mapped[Queue] = mapped_column(EnumColumn(Queue), primary_key=True)
    desk_id: Mapped[int] = link("desk.id", index=False)
    ended_waiting: Mapped[bool]


class CaseLook(Base):
    """Somebody's look at a case. `seen_at` is its last sign of life, so that two people on one case see each other.

    `changed_at` is how far they have seen the case; the last event they have seen is `event_id`, and before this visit
    it was `event_before`.
    """

    __tablename__ = "case_look"
    __table_args__ = (Index("ix_case_look_staff", "staff_id", "case_id"),)

    case_id: Mapped[int] = link("case.id", primary_key=True, index=False)
    staff_id: Mapped[int] = link("staff.id", primary_key=True, index=False)
    seen_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    event_id: Mapped[int]
    event_before: Mapped[int]


class DeskLook(Base):
    """Up to when somebody has taken note of everything at a desk, by saying so."""

    __tablename__ = "desk_look"

    staff_id: Mapped[int] = link("staff.id", primary_key=True, index=False)
    desk_id: Mapped[int] = link("desk.id", primary_key=True, index=False)
    looked_at: Mapped[datetime]


class SavedView(Base):
    """A list under a name (保存した一覧). `owner_id` is whose it is; None: everybody's at the desk."""

    __tablename__ = "saved_view"
    __table_args__ = (Index("ix_saved_view_owner", "desk_id", "owner_id", "position"),)

    id: Mapped[Id]
    desk_id: Mapped[int] = link("desk.id", index=False)
    owner_id: Mapped[int | None] = link("staff.id", index=False)
    name: Mapped[str]
    conditions: Mapped[dict[str, Any]]
    position: Mapped[int]
    saved_at: Mapped[datetime]
