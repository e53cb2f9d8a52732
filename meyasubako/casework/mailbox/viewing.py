"""The mails of a desk as its staff see them. Who wrote, and what, is for those who may see contact data."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from meyasubako.casework import attachments, cases
from meyasubako.casework.attachments import Content
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import MailState, Message
from meyasubako.store.models import Case, IncomingMail, OutboxMessage, Receipt, Staff

PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class MailRow:
    """One mail of the list. `sender` is None for those who may not see it; `number` is that of its case, "" for none."""

    id: int
    came_at: datetime
    state: MailState
    is_open: bool
    subject: str
    sender: str | None
    case_id: int | None
    number: str


@dataclass(frozen=True, slots=True)
class MailPage:
    """A page of the mails of a desk, newest first. `older` is the mail the next page begins behind."""

    rows: tuple[MailRow, ...]
    to_look_at: int
    older: int | None


@dataclass(frozen=True, slots=True)
class MailFile:
    """Everything of one mail."""

    row: MailRow
    sender_name: str
    body: str
    refused: tuple[str, ...]
    is_cut: bool
    about: Message | None
    settled_at: datetime | None
    settled_by: str
    is_openable: bool


@dataclass(frozen=True, slots=True)
class Original:
    """Where a mail lies as it came, and the case it is about."""

    content: Content
    receipt_id: int | None
    case_id: int | None


def mails(
    session: Session, actor: Actor, desk_id: int, *, is_open: bool = False, older_than: int | None = None
) -> MailPage:
    """A page of the mails of a desk; with `is_open` only those somebody has to look at. Raises NotFound."""
    if not actor.may(Need.VIEW_CASES, desk_id):
        raise NotFound
    chosen = _rows().where(IncomingMail.desk_id == desk_id)
    waiting = (
        select(func.count())
        .select_from(IncomingMail)
        .where(IncomingMail.desk_id == desk_id, IncomingMail.is_open)
    )
    if is_open:
        chosen = chosen.where(IncomingMail.is_open)
    if older_than is not None:
        chosen = chosen.where(IncomingMail.id < older_than)
    found = session.execute(chosen.order_by(IncomingMail.id.desc()).limit(PAGE_SIZE + 1)).all()
    rows = tuple(_row(each, actor) for each in found[:PAGE_SIZE])
    return MailPage(rows, session.scalar(waiting) or 0, rows[-1].id if len(found) > PAGE_SIZE else None)


def of_case(session: Session, actor: Actor, case_id: int) -> tuple[MailRow, ...]:
    """The mails about a case one sees, oldest first."""
    found = session.execute(_of_case(), {"of_case": case_id})
    return tuple(_row(each, actor) for each in found)


def mail_file(session: Session, actor: Actor, desk_id: int, mail_id: int) -> MailFile:
    """One mail. Raises NotFound for one of another desk."""
    mail = _of_desk(session, actor, desk_id, mail_id)
    about = session.get(OutboxMessage, mail.outbox_id) if mail.outbox_id else None
    settled_by = session.get(Staff, mail.settled_by_id) if mail.settled_by_id else None
    row = session.execute(_rows().where(IncomingMail.id == mail_id)).one()
    return MailFile(
        row=_row(row, actor),
        sender_name=mail.sender_name,
        body=mail.body,
        refused=tuple(mail.refused),
        is_cut=mail.is_cut,
        about=about.kind if about else None,
        settled_at=mail.settled_at,
        settled_by=settled_by.name if settled_by else "",
        is_openable=mail.is_open and mail.case_id is not None,
    )


def original(session: Session, actor: Actor, desk_id: int, mail_id: int) -> Original:
    """A mail exactly as it came. Raises NotFound, or WrongState while the virus scanner has not looked at it."""
    mail = _of_desk(session, actor, desk_id, mail_id)
    content = attachments.open_kept(session, mail.file_id, f"mail-{mail.id}.eml")
    return Original(content, mail.receipt_id, mail.case_id)


def _of_desk(session: Session, actor: Actor, desk_id: int, mail_id: int) -> IncomingMail:
    mail = session.get(IncomingMail, mail_id)
    if mail is None or mail.desk_id != desk_id or not actor.may(Need.VIEW_CONTACT, desk_id):
        raise NotFound
    return mail


@cache
def _of_case() -> Select[*tuple[Any, ...]]:
    return _rows().where(IncomingMail.case_id == bindparam("of_case")).order_by(IncomingMail.id)


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            IncomingMail.id,
            IncomingMail.desk_id,
            IncomingMail.came_at,
            IncomingMail.state,
            IncomingMail.is_open,
            IncomingMail.subject,
            IncomingMail.sender,
            IncomingMail.case_id,
            Receipt.number,
            Case.ordinal,
        )
        .outerjoin(Case, Case.id == IncomingMail.case_id)
        .outerjoin(Receipt, Receipt.id == Case.receipt_id)
    )


def _row(row: Row[Any], actor: Actor) -> MailRow:
    return MailRow(
        id=row.id,
        came_at=row.came_at,
        state=row.state,
        is_open=row.is_open,
        subject=row.subject,
        sender=row.sender if actor.may(Need.VIEW_CONTACT, row.desk_id) else None,
        case_id=row.case_id,
        number=cases.case_number(row.number, row.ordinal) if row.case_id else "",
    )
