"""Asking: once when a case is closed, and once more after some months. Whoever wishes for no more questions gets none."""

import calendar
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from meyasubako.casework import ledger, lifecycle, outbox
from meyasubako.casework.surveys.rows import ASKED, is_refused, own_hash
from meyasubako.core import dates
from meyasubako.core.calendar import is_office_morning
from meyasubako.core.codes import Keys, draw_token
from meyasubako.core.desk import Desk, from_json
from meyasubako.core.vocabulary import CaseKind, Message, Outcome, Status, SurveyQuestion
from meyasubako.store.models import Case, DeskRow, OutboxMessage, Receipt, Requester, Survey

VALID: Final = timedelta(days=60)
"""How long a link can be answered."""
LATEST: Final = timedelta(days=31)
"""What became due longer ago is not asked any more: the desk did not ask at that time."""

_MAILS: Final = {SurveyQuestion.HELPED: Message.SURVEY, SurveyQuestion.PRACTISED: Message.FOLLOW_UP}


def invite(
    session: Session,
    desk: Desk,
    case_id: int,
    *,
    keys: Keys,
    at: datetime,
    question: SurveyQuestion = SurveyQuestion.HELPED,
) -> bool:
    """Ask about one case, where the desk asks and the requester can be asked; whether a mail will go out."""
    is_practice = question is SurveyQuestion.PRACTISED
    if not (desk.survey.follow_up_months if is_practice else desk.survey.enabled):
        return False
    return _ask(session, Case.id == case_id, question, keys=keys, at=at, limit=1) == 1


def follow_up(session: Session, *, keys: Keys, at: datetime, limit: int = 100) -> int:
    """On the morning of an office day, ask what became of the advice some months ago; returns how many are asked."""
    asked = 0
    for row in session.scalars(select(DeskRow).order_by(DeskRow.id)):
        desk = from_json(row.definition)
        months = desk.survey.follow_up_months
        if months is None or not is_office_morning(desk.reminder_at, at, desk.is_closed_on):
            continue
        until = dates.end_of_day(_months_before(dates.japan_day(at), months))
        earlier = (
            select(Survey.id)
            .where(Survey.case_id == Case.id, Survey.question == SurveyQuestion.PRACTISED)
            .where(Survey.asked_at >= Case.closed_at)
            .exists()
        )
        due = (
            (Case.desk_id == row.id)
            & (Case.kind == CaseKind.CONSULTATION)
            & (Case.closed_at > until - LATEST)
            & (Case.closed_at <= until)
            & ~earlier
        )
        asked += _ask(session, due, SurveyQuestion.PRACTISED, keys=keys, at=at, limit=limit - asked)
    return asked


def call_back(session: Session, case_id: int, *, asked_at: datetime, at: datetime) -> None:
    """Nobody is to be asked any more: the mail with the link did not go out."""
    asked = Survey.case_id == case_id, Survey.asked_at == asked_at, Survey.answered_at.is_(None)
    is_on_its_way = OutboxMessage.kind.in_(_MAILS.values()), OutboxMessage.subject_id == Survey.id
    gone = session.execute(
        delete(Survey)
        .where(*asked, ~select(OutboxMessage.id).where(*is_on_its_way).exists())
        .returning(Survey.question, Survey.by_mail)
        .execution_options(synchronize_session=False)
    ).all()
    facts = lifecycle.facts(session, session.get_one(Case, case_id))
    for question, by_mail in gone:
        if by_mail:
            ledger.take_back_recorded(session, facts, ASKED[question], recorded_at=asked_at, at=at)


def asked_of(session: Session, case_id: int) -> int | None:
    """The survey last sent about a case; None when none was."""
    return session.scalar(
        select(Survey.id).where(Survey.case_id == case_id).order_by(Survey.id.desc()).limit(1)
    )


def _ask(
    session: Session,
    wanted: ColumnElement[bool],
    question: SurveyQuestion,
    *,
    keys: Keys,
    at: datetime,
    limit: int,
) -> int:
    """Ask about those of the wanted cases whose requesters can be asked."""
    askable = (
        select(Case.id, Case.receipt_id, Requester.email)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .join(Requester, Requester.id == Receipt.requester_id)
        .where(
            wanted,
            Case.status == Status.CLOSED,
            Case.outcome != Outcome.NO_ANSWER,
            Receipt.entered_by_id.is_(None),
            Receipt.reply_wanted,
            Requester.email != "",
            Requester.email_confirmed_at.is_not(None),
        )
        .order_by(Case.id)
        .limit(limit)
        .with_for_update(of=Case)
    )
    asked, last = 0, 0
    # A part at a time: those who wish for no more questions are among them every time.
    while asked < limit and (found := session.execute(askable.where(Case.id > last)).all()):
        for last, receipt_id, address in found:
            if asked == limit:
                break
            if is_refused(session, address):
                continue
            # Another worker may have asked while we waited for the lock.
            if question is SurveyQuestion.PRACTISED and _was_asked_since_closing(session, last):
                continue
            _ask_one(session, last, receipt_id, question, keys=keys, at=at)
            asked += 1
    return asked


def _ask_one(
    session: Session, case_id: int, receipt_id: int, question: SurveyQuestion, *, keys: Keys, at: datetime
) -> None:
    row = Survey(
        case_id=case_id,
        # The token is derived from the row's number, which is not known before the row is stored.
        token_hash=draw_token(),
        asked_at=at,
        expires_at=at + VALID,
        comment="",
        question=question,
        by_mail=True,
        entered_by="",
    )
    session.add(row)
    session.flush()
    row.token_hash = own_hash(keys, row.id)
    session.flush()
    facts = lifecycle.facts(session, session.get_one(Case, case_id))
    ledger.record(session, facts, ASKED[question], happened_at=at, at=at, event_id=None)
    outbox.enqueue(
        session, _MAILS[question], receipt_id=receipt_id, case_id=case_id, subject_id=row.id, at=at
    )


def _was_asked_since_closing(session: Session, case_id: int) -> bool:
    asked = (
        select(Survey.id)
        .join(Case, Case.id == Survey.case_id)
        .where(Case.id == case_id, Survey.question == SurveyQuestion.PRACTISED)
        .where(Survey.asked_at >= Case.closed_at)
    )
    return session.scalar(asked.limit(1)) is not None


def _months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the last of the month where there is none."""
    year, month = divmod(dates.next_month(dates.month_of_day(day), -months), 100)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
