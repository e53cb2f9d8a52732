"""A submission becomes a receipt and its case, once, however often it is sent."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, ledger, lifecycle, outbox
from meyasubako.casework.intake.checking import Submission
from meyasubako.casework.intake.dividing import Paper
from meyasubako.casework.intake.offered import check_still_offered
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.areas import place_of
from meyasubako.core.calendar import office_day_after
from meyasubako.core.codes import Keys, token_hash
from meyasubako.core.dates import japan_day
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.core.matters import Span
from meyasubako.core.policy import Actor
from meyasubako.core.sentences import say
from meyasubako.core.text import clean_text
from meyasubako.core.vocabulary import Channel, EventKind, Language, Message, QuarantineReason, Status
from meyasubako.store.models import Case, Event, Receipt, Requester

NOT_ON_PAPER = Paper()

_KEY = re.compile(r"[A-Za-z0-9_.~:/+=-]{1,80}")


@dataclass(frozen=True, slots=True)
class Received:
    """What came of a submission. `is_new` is False when the same form had been received before."""

    receipt_id: int
    number: str
    passcode_generation: int
    case_ids: tuple[int, ...]
    is_new: bool


def is_key(typed: str) -> bool:
    """Whether this can be the idempotency key of a form or a program."""
    return _KEY.fullmatch(typed) is not None


def receive(
    session: Session,
    applied: AppliedDesk,
    submission: Submission,
    *,
    channel: Channel,
    received_at: datetime,
    keys: Keys,
    idempotency_key: str | None,
    by: Actor,
    at: datetime,
    quarantine: QuarantineReason | None = None,
    language: Language = Language.JAPANESE,
    paper: Paper = NOT_ON_PAPER,
) -> Received:
    """Receive a submission: receipt, case, event, tally entries and, where there is an address, a mail.

    `language` is that of the page it was written on; `paper` is what a letter says beside, and one that raises several
    matters becomes one receipt with a case for each.

    With a reason for quarantine it is kept for staff to look at: in no figure, and nobody is written to until it is
    admitted. The same idempotency key gives the receipt it gave the first time; WrongState if anything in the form
    differs. InvalidInput if the desk was applied anew since the form was checked, and no longer offers what was chosen.
    """
    if idempotency_key is not None:
        if not is_key(idempotency_key):
            raise InvalidInput(
                FieldError("", say("送信の目印の形が正しくありません。入力画面を開き直してください。"))
            )
        earlier = _received_before(session, applied.id, idempotency_key, submission, paper)
        if earlier:
            return earlier
    check_still_offered(session, applied, submission, paper)
    details = details_of(
        applied,
        submission,
        channel=channel,
        received_at=received_at,
        idempotency_key=idempotency_key,
        by=by,
        at=at,
        quarantine=quarantine,
        language=language,
        paper=paper,
    )
    stored = cases.add_receipt(session, submission.requester, details)
    if stored is None:
        earlier = _received_before(session, applied.id, idempotency_key or "", submission, paper)
        assert earlier, "a conflicting receipt is there to be found"
        return earlier
    receipt_id, number = stored
    status, due_on = status_of(quarantine), due_on_of(applied, received_at)
    case_ids: list[int] = []
    for ordinal, (matter, span) in enumerate(_matters_of(details, paper), start=1):
        case_id = cases.add_case(
            session, receipt_id, matter, ordinal=ordinal, status=status, due_on=due_on, span=span
        )
        lifecycle.begin(
            session,
            case_id,
            status,
            counted=facts_of(matter, submission.requester, receipt_id, case_id),
            with_receipt=ordinal == 1,
            received_at=received_at,
            by=by,
            at=at,
        )
        case_ids.append(case_id)
    if address := submission.requester.email:
        cases.set_confirm_token(session, receipt_id, token_hash(keys.confirm_token(number, address)))
        if quarantine is None:
            outbox.enqueue(session, Message.CONFIRM, receipt_id=receipt_id, case_id=case_ids[0], at=at)
    return Received(receipt_id, number, 1, tuple(case_ids), is_new=True)


def details_of(
    applied: AppliedDesk,
    submission: Submission,
    *,
    channel: Channel,
    received_at: datetime,
    idempotency_key: str | None,
    by: Actor,
    at: datetime,
    quarantine: QuarantineReason | None,
    language: Language,
    paper: Paper = NOT_ON_PAPER,
) -> cases.ReceiptDetails:
    """What is stored of a submission."""
    return cases.ReceiptDetails(
        desk_id=applied.id,
        channel=channel,
        kind=submission.kind,
        requester_type=submission.requester_type,
        purpose=submission.purpose,
        topics=submission.topics,
        title=submission.title,
        body=submission.body,
        meeting_way=submission.meeting_way,
        wished_dates=submission.wished_dates,
        reply_wanted=submission.reply_wanted,
        publish_consent=submission.publish_consent,
        share_consent=submission.share_consent,
        received_at=received_at,
        recorded_at=at,
        entered_by_id=by.id,
        idempotency_key=idempotency_key,
        quarantine_reason=quarantine,
        postmarked_on=paper.postmarked_on,
        event_name=paper.event_name,
        language=language,
    )


def due_on_of(applied: AppliedDesk, received_at: datetime) -> date | None:
    """When the answer to what came then is due, if the desk says so."""
    days = applied.desk.answer_within_office_days
    return office_day_after(japan_day(received_at), days, applied.desk.is_closed_on) if days else None


def status_of(quarantine: QuarantineReason | None) -> Status:
    """Where a case begins."""
    return Status.RECEIVED if quarantine is None else Status.QUARANTINED


def facts_of(
    matter: cases.ReceiptDetails, requester: cases.RequesterDetails, receipt_id: int, case_id: int
) -> ledger.CaseFacts:
    """What is counted of a matter just stored."""
    return ledger.CaseFacts(
        desk_id=matter.desk_id,
        receipt_id=receipt_id,
        case_id=case_id,
        kind=matter.kind,
        channel=matter.channel,
        requester_type=matter.requester_type,
        municipality=place_of(matter.requester_type, requester.municipality),
        purpose=matter.purpose,
        topics=matter.topics,
        division=None,
        status=status_of(matter.quarantine_reason),
        outcome=None,
        received_at=matter.received_at,
        closed_at=None,
        is_counted=matter.quarantine_reason is None,
    )


def _matters_of(
    details: cases.ReceiptDetails, paper: Paper
) -> Iterator[tuple[cases.ReceiptDetails, Span | None]]:
    if not paper.matters:
        yield details, None
    for each in paper.matters:
        body = clean_text(each.span.of(details.body))
        codes = {"kind": each.kind, "purpose": each.purpose, "topics": each.topics}
        yield replace(details, title=each.title, body=body, **codes), each.span


def _received_before(
    session: Session, desk_id: int, idempotency_key: str, submission: Submission, paper: Paper
) -> Received | None:
    receipt = cases.find_by_idempotency_key(session, desk_id, idempotency_key)
    if receipt is None:
        return None
    if not (_holds(session, receipt, submission) and _says(session, receipt, paper)):
        raise WrongState(
            say("この画面からは、先に別の内容を受け付けています。入力画面を開き直してから送ってください。")
        )
    case_ids = tuple(
        session.scalars(select(Case.id).where(Case.receipt_id == receipt.id).order_by(Case.ordinal))
    )
    return Received(receipt.id, receipt.number, receipt.passcode_generation, case_ids, is_new=False)


def _holds(session: Session, receipt: Receipt, submission: Submission) -> bool:
    """Whether a receipt is this very submission: a mended address or consent must not pass as the one sent before."""
    requester = session.get_one(Requester, receipt.requester_id)
    as_sent = Submission.__dataclass_fields__.keys() - {"requester", "topics"}
    return (
        all(getattr(receipt, name) == getattr(submission, name) for name in as_sent)
        and tuple(receipt.topics) == submission.topics
        and all(getattr(requester, name) == value for name, value in asdict(submission.requester).items())
    )


def _says(session: Session, receipt: Receipt, paper: Paper) -> bool:
    """Whether a letter says the same of itself, and was divided in the same way; its codes may have changed since."""
    if (receipt.postmarked_on, receipt.event_name) != (paper.postmarked_on, paper.event_name):
        return False
    stored = session.execute(
        select(Case.span_start, Case.span_end, Case.title, Event.data)
        .join(Event, Event.case_id == Case.id)
        .where(Case.receipt_id == receipt.id, Event.kind == EventKind.RECEIVED)
        .order_by(Case.ordinal)
    )
    as_received = [
        (start, end, title, data["kind"], data["purpose"], data["topics"])
        for start, end, title, data in stored
    ]
    if not paper.matters:
        return len(as_received) == 1
    return as_received == [
        (*each.span, each.title, each.kind, each.purpose, list(each.topics)) for each in paper.matters
    ]
