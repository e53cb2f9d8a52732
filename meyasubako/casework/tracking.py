"""Tracking (状況の確認): with number and passcode a requester sees where things stand, adds a word, or withdraws.

No internal word, note or name is shown. A wrong passcode and an unknown number look the same.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle, outbox
from meyasubako.core import codes, text
from meyasubako.core.codes import Keys, token_hash
from meyasubako.core.desk import Desk
from meyasubako.core.errors import NotFound, WrongState
from meyasubako.core.policy import REQUESTER
from meyasubako.core.vocabulary import (
    PUBLIC_STEP,
    CaseKind,
    EventKind,
    Message,
    OfferState,
    ProviderKind,
    Status,
    Step,
)
from meyasubako.store.models import (
    Addition,
    Case,
    Event,
    Offer,
    Provider,
    Question,
    Receipt,
    Reply,
    Requester,
)

ADDITION_LIMIT = 4_000
BROKEN_LINK = "このリンクは使えません。メールにあるリンクの全体を開いたか、確かめてください。"
MAY_CALL = "連絡先をお伝えしてよいとお答えの場合は、直接ご連絡することがあります。"
TAKEN_ON_BY = {
    ProviderKind.ADVISER: "専門家（アドバイザー）",
    ProviderKind.PARTNER: "企業（パートナー）",
    ProviderKind.SUPPORT_ORGANISATION: "支援機関",
}
FINISHED = frozenset({Status.CLOSED, Status.DECLINED, Status.WITHDRAWN, Status.MERGED})


@dataclass(frozen=True, slots=True)
class Said:
    """Something the requester may read: `who` is desk, requester or a division's name."""

    at: datetime
    what: str
    who: str
    body: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """One matter as its requester sees it."""

    id: int
    ordinal: int
    title: str
    body: str
    step: Step
    sentence: str
    due_on: date | None
    conversation: tuple[Said, ...]
    waits_for_requester: bool
    can_add: bool
    can_withdraw: bool
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt as its requester sees it."""

    number: str
    desk_id: int
    kind: CaseKind
    received_at: datetime
    title: str
    reply_wanted: bool
    publish_consent: bool
    has_email: bool
    email_confirmed: bool
    cases: tuple[CaseView, ...]


def unlock(session: Session, typed_number: str, typed_passcode: str, *, keys: Keys) -> tuple[str, int] | None:
    """The receipt number and passcode generation if both fit, else None; takes as long either way."""
    number = codes.clean_code(typed_number)
    receipt = cases.find_receipt(session, number)
    generation = receipt.passcode_generation if receipt else 1
    fits = keys.is_passcode(number, generation, typed_passcode)
    return (number, generation) if receipt is not None and fits else None


def view(session: Session, desk: Desk, number: str, generation: int) -> ReceiptView:
    """What a requester sees after unlocking. Raises NotFound when the passcode was renewed since."""
    receipt = _unlocked(session, number, generation)
    requester = session.get_one(Requester, receipt.requester_id)
    rows = session.scalars(select(Case).where(Case.receipt_id == receipt.id).order_by(Case.ordinal)).all()
    return ReceiptView(
        number=receipt.number,
        desk_id=receipt.desk_id,
        kind=receipt.kind,
        received_at=receipt.received_at,
        title=receipt.title,
        reply_wanted=receipt.reply_wanted,
        publish_consent=receipt.publish_consent,
        has_email=bool(requester.email),
        email_confirmed=requester.email_confirmed_at is not None,
        cases=tuple(_case_view(session, desk, case) for case in rows),
    )


def desk_of(session: Session, number: str) -> int:
    """The desk a receipt was handed in at. Raises NotFound."""
    receipt = cases.find_receipt(session, number)
    if receipt is None:
        raise NotFound
    return receipt.desk_id


def add(session: Session, number: str, generation: int, case_id: int, body: str, *, at: datetime) -> None:
    """The requester adds something; a case that waited for it goes back to where it came from."""
    case = _own_case(session, number, generation, case_id)
    written = text.needed(
        body, field="body", message="書き足す内容を入力してください。", limit=ADDITION_LIMIT
    )
    if case.status in FINISHED:
        raise WrongState("対応が終わっているため、書き足すことができません。新しくお送りください。")
    if case.status is not Status.WAITING and _last_addition(session, case.id) == written:
        # The button was pressed twice. While the desk waits, the same word may answer another question.
        return
    addition = Addition(case_id=case.id, body=written, added_at=at)
    session.add(addition)
    session.flush()
    data = {"addition_id": addition.id}
    if case.status is Status.WAITING:
        lifecycle.step_back(session, case, EventKind.ADDED, by=REQUESTER, at=at, data=data)
    else:
        lifecycle.record(session, case, EventKind.ADDED, by=REQUESTER, at=at, data=data)


def withdraw(session: Session, number: str, generation: int, case_id: int, *, at: datetime) -> None:
    """The requester takes a matter back."""
    case = _own_case(session, number, generation, case_id)
    if not lifecycle.can_move(case, Status.WITHDRAWN):
        raise WrongState("回答済みか、対応が終わっているため、取り下げることができません。")
    lifecycle.move(session, case, Status.WITHDRAWN, EventKind.WITHDRAWN, by=REQUESTER, at=at)


def withdraw_publish_consent(session: Session, number: str, generation: int, *, at: datetime) -> None:
    """The requester no longer wants a summary published."""
    receipt = _unlocked(session, number, generation)
    matters = select(Case.id).where(Case.receipt_id == receipt.id).order_by(Case.id)
    locked = [cases.lock_case(session, case_id) for case_id in session.scalars(matters).all()]
    # The button may have been pressed twice, and the other unit have ended while we waited for the lock.
    session.refresh(receipt)
    if not receipt.publish_consent:
        return
    cases.withdraw_publish_consent(session, receipt)
    for case in locked:
        lifecycle.record(session, case, EventKind.CONSENT_WITHDRAWN, by=REQUESTER, at=at)


def desk_of_link(session: Session, token: str) -> int:
    """The desk whose receipt a confirming link belongs to. Raises NotFound."""
    desk_id = session.scalar(
        select(Receipt.desk_id)
        .join(Requester, Requester.id == Receipt.requester_id)
        .where(Requester.confirm_token_hash == token_hash(token))
    )
    if desk_id is None:
        raise NotFound(BROKEN_LINK)
    return desk_id


def confirm_email(session: Session, token: str, *, at: datetime) -> int:
    """Confirm the mail address behind a link; returns the desk's id. Raises NotFound."""
    receipt = cases.confirm_email(session, token_hash(token), at=at)
    if receipt is None:
        raise NotFound(BROKEN_LINK)
    return receipt.desk_id


