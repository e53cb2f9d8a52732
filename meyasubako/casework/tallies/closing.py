"""Closing a month (月締め): its figures become final, and what is corrected later is printed in the month then open.

Cases nobody has triaged by then are counted as they came in. Each of them is left so for a reason, which is kept.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.orm import Session

from meyasubako.casework import audit, ledger, lifecycle
from meyasubako.casework.tallies.cells import Line, line
from meyasubako.casework.tallies.publishing import publish
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import ActorKind, AuditAction, EventKind, Status
from meyasubako.store.models import Case, DeskRow, LeftUntriaged, MonthClosing, Receipt, Staff, table_of

LISTED: Final = 200
"""So many of the cases are listed, the oldest first, each with a place for a reason of its own."""
LONGEST_REASON: Final = 200
UNTRIAGED: Final = (Status.QUARANTINED, Status.RECEIVED, Status.WAITING)


@dataclass(frozen=True, slots=True)
class Untriaged:
    """What was received up to a month's end and is not triaged yet: which cases, and the oldest of them as lists show them."""

    case_ids: tuple[int, ...]
    oldest: tuple[Line, ...]

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.case_ids)


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why cases are left untriaged: a reason for all, and those of single cases instead of it, by case.

    `shown` are the cases whoever closes was shown; None if they answer for whatever there is.
    """

    for_all: str = ""
    of_each: Mapping[int, str] = field(default_factory=dict)
    shown: Collection[int] | None = None

    def of(self, case_id: int) -> str:
        """The reason of one case, "" if there is none."""
        return (self.of_each.get(case_id, "") or self.for_all).strip()


NO_REASONS: Final = Reasons()


@dataclass(frozen=True, slots=True)
class Left:
    """A case that was left untriaged, and why."""

    case: Line
    reason: str


@dataclass(frozen=True, slots=True)
class Closing:
    """How a month became final: when, by whom ("" if by command), and which cases were left untriaged, the oldest first."""

    closed_at: datetime
    closed_by: str
    number_left: int
    left: tuple[Left, ...]


def untriaged(session: Session, applied: AppliedDesk, month: Month) -> Untriaged:
    """The cases whose codes nobody has confirmed yet, received in a month or before."""
    case_ids = session.scalars(
        select(Case.id).where(*_waiting(applied, month)).order_by(Case.received_at, Case.id)
    ).all()
    oldest = session.execute(
        select(Case, Receipt.number)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(*_waiting(applied, month))
        .order_by(Case.received_at, Case.id)
        .limit(LISTED)
    )
    return Untriaged(tuple(case_ids), tuple(line(case, number) for case, number in oldest))


def number_untriaged(session: Session, applied: AppliedDesk, month: Month) -> int:
    """How many there are."""
    return session.scalar(select(func.count()).select_from(Case).where(*_waiting(applied, month))) or 0


def months_to_close(session: Session, applied: AppliedDesk, month: Month) -> tuple[Month, ...]:
    """The months that become final with this one: itself and every earlier one still open; () when it is closed."""
    return ledger.months_to_close(session, applied.id, month)


def closing_of(session: Session, applied: AppliedDesk, month: Month) -> Closing | None:
    """How a month became final; None while it is open. Of the cases left untriaged, the oldest are listed."""
    closing = session.execute(
        select(MonthClosing.id, MonthClosing.closed_at, func.coalesce(Staff.name, ""))
        .outerjoin(Staff, Staff.id == MonthClosing.closed_by_id)
        .where(MonthClosing.desk_id == applied.id, MonthClosing.month == month)
    ).one_or_none()
    if closing is None:
        return None
    closing_id, closed_at, closed_by = closing
    number = session.scalar(
        select(func.count()).select_from(LeftUntriaged).where(LeftUntriaged.closing_id == closing_id)
    )
    found = session.execute(
        select(Case, Receipt.number, LeftUntriaged.reason)
        .join(LeftUntriaged, LeftUntriaged.case_id == Case.id)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(LeftUntriaged.closing_id == closing_id)
        .order_by(Case.received_at, Case.id)
        .limit(LISTED)
    )
    left = tuple(Left(line(case, receipt_number), reason) for case, receipt_number, reason in found)
    return Closing(closed_at, closed_by, number or 0, left)


def close_month(
    session: Session,
    applied: AppliedDesk,
    month: Month,
    *,
    by: Actor,
    at: datetime,
    reasons: Reasons = NO_REASONS,
) -> None:
    """Make a month that is over final, and earlier ones with it. It cannot be opened again.

    Raises WrongState if it is final already, or for untriaged cases that whoever closes was not shown; InvalidInput for
    cases left untriaged without a reason.
    """
    if by.kind is not ActorKind.SYSTEM and not by.may(Need.CLOSE_MONTH, applied.id):
        raise NotAllowed
    if month >= dates.month_of(at):
        raise InvalidInput(FieldError("month", "締められるのは、先月までの月です。"))
    if month < dates.month_of_day(applied.desk.opened_on):
        raise InvalidInput(FieldError("month", "窓口を開く前の月は締められません。"))
    # Whoever is booking entries holds the desk's row; what they book is there before the month becomes final.
    session.execute(select(DeskRow.id).where(DeskRow.id == applied.id).with_for_update())
    if not ledger.months_to_close(session, applied.id, month):
        raise WrongState(f"{dates.wareki_month(month)}は、すでに締めています。")
    left = _left(session, applied, month, reasons)
    by_id = by.id if by.kind is ActorKind.STAFF else None
    ledger.close_month(session, applied.id, month, by_id=by_id, at=at)
    _keep(session, applied, month, left, by=by, at=at)
    publish(session, applied, at=at)
    audit.record(
        session,
        AuditAction.MONTH_CLOSED,
        by=by,
        at=at,
        desk_id=applied.id,
        subject=dates.wareki_month(month),
        changes=[
            f"振分け前のまま締めた案件：{number:,}件（{reason}）"
            for reason, number in Counter(left.values()).most_common()
        ],
    )


def _waiting(applied: AppliedDesk, month: Month) -> tuple[ColumnElement[bool], ...]:
    return (
        Case.desk_id == applied.id,
        Case.status.in_(UNTRIAGED),
        Case.triaged_at.is_(None),
        Case.received_at < dates.start_of_month(dates.next_month(month)),
    )


def _left(session: Session, applied: AppliedDesk, month: Month, reasons: Reasons) -> dict[int, str]:
    """The cases that stay untriaged, each with its reason."""
    waiting = select(Case.id).where(*_waiting(applied, month)).order_by(Case.received_at, Case.id)
    case_ids = session.scalars(waiting).all()
    if reasons.shown is not None and (new := len(set(case_ids).difference(reasons.shown))):
        raise WrongState(
            f"見ているあいだに、振分け前の案件が{new:,}件増えました。確かめて、もう一度お試しください。"
        )
    found = {case_id: reasons.of(case_id) for case_id in case_ids}
    if any(len(reason) > LONGEST_REASON for reason in found.values()):
        raise InvalidInput(FieldError("reason", f"理由は{LONGEST_REASON}字までで書いてください。"))
    if without := [case_id for case_id, reason in found.items() if not reason]:
        message = (
            f"振分け前の案件が{len(without):,}件あります。残して締める理由を選ぶか、先に振り分けてください。"
        )
        raise InvalidInput(FieldError("reason", message))
    return found


def _keep(
    session: Session, applied: AppliedDesk, month: Month, left: Mapping[int, str], *, by: Actor, at: datetime
) -> None:
    """Keep the reasons with the closing and in the history of each case."""
    if not left:
        return
    closing_id = session.scalars(
        select(MonthClosing.id).where(MonthClosing.desk_id == applied.id, MonthClosing.month == month)
    ).one()
    session.execute(
        insert(table_of(LeftUntriaged)),
        [
            {"closing_id": closing_id, "case_id": case_id, "reason": reason}
            for case_id, reason in left.items()
        ],
    )
    told = {case_id: {"reason": reason, "month": month} for case_id, reason in left.items()}
    lifecycle.remark_on_each(session, EventKind.LEFT_UNTRIAGED, told, by=by, at=at)
