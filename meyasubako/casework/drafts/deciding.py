"""確認、決裁、送付: handing an answer on, agreeing to it or sending it back, and what may then leave the house."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from meyasubako.casework import lifecycle
from meyasubako.casework.drafts import rows
from meyasubako.casework.drafts.writing import check_version
from meyasubako.core import reply_fields, text
from meyasubako.core.desk import Desk
from meyasubako.core.errors import NotAllowed, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import DraftState, EventKind
from meyasubako.store.models import AnswerDraft, Case

PULLED_BACK_FROM: Final = frozenset({DraftState.IN_REVIEW, DraftState.IN_APPROVAL, DraftState.READY})


def submit(
    session: Session,
    desk: Desk,
    case_id: int,
    *,
    version: int,
    by: Actor,
    at: datetime,
) -> DraftState:
    """Hand the answer on to whoever checks or decides next; returns for what it waits now."""
    case = rows.open_case(session, case_id, Need.REPLY, by=by)
    draft = _in_state(session, case, DraftState.DRAFTING, version)
    rules = desk.answering
    if not rules.is_decided:
        raise WrongState("この窓口では、決裁をしないで回答を送ります。")
    now = rows.wording(session, draft)
    if now is None:
        raise WrongState("回答案がまだ書かれていません。")
    reply_fields.refuse_left(now.body, field="body")
    rows.refuse_while_awaited(session, draft)
    state = DraftState.IN_REVIEW if rules.review else DraftState.IN_APPROVAL
    draft.submitted_by_id, draft.reviewed_by_id, draft.returned = by.id, None, ""
    _move(session, case, draft, state, EventKind.SUBMITTED, by=by, at=at)
    return state


def review(
    session: Session, desk: Desk, case_id: int, *, version: int, by: Actor, at: datetime
) -> DraftState:
    """Say that the answer is right (確認); returns for what it waits now. Raises NotAllowed for one's own."""
    case = rows.open_case(session, case_id, Need.REVIEW_ANSWERS, by=by)
    draft = _in_state(session, case, DraftState.IN_REVIEW, version)
    refuse_own(session, desk, draft, by)
    draft.reviewed_by_id = by.id
    state = DraftState.IN_APPROVAL if desk.answering.approval else DraftState.READY
    _move(session, case, draft, state, EventKind.REVIEWED, by=by, at=at)
    return state


def approve(session: Session, desk: Desk, case_id: int, *, version: int, by: Actor, at: datetime) -> None:
    """Decide that the answer goes out as it is (決裁). Raises NotAllowed for one's own."""
    case = rows.open_case(session, case_id, Need.APPROVE_ANSWERS, by=by)
    draft = _in_state(session, case, DraftState.IN_APPROVAL, version)
    refuse_own(session, desk, draft, by)
    _move(session, case, draft, DraftState.READY, EventKind.APPROVED, by=by, at=at)


def send_back(
    session: Session, desk: Desk, case_id: int, reason: str, *, version: int, by: Actor, at: datetime
) -> None:
    """Give the answer back to be mended (差戻し), with what there is to mend."""
    case = rows.open_case(session, case_id, Need.REVIEW_ANSWERS, by=by)
    draft = rows.standing(session, case.id)
    if draft.state not in {DraftState.IN_REVIEW, DraftState.IN_APPROVAL}:
        raise WrongState(f"回答案は「{draft.state.label}」なので、差し戻せません。")
    if draft.state is DraftState.IN_APPROVAL and not by.may(Need.APPROVE_ANSWERS, case.desk_id):
        raise NotAllowed
    check_version(session, case.id, version)
    refuse_own(session, desk, draft, by)
    written = text.needed(reason, field="reason", message="直してほしいことを書いてください。", limit=1_000)
    draft.returned = written
    _move(session, case, draft, DraftState.DRAFTING, EventKind.SENT_BACK, by=by, at=at, reason=written)


def pull_back(session: Session, case_id: int, *, version: int, by: Actor, at: datetime) -> None:
    """Take the answer back to write on it (引戻し); whoever agreed to it is asked again."""
    case = rows.open_case(session, case_id, Need.REPLY, by=by)
    draft = rows.standing(session, case.id)
    if draft.state not in PULLED_BACK_FROM:
        raise WrongState(f"回答案は「{draft.state.label}」なので、引き戻すことはありません。")
    check_version(session, case.id, version)
    draft.reviewed_by_id = None
    _move(session, case, draft, DraftState.DRAFTING, EventKind.PULLED_BACK, by=by, at=at)


def text_to_send(session: Session, desk: Desk, case_id: int, *, version: int, by: Actor) -> str:
    """What is sent now: the text that was decided, or the draft where nobody decides. Raises WrongState until it may go."""
    case = rows.open_case(session, case_id, Need.REPLY, by=by)
    draft = _in_state(
        session, case, DraftState.READY if desk.answering.is_decided else DraftState.DRAFTING, version
    )
    rows.refuse_while_awaited(session, draft)
    now = rows.wording(session, draft)
    if now is None:
        raise WrongState("回答案がまだ書かれていません。")
    return now.body


def mark_sent(session: Session, case_id: int, reply_id: int, body: str, *, by: Actor, at: datetime) -> None:
    """The answer under way has become this reply; where there was none, nothing happens.

    Raises WrongState while a division is still asked.
    """
    draft = rows.current(session, case_id)
    if draft is None:
        return
    rows.refuse_while_awaited(session, draft)
    written, now = text.clean_text(body), rows.wording(session, draft)
    if now is None or now.body != written:
        rows.add_wording(session, draft, written, by=by, at=at)
    draft.state, draft.reply_id, draft.moved_at = DraftState.SENT, reply_id, at
    session.flush()


def refuse_own(session: Session, desk: Desk, draft: AnswerDraft, by: Actor) -> None:
    """Four eyes: raises NotAllowed for whoever wrote, handed on or checked it, unless the desk lets them."""
    if desk.answering.own_approval:
        return
    now = rows.wording(session, draft)
    if by.id in {draft.submitted_by_id, now.author_id if now else None}:
        raise NotAllowed("自分で書いた回答案は、確認も決裁もできません。ほかの人に頼んでください。")
    if by.id == draft.reviewed_by_id:
        raise NotAllowed("確認した人は、決裁できません。ほかの人に頼んでください。")


def _in_state(session: Session, case: Case, state: DraftState, version: int) -> AnswerDraft:
    draft = rows.standing(session, case.id)
    check_version(session, case.id, version)
    if draft.state is not state:
        raise WrongState(f"回答案は「{draft.state.label}」です。")
    return draft


def _move(
    session: Session,
    case: Case,
    draft: AnswerDraft,
    state: DraftState,
    kind: EventKind,
    *,
    by: Actor,
    at: datetime,
    **more: Any,
) -> None:
    draft.state, draft.moved_at = state, at
    session.flush()
    data = {"draft_id": draft.id, "draft_version": draft.version, **more}
    lifecycle.record(session, case, kind, by=by, at=at, data=data)
