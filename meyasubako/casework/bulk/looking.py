"""What an order would do, before it is done; and what became of one that was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.casework.bulk.orders import NEEDS, UNDOABLE, Order, obstacle, to_be
from meyasubako.casework.bulk.undoing import UNDONE_WITHIN
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import Deed, Status
from meyasubako.store.models import BulkAct, BulkActCase, Case, Receipt, Requester

SHOWN_FOR = timedelta(hours=1)
"""So long a list offers to take back what was done from it."""
_LAST_ACT: Final = (
    select(BulkAct)
    .where(
        BulkAct.desk_id == bindparam("desk"),
        BulkAct.by_id == bindparam("by"),
        BulkAct.done_at > bindparam("shown_since"),
    )
    .order_by(BulkAct.done_at.desc(), BulkAct.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A case that was ticked."""

    id: int
    number: str
    title: str
    status: Status
    version: int
    said: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen: those that can be part of it with what becomes of them, and those that cannot, with the reason.

    `mails`: so many people would be written to. `main` is the case the others are merged into.
    """

    can: tuple[Chosen, ...]
    cannot: tuple[Chosen, ...]
    mails: int
    main: Chosen | None


@dataclass(frozen=True, slots=True)
class Act:
    """An act as it stands: done, left, and touched since (those would be left by an undo)."""

    id: int
    desk_id: int
    deed: Deed
    by_name: str
    done_at: datetime
    mail_at: datetime | None
    undone_at: datetime | None
    undone_by_name: str
    done: tuple[Chosen, ...]
    left: tuple[Chosen, ...]
    touched: tuple[Chosen, ...]
    can_undo: bool


@dataclass(frozen=True, slots=True)
class LastAct:
    """What somebody did last from a list and can still take back."""

    id: int
    deed: Deed
    done_at: datetime
    mail_at: datetime | None
    count: int


def chosen(
    session: Session, actor: Actor, applied: AppliedDesk, case_ids: Iterable[int]
) -> tuple[Chosen, ...]:
    """The cases ticked, in the order of a list. Raises NotFound when one is not of this desk or not for this person."""
    wanted = set(case_ids)
    found = _rows(session, actor, applied, wanted)
    if len(found) < len(wanted):
        raise NotFound
    return tuple(_chosen(case, number) for case, number, _ in found)


def preview(
    session: Session, actor: Actor, applied: AppliedDesk, order: Order, case_ids: Sequence[int]
) -> Preview:
    """What an order would do now. Raises NotFound as `chosen` does."""
    found = _rows(session, actor, applied, set(case_ids))
    if len(found) < len(set(case_ids)):
        raise NotFound
    main = next((case for case, _, _ in found if case.id == order.main_id), None)
    can: list[Chosen] = []
    cannot: list[Chosen] = []
    mails = 0
    for case, number, requester in found:
        if main is not None and case.id == main.id:
            continue
        if why := obstacle(session, applied, order, case, main):
            cannot.append(_chosen(case, number, why))
        else:
            can.append(_chosen(case, number, to_be(order, case)))
            mails += _is_written_to(applied, order, requester)
    of_main = next((_chosen(case, number) for case, number, _ in found if case is main), None)
    return Preview(tuple(can), tuple(cannot), mails, of_main)


def act(session: Session, actor: Actor, act_id: int, *, at: datetime) -> Act:
    """An act at a desk one sees. Raises NotFound."""
    row = session.get(BulkAct, act_id)
    if row is None or not actor.may(Need.VIEW_CASES, row.desk_id):
        raise NotFound
    found = session.execute(
        select(BulkActCase, Case, Receipt.number)
        .join(Case, Case.id == BulkActCase.case_id)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(BulkActCase.act_id == act_id)
        .order_by(Case.received_at.desc(), Case.id.desc())
    ).all()
    done = [(part, _chosen(case, number)) for part, case, number in found if part.version is not None]
    touched = tuple(
        each
        for part, each in done
        if part.undone_at is None and (each.version != part.version or row.undone_at is not None)
    )
    is_open = row.undone_at is None and row.deed in UNDOABLE and at <= row.done_at + UNDONE_WITHIN
    return Act(
        id=row.id,
        desk_id=row.desk_id,
        deed=row.deed,
        by_name=row.by_name,
        done_at=row.done_at,
        mail_at=row.mail_at,
        undone_at=row.undone_at,
        undone_by_name=row.undone_by_name,
        done=tuple(each for _, each in done),
        left=tuple(_chosen(case, number, part.why) for part, case, number in found if part.version is None),
        touched=touched,
        can_undo=is_open and len(touched) < len(done) and actor.may(NEEDS[row.deed], row.desk_id),
    )


def last_act(session: Session, actor: Actor, desk_id: int, *, at: datetime) -> LastAct | None:
    """What this person did last at a desk, for a while, unless it was taken back."""
    row = session.scalar(_LAST_ACT, {"desk": desk_id, "by": actor.id, "shown_since": at - SHOWN_FOR})
    if row is None or row.undone_at is not None or row.deed not in UNDOABLE:
        return None
    of_act = BulkActCase.act_id == row.id, BulkActCase.version.is_not(None)
    count = session.scalar(select(func.count()).select_from(BulkActCase).where(*of_act)) or 0
    return LastAct(row.id, row.deed, row.done_at, row.mail_at, count)


Row = tuple[Case, str, tuple[Receipt, Requester]]


def _rows(session: Session, actor: Actor, applied: AppliedDesk, case_ids: set[int]) -> list[Row]:
    rows = session.execute(
        select(Case, Receipt, Requester)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .join(Requester, Requester.id == Receipt.requester_id)
        .where(Case.id.in_(case_ids), cases.is_visible(actor), Case.desk_id == applied.id)
        .order_by(Case.received_at.desc(), Case.id.desc())
    )
    return [
        (case, cases.case_number(receipt.number, case.ordinal), (receipt, requester))
        for case, receipt, requester in rows
    ]


def _chosen(case: Case, number: str, said: str = "") -> Chosen:
    return Chosen(case.id, number, case.title, case.status, case.version, said)


def _is_written_to(applied: AppliedDesk, order: Order, who: tuple[Receipt, Requester]) -> bool:
    receipt, requester = who
    if not (requester.email and receipt.reply_wanted):
        return False
    if order.deed is Deed.CLOSE:
        is_own = receipt.entered_by_id is None and requester.email_confirmed_at is not None
        return applied.desk.survey.enabled and is_own
    return order.deed in {Deed.REPLY, Deed.DECLINE}
