"""Messages on their way out. A unit leaves a row here; the worker claims it, renders it and sends it, at least once."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Result, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from meyasubako.core.dates import CLOCKS_APART
from meyasubako.core.vocabulary import Bounce, Message
from meyasubako.store.models import OutboxMessage, table_of

LEASE = timedelta(minutes=5)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=4)
LONGEST_AWAY = timedelta(minutes=15)
"""How long at most a message waits that was tried while its server was away: soon after it is back, all is sent."""
GIVE_UP_AFTER = timedelta(days=5)
FEWEST_TRIES = 10
"""Nothing is given up before: a worker that stood still for a week, or a clock set ahead, is no fault of the mail."""

OF_OFFERS = frozenset(
    {Message.OFFER, Message.OFFER_REMINDER, Message.OFFER_ACCEPTED, Message.OFFER_ENDED, Message.REPORT_DUE}
)
OF_MEETINGS = frozenset({Message.PROVIDER_MEETING, Message.PROVIDER_MEETING_OFF})
TO_PROVIDERS = OF_OFFERS | OF_MEETINGS | {Message.DATES_ANSWERED}
"""What goes to whoever a case was offered to; its subject is the offer, the meeting or the proposed dates."""

TO_STAFF = frozenset({Message.REMINDER, Message.NOTICE, Message.CHAT})


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message this process may send until its lease ends. `subject_id` is the reply, offer, question, survey,
    notice, meeting or proposed dates meant.

    Of an address that was corrected it is the requester: the one who has it now, or the row that keeps the former one.
    """

    id: int
    kind: Message
    message_id: str
    receipt_id: int | None
    case_id: int | None
    subject_id: int | None
    created_at: datetime
    tries: int


_LEAVE = insert(table_of(OutboxMessage))


def enqueue(
    session: Session,
    kind: Message,
    *,
    at: datetime,
    receipt_id: int | None = None,
    case_id: int | None = None,
    subject_id: int | None = None,
    again_of_id: int | None = None,
) -> None:
    """Leave a message to be sent after the unit is on disk."""
    session.execute(
        _LEAVE,
        _row(
            kind,
            at=at,
            receipt_id=receipt_id,
            case_id=case_id,
            subject_id=subject_id,
            again_of_id=again_of_id,
        ),
    )


def enqueue_each(
    session: Session, kind: Message, about: Iterable[tuple[int | None, int | None, datetime]]
) -> None:
    """Leave the same kind of message about many receipts and cases, each written at its own instant."""
    rows = [_row(kind, receipt_id=receipt_id, case_id=case_id, at=at) for receipt_id, case_id, at in about]
    if rows:
        session.execute(_LEAVE, rows)


def enqueue_again(session: Session, row_id: int, *, at: datetime) -> Claimed:
    """Leave the same message to be sent once more, as one of its own; returns it as it will be claimed."""
    row = session.get_one(OutboxMessage, row_id)
    about = {"receipt_id": row.receipt_id, "case_id": row.case_id, "subject_id": row.subject_id}
    enqueue(session, row.kind, at=at, again_of_id=row.id, **about)
    again = session.execute(select(OutboxMessage).where(OutboxMessage.again_of_id == row.id)).scalar_one()
    return Claimed(again.id, again.kind, again.message_id, **about, created_at=again.created_at, tries=0)


def hold(session: Session, case_ids: Iterable[int], *, written_at: datetime, until: datetime) -> int:
    """Send what was written about these cases at that instant not before `until`.

    Returns how many of these messages leave the house.
    """
    written = _written(case_ids, written_at)
    session.execute(
        update(OutboxMessage)
        .where(*written)
        .values(next_try_at=until)
        .execution_options(synchronize_session=False)
    )
    leaving = OutboxMessage.kind.not_in(TO_STAFF)
    return session.scalar(select(func.count()).select_from(OutboxMessage).where(*written, leaving)) or 0


def call_back(session: Session, case_ids: Iterable[int], *, written_at: datetime) -> tuple[int, int]:
    """Take back what was written about these cases at that instant and has not gone out.

    Returns how many messages were taken back, and how many have left the house (or are on their way this moment).
    """
    written = _written(case_ids, written_at)
    result = session.execute(
        delete(OutboxMessage)
        .where(*written, OutboxMessage.sent_at.is_(None), OutboxMessage.claimed_until.is_(None))
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    left = OutboxMessage.kind.not_in(TO_STAFF), OutboxMessage.given_up_at.is_(None)
    gone = session.scalar(select(func.count()).select_from(OutboxMessage).where(*written, *left))
    return result.rowcount, gone or 0


def holds(session: Session, kind: Message, *, receipt_id: int) -> bool:
    """Whether such a message about a receipt was ever left to be sent."""
    of_receipt = OutboxMessage.kind == kind, OutboxMessage.receipt_id == receipt_id
    return session.scalar(select(OutboxMessage.id).where(*of_receipt).limit(1)) is not None


def claim(session: Session, *, at: datetime, limit: int) -> list[Claimed]:
    """Take up to `limit` due messages for LEASE, so that no other process sends them meanwhile."""
    due = (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.sent_at.is_(None),
            OutboxMessage.given_up_at.is_(None),
            OutboxMessage.next_try_at <= at,
            or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= at),
        )
        .order_by(OutboxMessage.next_try_at, OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed: Result[*tuple[Any, ...]] = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(due))
        .values(claimed_until=at + LEASE, tries=OutboxMessage.tries + 1)
        .returning(
            OutboxMessage.id,
            OutboxMessage.kind,
            OutboxMessage.message_id,
            OutboxMessage.receipt_id,
            OutboxMessage.case_id,
            OutboxMessage.subject_id,
            OutboxMessage.created_at,
            OutboxMessage.tries,
        )
        .execution_options(synchronize_session=False)
    )
    return sorted((Claimed(*row) for row in claimed), key=lambda message: message.id)


