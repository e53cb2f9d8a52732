"""Meetings (面談): the only writer of their rows, and how many of a case count against the quota of its desk."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.core.vocabulary import MeetingState, MeetingWay
from meyasubako.store.models import Meeting, Offer

COUNTED = (MeetingState.PLANNED, MeetingState.HELD)
"""What uses up the quota: a meeting that was called off or struck frees its place."""


@dataclass(frozen=True, slots=True)
class Account:
    """A meeting as it was held; `proceedings` are its written record."""

    held_on: date
    way: MeetingWay
    minutes: int
    summary: str = ""
    persons: str = ""
    proceedings: str = ""


def counted(session: Session, case_id: int) -> int:
    """How many meetings of a case are planned or were held, with whomever."""
    of_case = Meeting.case_id == case_id, Meeting.state.in_(COUNTED)
    return session.scalar(select(func.count()).select_from(Meeting).where(*of_case)) or 0


def keep(session: Session, offer: Offer, account: Account, *, at: datetime) -> Meeting:
    """Store a meeting nobody had planned."""
    meeting = Meeting(case_id=offer.case_id, offer_id=offer.id, recorded_at=at)
    _tell(meeting, account)
    session.add(meeting)
    session.flush()
    return meeting


def correct(session: Session, meeting: Meeting, account: Account) -> None:
    """Store how a meeting was after all, or that one that was planned was held."""
    _tell(meeting, account)
    session.flush()


def strike(session: Session, meeting: Meeting, reason: str) -> None:
    """A meeting was not held after all."""
    meeting.state, meeting.held_on, meeting.reason = MeetingState.CANCELLED, None, reason
    session.flush()


def _tell(meeting: Meeting, account: Account) -> None:
    meeting.state = MeetingState.HELD
    for name in Account.__dataclass_fields__:
        setattr(meeting, name, getattr(account, name))
