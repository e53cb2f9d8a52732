"""What was entered before, shown beside the form that takes the next letter."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from meyasubako.core.dates import japan_day, start_of_day
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import Channel
from meyasubako.store.models import Case, Receipt

LISTED = 10
NAMES_OFFERED = 20
LOOKED_THROUGH = 500
"""How far back among the receipts of a desk is looked, so that it takes no longer as the desk grows older."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A receipt entered before, with its first case and the number of its matters."""

    case_id: int
    number: str
    title: str
    channel: Channel
    received_at: datetime
    matters: int


def entered_today(session: Session, desk_id: int, *, by: Actor, at: datetime) -> tuple[Entered, ...]:
    """What this person entered at this desk today, the last first."""
    recent = _recent(desk_id)
    matters = select(func.count()).where(Case.receipt_id == recent.c.id).correlate(recent).scalar_subquery()
    rows = session.execute(
        select(Case.id, recent.c.number, Case.title, recent.c.channel, recent.c.received_at, matters)
        .join(recent, Case.receipt_id == recent.c.id)
        .where(
            Case.ordinal == 1,
            recent.c.entered_by_id == by.id,
            recent.c.recorded_at >= start_of_day(japan_day(at)),
        )
        .order_by(recent.c.id.desc())
        .limit(LISTED)
    )
    return tuple(Entered(*row) for row in rows)


def event_names(session: Session, desk_id: int) -> tuple[str, ...]:
    """The events at which cards were handed in lately, the last first."""
    recent = _recent(desk_id)
    names = (
        select(recent.c.event_name)
        .where(recent.c.event_name != "")
        .group_by(recent.c.event_name)
        .order_by(func.max(recent.c.id).desc())
        .limit(NAMES_OFFERED)
    )
    return tuple(session.scalars(names))


def _recent(desk_id: int) -> Subquery:
    return (
        select(
            Receipt.id,
            Receipt.number,
            Receipt.channel,
            Receipt.received_at,
            Receipt.recorded_at,
            Receipt.entered_by_id,
            Receipt.event_name,
        )
        .where(Receipt.desk_id == desk_id)
        .order_by(Receipt.id.desc())
        .limit(LOOKED_THROUGH)
        .subquery()
    )
