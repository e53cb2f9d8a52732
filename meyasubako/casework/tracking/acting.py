"""What a requester does on the status page: adds a word, takes a matter back, takes a consent back."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle
from meyasubako.casework.tracking.access import is_over, own_case, own_case_with_main, unlocked
from meyasubako.core import text
from meyasubako.core.errors import WrongState
from meyasubako.core.policy import REQUESTER, Actor
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import ActorKind, EventKind, Status
from meyasubako.store.models import Addition, Case

ADDITION_LIMIT = 4_000
MAIL_LIMIT = 9_900
GOES_ON = "（長いため、ここまでを載せています）"
SENDER_OF_MERGED = Actor(ActorKind.REQUESTER, name="統合した案件の送り主")
ONLY_FILES = "（ファイルだけのメール）"


def add(session: Session, number: str, generation: int, case_id: int, body: str, *, at: datetime) -> None:
    """The requester adds something; a case that waited for it goes back to where it came from.

    What was merged is kept with its own sender and told to the main case, which goes on waiting for its own.
    """
    case, main = own_case_with_main(session, number, generation, case_id)
    written = text.needed(
        body, field="body", message=say("書き足す内容を入力してください。"), limit=ADDITION_LIMIT
    )
    if is_over(case, main):
        raise WrongState(say("対応が終わっているため、書き足すことができません。新しくお送りください。"))
    if case.status is not Status.WAITING and _last_addition(session, case.id) == written:
        # The button was pressed twice. While the desk waits, the same word may answer another question.
        return
    _add(session, case, main, written, {}, at=at)


def add_by_mail(session: Session, case_id: int, body: str, *, mail_id: int, at: datetime) -> int | None:
    """The requester answered a mail of ours: the same as on the status page. Returns the addition's id.

    None for a case in which nothing more is to come. A text longer than one is kept goes on in the mail itself.
    """
    case, main = cases.lock_with_main(session, case_id)
    if is_over(case, main) or case.status is Status.QUARANTINED:
        return None
    written = text.clean_text(body)
    if len(written) > MAIL_LIMIT:
        written = f"{written[:MAIL_LIMIT].rstrip()}\n{GOES_ON}"
    return _add(session, case, main, written or ONLY_FILES, {"mail_id": mail_id}, at=at)


def withdraw(session: Session, number: str, generation: int, case_id: int, *, at: datetime) -> None:
    """The requester takes a matter back."""
    case = own_case(session, number, generation, case_id)
    if not lifecycle.can_move(case, Status.WITHDRAWN):
        raise WrongState(say("回答済みか、対応が終わっているため、取り下げることができません。"))
    lifecycle.move(session, case, Status.WITHDRAWN, EventKind.WITHDRAWN, by=REQUESTER, at=at)


def withdraw_publish_consent(session: Session, number: str, generation: int, *, at: datetime) -> None:
    """The requester no longer wants a summary published."""
    receipt = unlocked(session, number, generation)
    matters = select(Case.id).where(Case.receipt_id == receipt.id).order_by(Case.id)
    locked = [cases.lock_case(session, case_id) for case_id in session.scalars(matters).all()]
    # The button may have been pressed twice, and the other unit have ended while we waited for the lock.
    session.refresh(receipt)
    if not receipt.publish_consent:
        return
    cases.withdraw_publish_consent(session, receipt)
    for case in locked:
        lifecycle.record(session, case, EventKind.CONSENT_WITHDRAWN, by=REQUESTER, at=at)


def _add(
    session: Session, case: Case, main: Case | None, written: str, data: dict[str, int], *, at: datetime
) -> int:
    addition = Addition(case_id=case.id, body=written, added_at=at)
    session.add(addition)
    session.flush()
    data = {"addition_id": addition.id, **data}
    if case.status is Status.WAITING:
        lifecycle.step_back(session, case, EventKind.ADDED, by=REQUESTER, at=at, data=data)
    else:
        lifecycle.record(session, case, EventKind.ADDED, by=REQUESTER, at=at, data=data)
    if main is not None:
        told = {**data, "numbers": [cases.number_of(session, case)]}
        lifecycle.record(session, main, EventKind.ADDED, by=SENDER_OF_MERGED, at=at, data=told)
    return addition.id


def _last_addition(session: Session, case_id: int) -> str | None:
    return session.scalar(
        select(Addition.body).where(Addition.case_id == case_id).order_by(Addition.id.desc()).limit(1)
    )
