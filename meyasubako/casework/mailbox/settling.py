"""Somebody looked at a mail: it needs nothing more, or became an addition after all."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.core.errors import NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import MailState
from meyasubako.store.models import IncomingMail


def open_mail(session: Session, mail_id: int, *, by: Actor) -> IncomingMail:
    """A mail to be decided about, locked for this unit. Raises NotFound, NotAllowed, or WrongState if it was decided."""
    mail = session.scalar(select(IncomingMail).where(IncomingMail.id == mail_id).with_for_update())
    if mail is None or not by.may(Need.VIEW_CASES, mail.desk_id):
        raise NotFound
    if not by.may(Need.TRIAGE, mail.desk_id):
        raise NotAllowed
    if not mail.is_open:
        raise WrongState("このメールは、もう確かめてあります。")
    return mail


def settle(
    session: Session,
    mail_id: int,
    *,
    by: Actor,
    at: datetime,
    addition_id: int | None = None,
    refused: Iterable[str] = (),
) -> None:
    """Nothing more is to be done about a mail; with an addition, it became one."""
    mail = open_mail(session, mail_id, by=by)
    mail.is_open, mail.settled_at, mail.settled_by_id = False, at, by.id
    if addition_id is not None:
        mail.state, mail.addition_id = MailState.ADDED, addition_id
        mail.refused = [*mail.refused, *refused]
    session.flush()
