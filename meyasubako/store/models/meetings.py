"""Meetings of a requester with whoever accepted."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.vocabulary import DatesState, MeetingState, MeetingWay
from meyasubako.store.models.base import Base, Id, link
from meyasubako.store.types import WordColumn


class Meeting(Base):
    """A meeting planned, held or cancelled. What is planned and what was held counts against the desk's quota.

    `held_on` is set as long as it counts as held. `begins_at` is when it was planned for; None if nobody planned it.
    `uid` and `sequence` are those of its invitation (RFC 5545), `changed_at` is when that was last true.
    `reason` is why it was moved or cancelled.
    """

    __tablename__ = "meeting"
    __table_args__ = (CheckConstraint("(held_on IS NOT NULL) = (state = 'held')", name="held_on"),)

    id: Mapped[Id]
    case_id: Mapped[int] = link("case.id")
    offer_id: Mapped[int] = link("offer.id")
    state: Mapped[MeetingState] = mapped_column(WordColumn(MeetingState), server_default="held")
    way: Mapped[MeetingWay] = mapped_column(WordColumn(MeetingWay))
    held_on: Mapped[date | None]
    minutes: Mapped[int]
    summary: Mapped[str]
    recorded_at: Mapped[datetime]
    begins_at: Mapped[datetime | None]
    place: Mapped[str] = mapped_column(server_default="")
    persons: Mapped[str] = mapped_column(server_default="")
    proceedings: Mapped[str] = mapped_column(server_default="")
    reason: Mapped[str] = mapped_column(server_default="")
    uid: Mapped[str | None] = mapped_column(String(36), unique=True)
    sequence: Mapped[int] = mapped_column(server_default="0")
    changed_at: Mapped[datetime | None]


class ProposedDates(Base):
    """Up to five times a requester can choose one of; `choices` are ISO 8601 instants, `override` is why beyond the quota.

    `answer` is what the requester wrote when none of them fitted.
    """

    __tablename__ = "proposed_dates"

    id: Mapped[Id]
    case_id: Mapped[int] = link("case.id")
    offer_id: Mapped[int] = link("offer.id")
    state: Mapped[DatesState] = mapped_column(WordColumn(DatesState))
    choices: Mapped[list[str]]
    way: Mapped[MeetingWay] = mapped_column(WordColumn(MeetingWay))
    minutes: Mapped[int]
    place: Mapped[str]
    override: Mapped[str]
    proposed_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str]
