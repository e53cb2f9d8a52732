"""Who may see a receipt: number and passcode, the link that confirms an address, and a passcode issued again."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, outbox
from meyasubako.core import codes, text
from meyasubako.core.codes import Keys, token_hash
from meyasubako.core.errors import NotFound
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import Message, Status
from meyasubako.store.models import Case, Receipt, Requester

BROKEN_LINK = say("このリンクは使えません。メールにあるリンクの全体を開いたか、確かめてください。")
FINISHED = frozenset({Status.CLOSED, Status.DECLINED, Status.WITHDRAWN, Status.MERGED})
"""Statuses in which nothing more is to come."""


def unlock(session: Session, typed_number: str, typed_passcode: str, *, keys: Keys) -> tuple[str, int] | None:
    """The receipt number and passcode generation if both fit, else None; takes as long either way."""
    number = codes.clean_code(typed_number)
    receipt = cases.find_receipt(session, number)
    generation = receipt.passcode_generation if receipt else 1
    fits = keys.is_passcode(number, generation, typed_passcode)
    return (number, generation) if receipt is not None and fits else None


def desk_of(session: Session, number: str) -> int:
    """The desk a receipt was handed in at. Raises NotFound."""
    receipt = cases.find_receipt(session, number)
    if receipt is None:
        raise NotFound
    return receipt.desk_id


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


def unlocked(session: Session, number: str, generation: int) -> Receipt:
    """The receipt behind a passcode shown earlier. Raises NotFound when the passcode was renewed since."""
    receipt = cases.find_receipt(session, number)
    if receipt is None or receipt.passcode_generation != generation:
        raise NotFound(say("もう一度、受付番号と合言葉を入力してください。"))
    return receipt


def own_case(session: Session, number: str, generation: int, case_id: int) -> Case:
    """A matter of the receipt behind a passcode, locked for this unit. Raises NotFound."""
    return own_case_with_main(session, number, generation, case_id)[0]


def own_case_with_main(
    session: Session, number: str, generation: int, case_id: int
) -> tuple[Case, Case | None]:
    """The same with the case of somebody else it was merged into, if it was."""
    receipt = unlocked(session, number, generation)
    case, main = cases.lock_with_main(session, case_id)
    if case.receipt_id != receipt.id:
        raise NotFound
    return case, main


def is_over(case: Case, main: Case | None) -> bool:
    """Whether nothing more is to come. What was merged goes the way of its main case."""
    return (main or case).status in FINISHED
