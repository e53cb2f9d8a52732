"""Closing a month (月締め): its figures become final, and what is corrected later is printed in the month then open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import audit, ledger
from meyasubako.casework.tallies.cells import Line, line
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import ActorKind, AuditAction, Status
from meyasubako.store.models import Case, DeskRow, Receipt

LISTED: Final = 50
UNTRIAGED: Final = (Status.QUARANTINED, Status.RECEIVED, Status.WAITING)


@dataclass(frozen=True, slots=True)
class Untriaged:
    """What was received up to a month's end and is not triaged yet: how many, and the oldest of them."""

    number: int
    oldest: tuple[Line, ...]


def untriaged(session: Session, applied: AppliedDesk, month: Month) -> Untriaged:
    """The cases whose codes nobody has confirmed yet, received in a month or before."""
    end = dates.start_of_month(dates.next_month(month))
    waiting = (
        Case.desk_id == applied.id,
        Case.status.in_(UNTRIAGED),
        Case.triaged_at.is_(None),
        Case.received_at < end,
    )
    number = session.scalar(select(func.count()).select_from(Case).where(*waiting)) or 0
    oldest = session.execute(
        select(Case, Receipt.number)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(*waiting)
        .order_by(Case.received_at, Case.id)
        .limit(LISTED)
    )
    return Untriaged(number, tuple(line(case, receipt_number) for case, receipt_number in oldest))


def months_to_close(session: Session, applied: AppliedDesk, month: Month) -> tuple[Month, ...]:
    """The months that become final with this one: itself and every earlier one still open; () when it is closed."""
    return ledger.months_to_close(session, applied.id, month)


def close_month(
    session: Session,
    applied: AppliedDesk,
    month: Month,
    *,
    by: Actor,
    at: datetime,
    seen_untriaged: int | None = None,
) -> None:
    """Make a month that is over final, and earlier ones with it. It cannot be opened again.

    `seen_untriaged` is how many untriaged cases whoever closes was shown: WrongState if there are more by now.
    """
    if by.kind is not ActorKind.SYSTEM and not by.may(Need.CLOSE_MONTH, applied.id):
        raise NotAllowed
    if month >= dates.month_of(at):
        raise InvalidInput(FieldError("month", "締められるのは、先月までの月です。"))
    if month < dates.month_of_day(applied.desk.opened_on):
        raise InvalidInput(FieldError("month", "窓口を開く前の月は締められません。"))
    # Whoever is booking entries holds the desk's row; what they book is there before the month becomes final.
    session.execute(select(DeskRow.id).where(DeskRow.id == applied.id).with_for_update())
    if seen_untriaged is not None and (now := untriaged(session, applied, month).number) > seen_untriaged:
        raise WrongState(f"振分け前の案件が{now:,}件に増えています。確かめて、もう一度お試しください。")
    by_id = by.id if by.kind is ActorKind.STAFF else None
    if not ledger.close_month(session, applied.id, month, by_id=by_id, at=at):
        raise WrongState(f"{dates.wareki_month(month)}は、すでに締めています。")
    audit.record(
        session,
        AuditAction.MONTH_CLOSED,
        by=by,
        at=at,
        desk_id=applied.id,
        subject=dates.wareki_month(month),
    )
