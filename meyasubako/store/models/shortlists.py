"""Several candidates of a case, and in which order they are asked."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.vocabulary import ShortlistManner, ShortlistState
from meyasubako.store.models.base import Base, Id, link
from meyasubako.store.types import WordColumn


class Shortlist(Base):
    """Candidates chosen together: how they are asked, and what each of them is told. A case has one that runs at most.

    `rank_by` is until when the requester can put them in order, None where nobody asked; `wish` is what they added.
    """

    __tablename__ = "shortlist"

    id: Mapped[Id]
    case_id: Mapped[int] = link("case.id")
    manner: Mapped[ShortlistManner] = mapped_column(WordColumn(ShortlistManner))
    state: Mapped[ShortlistState] = mapped_column(WordColumn(ShortlistState), index=True)
    brief: Mapped[str]
    shows_title: Mapped[bool]
    shows_requester_type: Mapped[bool]
    made_at: Mapped[datetime]
    rank_by: Mapped[date | None]
    ranked_at: Mapped[datetime | None]
    wish: Mapped[str] = mapped_column(server_default="")


class Shortlisted(Base):
    """One of them. `offer_id` is None until asked; `passed_over` says why they were not, "" otherwise.

    `about` is what the requester reads of them, `wished` the place the requester gave them, unless they said no
    (`is_unwanted`).
    `stops` are the conflicts of interest known when they were chosen, `override` why they were chosen all the same.
    """

    __tablename__ = "shortlisted"
    __table_args__ = (UniqueConstraint("shortlist_id", "provider_id"), UniqueConstraint("offer_id"))

    id: Mapped[Id]
    shortlist_id: Mapped[int] = link("shortlist.id", index=False)
    provider_id: Mapped[int] = link("provider.id", index=False)
    position: Mapped[int]
    offer_id: Mapped[int | None] = link("offer.id", index=False)
    passed_over: Mapped[str]
    stops: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    override: Mapped[str]
    about: Mapped[str] = mapped_column(server_default="")
    wished: Mapped[int | None]
    is_unwanted: Mapped[bool] = mapped_column(server_default=false())
