"""What the desk teaches the suggestions for triage: the terms of each case, what was learned of it, and how right they were."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.store.models.base import Base, Code, link


class LearningDue(Base):
    """A case whose text or whose confirmed codes may have changed since. `mark` is drawn anew with every change."""

    __tablename__ = "learning_due"

    case_id: Mapped[int] = link("case.id", primary_key=True, index=False, autoincrement=False)
    mark: Mapped[int] = mapped_column(BigInteger)


class CaseTerms(Base):
    """How often each term stands in the text of a case, and which earlier cases of the desk are nearest to it, and why."""

    __tablename__ = "case_terms"

    case_id: Mapped[int] = link("case.id", primary_key=True, index=False, autoincrement=False)
    terms: Mapped[dict[str, Any]]
    near: Mapped[dict[str, Any]]


class Lesson(Base):
    """What was learned of a case: exactly what is taken back when its triage is corrected or undone."""

    __tablename__ = "lesson"

    case_id: Mapped[int] = link("case.id", primary_key=True, index=False, autoincrement=False)
    desk_id: Mapped[int] = link("desk.id")
    answers: Mapped[dict[str, Any]]
    terms: Mapped[dict[str, Any]]


class Learned(Base):
    """The sum of the lessons of a desk. Without a question: how many lessons hold a term; without a term: the sum of a label."""

    __tablename__ = "learned"

    desk_id: Mapped[int] = link("desk.id", primary_key=True, index=False)
    term: Mapped[str] = mapped_column(String(80), primary_key=True)
    question: Mapped[str] = mapped_column(String(20), primary_key=True)
    label: Mapped[Code] = mapped_column(primary_key=True)
    weight: Mapped[int] = mapped_column(BigInteger)


class Guess(Base):
    """What was suggested for a question of a case before it was decided, beside what was decided."""

    __tablename__ = "guess"
    __table_args__ = (Index("ix_guess_desk", "desk_id", "question", "decided_at"),)

    case_id: Mapped[int] = link("case.id", primary_key=True, index=False, autoincrement=False)
    question: Mapped[str] = mapped_column(String(20), primary_key=True)
    desk_id: Mapped[int] = link("desk.id", index=False)
    likely: Mapped[dict[str, Any]]
    suggested: Mapped[str] = mapped_column(String(60))
    probability: Mapped[float]
    decided: Mapped[list[str]]
    decided_at: Mapped[datetime]
