"""What a notice says by mail and in the chat: why, the number of the case, a link. Nothing of the case itself.

Worded when it is sent: who left meanwhile, may not open the case any more or has read it already is not written to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.casework.notices.rows import IS_ADMITTED, MAY_OPEN
from meyasubako.core.desk import Desk, from_json
from meyasubako.core.notices import ON_ANSWERS, TOLD
from meyasubako.core.vocabulary import NoticeKind, NoticeWay
from meyasubako.store.models import Case, DeskRow, Notice, Receipt, Staff, StaffGrant

MOST: Final = 20
"""So many cases are named in one message; of the rest it says how many they are."""


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One thing to be told: to whom, why, about which case, and on which page it is dealt with."""

    name: str
    told: str
    number: str
    case_id: int
    is_on_answer: bool


@dataclass(frozen=True, slots=True)
class NoticeLetter:
    """One mail to one person. `more` further cases are not named."""

    to: str
    desk: Desk
    lines: tuple[NoticeLine, ...]
    more: int


@dataclass(frozen=True, slots=True)
class ChatPost:
    """One message to the chat of one desk."""

    desk: Desk
    lines: tuple[NoticeLine, ...]
    more: int


def letter(session: Session, notice_id: int) -> NoticeLetter | None:
    """The mail that tells somebody of an act; None when there is nothing left to tell them."""
    first = session.get(Notice, notice_id)
    if first is None:
        return None
    rows = _still_due(session, first, Notice.staff_id == first.staff_id, NoticeWay.MAIL)
    if not rows or not rows[0].email:
        return None
    return NoticeLetter(
        rows[0].email, _desk(session, rows[0].desk_id), _lines(rows), max(len(rows) - MOST, 0)
    )


def chat_post(session: Session, notice_id: int) -> ChatPost | None:
    """The message that tells a desk of an act; None when there is nothing left to tell."""
    first = session.get(Notice, notice_id)
    if first is None:
        return None
    rows = _still_due(session, first, Notice.desk_id == first.desk_id, NoticeWay.CHAT)
    if not rows:
        return None
    return ChatPost(_desk(session, first.desk_id), _lines(rows), max(len(rows) - MOST, 0))


def _still_due(session: Session, first: Notice, whose: ColumnElement[bool], way: NoticeWay) -> Sequence[Any]:
    """Everything told by this way in the same act that is still worth telling."""
    rows = session.execute(
        select(
            Notice.kind,
            Notice.staff_id,
            Staff.name,
            Staff.email,
            Case.id.label("case_id"),
            Case.desk_id,
            Case.assignee_id,
            Case.ordinal,
            Receipt.number,
        )
        .join(Staff, Staff.id == Notice.staff_id)
        .join(Case, Case.id == Notice.case_id)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .join(StaffGrant, StaffGrant.staff_id == Staff.id)
        .where(
            whose, Notice.at == first.at, Notice.way == way, Notice.read_at.is_(None), MAY_OPEN, IS_ADMITTED
        )
        .order_by(Notice.id)
    ).all()
    return [row for row in rows if row.kind is not NoticeKind.ASSIGNED or row.assignee_id == row.staff_id]


def _lines(rows: Sequence[Any]) -> tuple[NoticeLine, ...]:
    return tuple(
        NoticeLine(
            name=row.name,
            told=TOLD[row.kind],
            number=cases.case_number(row.number, row.ordinal),
            case_id=row.case_id,
            is_on_answer=row.kind in ON_ANSWERS,
        )
        for row in rows[:MOST]
    )


def _desk(session: Session, desk_id: int) -> Desk:
    return from_json(session.get_one(DeskRow, desk_id).definition)
