"""Receipts and their cases as they come in, many at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from meyasubako.casework import searching, teaching
from meyasubako.core import codes, matters, text
from meyasubako.core.conditions import FINISHED, PRESSING, UNANSWERED, UNFINISHED
from meyasubako.core.vocabulary import (
    CaseKind,
    Channel,
    Language,
    MeetingWay,
    Priority,
    QuarantineReason,
    RequesterType,
    Status,
)
from meyasubako.store.inserting import draw_ids, insert_unless_taken
from meyasubako.store.models import Case, CaseTopic, Receipt, Requester, table_of

DRAWS: Final = 8


@dataclass(frozen=True, slots=True)
class RequesterDetails:
    """Who handed something in; empty text where nothing was said."""

    name: str = ""
    organisation: str = ""
    municipality: str = ""
    email: str = ""
    phone: str = ""
    postal_code: str = ""
    address: str = ""


CONTACT = ("name", "organisation", "email", "phone", "postal_code", "address")
"""What its sender may correct later, by the names of the fields."""


@dataclass(frozen=True, slots=True)
class ReceiptDetails:
    """What was handed in, already checked against the desk's form."""

    desk_id: int
    channel: Channel
    kind: CaseKind
    requester_type: RequesterType
    purpose: str | None
    topics: tuple[str, ...]
    title: str
    body: str
    meeting_way: MeetingWay | None
    wished_dates: str
    reply_wanted: bool
    publish_consent: bool
    share_consent: bool
    received_at: datetime
    recorded_at: datetime
    entered_by_id: int | None
    idempotency_key: str | None
    quarantine_reason: QuarantineReason | None = None
    postmarked_on: date | None = None
    event_name: str = ""
    language: Language = Language.JAPANESE


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """A receipt to be stored under a number drawn for it; `confirm_token_hash` is of the link that confirms its address."""

    number: str
    requester: RequesterDetails
    details: ReceiptDetails
    confirm_token_hash: str | None


@dataclass(frozen=True, slots=True)
class NewCase:
    """A matter of a receipt to be stored, `span` being its part of the receipt's text."""

    receipt_id: int
    details: ReceiptDetails
    ordinal: int
    status: Status
    due_on: date | None
    span: matters.Span | None = None


# What every receipt asks of the database is put together once: doing so costs more than asking.
_REQUESTERS, _RECEIPTS, _CASES, _TOPIC_ROWS = map(table_of, (Requester, Receipt, Case, CaseTopic))
_BY_KEYS = select(_RECEIPTS.c.desk_id, _RECEIPTS.c.idempotency_key).where(
    _RECEIPTS.c.idempotency_key.in_(bindparam("keys", expanding=True))
)


_NEW_REQUESTERS, _NEW_RECEIPTS, _NEW_CASES, _NEW_TOPICS = map(
    insert, (_REQUESTERS, _RECEIPTS, _CASES, _TOPIC_ROWS)
)


def add_receipt(
    session: Session, requester: RequesterDetails, details: ReceiptDetails
) -> tuple[int, str] | None:
    """Store a receipt and who handed it in, under a fresh number; returns its id and number.

    Returns None when another sending of the same form was stored first.
    """
    [requester_id] = _add_requesters(session, [(requester, None)])
    for _ in range(DRAWS):
        number = codes.draw_receipt_number()
        values = _receipt_row(requester_id, number, details)
        receipt_id = session.execute(
            insert_unless_taken(session, Receipt).values(values).returning(Receipt.id)
        ).scalar_one_or_none()
        if receipt_id is not None:
            return receipt_id, number
        if details.idempotency_key and find_by_idempotency_key(
            session, details.desk_id, details.idempotency_key
        ):
            session.execute(delete(Requester).where(Requester.id == requester_id))
            return None
    raise RuntimeError("no free receipt number was drawn")


def add_receipts(session: Session, receipts: Sequence[NewReceipt]) -> Sequence[int]:
    """Store receipts and who handed them in; returns their ids in this order.

    The database refuses all of them (IntegrityError) where a number or the idempotency key of one is taken.
    """
    requester_ids = _add_requesters(session, [(each.requester, each.confirm_token_hash) for each in receipts])
    receipt_ids = draw_ids(session, Receipt, len(receipts))
    rows = [
        {"id": receipt_id, **_receipt_row(requester_id, each.number, each.details)}
        for receipt_id, requester_id, each in zip(receipt_ids, requester_ids, receipts, strict=True)
    ]
    session.execute(_NEW_RECEIPTS, rows)
    return receipt_ids


