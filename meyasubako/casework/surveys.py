"""Surveys (アンケート): after closing, the requester is asked once, by a one-time link, whether it helped."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, ledger, lifecycle, outbox
from meyasubako.core import text
from meyasubako.core.codes import Keys, token_hash
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, NotFound
from meyasubako.core.policy import REQUESTER
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import EventKind, Helpfulness, Measure, Message
from meyasubako.store.models import Case, OutboxMessage, Receipt, Requester, Survey

VALID = timedelta(days=60)
COMMENT_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class SurveyView:
    """What the page of the link shows."""

    desk_id: int
    title: str
    received_at: datetime


def invite(session: Session, desk: Desk, case_id: int, *, keys: Keys, at: datetime) -> bool:
    """Ask whether it helped, where the desk asks and the address is confirmed; whether a mail will go out."""
    case = session.get_one(Case, case_id)
    confirmed = session.scalar(
        select(Requester.email_confirmed_at)
        .join(Receipt, Receipt.requester_id == Requester.id)
        .where(Receipt.id == case.receipt_id, Requester.email != "")
    )
    if not desk.survey.enabled or confirmed is None:
        return False
    row = Survey(
        case_id=case.id,
        # The token is derived from the row's number, which is not known before the row is stored.
        token_hash=f"new {case.id} {at.timestamp()}",
        asked_at=at,
        expires_at=at + VALID,
        comment="",
    )
    session.add(row)
    session.flush()
    row.token_hash = token_hash(keys.survey_token(row.id))
    session.flush()
    outbox.enqueue(
        session, Message.SURVEY, receipt_id=case.receipt_id, case_id=case.id, subject_id=row.id, at=at
    )
    return True


def call_back(session: Session, case_id: int, *, asked_at: datetime) -> None:
    """Nobody is to be asked any more: the mail with the link did not go out."""
    asked = Survey.case_id == case_id, Survey.asked_at == asked_at, Survey.answered_at.is_(None)
    is_on_its_way = OutboxMessage.kind == Message.SURVEY, OutboxMessage.subject_id == Survey.id
    session.execute(
        delete(Survey)
        .where(*asked, ~select(OutboxMessage.id).where(*is_on_its_way).exists())
        .execution_options(synchronize_session=False)
    )


def asked_of(session: Session, case_id: int) -> int | None:
    """The survey last sent about a case; None when none was."""
    return session.scalar(
        select(Survey.id).where(Survey.case_id == case_id).order_by(Survey.id.desc()).limit(1)
    )


def view(session: Session, token: str, *, at: datetime) -> SurveyView:
    """What a link asks about. Raises NotFound when it was used or is too old."""
    row = _open(session, token, at)
    case = session.get_one(Case, row.case_id)
    return SurveyView(case.desk_id, case.title, case.received_at)


def answer(session: Session, token: str, grade: str, comment: str, *, at: datetime) -> None:
    """Take the answer, once."""
    row = _open(session, token, at)
    if grade not in list(Helpfulness):
        raise InvalidInput(FieldError("grade", say("4つの中から1つ選んでください。")))
    case = cases.lock_case(session, row.case_id)
    session.refresh(row)
    if row.answered_at is not None:
        raise NotFound(say("このアンケートには、もうお答えをいただいています。"))
    row.grade = Helpfulness(grade)
    row.comment = text.fitting(comment, field="comment", limit=COMMENT_LIMIT)
    row.answered_at = at
    session.flush()
    event_id = lifecycle.record(session, case, EventKind.SURVEYED, by=REQUESTER, at=at, data={"grade": grade})
    ledger.record(
        session,
        lifecycle.facts(session, case),
        Measure.SURVEYS,
        happened_at=at,
        at=at,
        event_id=event_id,
        grade=row.grade,
    )


def _open(session: Session, token: str, at: datetime) -> Survey:
    row = session.scalar(select(Survey).where(Survey.token_hash == token_hash(token)))
    if row is None or row.expires_at < at:
        raise NotFound(say("このリンクは使えません。期限が過ぎています。"))
    if row.answered_at is not None:
        raise NotFound(say("このアンケートには、もうお答えをいただいています。"))
    return row
