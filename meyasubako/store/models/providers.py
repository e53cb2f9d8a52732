"""The directory of advisers, partners and support organisations, and what they are offered and do."""

from datetime import date, datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.vocabulary import OfferState, ProviderKind
from meyasubako.store.models.base import Base, Id, link
from meyasubako.store.types import WordColumn


class Provider(Base):
    """Whoever a case can be offered to. Without a mail address it is a directory entry only.

    `absences` are ISO 8601 intervals, `areas` municipalities of the desk file; what is empty limits nothing.
    """

    __tablename__ = "provider"

    id: Mapped[Id]
    desk_id: Mapped[int] = link("desk.id")
    kind: Mapped[ProviderKind] = mapped_column(WordColumn(ProviderKind))
    name: Mapped[str]
    position: Mapped[str]
    profile: Mapped[str]
    topics: Mapped[list[str]]
    ways: Mapped[list[str]]
    email: Mapped[str]
    is_active: Mapped[bool]
    listed_on: Mapped[date | None]
    purposes: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    areas: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    capacity: Mapped[int | None]
    absences: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    languages: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    sells: Mapped[str] = mapped_column(server_default="")
    sold_topics: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    avoids: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))


class Offer(Base):
    """A case offered to a provider: `brief` is all the provider sees until accepting.

    `stops` are the conflicts of interest in spite of which the desk asked.
    """

    __tablename__ = "offer"
    __table_args__ = (Index("ix_offer_state_answer_by", "state", "answer_by"),)

    id: Mapped[Id]
    case_id: Mapped[int] = link("case.id")
    provider_id: Mapped[int] = link("provider.id")
    state: Mapped[OfferState] = mapped_column(WordColumn(OfferState))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    brief: Mapped[str]
    shows_title: Mapped[bool]
    shows_requester_type: Mapped[bool]
    offered_at: Mapped[datetime]
    answer_by: Mapped[date]
    answered_at: Mapped[datetime | None]
    reason: Mapped[str]
    stops: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    reminded_at: Mapped[datetime | None]


class ProviderSession(Base):
    """A provider's browser after following the link of one offer."""

    __tablename__ = "provider_session"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    provider_id: Mapped[int] = link("provider.id")
    offer_id: Mapped[int] = link("offer.id")
    expires_at: Mapped[datetime]


class Advice(Base):
    """What a provider wrote to the desk about a case."""

    __tablename__ = "advice"

    id: Mapped[Id]
    case_id: Mapped[int] = link("case.id")
    offer_id: Mapped[int] = link("offer.id")
    body: Mapped[str]
    written_at: Mapped[datetime]
