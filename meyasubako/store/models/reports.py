"""What providers report after the last meeting, and the reports that are owed."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from meyasubako.store.models.base import Base, Id, link


class Report(Base):
    """What was advised and what comes next, as written; the last one of an offer is the one that holds.

    `entered_by` is the name of the member of staff who entered one on paper, "" for others.
    """

    __tablename__ = "report"

    id: Mapped[Id]
    case_id: Mapped[int] = link("case.id")
    offer_id: Mapped[int] = link("offer.id")
    advised: Mapped[str]
    next_steps: Mapped[str]
    material: Mapped[str]
    written_at: Mapped[datetime]
    entered_by: Mapped[str]


class ReportDue(Base):
    """A report that is owed, as the worker reckons it: by when, and when its provider was reminded before and after."""

    __tablename__ = "report_due"
    __table_args__ = (Index("ix_report_due_desk", "desk_id", "due_on", "case_id"),)

    offer_id: Mapped[int] = link("offer.id", primary_key=True, index=False)
    case_id: Mapped[int] = link("case.id")
    desk_id: Mapped[int] = link("desk.id", index=False)
    due_on: Mapped[date]
    reminded_at: Mapped[datetime | None]
    reminded_late_at: Mapped[datetime | None]
