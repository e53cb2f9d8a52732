"""The tally ledger: everything counted is an entry +1 or −1 that is never changed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.vocabulary import (
    CaseKind,
    Channel,
    Helpfulness,
    Measure,
    Outcome,
    Practice,
    Priority,
    ProviderKind,
    RequesterType,
    Status,
    Timeliness,
)
from meyasubako.store.models.base import Base, Id, link
from meyasubako.store.types import WordColumn


class LedgerEntry(Base):
    """One ±1. The codes are as they were; `effective_month` is when it happened in Japan, `booked_month` where it is printed.

    `topic` is the one a case is counted under; `topics` are all of a case of which something else is counted, as
    `ledger.joined` writes them. `days` are the office days a first answer took.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("sign IN (-1, 1)", name="sign"),
        Index("ix_ledger_entry_sum", "desk_id", "measure", "booked_month", "effective_month"),
        Index("ix_ledger_entry_later", "desk_id", "id"),
    )

    id: Mapped[Id]
    desk_id: Mapped[int] = link("desk.id", index=False)
    measure: Mapped[Measure] = mapped_column(WordColumn(Measure))
    sign: Mapped[int] = mapped_column(SmallInteger)
    receipt_id: Mapped[int] = link("receipt.id")
    case_id: Mapped[int | None] = link("case.id")
    event_id: Mapped[int | None] = link("event.id", index=False)
    kind: Mapped[CaseKind] = mapped_column(WordColumn(CaseKind))
    channel: Mapped[Channel] = mapped_column(WordColumn(Channel))
    requester_type: Mapped[RequesterType] = mapped_column(WordColumn(RequesterType))
    municipality: Mapped[str]
    purpose: Mapped[str | None] = mapped_column(String(60))
    topic: Mapped[str | None] = mapped_column(String(60))
    division: Mapped[str | None] = mapped_column(String(60))
    status: Mapped[Status | None] = mapped_column(WordColumn(Status))
    outcome: Mapped[Outcome | None] = mapped_column(WordColumn(Outcome))
    provider_kind: Mapped[ProviderKind | None] = mapped_column(WordColumn(ProviderKind))
    grade: Mapped[Helpfulness | None] = mapped_column(WordColumn(Helpfulness))
    practice: Mapped[Practice | None] = mapped_column(WordColumn(Practice))
    topics: Mapped[str | None]
    priority: Mapped[Priority | None] = mapped_column(WordColumn(Priority))
    timeliness: Mapped[Timeliness | None] = mapped_column(WordColumn(Timeliness))
    days: Mapped[int | None] = mapped_column(SmallInteger)
    effective_month: Mapped[int]
    booked_month: Mapped[int]
    recorded_at: Mapped[datetime]


class MonthClosing(Base):
    """A month made final (月締め): later entries for it are booked in the month then open."""

    __tablename__ = "month_closing"
    __table_args__ = (UniqueConstraint("desk_id", "month"),)

    id: Mapped[Id]
    desk_id: Mapped[int] = link("desk.id", index=False)
    month: Mapped[int]
    closed_at: Mapped[datetime]
    closed_by_id: Mapped[int | None] = link("staff.id", index=False)


class LeftUntriaged(Base):
    """A case that was not triaged yet when its month was closed, and why it was left so."""

    __tablename__ = "left_untriaged"

    closing_id: Mapped[int] = link("month_closing.id", index=False, primary_key=True)
    case_id: Mapped[int] = link("case.id", primary_key=True)
    reason: Mapped[str]


class PublishedMonth(Base):
    """What everybody may read of a closed month, as it was published: small numbers are not in it. It never changes."""

    __tablename__ = "published_month"

    desk_id: Mapped[int] = link("desk.id", index=False, primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    published_at: Mapped[datetime]
    figures: Mapped[str]
    """Plain JSON of `tallies.MonthFigures`."""


class TallySum(Base):
    """A sum kept beside the ledger: what one row of a table prints for a month, all in all or by the day it became known."""

    __tablename__ = "tally_sum"
    __table_args__ = ({"sqlite_with_rowid": False},)

    desk_id: Mapped[int] = link("desk.id", index=False, primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The Japanese day of the entries as yyyymmdd; 0 for those of all days."""
    measure: Mapped[Measure] = mapped_column(WordColumn(Measure), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(40), primary_key=True)
    """The code of the dimension; "" for the whole of a measure."""
    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    is_own: Mapped[bool] = mapped_column(primary_key=True)
    number: Mapped[int]


class TallyProgress(Base):
    """How far the ledger of a desk is in the sums, and how they were made.

    A migration that changes or deletes entries empties this table: without it the sums are made anew.
    """

    __tablename__ = "tally_progress"

    desk_id: Mapped[int] = link("desk.id", index=False, primary_key=True)
    entry_id: Mapped[int]
    """The last entry they hold."""
    revision: Mapped[int]
    """The definition of the desk that was looked at."""
    tree: Mapped[int]
    """Which tree of topics the months then open were counted by."""
    made_as: Mapped[str] = mapped_column(String(40))
    """What is kept; sums kept in another way are made anew."""
