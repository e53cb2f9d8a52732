"""Cases handed to other offices."""

from datetime import date, datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.vocabulary import ConsentWay, ReferralState
from meyasubako.store.models.base import Base, Id, link
from meyasubako.store.types import WordColumn


class Referral(Base):
    """A case another office was asked to take over (引継ぎ): `passed` is what it was told, as it was told.

    The label of the office is kept as it was; one that is not in the desk's list has no code. Without a day of consent
    the requester did not agree, or was not asked.
    """

    __tablename__ = "referral"
    __table_args__ = (Index("ix_referral_desk", "desk_id", "state", "id"),)

    id: Mapped[Id]
    desk_id: Mapped[int] = link("desk.id", index=False)
    case_id: Mapped[int] = link("case.id")
    office_code: Mapped[str | None] = mapped_column(String(60))
    office_label: Mapped[str]
    state: Mapped[ReferralState] = mapped_column(WordColumn(ReferralState))
    consented_on: Mapped[date | None]
    consent_way: Mapped[ConsentWay | None] = mapped_column(WordColumn(ConsentWay))
    passed: Mapped[str]
    passes_contact: Mapped[bool]
    author_id: Mapped[int] = link("staff.id", index=False)
    author_name: Mapped[str]
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    note: Mapped[str]
    ended_at: Mapped[datetime | None]
    result: Mapped[str]
