"""The rows of answers under way, and when a case can have one."""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.core.errors import WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import ContributionState, DraftState, Status
from meyasubako.store.models import AnswerDraft, AnswerVersion, Case, Contribution

ANSWERABLE: Final = frozenset(
    {Status.TRIAGED, Status.OFFERED, Status.IN_PROGRESS, Status.WAITING, Status.ANSWERED}
)
"""Statuses in which an answer is worked on. In all others it is kept and waits for nobody."""


def is_answerable(case: Case) -> bool:
    """Whether an answer can be worked on: somebody answers for the case, and it has not ended."""
    is_asked_back_first = case.status is Status.WAITING and case.came_from[-1:] == [Status.RECEIVED.value]
    return case.status in ANSWERABLE and not is_asked_back_first


def open_case(
    session: Session, case_id: int, need: Need, *, by: Actor, expected_version: int | None = None
) -> Case:
    """The case, locked, so that whoever works on its answer takes turns. Raises WrongState when it has none to work on."""
    case = cases.open_case(session, case_id, need, by=by, expected_version=expected_version)
    if not is_answerable(case):
        raise WrongState(f"「{case.status.label}」の案件の回答案は、いまは変えられません。")
    return case


_NEWEST: Final = (
    select(AnswerDraft)
    .where(AnswerDraft.case_id == bindparam("of_case"))
    .order_by(AnswerDraft.ordinal.desc())
    .limit(1)
)


def current(session: Session, case_id: int) -> AnswerDraft | None:
    """The answer under way; None when there is none, or the last one was sent."""
    newest = session.scalar(_NEWEST, {"of_case": case_id})
    return newest if newest is not None and newest.state is not DraftState.SENT else None


def standing(session: Session, case_id: int) -> AnswerDraft:
    """The same where there must be one. Raises WrongState."""
    draft = current(session, case_id)
    if draft is None:
        raise WrongState("この案件には、いま回答案がありません。")
    return draft


def begin(session: Session, case_id: int, *, at: datetime) -> AnswerDraft:
    """A new answer under way, with nothing written yet. The case is locked, so there is no other."""
    last = session.scalar(
        select(AnswerDraft.ordinal)
        .where(AnswerDraft.case_id == case_id)
        .order_by(AnswerDraft.ordinal.desc())
        .limit(1)
    )
    draft = AnswerDraft(
        case_id=case_id,
        ordinal=(last or 0) + 1,
        state=DraftState.DRAFTING,
        version=0,
        moved_at=at,
        returned="",
    )
    session.add(draft)
    session.flush()
    return draft


def wording(session: Session, draft: AnswerDraft) -> AnswerVersion | None:
    """What it says now; None while nothing is written."""
    return session.get(AnswerVersion, (draft.id, draft.version)) if draft.version else None


def add_wording(session: Session, draft: AnswerDraft, body: str, *, by: Actor, at: datetime) -> None:
    """Keep another version."""
    assert by.id is not None
    draft.version += 1
    session.add(
        AnswerVersion(
            draft_id=draft.id,
            number=draft.version,
            body=body,
            author_id=by.id,
            author_name=by.name,
            written_at=at,
        )
    )
    session.flush()


def awaited(session: Session, draft: AnswerDraft) -> list[str]:
    """The divisions that were asked and have not answered."""
    return list(
        session.scalars(
            select(Contribution.division_label)
            .where(Contribution.draft_id == draft.id, Contribution.state == ContributionState.ASKED)
            .order_by(Contribution.id)
        )
    )


def refuse_while_awaited(session: Session, draft: AnswerDraft) -> None:
    """Raises WrongState while a division is still asked."""
    if names := awaited(session, draft):
        raise WrongState(
            f"{'、'.join(names)}の考え方が、まだ出ていません。届くのを待つか、依頼を取り下げてください。"
        )
