"""Everything the desk holds about a receipt, for the one it is about (保有個人情報の開示 without a form to fill in).

What the desk wrote for itself (notes, staff, offers not accepted, advice) is not theirs and is left out.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.casework.outbox import TO_PROVIDERS
from meyasubako.casework.tracking.access import unlocked
from meyasubako.core.vocabulary import (
    CaseKind,
    Channel,
    Helpfulness,
    Language,
    MeetingWay,
    Message,
    Practice,
    ProviderKind,
    RequesterType,
)
from meyasubako.store.models import (
    Case,
    Meeting,
    Offer,
    OutboxMessage,
    Provider,
    Requester,
    Survey,
)


@dataclass(frozen=True, slots=True)
class HeldMeeting:
    """A meeting as both sides know it."""

    held_on: date
    way: MeetingWay
    minutes: int
    provider_name: str
    provider_kind: ProviderKind


@dataclass(frozen=True, slots=True)
class HeldSurvey:
    """What was answered after closing: whether it helped, or what became of the advice."""

    answered_at: datetime
    said: Helpfulness | Practice
    comment: str


@dataclass(frozen=True, slots=True)
class HeldMatter:
    """One matter: the codes it is counted under, the meetings held, what was said of it afterwards."""

    ordinal: int
    title: str
    requester_type: RequesterType
    purpose: str | None
    topics: tuple[str, ...]
    meetings: tuple[HeldMeeting, ...]
    surveys: tuple[HeldSurvey, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A receipt with all that was said in it, who handed it in and how, and the mails that went out."""

    number: str
    channel: Channel
    language: Language
    received_at: datetime
    was_entered_by_staff: bool
    postmarked_on: date | None
    event_name: str
    kind: CaseKind
    requester_type: RequesterType
    purpose: str | None
    topics: tuple[str, ...]
    title: str
    body: str
    meeting_way: MeetingWay | None
    wished_dates: str
    reply_wanted: bool
    publish_consent: bool
    share_consent: bool
    requester: cases.RequesterDetails
    email_confirmed_at: datetime | None
    matters: tuple[HeldMatter, ...]
    mails: tuple[tuple[Message, datetime], ...]


def held(session: Session, number: str, generation: int) -> Held:
    """Everything held about a receipt. Raises NotFound when the passcode was renewed since."""
    receipt = unlocked(session, number, generation)
    requester = session.get_one(Requester, receipt.requester_id)
    rows = session.scalars(select(Case).where(Case.receipt_id == receipt.id).order_by(Case.ordinal)).all()
    mails = session.execute(
        select(OutboxMessage.kind, OutboxMessage.sent_at)
        .where(
            OutboxMessage.receipt_id == receipt.id,
            OutboxMessage.kind.not_in(TO_PROVIDERS),
            OutboxMessage.sent_at.is_not(None),
        )
        .order_by(OutboxMessage.id)
    )
    return Held(
        number=receipt.number,
        channel=receipt.channel,
        language=receipt.language,
        received_at=receipt.received_at,
        was_entered_by_staff=receipt.entered_by_id is not None,
        postmarked_on=receipt.postmarked_on,
        event_name=receipt.event_name,
        kind=receipt.kind,
        requester_type=receipt.requester_type,
        purpose=receipt.purpose,
        topics=tuple(receipt.topics),
        title=receipt.title,
        body=receipt.body,
        meeting_way=receipt.meeting_way,
        wished_dates=receipt.wished_dates,
        reply_wanted=receipt.reply_wanted,
        publish_consent=receipt.publish_consent,
        share_consent=receipt.share_consent,
        requester=cases.RequesterDetails(
            **{name: getattr(requester, name) for name in cases.RequesterDetails.__dataclass_fields__}
        ),
        email_confirmed_at=requester.email_confirmed_at,
        matters=tuple(_matter(session, case) for case in rows),
        mails=tuple((kind, sent_at) for kind, sent_at in mails if sent_at),
    )


def _matter(session: Session, case: Case) -> HeldMatter:
    meetings = session.execute(
        select(Meeting, Provider)
        .join(Offer, Offer.id == Meeting.offer_id)
        .join(Provider, Provider.id == Offer.provider_id)
        .where(Meeting.case_id == case.id, Meeting.held_on.is_not(None))
        .order_by(Meeting.held_on, Meeting.id)
    )
    surveys = session.scalars(select(Survey).where(Survey.case_id == case.id).order_by(Survey.id))
    return HeldMatter(
        ordinal=case.ordinal,
        title=case.title,
        requester_type=case.requester_type,
        purpose=case.purpose,
        topics=cases.topics_of(session, case.id),
        meetings=tuple(
            HeldMeeting(met.held_on, met.way, met.minutes, provider.name, provider.kind)
            for met, provider in meetings
            if met.held_on is not None
        ),
        surveys=tuple(
            HeldSurvey(each.answered_at, said, each.comment)
            for each in surveys
            if each.answered_at and (said := each.grade or each.practice)
        ),
    )
