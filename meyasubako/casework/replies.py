"""Replies (回答): asking the requester back, answering, closing with an outcome, taking a case up again."""

from datetime import datetime
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, ledger, lifecycle, outbox, pausing
from meyasubako.core import reply_fields, text
from meyasubako.core.desk import Answering, Desk, from_json
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import DraftState, EventKind, Measure, Message, Outcome, Status
from meyasubako.store.models import AnswerDraft, AnswerVersion, Case, DeskRow, Question, Reply


def ask(
    session: Session,
    case_id: int,
    body: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> int:
    """Ask the requester back; the case waits for the answer. Returns the question's id."""
    case = cases.open_case(session, case_id, Need.ASK, by=by, expected_version=expected_version)
    written = text.needed(body, field="body", message="おたずねする内容を書いてください。")
    assert by.id is not None
    question = Question(case_id=case.id, author_id=by.id, body=written, asked_at=at)
    session.add(question)
    session.flush()
    lifecycle.move(
        session, case, Status.WAITING, EventKind.ASKED, by=by, at=at, data={"question_id": question.id}
    )
    outbox.enqueue(
        session, Message.ASKED, receipt_id=case.receipt_id, case_id=case.id, subject_id=question.id, at=at
    )
    return question.id


def resume(
    session: Session, case_id: int, *, by: Actor, at: datetime, expected_version: int | None = None
) -> None:
    """Stop waiting for the requester: the case is again where it came from."""
    case = cases.open_case(session, case_id, Need.ASK, by=by, expected_version=expected_version)
    if case.status is not Status.WAITING:
        raise WrongState(f"「{case.status.label}」の案件は、返事を待っていません。")
    lifecycle.step_back(session, case, EventKind.RESUMED, by=by, at=at)


def reply(
    session: Session,
    case_id: int,
    body: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> int:
    """Send an answer: it stands on the status page and goes by mail where there is an address. Returns its id.

    Where answers are decided, raises WrongState for any other text than the one that was.
    """
    case = cases.open_case(session, case_id, Need.REPLY, by=by, expected_version=expected_version)
    written = text.needed(body, field="body", message="回答を書いてください。")
    reply_fields.refuse_left(written, field="body")
    _refuse_undecided(session, case, written)
    if case.status is Status.WAITING and case.came_from[-1:] != [Status.RECEIVED.value]:
        lifecycle.step_back(session, case, EventKind.RESUMED, by=by, at=at)
    assert by.id is not None
    answer = Reply(
        case_id=case.id, author_id=by.id, division_label=case.division_label, body=written, sent_at=at
    )
    session.add(answer)
    session.flush()
    is_first = case.answered_at is None
    changes, told = pausing.first_answer(session, case, at=at) if is_first else ({}, {})
    data = {"reply_id": answer.id, **told}
    if case.status is Status.ANSWERED:
        event_id = lifecycle.record(session, case, EventKind.REPLIED, by=by, at=at, data=data)
    else:
        event_id = lifecycle.move(
            session,
            case,
            Status.ANSWERED,
            EventKind.REPLIED,
            by=by,
            at=at,
            data=data,
            **changes,
        )
    ledger.record(
        session, lifecycle.facts(session, case), Measure.REPLIES, happened_at=at, at=at, event_id=event_id
    )
    outbox.enqueue(
        session, Message.REPLIED, receipt_id=case.receipt_id, case_id=case.id, subject_id=answer.id, at=at
    )
    return answer.id


def close(
    session: Session,
    desk: Desk,
    case_id: int,
    outcome: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> None:
    """Close a case with an outcome: after the answer, or when no answer came to a question."""
    case = cases.open_case(session, case_id, Need.CLOSE, by=by, expected_version=expected_version)
    if outcome not in {each.code for each in desk.open_outcomes}:
        raise InvalidInput(FieldError("outcome", "対応結果を選んでください。"))
    lifecycle.move(
        session,
        case,
        Status.CLOSED,
        EventKind.CLOSED,
        by=by,
        at=at,
        outcome=Outcome(outcome),
        closed_at=at,
    )


def reopen(
    session: Session,
    case_id: int,
    reason: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> None:
    """Take a closed or answered case up again, with a reason; its outcome no longer counts."""
    case = cases.open_case(session, case_id, Need.REOPEN, by=by, expected_version=expected_version)
    written = text.needed(reason, field="reason", message="再開する理由を書いてください。", limit=1_000)
    if case.status not in {Status.CLOSED, Status.ANSWERED}:
        raise WrongState(f"「{case.status.label}」の案件は再開できません。")
    lifecycle.move(
        session,
        case,
        Status.IN_PROGRESS,
        EventKind.REOPENED,
        by=by,
        at=at,
        data={"reason": written},
        outcome=None,
        closed_at=None,
    )


def _refuse_undecided(session: Session, case: Case, written: str) -> None:
    definition = session.scalar(select(DeskRow.definition).where(DeskRow.id == case.desk_id))
    if definition is None or not _answering(definition).is_decided:
        return
    decided = session.scalar(
        select(AnswerVersion.body)
        .join(AnswerDraft, AnswerDraft.id == AnswerVersion.draft_id)
        .where(
            AnswerDraft.case_id == case.id,
            AnswerDraft.state == DraftState.READY,
            AnswerVersion.number == AnswerDraft.version,
        )
    )
    if decided != written:
        raise WrongState("この窓口では、決裁の済んだ回答だけを送れます。回答案を回してください。")


@lru_cache(maxsize=16)
def _answering(definition: str) -> Answering:
    """What a desk's definition says of answering; one definition is asked again and again."""
    return from_json(definition).answering
