"""Mails about a case that did not arrive, and sending them once more."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle, outbox
from meyasubako.casework.correspondence.composing import compose
from meyasubako.casework.correspondence.meetings import offer_of
from meyasubako.casework.outbox import TO_PROVIDERS
from meyasubako.core.codes import Keys
from meyasubako.core.errors import NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import Bounce, EventKind, Message
from meyasubako.store.models import Case, OutboxMessage, Provider, Receipt, Requester


@dataclass(frozen=True, slots=True)
class Unarrived:
    """A mail about a case that did not arrive. `bounce` is None for one no mail server took.

    `name` and `address` are those it goes to now.
    """

    kind: Message
    created_at: datetime
    bounce: Bounce | None
    is_to_requester: bool
    name: str
    address: str
    number: str
    title: str


SENT_AGAIN = frozenset(Message) - {Message.ADDRESS_CHANGED, Message.SIGN_IN, Message.REMINDER}
"""What can be sent once more. A former address is nobody's any more; reminders are of their day."""


def unarrived(session: Session, actor: Actor, case_id: int, outbox_id: int) -> Unarrived:
    """A mail about a case that did not arrive, for those who may see contact data. Raises NotFound, NotAllowed."""
    case = session.scalar(cases.visible_cases(actor).where(Case.id == case_id))
    row = None if case is None else _unarrived(session, case, outbox_id)
    if case is None or row is None:
        raise NotFound
    if not actor.may(Need.VIEW_CONTACT, case.desk_id):
        raise NotAllowed
    receipt = session.get_one(Receipt, case.receipt_id)
    is_to_requester = row.kind not in TO_PROVIDERS
    if is_to_requester:
        reader: Requester | Provider = session.get_one(Requester, receipt.requester_id)
    else:
        reader = session.get_one(Provider, offer_of(session, row.kind, row.subject_id).provider_id)
    return Unarrived(
        kind=row.kind,
        created_at=row.created_at,
        bounce=row.bounce,
        is_to_requester=is_to_requester,
        name=reader.name,
        address=reader.email,
        number=cases.case_number(receipt.number, case.ordinal),
        title=case.title,
    )


def send_again(
    session: Session, case_id: int, outbox_id: int, *, keys: Keys, public_url: str, by: Actor, at: datetime
) -> Message:
    """Send a mail that did not arrive once more, to the address there is now; returns what kind it is.

    Raises NotFound, and WrongState where that was done before or the mail would say nothing any more.
    """
    case = cases.open_case(session, case_id, Need.ASK, by=by)
    row = _unarrived(session, case, outbox_id)
    if row is None:
        raise NotFound
    if session.scalar(select(OutboxMessage.id).where(OutboxMessage.again_of_id == row.id)) is not None:
        raise WrongState("このメールは、もう一度送ってあります。")
    again = outbox.enqueue_again(session, row.id, at=at)
    if compose(session, again, keys=keys, public_url=public_url, at=at) is None:
        raise WrongState(
            "このメールは、いまは送れません。そのあとに案件が進んだか、アドレスがまだ確認されていません。"
        )
    data = {"message": row.kind.value}
    lifecycle.remark(session, case, EventKind.MAIL_SENT_AGAIN, by=by, at=at, data=data)
    return row.kind


def _unarrived(session: Session, case: Case, outbox_id: int) -> OutboxMessage | None:
    """The mail, if it is one about this case (or, with its first matter, about the receipt) and did not arrive."""
    about = OutboxMessage.case_id == case.id
    if case.ordinal == 1:
        about |= OutboxMessage.case_id.is_(None)
    return session.scalar(
        select(OutboxMessage).where(
            OutboxMessage.id == outbox_id,
            OutboxMessage.receipt_id == case.receipt_id,
            about,
            OutboxMessage.kind.in_(SENT_AGAIN),
            or_(OutboxMessage.bounce.is_not(None), OutboxMessage.given_up_at.is_not(None)),
        )
    )