def mind_clock(session: Session, *, at: datetime) -> int:
    """Let nothing wait for a time that is only far away because a clock was set back; returns how many messages did."""
    was_ahead = or_(
        OutboxMessage.created_at > at + CLOCKS_APART,
        OutboxMessage.next_try_at > at + LONGEST_RETRY + CLOCKS_APART,
        OutboxMessage.claimed_until > at + LEASE + CLOCKS_APART,
    )
    is_later = or_(OutboxMessage.next_try_at > at, OutboxMessage.claimed_until > at + LEASE + CLOCKS_APART)
    freed = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.given_up_at.is_(None), was_ahead, is_later)
        .values(next_try_at=at, claimed_until=None)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(freed, CursorResult)
    return freed.rowcount


def mark_sent(session: Session, message_id: int, *, at: datetime) -> None:
    """The message was taken by the mail server."""
    _settle(session, message_id, sent_at=at, claimed_until=None, last_error="")


def drop(session: Session, message_id: int) -> None:
    """Nobody is to be written to any more: nothing says afterwards that a mail went out."""
    session.execute(delete(OutboxMessage).where(OutboxMessage.id == message_id))


def mark_failed(
    session: Session,
    message: Claimed,
    *,
    error: str,
    is_final: bool,
    at: datetime,
    is_away: bool = False,
) -> bool:
    """Try again later, each time waiting twice as long; give up when refused for good, or after five days and many tries.

    `is_away`: it was the server's own trouble, which nobody waits for as long.

    Returns whether it was given up.
    """
    wait = min(FIRST_RETRY * 2 ** min(message.tries - 1, 16), LONGEST_AWAY if is_away else LONGEST_RETRY)
    is_too_old = message.tries >= FEWEST_TRIES and at + wait > message.created_at + GIVE_UP_AFTER
    gives_up = is_final or is_too_old
    _settle(
        session,
        message.id,
        claimed_until=None,
        last_error=error,
        next_try_at=at + wait,
        given_up_at=at if gives_up else None,
    )
    return gives_up


def mark_bounced(session: Session, message_id: int, bounce: Bounce, *, at: datetime) -> bool:
    """A message that was sent came back. False if that was known, or that nobody is there and this says less."""
    is_news = OutboxMessage.bounce.is_(None)
    if bounce is Bounce.HARD:
        is_news |= OutboxMessage.bounce == Bounce.SOFT
    marked = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id, is_news)
        .values(bounced_at=at, bounce=bounce)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(marked, CursorResult)
    return marked.rowcount == 1


def first_of_thread(session: Session, message: Claimed) -> str | None:
    """The message under which a reader's mail program shows this one; None for the first of its receipt or offer."""
    same: ColumnElement[bool] = OutboxMessage.kind.not_in(TO_PROVIDERS)
    for about in (OF_OFFERS, OF_MEETINGS, frozenset({Message.DATES_ANSWERED})):
        if message.kind in about:
            same = OutboxMessage.kind.in_(about) & (OutboxMessage.subject_id == message.subject_id)
    return session.scalar(
        select(OutboxMessage.message_id)
        .where(OutboxMessage.receipt_id == message.receipt_id, same, OutboxMessage.id < message.id)
        .order_by(OutboxMessage.id)
        .limit(1)
    )


def skip_all(session: Session) -> None:
    """Mark everything that waits as sent when it was written: the mails of a demonstration's past."""
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.sent_at.is_(None))
        .values(sent_at=OutboxMessage.created_at, last_error="")
        .execution_options(synchronize_session=False)
    )


def waiting(session: Session) -> int:
    """How many messages are still to be sent."""
    unsent = OutboxMessage.sent_at.is_(None), OutboxMessage.given_up_at.is_(None)
    return session.scalar(select(func.count()).select_from(OutboxMessage).where(*unsent)) or 0


def _row(
    kind: Message,
    *,
    at: datetime,
    receipt_id: int | None,
    case_id: int | None,
    subject_id: int | None = None,
    again_of_id: int | None = None,
) -> dict[str, Any]:
    return {
        "kind": kind,
        "message_id": secrets.token_hex(16),
        "receipt_id": receipt_id,
        "case_id": case_id,
        "subject_id": subject_id,
        "again_of_id": again_of_id,
        "created_at": at,
        "next_try_at": at,
        "tries": 0,
        "last_error": "",
    }


def _written(case_ids: Iterable[int], at: datetime) -> tuple[ColumnElement[bool], ...]:
    return OutboxMessage.case_id.in_(list(case_ids)), OutboxMessage.created_at == at


def _settle(session: Session, row_id: int, **values: object) -> None:
    result = session.execute(update(OutboxMessage).where(OutboxMessage.id == row_id).values(**values))
    assert isinstance(result, CursorResult) and result.rowcount == 1
