"""What waits for somebody: answers to check, to decide, to send, and views that a division is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.casework.drafts.rows import ANSWERABLE
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import ContributionState, DraftState
from meyasubako.store.models import AnswerDraft, AnswerVersion, Case, Contribution, Receipt

MOST: Final = 100
"""So many of each are listed, the longest waiting first."""


class Queue(StrEnum):
    """What a person is waited for."""

    ASKED = "asked"
    REVIEW = "review"
    APPROVAL = "approval"
    RETURNED = "returned"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One thing that waits: a case, and the request when it is a division's view. `by` is the day, where there is one."""

    case_id: int
    contribution_id: int | None
    number: str
    title: str
    who: str
    since: datetime
    by: date | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for one person at a desk."""

    counts: Mapping[Queue, int]
    rows: Mapping[Queue, tuple[WaitingRow, ...]]


def count_waiting(session: Session, actor: Actor, applied: AppliedDesk) -> dict[Queue, int]:
    """How much waits for this person in each queue that is theirs; empty where the desk has no such steps."""
    theirs = _queues_of(actor, applied)
    if not theirs:
        return {}
    conditions = _conditions(actor, applied)
    of_drafts = [queue for queue in theirs if queue is not Queue.ASKED]
    counts: dict[Queue, int] = {}
    if of_drafts:
        sums = [func.coalesce(func.sum(case((conditions[queue], 1), else_=0)), 0) for queue in of_drafts]
        found = session.execute(
            _drafts(applied).where(AnswerDraft.state != DraftState.SENT).with_only_columns(*sums)
        ).one()
        counts = dict(zip(of_drafts, map(int, found), strict=True))
    if Queue.ASKED in theirs:
        asked = _requests(actor, applied).with_only_columns(func.count())
        counts[Queue.ASKED] = session.scalar(asked) or 0
    return {queue: counts[queue] for queue in theirs}


def waiting(session: Session, actor: Actor, applied: AppliedDesk) -> Waiting:
    """The same with what it is, in one query for each queue."""
    conditions = _conditions(actor, applied)
    counts = count_waiting(session, actor, applied)
    found: dict[Queue, tuple[WaitingRow, ...]] = {}
    for queue in counts:
        if queue is Queue.ASKED:
            listed = _requests(actor, applied).with_only_columns(
                *_COLUMNS,
                Contribution.id.label("contribution_id"),
                Contribution.asked_by_name.label("who"),
                Contribution.asked_at.label("since"),
                Contribution.answer_by.label("by"),
            )
            listed = listed.order_by(Contribution.answer_by, Contribution.id)
        else:
            listed = (
                _drafts(applied)
                .where(conditions[queue])
                .with_only_columns(
                    *_COLUMNS,
                    AnswerVersion.author_name.label("who"),
                    AnswerDraft.moved_at.label("since"),
                    Case.due_on.label("by"),
                )
            )
            listed = listed.order_by(AnswerDraft.moved_at, AnswerDraft.id)
        found[queue] = tuple(_row(each) for each in session.execute(listed.limit(MOST)))
    return Waiting(counts, found)


_COLUMNS = (Case.id, Case.ordinal, Case.title, Receipt.number)


def _queues_of(actor: Actor, applied: AppliedDesk) -> list[Queue]:
    rules = applied.desk.answering

    def may(need: Need) -> bool:
        return actor.may(need, applied.id)

    is_theirs = {
        Queue.ASKED: rules.contributions and applied.id in actor.divisions,
        Queue.REVIEW: rules.review and may(Need.REVIEW_ANSWERS),
        Queue.APPROVAL: rules.approval and may(Need.APPROVE_ANSWERS),
        Queue.RETURNED: rules.is_decided and may(Need.REPLY),
        Queue.READY: rules.is_decided and may(Need.REPLY),
    }
    return [queue for queue in Queue if is_theirs[queue]]


def _conditions(actor: Actor, applied: AppliedDesk) -> dict[Queue, ColumnElement[bool]]:
    not_own: ColumnElement[bool] = and_(
        _differs(AnswerDraft.submitted_by_id, actor),
        _differs(AnswerVersion.author_id, actor),
        _differs(AnswerDraft.reviewed_by_id, actor),
    )
    if applied.desk.answering.own_approval:
        not_own = AnswerDraft.id.is_not(None)
    return {
        Queue.ASKED: false(),
        Queue.REVIEW: and_(AnswerDraft.state == DraftState.IN_REVIEW, not_own),
        Queue.APPROVAL: and_(AnswerDraft.state == DraftState.IN_APPROVAL, not_own),
        Queue.RETURNED: and_(
            AnswerDraft.state == DraftState.DRAFTING,
            AnswerDraft.returned != "",
            AnswerDraft.submitted_by_id == actor.id,
        ),
        Queue.READY: AnswerDraft.state == DraftState.READY,
    }


def _differs(column: Any, actor: Actor) -> ColumnElement[bool]:
    return or_(column.is_(None), column != actor.id)


def _drafts(applied: AppliedDesk) -> Select[Any]:
    """The answers under way of a desk whose cases still wait for one, with their newest wording."""
    return (
        select(AnswerDraft.id)
        .select_from(AnswerDraft)
        .join(Case, Case.id == AnswerDraft.case_id)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .join(
            AnswerVersion,
            and_(AnswerVersion.draft_id == AnswerDraft.id, AnswerVersion.number == AnswerDraft.version),
        )
        .where(Case.desk_id == applied.id, Case.status.in_(ANSWERABLE))
    )


def _requests(actor: Actor, applied: AppliedDesk) -> Select[Any]:
    """What this person's division is asked for."""
    return (
        select(Contribution.id)
        .select_from(Contribution)
        .join(AnswerDraft, AnswerDraft.id == Contribution.draft_id)
        .join(Case, Case.id == AnswerDraft.case_id)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(
            Case.desk_id == applied.id,
            Case.status.in_(ANSWERABLE),
            AnswerDraft.state == DraftState.DRAFTING,
            Contribution.state == ContributionState.ASKED,
            Contribution.division_code == actor.divisions.get(applied.id, ""),
        )
    )


def _row(found: Any) -> WaitingRow:
    return WaitingRow(
        case_id=found.id,
        contribution_id=getattr(found, "contribution_id", None),
        number=cases.case_number(found.number, found.ordinal),
        title=found.title,
        who=found.who,
        since=found.since,
        by=found.by,
    )
