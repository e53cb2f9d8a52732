"""What staff are told: notices, by which way each wishes them, whom notes call, who watches a case."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.vocabulary import NoticeKind, NoticeWay
from meyasubako.store.models.base import Base, Id, link
from meyasubako.store.types import WordColumn


class Notice(Base):
    """One happening told to one person. `way` is how they wished it told then; `read_at` is None until they saw it."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("event_id", "staff_id"),
        Index("ix_notice_staff", "staff_id", "id"),
        Index("ix_notice_unread", "staff_id", "read_at", "id"),
        Index("ix_notice_case", "case_id", "staff_id"),
        Index("ix_notice_at", "at"),
    )

    id: Mapped[Id]
    staff_id: Mapped[int] = link("staff.id", index=False)
    event_id: Mapped[int] = link("event.id", index=False)
    case_id: Mapped[int] = link("case.id", index=False)
    desk_id: Mapped[int] = link("desk.id", index=False)
    kind: Mapped[NoticeKind] = mapped_column(WordColumn(NoticeKind))
    way: Mapped[NoticeWay] = mapped_column(WordColumn(NoticeWay))
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class NoticeChoice(Base):
    """By which way somebody wishes to be told of one kind of happening; without a row it is the usual one."""

    __tablename__ = "notice_choice"

    staff_id: Mapped[int] = link("staff.id", primary_key=True, index=False)
    kind: Mapped[NoticeKind] = mapped_column(WordColumn(NoticeKind), primary_key=True)
    way: Mapped[NoticeWay] = mapped_column(WordColumn(NoticeWay))


class NoteMention(Base):
    """Somebody a note calls."""

    __tablename__ = "note_mention"

    note_id: Mapped[int] = link("note.id", primary_key=True, index=False)
    staff_id: Mapped[int] = link("staff.id", primary_key=True, index=False)


class CaseWatch(Base):
    """Somebody who wishes to know what happens to a case."""

    __tablename__ = "case_watch"
    __table_args__ = (Index("ix_case_watch_staff", "staff_id", "case_id"),)

    case_id: Mapped[int] = link("case.id", primary_key=True, index=False)
    staff_id: Mapped[int] = link("staff.id", primary_key=True, index=False)
    since: Mapped[datetime]


class ChatState(Base):
    """How the last messages to the chat of a desk went. `gave_up`: the last failure was for good."""

    __tablename__ = "chat_state"

    desk_id: Mapped[int] = link("desk.id", primary_key=True, index=False)
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    gave_up: Mapped[bool]
    error: Mapped[str]
