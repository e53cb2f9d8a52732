"""Answering: once by the link, or on paper, entered by staff; and asking to be left alone from then on."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, ledger, lifecycle
from meyasubako.casework.surveys.rows import is_refused
from meyasubako.core import dates, text
from meyasubako.core.codes import address_hash, draw_token, token_hash
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.policy import REQUESTER, Actor, Need
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import EventKind, Helpfulness, Measure, Practice, Status, SurveyQuestion
from meyasubako.store.inserting import insert_unless_taken
from meyasubako.store.models import Case, Event, Receipt, Requester, Survey, SurveyStop

COMMENT_LIMIT: Final = 2_000


@dataclass(frozen=True, slots=True)
class SurveyView:
    """What the page of the link shows. `title` is that of the case."""

    desk_id: int
    title: str
    received_at: datetime
    closed_at: datetime | None
    question: SurveyQuestion


@dataclass(frozen=True, slots=True)
class Paper:
    """An answer on paper, as typed: the choice, what was written, the day it came."""

    choice: str
    comment: str
    received_on: str


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one of the two questions is answered and counted."""

    words: type[Helpfulness] | type[Practice]
    column: str
    event: EventKind
    measure: Measure
    returned: Measure
    message: str


_KINDS: Final = {
    SurveyQuestion.HELPED: _Kind(
        Helpfulness,
        "grade",
        EventKind.SURVEYED,
        Measure.SURVEYS,
        Measure.SURVEYS_RETURNED,
        say("4つの中から1つ選んでください。"),
    ),
    SurveyQuestion.PRACTISED: _Kind(
        Practice,
        "practice",
        EventKind.FOLLOWED_UP,
        Measure.FOLLOW_UPS,
        Measure.FOLLOW_UPS_RETURNED,
        say("4つの中から1つ選んでください。"),
    ),
}


def view(session: Session, token: str, *, at: datetime) -> SurveyView:
    """What a link asks about. Raises NotFound when it was used or is too old."""
    row = _open(session, token, at)
    case = session.get_one(Case, row.case_id)
    return SurveyView(case.desk_id, case.title, case.received_at, case.closed_at, row.question)


def answer(session: Session, token: str, choice: str, comment: str, *, at: datetime) -> None:
    """Take the answer, once."""
    row = _open(session, token, at)
    case = cases.lock_case(session, row.case_id)
    session.refresh(row)
    if row.answered_at is not None:
        raise NotFound(say("このアンケートには、もうお答えをいただいています。"))
    _fill(row, choice, comment)
    row.answered_at = at
    _count(session, case, row, by=REQUESTER, at=at)