def reissue_passcode(session: Session, typed_number: str, typed_email: str, *, at: datetime) -> None:
    """Send a new passcode if number and confirmed address belong together; says nothing either way."""
    receipt = cases.find_receipt(session, codes.clean_code(typed_number))
    if receipt is None:
        return
    requester = session.get_one(Requester, receipt.requester_id)
    is_theirs = requester.email.casefold() == text.clean_email(typed_email).casefold()
    if not requester.email or requester.email_confirmed_at is None or not is_theirs:
        return
    cases.raise_passcode_generation(session, receipt)
    outbox.enqueue(session, Message.PASSCODE, receipt_id=receipt.id, at=at)


def _last_addition(session: Session, case_id: int) -> str | None:
    return session.scalar(
        select(Addition.body).where(Addition.case_id == case_id).order_by(Addition.id.desc()).limit(1)
    )


def _unlocked(session: Session, number: str, generation: int) -> Receipt:
    receipt = cases.find_receipt(session, number)
    if receipt is None or receipt.passcode_generation != generation:
        raise NotFound("もう一度、受付番号と合言葉を入力してください。")
    return receipt


def _own_case(session: Session, number: str, generation: int, case_id: int) -> Case:
    receipt = _unlocked(session, number, generation)
    case = cases.lock_case(session, case_id)
    if case.receipt_id != receipt.id:
        raise NotFound
    return case


def _case_view(session: Session, desk: Desk, case: Case) -> CaseView:
    step, sentence = PUBLIC_STEP[case.status]
    if case.status in {Status.WITHDRAWN, Status.WAITING}:
        # The step reached stays: an answer to a question must not look like a step back.
        step = _step_reached(case) or step
    elif case.status is Status.IN_PROGRESS and (helper := _taken_on_by(session, case.id)):
        sentence = f"{TAKEN_ON_BY[helper]}が引き受けました。{MAY_CALL}"
    return CaseView(
        id=case.id,
        ordinal=case.ordinal,
        title=case.title,
        body=case.body,
        step=step,
        sentence=sentence,
        due_on=case.due_on if case.status not in FINISHED | {Status.ANSWERED} else None,
        conversation=tuple(_conversation(session, desk, case)),
        waits_for_requester=case.status is Status.WAITING,
        can_add=case.status not in FINISHED,
        can_withdraw=lifecycle.can_move(case, Status.WITHDRAWN),
        is_withdrawn=case.status is Status.WITHDRAWN,
    )


def _step_reached(case: Case) -> Step | None:
    reached = [each for each in map(Status, case.came_from) if each is not Status.WAITING]
    return PUBLIC_STEP[reached[-1]][0] if reached else None


def _taken_on_by(session: Session, case_id: int) -> ProviderKind | None:
    return session.scalar(
        select(Provider.kind)
        .join(Offer, Offer.provider_id == Provider.id)
        .where(Offer.case_id == case_id, Offer.state == OfferState.ACCEPTED)
        .order_by(Offer.answered_at.desc(), Offer.id.desc())
        .limit(1)
    )


def _last_event(session: Session, case: Case, kind: EventKind) -> datetime:
    at = session.scalar(
        select(Event.at)
        .where(Event.case_id == case.id, Event.kind == kind)
        .order_by(Event.id.desc())
        .limit(1)
    )
    return at or case.changed_at


def _conversation(session: Session, desk: Desk, case: Case) -> list[Said]:
    said = [
        Said(question.asked_at, "おたずね", desk.office, question.body)
        for question in session.scalars(select(Question).where(Question.case_id == case.id))
    ]
    said += [
        Said(addition.added_at, "書き足した内容", "あなた", addition.body)
        for addition in session.scalars(select(Addition).where(Addition.case_id == case.id))
    ]
    said += [
        Said(reply.sent_at, "回答", reply.division_label or desk.office, reply.body)
        for reply in session.scalars(select(Reply).where(Reply.case_id == case.id))
    ]
    if case.status is Status.DECLINED and case.decline_reason:
        text_of_reason = desk.decline_reason(case.decline_reason).text
        declined_at = _last_event(session, case, EventKind.DECLINED)
        said.append(Said(declined_at, "お知らせ", desk.office, text_of_reason))
    if case.status is Status.WITHDRAWN:
        withdrawn_at = _last_event(session, case, EventKind.WITHDRAWN)
        said.append(Said(withdrawn_at, "取下げ", "あなた", "取り下げました。"))
    return sorted(said, key=lambda each: each.at)