def add_case(
    session: Session,
    receipt_id: int,
    details: ReceiptDetails,
    *,
    ordinal: int,
    status: Status,
    due_on: date | None,
    span: matters.Span | None = None,
) -> int:
    """Store one matter of a receipt, `span` being its part of the receipt's text; returns its id."""
    [case_id] = add_cases(session, [NewCase(receipt_id, details, ordinal, status, due_on, span)])
    return case_id


def add_cases(session: Session, new: Sequence[NewCase]) -> Sequence[int]:
    """Store matters; returns their ids in this order."""
    case_ids = draw_ids(session, Case, len(new))
    rows = [{"id": case_id, **_case_row(each)} for case_id, each in zip(case_ids, new, strict=True)]
    session.execute(_NEW_CASES, rows)
    insert_topics(
        session, {case_id: each.details.topics for case_id, each in zip(case_ids, new, strict=True)}
    )
    searching.mark_due(session, case_ids)
    teaching.mark_due(session, case_ids)
    return case_ids


def insert_topics(session: Session, topics: Mapping[int, Iterable[str]]) -> None:
    """The topics of cases, by the case, the main one first."""
    rows = [
        {"case_id": case_id, "topic": topic, "position": position}
        for case_id, of_case in topics.items()
        for position, topic in enumerate(of_case)
    ]
    if rows:
        session.execute(_NEW_TOPICS, rows)


def taken_keys(session: Session, keys: Iterable[str]) -> set[tuple[int, str]]:
    """Which of these idempotency keys made a receipt, each with its desk."""
    found = session.execute(_BY_KEYS, {"keys": list(keys)})
    return {(desk_id, key) for desk_id, key in found}


def find_by_idempotency_key(session: Session, desk_id: int, key: str) -> Receipt | None:
    """The receipt an earlier sending of the same form made."""
    return session.scalar(select(Receipt).where(Receipt.desk_id == desk_id, Receipt.idempotency_key == key))


def owed_on(status: Status, due_on: date | None) -> date | None:
    """The day by which an answer is still owed."""
    return due_on if status in UNFINISHED & UNANSWERED else None


def pressing_of(status: Status, priority: Priority | None) -> int:
    """Where a case stands among those of one day."""
    return PRESSING[priority] if status in UNFINISHED else FINISHED


def _add_requesters(session: Session, new: Sequence[tuple[RequesterDetails, str | None]]) -> Sequence[int]:
    names = RequesterDetails.__dataclass_fields__
    ids = draw_ids(session, Requester, len(new))
    rows = [
        {"id": id_, **{name: getattr(each, name) for name in names}, "confirm_token_hash": token_hash}
        for id_, (each, token_hash) in zip(ids, new, strict=True)
    ]
    session.execute(_NEW_REQUESTERS, rows)
    return ids


def _receipt_row(requester_id: int, number: str, details: ReceiptDetails) -> dict[str, Any]:
    values = {name: getattr(details, name) for name in ReceiptDetails.__dataclass_fields__}
    return {
        **values,
        "topics": list(details.topics),
        "passcode_generation": 1,
        "requester_id": requester_id,
        "number": number,
    }


def _case_row(new: NewCase) -> dict[str, Any]:
    details, span = new.details, new.span
    return {
        "receipt_id": new.receipt_id,
        "ordinal": new.ordinal,
        "desk_id": details.desk_id,
        "kind": details.kind,
        "title": details.title,
        "body": details.body,
        "span_start": span.start if span else None,
        "span_end": span.end if span else None,
        "status": new.status,
        "came_from": [],
        "channel": details.channel,
        "requester_type": details.requester_type,
        "purpose": details.purpose,
        "division_label": "",
        "received_at": details.received_at,
        "due_on": new.due_on,
        "changed_at": details.recorded_at,
        "changed_by_id": details.entered_by_id,
        "is_unfinished": new.status in UNFINISHED,
        "owed_on": owed_on(new.status, new.due_on),
        "pressing": pressing_of(new.status, None),
        "version": 1,
        "likeness": text.likeness(details.body),
    }