def enter(
    session: Session,
    case_id: int,
    question: SurveyQuestion,
    paper: Paper,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> None:
    """Enter an answer given on paper, or put right what was entered. Raises WrongState where the link was answered."""
    case = cases.open_case(session, case_id, Need.ENTER_RECEIPTS, by=by, expected_version=expected_version)
    if case.status is not Status.CLOSED or case.closed_at is None:
        raise WrongState(f"「{case.status.label}」の案件には、アンケートの答えを入力できません。")
    row = session.scalar(
        select(Survey)
        .where(Survey.case_id == case.id, Survey.question == question, Survey.asked_at >= case.closed_at)
        .order_by(Survey.id.desc())
        .limit(1)
    )
    if row is not None and row.answered_at is not None and not row.entered_by:
        raise WrongState("この件には、本人がもう答えています。紙の答えは入力できません。")
    received_on = _day(paper.received_on, dates.japan_day(case.closed_at), dates.japan_day(at))
    if row is None:
        row = Survey(
            case_id=case.id,
            # No link leads to it.
            token_hash=draw_token(),
            asked_at=at,
            expires_at=at,
            question=question,
            by_mail=False,
        )
        session.add(row)
    elif row.answered_at is not None:
        _take_back(session, case, row, by=by, at=at)
    _fill(row, paper.choice, paper.comment)
    row.entered_by = by.name
    row.answered_at = min(at, dates.end_of_day(received_on))
    _count(session, case, row, by=by, at=at)


def is_stopped(session: Session, token: str) -> tuple[int, bool]:
    """The desk of a link, however old, and whether its receiver wishes for no more questions. Raises NotFound."""
    desk_id, address = _receiver(session, token)
    return desk_id, is_refused(session, address)


def choose(session: Session, token: str, *, stop: bool, at: datetime) -> None:
    """Ask whoever got this link no more, or again. Raises NotFound."""
    _, address = _receiver(session, token)
    found = address_hash(address)
    if stop:
        session.execute(insert_unless_taken(session, SurveyStop).values(address_hash=found, stopped_at=at))
    else:
        session.execute(delete(SurveyStop).where(SurveyStop.address_hash == found))


def _receiver(session: Session, token: str) -> tuple[int, str]:
    found = session.execute(
        select(Case.desk_id, Requester.email)
        .join(Survey, Survey.case_id == Case.id)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .join(Requester, Requester.id == Receipt.requester_id)
        .where(Survey.token_hash == token_hash(token))
    ).one_or_none()
    if found is None or not found.email:
        raise NotFound(say("このリンクは使えません。期限が過ぎています。"))
    return found.desk_id, found.email


def _open(session: Session, token: str, at: datetime) -> Survey:
    row = session.scalar(select(Survey).where(Survey.token_hash == token_hash(token)))
    if row is None or row.expires_at < at:
        raise NotFound(say("このリンクは使えません。期限が過ぎています。"))
    if row.answered_at is not None:
        raise NotFound(say("このアンケートには、もうお答えをいただいています。"))
    return row


def _fill(row: Survey, choice: str, comment: str) -> None:
    kind = _KINDS[row.question]
    if choice not in list(kind.words):
        raise InvalidInput(FieldError("grade", kind.message))
    setattr(row, kind.column, kind.words(choice))
    row.comment = text.fitting(comment, field="comment", limit=COMMENT_LIMIT)


def _count(session: Session, case: Case, row: Survey, *, by: Actor, at: datetime) -> None:
    kind = _KINDS[row.question]
    session.flush()
    data = {"survey_id": row.id, kind.column: getattr(row, kind.column).value}
    event_id = lifecycle.record(session, case, kind.event, by=by, at=at, data=data)
    assert row.answered_at is not None
    facts = lifecycle.facts(session, case)
    if row.by_mail:
        # What part of those asked answered is told of the month in which they were asked.
        ledger.record(session, facts, kind.returned, happened_at=row.asked_at, at=at, event_id=event_id)
    ledger.record(
        session,
        facts,
        kind.measure,
        happened_at=row.answered_at,
        at=at,
        event_id=event_id,
        grade=row.grade,
        practice=row.practice,
    )


def _take_back(session: Session, case: Case, row: Survey, *, by: Actor, at: datetime) -> None:
    """What was entered before counts no more."""
    kind = _KINDS[row.question]
    told = session.execute(
        select(Event.id, Event.data).where(Event.case_id == case.id, Event.kind == kind.event)
    )
    # A link from before the case was opened again may have been answered meanwhile.
    booked_by = [event_id for event_id, said in told if said.get("survey_id") == row.id]
    data = {"measure": kind.measure.value, kind.column: getattr(row, kind.column).value}
    event_id = lifecycle.record(session, case, EventKind.SURVEY_CORRECTED, by=by, at=at, data=data)
    facts = lifecycle.facts(session, case)
    for measure in (kind.measure, kind.returned):
        ledger.take_back(session, facts, measure, booked_by=booked_by, at=at, event_id=event_id)


def _day(typed: str, closed_on: date, today: date) -> date:
    try:
        day = date.fromisoformat(unicodedata.normalize("NFKC", typed).strip())
    except ValueError:
        raise InvalidInput(
            FieldError("received_on", "答えを受け取った日を、年月日で書いてください。")
        ) from None
    if not closed_on <= day <= today:
        raise InvalidInput(
            FieldError("received_on", "答えを受け取った日は、完了した日からきょうまでの日です。")
        )
    return day
