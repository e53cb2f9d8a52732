"""Everything of one case, for whoever looks after it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeVar

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from meyasubako.casework import appointments, attachments, cases, lifecycle, notices
from meyasubako.casework.appointments import Arranged
from meyasubako.casework.attachments import Attached
from meyasubako.casework.casefiles import asked_together, holding, loading
from meyasubako.casework.casefiles import candidates as directory
from meyasubako.casework.casefiles.allowed import Action, allowed
from meyasubako.casework.casefiles.history import Happening, Written, happenings
from meyasubako.casework.casefiles.joined import Joined, joined
from meyasubako.casework.casefiles.parts import (
    Contact,
    Deadline,
    MailOnFile,
    MatterOnFile,
    OfferOnFile,
    PartOfLetter,
    ReferralOnFile,
    Said,
    ShortlistOnFile,
    SurveyOnFile,
    Triaged,
    deadline,
)
from meyasubako.casework.casefiles.places import PLACED, Cursor
from meyasubako.casework.casefiles.reports import Reports, reports_of
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.conditions import Sorting
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import label_of, outcome_label
from meyasubako.core.errors import NotFound
from meyasubako.core.fitting import Weights
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import (
    ActorKind,
    CaseKind,
    Channel,
    Language,
    MeetingState,
    MeetingWay,
    OfferState,
    QuarantineReason,
    Status,
    SurveyQuestion,
)
from meyasubako.store.models import (
    Addition,
    AnswerDraft,
    Attachment,
    Case,
    CaseTopic,
    CaseWatch,
    InterimNotice,
    Meeting,
    Note,
    Offer,
    OutboxMessage,
    ProposedDates,
    Question,
    Receipt,
    Referral,
    Reply,
    Report,
    ReportDue,
    Requester,
    Shortlist,
    Survey,
)
from meyasubako.store.models.base import Base

T = TypeVar("T")

RESTING = frozenset(
    {Status.OFFERED, Status.WAITING, Status.CLOSED, Status.DECLINED, Status.WITHDRAWN, Status.MERGED}
)
"""Statuses in which the desk has nothing to do next: somebody else's answer is awaited, or all is done."""

