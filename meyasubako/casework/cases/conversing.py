"""What went to and fro with a requester after a case came in, read by whoever works on it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.store.models import Addition, Question


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What the desk asked the requester back, or what the requester answered or added."""

    is_question: bool
    body: str
    at: datetime


def exchange(session: Session, case_id: int) -> tuple[Exchanged, ...]:
    """Everything asked and added, oldest first."""
    asked = session.scalars(select(Question).where(Question.case_id == case_id).order_by(Question.id))
    added = session.scalars(select(Addition).where(Addition.case_id == case_id).order_by(Addition.id))
    said = [Exchanged(True, question.body, question.asked_at) for question in asked]
    said += [Exchanged(False, addition.body, addition.added_at) for addition in added]
    return tuple(sorted(said, key=lambda each: each.at))
