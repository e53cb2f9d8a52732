"""How the service stands, for whoever operates it: messages on their way, open cases and their deadlines. Counts, nothing else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.core.dates import japan_day
from meyasubako.core.vocabulary import Status
from meyasubako.store.models import Case, DeskRow, OutboxMessage, Receipt, SearchDue
from meyasubako.store.size import size

NEAR: Final = timedelta(days=3)
LATELY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages that wait to be sent: how many, how long the oldest has been due, and how many were given up since a day ago."""

    waiting: int
    oldest_seconds: float
    given_up: int


@dataclass(frozen=True, slots=True)
class DeskStanding:
    """The unfinished cases of a desk, those that look made by machines, and answers owed: too late, and within three days."""

    code: str
    unfinished: int
    quarantined: int
    overdue: int
    near: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How everything stands at one instant."""

    messages: Messages
    desks: tuple[DeskStanding, ...]
    database_bytes: int


def look(session: Session, *, at: datetime) -> Standing:
    """How everything stands now."""
    desks = session.execute(select(DeskRow.id, DeskRow.code).order_by(DeskRow.id)).all()
    return Standing(
        _messages(session, at), tuple(_of_desk(session, row.id, row.code, at) for row in desks), size(session)
    )


def newest_record(session: Session) -> datetime | None:
    """When the newest receipt was recorded; None when there is none."""
    return session.scalar(select(Receipt.recorded_at).order_by(Receipt.id.desc()).limit(1))


def unsearchable(session: Session) -> int:
    """How many cases wait to be found by what they say now."""
    return session.scalar(select(func.count()).select_from(SearchDue)) or 0


def _messages(session: Session, at: datetime) -> Messages:
    unsent = OutboxMessage.sent_at.is_(None)
    waits = unsent, OutboxMessage.given_up_at.is_(None)
    waiting = session.scalar(select(func.count()).select_from(OutboxMessage).where(*waits)) or 0
    oldest = session.scalar(
        select(func.min(OutboxMessage.created_at)).where(*waits, OutboxMessage.next_try_at <= at)
    )
    given_up = session.scalar(
        select(func.count()).select_from(OutboxMessage).where(unsent, OutboxMessage.given_up_at > at - LATELY)
    )
    # A clock that was set back must not make the oldest younger than now.
    seconds = max(0.0, (at - oldest).total_seconds()) if oldest else 0.0
    return Messages(waiting, seconds, given_up or 0)


def _of_desk(session: Session, desk_id: int, code: str, at: datetime) -> DeskStanding:
    today = japan_day(at)
    unfinished = Case.desk_id == desk_id, Case.is_unfinished

    def count(*conditions: Any) -> int:
        return session.scalar(select(func.count()).select_from(Case).where(*conditions)) or 0

    return DeskStanding(
        code,
        unfinished=count(*unfinished),
        quarantined=count(Case.desk_id == desk_id, Case.status == Status.QUARANTINED),
        overdue=count(*unfinished, Case.owed_on < today),
        near=count(*unfinished, Case.owed_on >= today, Case.owed_on <= today + NEAR),
    )
