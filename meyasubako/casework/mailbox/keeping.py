"""A mail is stored once, with what became of it, and is told in the history of the case it belongs to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle, outbox
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import WrongState
from meyasubako.core.policy import SYSTEM
from meyasubako.core.vocabulary import Bounce, EventKind, MailState, Status
from meyasubako.store.inserting import insert_unless_taken
from meyasubako.store.models import Case, IncomingMail, OutboxMessage, Receipt, Requester

TO_LOOK_AT: Final = frozenset({MailState.OTHER_SENDER, MailState.FINISHED, MailState.UNREADABLE})
"""What nobody but a member of staff can decide about."""

_EVENTS: Final = {
    MailState.OTHER_SENDER: EventKind.MAIL_KEPT,
    MailState.FINISHED: EventKind.MAIL_KEPT,
    MailState.UNREADABLE: EventKind.MAIL_KEPT,
    MailState.AUTOMATIC: EventKind.AUTO_REPLIED,
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail as it is kept. `key` is the same for every copy of it."""

    key: str
    file_id: int
    size: int
    is_cut: bool
    sender: str
    sender_name: str
    subject: str
    body: str
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ours:
    """A mail of ours that is meant, and to whom it was about what. `address` is the confirmed one, "" for none."""

    outbox_id: int
    desk_id: int
    receipt_id: int
    case_id: int
    address: str


def is_known(session: Session, key: str) -> bool:
    """Whether this mail was stored before."""
    return session.scalar(select(IncomingMail.id).where(IncomingMail.mail_key == key)) is not None


def begin(session: Session, desk_id: int, arrived: Arrived, *, at: datetime) -> int | None:
    """Store a mail nothing was decided about yet; None if it was stored before."""
    values = {
        "desk_id": desk_id,
        "mail_key": arrived.key,
        "file_id": arrived.file_id,
        "size": arrived.size,
        "is_cut": arrived.is_cut,
        "sender": arrived.sender,
        "sender_name": arrived.sender_name,
        "subject": arrived.subject,
        "body": arrived.body,
        "refused": list(arrived.refused),
        "came_at": at,
        "state": MailState.UNREADABLE,
        "is_open": True,
    }
    new = insert_unless_taken(session, IncomingMail).values(values).returning(IncomingMail.id)
    return session.execute(new).scalar_one_or_none()


def finish(
    session: Session,
    mail_id: int,
    state: MailState,
    *,
    at: datetime,
    meant: Ours | None = None,
    receipt_id: int | None = None,
    case_id: int | None = None,
    addition_id: int | None = None,
    refused: Iterable[str] = (),
) -> None:
    """Say what became of a mail, and tell it in the history of the case it is about."""
    mail = session.get_one(IncomingMail, mail_id)
    mail.state, mail.is_open = state, state in TO_LOOK_AT
    mail.receipt_id, mail.case_id, mail.addition_id = receipt_id, case_id, addition_id
    if meant is not None:
        mail.outbox_id, mail.receipt_id, mail.case_id = meant.outbox_id, meant.receipt_id, meant.case_id
    mail.refused = [*mail.refused, *refused]
    session.flush()
    if meant is not None and state in _EVENTS:
        case = cases.lock_case(session, meant.case_id)
        data = {"mail_id": mail_id, "state": state.value}
        lifecycle.record(session, case, _EVENTS[state], by=SYSTEM, at=at, data=data)


def bounced(session: Session, meant: Ours, bounce: Bounce, *, mail_id: int, at: datetime) -> None:
    """A mail of ours did not arrive: noted beside it and told in the history of its case, once."""
    if outbox.mark_bounced(session, meant.outbox_id, bounce, at=at):
        kind = session.get_one(OutboxMessage, meant.outbox_id).kind
        data = {"mail_id": mail_id, "bounce": bounce.value, "message": kind.value}
        case = cases.lock_case(session, meant.case_id)
        lifecycle.record(session, case, EventKind.BOUNCED, by=SYSTEM, at=at, data=data)


def ours(session: Session, outbox_id: int) -> Ours | None:
    """A mail of ours by its number; None for one that belongs to no receipt."""
    found = session.execute(
        select(
            OutboxMessage.case_id, Receipt.id, Receipt.desk_id, Requester.email, Requester.email_confirmed_at
        )
        .join(Receipt, Receipt.id == OutboxMessage.receipt_id)
        .join(Requester, Requester.id == Receipt.requester_id)
        .where(OutboxMessage.id == outbox_id)
    ).one_or_none()
    if found is None:
        return None
    case_id, receipt_id, desk_id, email, confirmed_at = found
    if case_id is None:
        case_id = _case_of(session, receipt_id)
    return Ours(outbox_id, desk_id, receipt_id, case_id, email if confirmed_at else "")


def of_message_ids(session: Session, message_ids: Sequence[str], *, host: str) -> int | None:
    """The mail of ours that carries one of these identifiers."""
    names = [name for name, _, place in (each.partition("@") for each in message_ids) if place == host]
    if not names:
        return None
    return session.scalar(
        select(OutboxMessage.id)
        .where(OutboxMessage.message_id.in_(names))
        .order_by(OutboxMessage.id)
        .limit(1)
    )


def desk_for(desks: Sequence[AppliedDesk], recipients: Sequence[str], usual: str) -> AppliedDesk:
    """The desk a mail was sent to: by its own address, else the usual one, else the oldest. Raises WrongState without any."""
    for address in recipients:
        for each in desks:
            if each.desk.mail_in and each.desk.mail_in.lower() == address:
                return each
    if not desks:
        raise WrongState("窓口がありません。先に desks apply で窓口を入れてください。")
    return next((each for each in desks if each.code == usual), min(desks, key=lambda each: each.id))


def _case_of(session: Session, receipt_id: int) -> int:
    """The matter a mail about a whole receipt goes to: the first one still worked on, else the first."""
    rows = session.execute(
        select(Case.id, Case.status).where(Case.receipt_id == receipt_id).order_by(Case.ordinal)
    ).all()
    over = {Status.CLOSED, Status.DECLINED, Status.WITHDRAWN, Status.MERGED}
    return next((case_id for case_id, status in rows if status not in over), rows[0][0])
