"""What the pages of an answer under way show: the text, what the divisions say, who did what and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle
from meyasubako.casework.drafts import deciding, rows
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import japan_day
from meyasubako.core.errors import NotAllowed, NotFound
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import ContributionState, DraftState, EventKind, Status
from meyasubako.store.models import (
    AnswerDraft,
    AnswerVersion,
    Case,
    Contribution,
    Event,
    Receipt,
)

COURSE: Final = frozenset(
    {
        EventKind.DRAFTED,
        EventKind.CONTRIBUTION_ASKED,
        EventKind.CONTRIBUTION_GIVEN,
        EventKind.CONTRIBUTION_DROPPED,
        EventKind.SUBMITTED,
        EventKind.REVIEWED,
        EventKind.APPROVED,
        EventKind.SENT_BACK,
        EventKind.PULLED_BACK,
        EventKind.REPLIED,
    }
)
"""The events that make up 回答の経過."""


class Act(StrEnum):
    """What can be done with an answer under way."""

    WRITE = "write"
    ASK = "ask"
    SUBMIT = "submit"
    REVIEW = "review"
    APPROVE = "approve"
    SEND_BACK = "return"
    PULL_BACK = "pull-back"
    SEND = "send"


@dataclass(frozen=True, slots=True)
class Version:
    """One wording, by whom and when."""

    number: int
    body: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContributionOnFile:
    """What a division was asked and what it said; `is_late` once its day has passed without."""

    id: int
    division_label: str
    question: str
    answer_by: date
    asked_by: str
    asked_at: datetime
    state: ContributionState
    body: str
    given_by: str
    given_at: datetime | None
    is_on_behalf: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class Course:
    """One step on the way to the reply. `division` and `said` are "" where there is nothing of the kind."""

    kind: EventKind
    at: datetime
    who: str
    division: str
    said: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The answer under way in short, for the page of the case; `state` None when there is none."""

    state: DraftState | None
    body: str
    version: int
    saved: Version | None
    returned: str
    awaited: tuple[str, ...]
    has_steps: bool
    is_decided: bool


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """Everything about the answer to a case. `is_resting`: the case has ended, so that it waits for nobody."""

    case_id: int
    desk_id: int
    case_version: int
    number: str
    title: str
    body: str
    exchange: tuple[cases.Exchanged, ...]
    status: Status
    state: DraftState | None
    version: int
    text: str
    returned: str
    is_resting: bool
    versions: tuple[Version, ...]
    contributions: tuple[ContributionOnFile, ...]
    course: tuple[Course, ...]
    acts: frozenset[Act]
    own_refusal: str

    @property
    def saved(self) -> Version | None:
        """The wording that stands."""
        return self.versions[-1] if self.versions else None

    @property
    def awaited(self) -> tuple[str, ...]:
        """The divisions still asked."""
        return tuple(
            each.division_label for each in self.contributions if each.state is ContributionState.ASKED
        )


@dataclass(frozen=True, slots=True)
class RequestedView:
    """A request to a division with what it has to know. `can_answer`: it is still waited for."""

    contribution: ContributionOnFile
    case_id: int
    desk_id: int
    number: str
    title: str
    body: str
    exchange: tuple[cases.Exchanged, ...]
    draft: str
    can_answer: bool
    is_on_behalf: bool


def summary(session: Session, applied: AppliedDesk, case_id: int) -> Summary:
    """The answer under way to a case one sees."""
    rules = applied.desk.answering
    draft = rows.current(session, case_id)
    now = rows.wording(session, draft) if draft else None
    return Summary(
        state=draft.state if draft else None,
        body=now.body if now else "",
        version=draft.version if draft else 0,
        saved=_version(now) if now else None,
        returned=draft.returned if draft else "",
        awaited=tuple(rows.awaited(session, draft)) if draft else (),
        has_steps=rules.has_steps,
        is_decided=rules.is_decided,
    )


def answer_file(
    session: Session, actor: Actor, applied: AppliedDesk, case_id: int, *, at: datetime
) -> AnswerFile:
    """Everything about the answer to a case. Raises NotFound for a case that is not this person's."""
    found = session.execute(
        cases.visible_cases(actor)
        .add_columns(Receipt.number)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(Case.id == case_id, Case.desk_id == applied.id)
    ).one_or_none()
    if found is None:
        raise NotFound
    case, number = found
    draft = rows.current(session, case.id)
    versions: Sequence[AnswerVersion] = ()
    contributions: Sequence[Contribution] = ()
    if draft is not None:
        versions = session.scalars(
            select(AnswerVersion).where(AnswerVersion.draft_id == draft.id).order_by(AnswerVersion.number)
        ).all()
        contributions = session.scalars(
            select(Contribution).where(Contribution.draft_id == draft.id).order_by(Contribution.id)
        ).all()
    refusal = _own_refusal(session, applied, draft, actor)
    return AnswerFile(
        case_id=case.id,
        desk_id=case.desk_id,
        case_version=case.version,
        number=cases.case_number(number, case.ordinal),
        title=case.title,
        body=case.body,
        exchange=cases.exchange(session, case.id),
        status=case.status,
        state=draft.state if draft else None,
        version=draft.version if draft else 0,
        text=versions[-1].body if versions else "",
        returned=draft.returned if draft else "",
        is_resting=not rows.is_answerable(case),
        versions=tuple(_version(each) for each in versions),
        contributions=tuple(_contribution(each, at) for each in contributions),
        course=tuple(_step(event) for event in lifecycle.timeline(session, case.id) if event.kind in COURSE),
        acts=_acts(applied, case, draft, actor, is_own=bool(refusal))
        if rows.is_answerable(case)
        else frozenset(),
        own_refusal=refusal,
    )


