"""What is sent through the form and the interface for programs: weighed and received, many at once.

A flood is taken in as fast as the disk allows: its rows are written in bulk. Each sending is refused or kept by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from meyasubako.casework import attachments, cases, lifecycle, outbox
from meyasubako.casework.intake.checking import Submission
from meyasubako.casework.intake.receiving import (
    Received,
    details_of,
    due_on_of,
    facts_of,
    is_key,
    receive,
    status_of,
)
from meyasubako.casework.intake.weighing import Pace, Signs, Weighed, weigh_each
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys, draw_receipt_number, token_hash
from meyasubako.core.errors import DeskError
from meyasubako.core.policy import REQUESTER
from meyasubako.core.vocabulary import Channel, Language, Message, QuarantineReason
from meyasubako.store.models import DeskRow


@dataclass(frozen=True, slots=True)
class Sending:
    """A checked submission on its way in. `shown` are the files its sender saw; None where nobody sends files."""

    applied: AppliedDesk
    submission: Submission
    channel: Channel
    signs: Signs
    pace: Pace
    keys: Keys
    idempotency_key: str | None
    language: Language
    at: datetime
    shown: frozenset[int] | None = None

    @property
    def key(self) -> tuple[int, str | None]:
        """What makes one receipt of the same form, however often it is sent."""
        return self.applied.id, self.idempotency_key


_Weighed = tuple[Sending, QuarantineReason | None]

_REVISIONS = (
    select(DeskRow.id, DeskRow.revision)
    .where(DeskRow.id.in_(bindparam("desks", expanding=True)))
    # Always in the same order, so that nobody waits in a circle.
    .order_by(DeskRow.id)
    .with_for_update(read=True, key_share=True)
)


def send(session: Session, sendings: Sequence[Sending]) -> list[Received | DeskError]:
    """Weigh each sending and receive it, as `weigh_each` and `receive` do; what came of each, or why it was refused.

    That it was tried stays counted. Of a refused one there is nothing else.
    """
    weighed = weigh_each(
        session,
        [Weighed(each.applied.id, each.submission, each.signs, each.pace, each.at) for each in sendings],
    )
    outcomes: dict[int, Received | DeskError] = {}
    admitted: dict[int, _Weighed] = {}
    for place, (sending, reason) in enumerate(zip(sendings, weighed, strict=True)):
        if isinstance(reason, DeskError):
            outcomes[place] = reason
        else:
            admitted[place] = sending, reason
    plain = _plain(session, admitted)
    try:
        with session.begin_nested():
            received = _receive_each(session, [*plain.values()])
    except IntegrityError:
        # Another process stored the same form, or drew the same number, in this very moment.
        plain, received = {}, []
    outcomes.update(zip(plain, received, strict=True))
    for place in admitted.keys() - plain.keys():
        outcomes[place] = _receive_alone(session, *admitted[place])
    return [outcomes[place] for place in range(len(sendings))]


def _plain(session: Session, admitted: dict[int, _Weighed]) -> dict[int, _Weighed]:
    """Those that only need to be stored: sent for the first time, without files, as the desk still asks."""
    sendings = [sending for sending, _ in admitted.values()]
    keys = {each.idempotency_key for each in sendings if each.idempotency_key is not None}
    taken: set[tuple[int, str | None]] = {*cases.taken_keys(session, keys)}
    holding = attachments.keys_holding(session, keys)
    found = session.execute(_REVISIONS, {"desks": sorted({each.applied.id for each in sendings})})
    revisions: dict[int, int] = {row.id: row.revision for row in found}
    plain: dict[int, _Weighed] = {}
    for place, (sending, reason) in admitted.items():
        key = sending.idempotency_key
        has_files = bool(sending.shown) or (sending.shown is not None and key in holding)
        is_first = key is None or (is_key(key) and sending.key not in taken)
        if is_first and not has_files and revisions.get(sending.applied.id) == sending.applied.revision:
            plain[place] = sending, reason
            if key is not None:
                taken.add(sending.key)
    return plain


def _receive_each(session: Session, plain: Sequence[_Weighed]) -> list[Received]:
    if not plain:
        return []
    new = [_new_receipt(*each) for each in plain]
    receipt_ids = cases.add_receipts(session, new)
    case_ids = cases.add_cases(
        session,
        [
            cases.NewCase(
                receipt_id,
                receipt.details,
                ordinal=1,
                status=status_of(reason),
                due_on=due_on_of(sending.applied, sending.at),
            )
            for (sending, reason), receipt, receipt_id in zip(plain, new, receipt_ids, strict=True)
        ],
    )
    lifecycle.begin_each(
        session,
        [
            lifecycle.Begun(
                case_id,
                status_of(receipt.details.quarantine_reason),
                facts_of(receipt.details, receipt.requester, receipt_id, case_id),
                with_receipt=True,
                received_at=receipt.details.received_at,
                by=REQUESTER,
                at=receipt.details.recorded_at,
            )
            for receipt, receipt_id, case_id in zip(new, receipt_ids, case_ids, strict=True)
        ],
    )
    outbox.enqueue_each(
        session,
        Message.CONFIRM,
        [
            (receipt_id, case_id, sending.at)
            for (sending, reason), receipt_id, case_id in zip(plain, receipt_ids, case_ids, strict=True)
            if sending.submission.requester.email and reason is None
        ],
    )
    return [
        Received(receipt_id, receipt.number, 1, (case_id,), is_new=True)
        for receipt, receipt_id, case_id in zip(new, receipt_ids, case_ids, strict=True)
    ]


def _new_receipt(sending: Sending, reason: QuarantineReason | None) -> cases.NewReceipt:
    number = draw_receipt_number()
    requester = sending.submission.requester
    token = sending.keys.confirm_token(number, requester.email) if requester.email else None
    details = details_of(
        sending.applied,
        sending.submission,
        channel=sending.channel,
        received_at=sending.at,
        idempotency_key=sending.idempotency_key,
        by=REQUESTER,
        at=sending.at,
        quarantine=reason,
        language=sending.language,
    )
    return cases.NewReceipt(number, requester, details, token_hash(token) if token else None)


def _receive_alone(
    session: Session, sending: Sending, reason: QuarantineReason | None
) -> Received | DeskError:
    try:
        with session.begin_nested():
            received = receive(
                session,
                sending.applied,
                sending.submission,
                channel=sending.channel,
                received_at=sending.at,
                keys=sending.keys,
                idempotency_key=sending.idempotency_key,
                by=REQUESTER,
                at=sending.at,
                quarantine=reason,
                language=sending.language,
            )
            if sending.shown is not None:
                attachments.hand_in(
                    session,
                    sending.idempotency_key or "",
                    received.receipt_id,
                    is_new=received.is_new,
                    shown=sending.shown,
                )
            return received
    except DeskError as error:
        return error
