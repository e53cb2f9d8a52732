"""担当課の考え方（合議）: asking divisions for their view by a day, and what they say."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import lifecycle
from meyasubako.casework.drafts import rows
from meyasubako.core import dates, text
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import ContributionState, DraftState, EventKind
from meyasubako.store.models import AnswerDraft, Case, Contribution


def ask_divisions(
    session: Session,
    desk: Desk,
    case_id: int,
    divisions: Sequence[str],
    question: str,
    answer_by: str,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> int:
    """Ask these divisions (codes) for their view; returns how many were asked. Raises InvalidInput, WrongState."""
    case = rows.open_case(session, case_id, Need.REPLY, by=by, expected_version=expected_version)
    if not desk.answering.contributions:
        raise WrongState("この窓口では、担当課に考え方をたずねません。")
    draft = rows.current(session, case.id)
    if draft is not None and draft.state is not DraftState.DRAFTING:
        raise WrongState(f"回答案は「{draft.state.label}」です。たずねるときは、先に引き戻してください。")
    asked = rows.awaited(session, draft) if draft else []
    labels, day, written = _check(desk, divisions, question, answer_by, asked, today=dates.japan_day(at))
    draft = draft or rows.begin(session, case.id, at=at)
    assert by.id is not None
    for code, label in labels.items():
        row = Contribution(
            draft_id=draft.id,
            division_code=code,
            division_label=label,
            question=written,
            answer_by=day,
            asked_by_id=by.id,
            asked_by_name=by.name,
            asked_at=at,
            state=ContributionState.ASKED,
            body="",
            given_by_name="",
            is_on_behalf=False,
        )
        session.add(row)
        session.flush()
        _record(session, case, row, EventKind.CONTRIBUTION_ASKED, by=by, at=at)
    return len(labels)


def contribute(session: Session, contribution_id: int, body: str, *, by: Actor, at: datetime) -> bool:
    """Give a division's view; True when somebody of the desk wrote it down on its behalf.

    Raises NotFound for those of another division.
    """
    row, draft = _find(session, contribution_id)
    case = rows.open_case(session, draft.case_id, Need.CONTRIBUTE, by=by)
    is_on_behalf = by.divisions.get(case.desk_id) != row.division_code
    if is_on_behalf and not by.may(Need.REPLY, case.desk_id):
        raise NotFound
    written = text.needed(body, field="body", message="考え方を書いてください。")
    _refuse_ended(session, row, draft)
    row.state, row.body, row.is_on_behalf = ContributionState.GIVEN, written, is_on_behalf
    row.given_by_id, row.given_by_name, row.given_at = by.id, by.name, at
    session.flush()
    _record(session, case, row, EventKind.CONTRIBUTION_GIVEN, by=by, at=at)
    return is_on_behalf


def drop(session: Session, contribution_id: int, *, by: Actor, at: datetime) -> int:
    """Wait for a division no longer; returns the case."""
    row, draft = _find(session, contribution_id)
    case = rows.open_case(session, draft.case_id, Need.CONTRIBUTE, by=by)
    if not by.may(Need.REPLY, case.desk_id):
        raise NotAllowed
    _refuse_ended(session, row, draft)
    row.state = ContributionState.DROPPED
    session.flush()
    _record(session, case, row, EventKind.CONTRIBUTION_DROPPED, by=by, at=at)
    return case.id


def _check(
    desk: Desk, divisions: Sequence[str], question: str, answer_by: str, asked: Sequence[str], *, today: date
) -> tuple[dict[str, str], date, str]:
    """Whom to ask by code with their names, by when, and what. Raises InvalidInput with all there is to mend."""
    errors: list[FieldError] = []
    known = {each.code: each.label for each in desk.open_divisions}
    wanted = dict.fromkeys(divisions)
    if not wanted or not wanted.keys() <= known.keys():
        errors.append(FieldError("divisions", "たずねる課を、一覧の中から1つ以上選んでください。"))
    elif again := [known[code] for code in wanted if known[code] in asked]:
        errors.append(FieldError("divisions", f"{'、'.join(again)}には、もうたずねています。"))
    day = today
    try:
        day = dates.read_day(answer_by, today=today)
    except ValueError:
        errors.append(FieldError("answer_by", "いつまでかを、7/3 や 2026-07-03 のように書いてください。"))
    else:
        if day < today:
            errors.append(FieldError("answer_by", "きょうより前の日は選べません。"))
    written = ""
    try:
        written = text.fitting(question, field="question", limit=2_000)
    except InvalidInput as refused:
        errors += refused.errors
    if errors:
        raise InvalidInput(*errors)
    return {code: known[code] for code in wanted}, day, written


def _find(session: Session, contribution_id: int) -> tuple[Contribution, AnswerDraft]:
    found = session.execute(
        select(Contribution, AnswerDraft)
        .join(AnswerDraft, AnswerDraft.id == Contribution.draft_id)
        .where(Contribution.id == contribution_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def _refuse_ended(session: Session, row: Contribution, draft: AnswerDraft) -> None:
    # Read again behind the lock: two may have opened the same request.
    session.refresh(row)
    session.refresh(draft)
    if row.state is ContributionState.GIVEN:
        raise WrongState(f"{row.division_label}の考え方は、{row.given_by_name}さんがもう出しています。")
    if row.state is ContributionState.DROPPED:
        raise WrongState("この依頼は、取り下げられました。")
    if draft.state is not DraftState.DRAFTING:
        raise WrongState(f"回答案は「{draft.state.label}」なので、もう変えられません。")


def _record(
    session: Session, case: Case, row: Contribution, kind: EventKind, *, by: Actor, at: datetime
) -> None:
    data: dict[str, Any] = {"draft_id": row.draft_id, "asked_division": row.division_label}
    if kind is EventKind.CONTRIBUTION_ASKED:
        data |= {"answer_by": row.answer_by.isoformat(), "asked_code": row.division_code}
    if kind is EventKind.CONTRIBUTION_GIVEN:
        data["contribution_id"] = row.id
    lifecycle.record(session, case, kind, by=by, at=at, data=data)