def desk_of_contribution(session: Session, actor: Actor, contribution_id: int) -> tuple[int, int]:
    """The desk and the case of a request one may see. Raises NotFound."""
    found = session.execute(
        select(Case.desk_id, Case.id)
        .join(AnswerDraft, AnswerDraft.case_id == Case.id)
        .join(Contribution, Contribution.draft_id == AnswerDraft.id)
        .where(Contribution.id == contribution_id, Case.desk_id.in_(actor.desks_for(Need.CONTRIBUTE)))
    ).one_or_none()
    if found is None:
        raise NotFound
    return found.desk_id, found.id


def requested_view(session: Session, actor: Actor, contribution_id: int, *, at: datetime) -> RequestedView:
    """A request as its division reads it, or whoever writes for it. Raises NotFound for those of another division."""
    desk_id, case_id = desk_of_contribution(session, actor, contribution_id)
    row = session.get_one(Contribution, contribution_id)
    is_on_behalf = actor.divisions.get(desk_id) != row.division_code
    if is_on_behalf and not actor.may(Need.REPLY, desk_id):
        raise NotFound
    case, number = session.execute(
        select(Case, Receipt.number).join(Receipt, Receipt.id == Case.receipt_id).where(Case.id == case_id)
    ).one()
    draft = session.get_one(AnswerDraft, row.draft_id)
    now = rows.wording(session, draft)
    return RequestedView(
        contribution=_contribution(row, at),
        case_id=case.id,
        desk_id=desk_id,
        number=cases.case_number(number, case.ordinal),
        title=case.title,
        body=case.body,
        exchange=cases.exchange(session, case.id),
        draft=now.body if now else "",
        can_answer=row.state is ContributionState.ASKED
        and draft.state is DraftState.DRAFTING
        and rows.is_answerable(case),
        is_on_behalf=is_on_behalf,
    )


def _acts(
    applied: AppliedDesk, case: Case, draft: AnswerDraft | None, actor: Actor, *, is_own: bool
) -> frozenset[Act]:
    rules, state = applied.desk.answering, draft.state if draft else DraftState.DRAFTING
    found: set[Act] = set()
    if actor.may(Need.REPLY, case.desk_id):
        if state is DraftState.DRAFTING:
            found |= {Act.WRITE, Act.SUBMIT if rules.is_decided else Act.SEND}
            found |= {Act.ASK} if rules.contributions else set()
        else:
            found.add(Act.PULL_BACK)
            found |= {Act.SEND} if state is DraftState.READY and rules.is_decided else set()
    if not is_own:
        if state is DraftState.IN_REVIEW and actor.may(Need.REVIEW_ANSWERS, case.desk_id):
            found |= {Act.REVIEW, Act.SEND_BACK}
        if state is DraftState.IN_APPROVAL and actor.may(Need.APPROVE_ANSWERS, case.desk_id):
            found |= {Act.APPROVE, Act.SEND_BACK}
    return frozenset(found)


def _own_refusal(session: Session, applied: AppliedDesk, draft: AnswerDraft | None, actor: Actor) -> str:
    """Why this person may not agree to it although their role might; "" when they may."""
    if draft is None or draft.state not in {DraftState.IN_REVIEW, DraftState.IN_APPROVAL}:
        return ""
    try:
        deciding.refuse_own(session, applied.desk, draft, actor)
    except NotAllowed as refused:
        return refused.message
    return ""


def _version(row: AnswerVersion) -> Version:
    return Version(row.number, row.body, row.author_name, row.written_at)


def _contribution(row: Contribution, at: datetime) -> ContributionOnFile:
    return ContributionOnFile(
        id=row.id,
        division_label=row.division_label,
        question=row.question,
        answer_by=row.answer_by,
        asked_by=row.asked_by_name,
        asked_at=row.asked_at,
        state=row.state,
        body=row.body,
        given_by=row.given_by_name,
        given_at=row.given_at,
        is_on_behalf=row.is_on_behalf,
        is_late=row.state is ContributionState.ASKED and row.answer_by < japan_day(at),
    )


def _step(event: Event) -> Course:
    return Course(
        kind=event.kind,
        at=event.recorded_at,
        who=event.actor_name or event.actor_kind.label,
        division=str(event.data.get("asked_division", "")),
        said=str(event.data.get("reason", "")),
    )
