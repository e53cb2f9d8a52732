"""A new date for an answer: told to the requester in an interim notice (中間報告), or set by a coordinator with a reason."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle, outbox
from meyasubako.casework.duties import OWED
from meyasubako.core import text
from meyasubako.core.calendar import is_office_day, office_day_after
from meyasubako.core.dates import day_text, japan_day, read_day
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import EventKind, Message
from meyasubako.store.models import Case, InterimNotice

FURTHEST = timedelta(days=366)
REASON_LIMIT = 1_000


def send_interim(
    session: Session,
    desk: Desk,
    case_id: int,
    body: str,
    new_day: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> int:
    """Tell the requester how things stand and by when the answer comes; that day is the new deadline.

    It is no answer. Returns the notice's id.
    """
    case = cases.open_case(session, case_id, Need.REPLY, by=by, expected_version=expected_version)
    _check_has_deadline(desk, case)
    errors: list[FieldError] = []
    written, due_on = "", date.min
    try:
        written = text.needed(body, field="body", message="いまのようすを書いてください。")
    except InvalidInput as error:
        errors += error.errors
    try:
        due_on = _new_date(desk, new_day, first=japan_day(at) + timedelta(days=1), at=at)
    except InvalidInput as error:
        errors += error.errors
    if errors:
        raise InvalidInput(*errors)
    assert by.id is not None
    notice = InterimNotice(
        case_id=case.id,
        author_id=by.id,
        division_label=case.division_label,
        body=written,
        answer_by=due_on,
        sent_at=at,
    )
    session.add(notice)
    session.flush()
    data = {"interim_id": notice.id, **_told(case, due_on)}
    lifecycle.record(session, case, EventKind.INTERIM_SENT, by=by, at=at, data=data, due_on=due_on)
    outbox.enqueue(
        session,
        Message.INTERIM,
        receipt_id=case.receipt_id,
        case_id=case.id,
        subject_id=notice.id,
        at=at,
    )
    return notice.id


def move_due(
    session: Session,
    desk: Desk,
    case_id: int,
    new_day: str,
    reason: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> date:
    """Set another date without writing to the requester, who finds it on the status page. Returns it."""
    case = cases.open_case(session, case_id, Need.MOVE_DEADLINE, by=by, expected_version=expected_version)
    _check_has_deadline(desk, case)
    due_on = _new_date(desk, new_day, first=japan_day(at), at=at)
    if due_on == case.due_on:
        raise InvalidInput(FieldError("due_on", "いまの期限と同じ日です。"))
    written = text.needed(
        reason, field="reason", message="期限を改める理由を書いてください。", limit=REASON_LIMIT
    )
    data = {"reason": written, **_told(case, due_on)}
    lifecycle.record(session, case, EventKind.DUE_MOVED, by=by, at=at, data=data, due_on=due_on)
    return due_on


def _check_has_deadline(desk: Desk, case: Case) -> None:
    if case.status not in OWED:
        raise WrongState(f"「{case.status.label}」の案件の期限は、改められません。")
    if case.due_on is None and desk.answer_within_office_days is None:
        raise WrongState("この窓口には、回答の期限がありません。")


def _new_date(desk: Desk, typed: str, *, first: date, at: datetime) -> date:
    today = japan_day(at)
    try:
        day = read_day(typed, today=today)
    except ValueError:
        raise InvalidInput(FieldError("due_on", "新しい期限の日を書いてください。")) from None
    if day < first:
        which = "きょうからあと" if first == today else "あすからあと"
        raise InvalidInput(FieldError("due_on", f"新しい期限は、{which}の日にしてください。"))
    if day > today + FURTHEST:
        raise InvalidInput(FieldError("due_on", "新しい期限は、1年以内の日にしてください。"))
    if not is_office_day(day, desk.is_closed_on):
        next_one = day_text(office_day_after(day, 1, desk.is_closed_on))
        raise InvalidInput(
            FieldError("due_on", f"{day_text(day)}は休みの日です。{next_one}などの開庁日にしてください。")
        )
    return day


def _told(case: Case, due_on: date) -> dict[str, str]:
    before = {"due_before": case.due_on.isoformat()} if case.due_on else {}
    return {"due_on": due_on.isoformat(), **before}