_DESK: Final = select(Case.desk_id).where(Case.id == bindparam("of_case"))
_HANDED_IN: Final = (
    select(Case, Receipt, Requester)
    .join(Receipt, Receipt.id == Case.receipt_id)
    .join(Requester, Requester.id == Receipt.requester_id)
    .where(Case.id == bindparam("of_case"))
)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as its desk sees it. `contact` is None for those who may not see it."""

    id: int
    desk_id: int
    version: int
    changed_at: datetime
    last_event_id: int
    place: Cursor
    number: str
    kind: CaseKind
    title: str
    body: str
    status: Status
    quarantine_reason: QuarantineReason | None
    came_from: Status | None
    channel: Channel
    language: Language
    postmarked_on: date | None
    event_name: str
    received_at: datetime
    entered_by: str
    recorded_at: datetime
    deadline: Deadline | None
    paused_days_left: int | None
    triage: Triaged
    is_triaged: bool
    meeting_way: MeetingWay | None
    wished_dates: str
    reply_wanted: bool
    publish_consent: bool
    share_consent: bool
    contact: Contact | None
    has_email: bool
    email_confirmed: bool
    assignee_id: int | None
    assignee: str
    outcome_label: str
    decline_label: str
    merged_into: str
    offers: tuple[OfferOnFile, ...]
    shortlist: ShortlistOnFile | None
    arranged: Arranged
    meetings_held: int
    meetings_planned: int
    meetings_left: int | None
    questions: tuple[Said, ...]
    additions: tuple[Said, ...]
    interims: tuple[Said, ...]
    replies: tuple[Said, ...]
    notes: tuple[Said, ...]
    surveys: tuple[SurveyOnFile, ...]
    reports: Reports
    referrals: tuple[ReferralOnFile, ...]
    mails: tuple[MailOnFile, ...]
    history: tuple[Happening, ...]
    matters: tuple[MatterOnFile, ...]
    letter: PartOfLetter | None
    joined: Joined
    actions: tuple[Action, ...]
    candidates: tuple[directory.Candidate, ...]
    files: tuple[Attached, ...]
    staff: tuple[tuple[int, str], ...]
    people: tuple[notices.Person, ...]
    watchers: tuple[tuple[int, str], ...]

    @property
    def next_action(self) -> Action | None:
        """What most likely comes next; None when it is others who act next, or nobody, or one only looks."""
        first = self.actions[0] if self.actions else None
        if self.shortlist is not None and self.shortlist.is_ranking:
            return None
        return None if self.status in RESTING or first in {Action.ASSIGN, Action.NOTE} else first

    @property
    def is_worked_on(self) -> bool:
        """Whether whoever accepted works on it now."""
        return lifecycle.offer_lives(OfferState.ACCEPTED, self.status)

    @property
    def unsent(self) -> tuple[MailOnFile, ...]:
        """The mails that did not go out, or not yet."""
        return tuple(mail for mail in self.mails if mail.sent_at is None)


def desk_of(session: Session, actor: Actor, case_id: int) -> int:
    """The desk of a case one may see. Raises NotFound."""
    found = session.scalar(_DESK, {"of_case": case_id})
    if found is None or not actor.may(Need.VIEW_CASES, found):
        raise NotFound
    return found


def version_of(session: Session, actor: Actor, case_id: int) -> int:
    """How often a case one may see has changed. Raises NotFound."""
    seen = cases.visible_cases(actor).where(Case.id == case_id)
    found = session.scalar(seen.with_only_columns(Case.version))
    if found is None:
        raise NotFound
    return found


def place_of(session: Session, actor: Actor, case_id: int) -> Cursor:
    """Where a case one may see stands in lists of any order. Raises NotFound."""
    seen = cases.visible_cases(actor).where(Case.id == case_id)
    found = session.execute(seen.with_only_columns(*PLACED)).one_or_none()
    if found is None:
        raise NotFound
    return Cursor.of(found, Sorting.CHANGED)


def offer_on_file(session: Session, actor: Actor, offer_id: int) -> tuple[int, int]:
    """The case and the desk of an offer one may see. Raises NotFound."""
    case_id = session.scalar(select(Offer.case_id).where(Offer.id == offer_id))
    if case_id is None:
        raise NotFound
    return case_id, desk_of(session, actor, case_id)


def case_file(
    session: Session,
    actor: Actor,
    applied: AppliedDesk,
    case_id: int,
    *,
    at: datetime,
    seen_until: int | None = None,
    weights: Weights | None = None,
) -> CaseFile:
    """The whole file of a case; what others did after the event `seen_until` is marked as new.

    `weights` are tried on its candidates instead of the desk's.

    Raises NotFound for one that is not there or not for this person.
    """
    desk = applied.desk
    found = session.execute(_HANDED_IN, {"of_case": case_id}).one_or_none()
    if found is None or found[0].desk_id != applied.id or not actor.may(Need.VIEW_CASES, applied.id):
        raise NotFound
    case, receipt, requester = found
    events = lifecycle.timeline(session, case.id)
    held = holding.held(session, case)

    def if_any(row: type[Base], load: Callable[[Session, int], tuple[T, ...]]) -> tuple[T, ...]:
        return load(session, case.id) if row in held else ()

    questions, replies = if_any(Question, _questions), if_any(Reply, _replies)
    names = loading.names_of(
        session,
        [
            case.assignee_id,
            receipt.entered_by_id,
            *(q.author_id for q in questions),
            *(r.author_id for r in replies),
        ],
    )
    asked = tuple(Said(each.id, each.asked_at, names[each.author_id], each.body) for each in questions)
    answered = tuple(Said(each.id, each.sent_at, names[each.author_id], each.body) for each in replies)
    tells_of_additions = any("addition_id" in each.data for each in events)
    added = loading.additions_of(session, case.id, events) if Addition in held or tells_of_additions else ()
    notes = if_any(Note, loading.notes_of)
    offers, meetings = loading.offers_of(session, case.id) if Offer in held else ((), {})
    shortlist, ranked = asked_together.shortlists_of(session, case.id) if Shortlist in held else (None, ())
    interims, surveys = if_any(InterimNotice, loading.interims_of), if_any(Survey, loading.surveys_of)
    reported = reports_of(session, case.id) if held & {Report, ReportDue} else Reports({}, {})
    mails = loading.mails_of(session, case, receipt, requester) if OutboxMessage in held else ()
    entered_by = names.get(receipt.entered_by_id, "")
    topics = cases.topics_of(session, case.id) if CaseTopic in held else ()
    belonging = joined(session, case, requester, held)
    actions = allowed(case, desk, actor, is_divided=bool(belonging.parts))
    people = (
        directory.candidates(session, desk, case, topics, receipt, requester, at=at, weights=weights)
        if Action.OFFER in actions
        else ()
    )
    actions = _without_answered(actions, surveys, case)
    if all(each.obstacle for each in people):
        # With nobody to ask, asking is not what comes next.
        actions = tuple(sorted(actions, key=lambda action: action is Action.OFFER))
    written = Written(
        texts={
            "question_id": loading.by_id(asked),
            "addition_id": loading.by_id(added),
            "interim_id": loading.by_id(interims),
            "reply_id": loading.by_id(answered),
            "note_id": loading.by_id(notes),
            "contribution_id": loading.by_id(if_any(AnswerDraft, loading.contributions_of)),
            "ranking_id": loading.by_id(ranked),
            "advice_id": loading.by_id(advice for each in offers for advice in each.advices),
            "report_id": {each.id: each.said for kept in reported.of_offer.values() for each in kept},
            "survey_id": {each.id: Said(each.id, each.asked_at, "", each.comment) for each in surveys},
        },
        meetings=meetings,
        called=notices.mentions_of(session, case.id) if notes else {},
    )
    return CaseFile(
        id=case.id,
        desk_id=case.desk_id,
        version=case.version,
        changed_at=case.changed_at,
        last_event_id=events[-1].id if events else 0,
        place=Cursor.of(case, Sorting.CHANGED),
        number=cases.case_number(receipt.number, case.ordinal),
        kind=case.kind,
        title=case.title,
        body=case.body,
        status=case.status,
        quarantine_reason=receipt.quarantine_reason,
        came_from=Status(case.came_from[-1]) if case.came_from else None,
        channel=case.channel,
        language=receipt.language,
        postmarked_on=receipt.postmarked_on,
        event_name=receipt.event_name,
        received_at=case.received_at,
        entered_by=entered_by,
        recorded_at=receipt.recorded_at,
        deadline=deadline(case.due_on, case.status, today=japan_day(at), is_closed_on=desk.is_closed_on),
        paused_days_left=case.paused_days_left,
        triage=loading.triaged_of(desk, case, topics),
        is_triaged=case.triaged_at is not None,
        meeting_way=receipt.meeting_way,
        wished_dates=receipt.wished_dates,
        reply_wanted=receipt.reply_wanted,
        publish_consent=receipt.publish_consent,
        share_consent=receipt.share_consent,
        contact=loading.contact_of(desk, requester) if actor.may(Need.VIEW_CONTACT, case.desk_id) else None,
        has_email=bool(requester.email),
        email_confirmed=requester.email_confirmed_at is not None,
        assignee_id=case.assignee_id,
        assignee=names.get(case.assignee_id, ""),
        outcome_label=outcome_label(desk, case.outcome),
        decline_label=label_of(desk.decline_reason, case.decline_reason),
        merged_into=loading.number_of(session, case.merged_into_id),
        offers=offers,
        shortlist=shortlist,
        arranged=appointments.arranged(session, case.id) if held & {Meeting, ProposedDates} else Arranged(),
        meetings_held=sum(each.state is MeetingState.HELD for each in meetings.values()),
        meetings_planned=sum(each.state is MeetingState.PLANNED for each in meetings.values()),
        meetings_left=None
        if desk.meeting_quota is None
        else max(
            desk.meeting_quota - sum(each.state in appointments.COUNTED for each in meetings.values()), 0
        ),
        questions=asked,
        additions=added,
        interims=interims,
        replies=answered,
        notes=notes,
        surveys=surveys,
        reports=reported,
        referrals=if_any(Referral, loading.referrals_of),
        mails=mails,
        history=happenings(
            events,
            mails,
            written,
            desk,
            entered_by=entered_by,
            sights=lifecycle.sights(session, case, events, reply_wanted=receipt.reply_wanted),
            reply_wanted=receipt.reply_wanted,
            is_new=lambda event: (
                seen_until is not None
                and event.id > seen_until
                and not (event.actor_kind is ActorKind.STAFF and event.actor_id == actor.id)
            ),
        ),
        matters=loading.matters_of(session, case),
        letter=loading.part_of_letter(case, receipt),
        joined=belonging,
        actions=actions,
        candidates=people,
        files=attachments.of_receipt(session, receipt.id) if Attachment in held else (),
        staff=loading.staff_of(session, case.desk_id) if Action.ASSIGN in actions else (),
        people=_others(session, case.id, actor) if Action.NOTE in actions else (),
        watchers=if_any(CaseWatch, notices.watchers),
    )


def _questions(session: Session, case_id: int) -> tuple[Question, ...]:
    return tuple(session.scalars(select(Question).where(Question.case_id == case_id).order_by(Question.id)))


def _replies(session: Session, case_id: int) -> tuple[Reply, ...]:
    return tuple(session.scalars(select(Reply).where(Reply.case_id == case_id).order_by(Reply.id)))


def _without_answered(
    actions: tuple[Action, ...], surveys: tuple[SurveyOnFile, ...], case: Case
) -> tuple[Action, ...]:
    """What requesters answered themselves since the case was closed is not entered from paper."""
    answered = {
        each.question
        for each in surveys
        if each.answered_at and not each.entered_by and case.closed_at and each.asked_at >= case.closed_at
    }
    asked_by = {Action.SURVEY: SurveyQuestion.HELPED, Action.FOLLOW_UP: SurveyQuestion.PRACTISED}
    return tuple(each for each in actions if asked_by.get(each) not in answered)


def _others(session: Session, case_id: int, actor: Actor) -> tuple[notices.Person, ...]:
    """Whom somebody can call in a note."""
    return tuple(each for each in notices.people(session, case_id) if each.id != actor.id)
