"""What was handed in, the matters it raises, and everything that happens to them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, SmallInteger, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from meyasubako.core.vocabulary import (
    ActorKind,
    CaseKind,
    Channel,
    EventKind,
    Helpfulness,
    Language,
    MeetingWay,
    Outcome,
    Practice,
    Priority,
    QuarantineReason,
    RequesterType,
    Status,
    SurveyQuestion,
    Timeliness,
)
from meyasubako.store.models.base import Base, Code, Id, link
from meyasubako.store.types import WordColumn


class Requester(Base):
    """Who handed something in. Own table, so that erasing a person keeps the case."""

    __tablename__ = "requester"

    id: Mapped[Id]
    name: Mapped[str]
    organisation: Mapped[str]
    municipality: Mapped[str]
    email: Mapped[str] = mapped_column(index=True)
    email_confirmed_at: Mapped[datetime | None]
    confirm_token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    phone: Mapped[str]
    postal_code: Mapped[str] = mapped_column(String(8), server_default="")
    address: Mapped[str] = mapped_column(server_default="")


class Receipt(Base):
    """What was handed in, as it was handed in."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("desk_id", "idempotency_key"),)

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(12), unique=True)
    desk_id: Mapped[int] = link("desk.id")
    requester_id: Mapped[int] = link("requester.id")
    channel: Mapped[Channel] = mapped_column(WordColumn(Channel))
    kind: Mapped[CaseKind] = mapped_column(WordColumn(CaseKind))
    requester_type: Mapped[RequesterType] = mapped_column(WordColumn(RequesterType))
    purpose: Mapped[str | None] = mapped_column(String(60))
    topics: Mapped[list[str]]
    title: Mapped[str]
    body: Mapped[str]
    meeting_way: Mapped[MeetingWay | None] = mapped_column(WordColumn(MeetingWay))
    wished_dates: Mapped[str]
    reply_wanted: Mapped[bool]
    publish_consent: Mapped[bool]
    share_consent: Mapped[bool]
    received_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = link("staff.id", index=False)
    passcode_generation: Mapped[int]
    idempotency_key: Mapped[str | None] = mapped_column(String(80))
    postmarked_on: Mapped[date | None]
    event_name: Mapped[str] = mapped_column(server_default="")
    language: Mapped[Language] = mapped_column(WordColumn(Language), server_default=Language.JAPANESE.value)
    quarantine_reason: Mapped[QuarantineReason | None] = mapped_column(WordColumn(QuarantineReason))


class Case(Base):
    """One matter of a receipt. `version` rises with every change, so that a stale form is noticed.

    `span_start` and `span_end` say which part of the receipt's text it is, in characters; None is the whole text.
    `due_on` is when the answer is due; while the desk waits for the requester there is none, and what is left of the one
    before stands in `paused_days_left`, in office days.
    `came_from` is the stack of statuses to go back to from 返事待ち, 対象外, 統合 and 取下げ, the nearest last.
    `likeness` is the same for texts that say the same in the same words; None for those too short to tell.
    `answer_days` are the office days the first answer took, `answer_timeliness` says whether it came in time.
    `priority` is None until somebody decided. So that long lists are read from an index: `is_unfinished` says that the inbox
    holds it, `owed_on` is its deadline as long as an answer is owed, `pressing` where it stands among the cases of one day
    (core.conditions.PRESSING). `changed_by_id` is the member of staff who last did something, None for others.
    """

    __tablename__ = "case"
    __table_args__ = (
        UniqueConstraint("receipt_id", "ordinal"),
        Index("ix_case_desk_received", "desk_id", "received_at", "id"),
        Index("ix_case_desk_status", "desk_id", "status", "received_at", "id"),
        Index("ix_case_due", "desk_id", "due_on"),
        Index("ix_case_likeness", "desk_id", "likeness"),
        Index("ix_case_unfinished", "desk_id", "is_unfinished", "received_at", "id"),
        Index("ix_case_owed", "desk_id", "is_unfinished", "owed_on", "pressing", "received_at", "id"),
        Index("ix_case_in_charge", "desk_id", "is_unfinished", "assignee_id", "received_at", "id"),
        Index("ix_case_changed", "desk_id", "is_unfinished", "changed_at", "id"),
        Index("ix_case_closed", "closed_at", "desk_id"),
    )

    id: Mapped[Id]
    receipt_id: Mapped[int] = link("receipt.id", index=False)
    ordinal: Mapped[int]
    desk_id: Mapped[int] = link("desk.id", index=False)
    kind: Mapped[CaseKind] = mapped_column(WordColumn(CaseKind))
    title: Mapped[str]
    body: Mapped[str]
    span_start: Mapped[int | None]
    span_end: Mapped[int | None]
    status: Mapped[Status] = mapped_column(WordColumn(Status))
    came_from: Mapped[list[str]]
    channel: Mapped[Channel] = mapped_column(WordColumn(Channel))
    requester_type: Mapped[RequesterType] = mapped_column(WordColumn(RequesterType))
    purpose: Mapped[str | None] = mapped_column(String(60))
    division_code: Mapped[str | None] = mapped_column(String(60))
    division_label: Mapped[str]
    assignee_id: Mapped[int | None] = link("staff.id")
    priority: Mapped[Priority | None] = mapped_column(WordColumn(Priority))
    outcome: Mapped[Outcome | None] = mapped_column(WordColumn(Outcome))
    decline_reason: Mapped[str | None] = mapped_column(String(60))
    received_at: Mapped[datetime]
    triaged_at: Mapped[datetime | None]
    due_on: Mapped[date | None]
    paused_due_on: Mapped[date | None]
    paused_days_left: Mapped[int | None]
    answered_at: Mapped[datetime | None]
    answer_days: Mapped[int | None] = mapped_column(SmallInteger)
    answer_timeliness: Mapped[Timeliness | None] = mapped_column(WordColumn(Timeliness))
    closed_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = link("case.id")
    bundle_id: Mapped[int | None] = link("bundle.id")
    likeness: Mapped[str | None] = mapped_column(String(64))
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None]
    is_unfinished: Mapped[bool] = mapped_column(server_default=true())
    owed_on: Mapped[date | None]
    pressing: Mapped[int] = mapped_column(SmallInteger, server_default="2")
    version: Mapped[int]


class CaseTopic(Base):
    """A topic of a case; the first is the main one."""

    __tablename__ = "case_topic"
    __table_args__ = (Index("ix_case_topic_topic", "topic", "case_id"),)

    case_id: Mapped[int] = link("case.id", primary_key=True, index=False)
    topic: Mapped[Code] = mapped_column(primary_key=True)
    position: Mapped[int]


class Event(Base):
    """Something that happened to a case. `data` holds the codes as they were; it names no person."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_case", "case_id", "id"),)

    id: Mapped[Id]
    case_id: Mapped[int] = link("case.id", index=False)
    kind: Mapped[EventKind] = mapped_column(WordColumn(EventKind))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = mapped_column(WordColumn(ActorKind))
    actor_id: Mapped[int | None]
    actor_name: Mapped[str]
    from_status: Mapped[Status | None] = mapped_column(WordColumn(Status))
    to_status: Mapped[Status | None] = mapped_column(WordColumn(Status))
    data: Mapped[dict[str, Any]]


class Note(Base):
    """An internal note (内部メモ); the requester never sees it."""

    __tablename__ = "note"

    id: Mapped[Id]
    case_id: Mapped[int] = link("case.id")
    author_id: Mapped[int] = link("staff.id", index=False)
    author_name: Mapped[str]
    body: Mapped[str]
    written_at: Mapped[datetime]


class Question(Base):
    """What the desk asked the requester back."""

    __tablename__ = "question"

    id: Mapped[Id]
    case_id: Mapped[int] = link("case.id")
    author_id: Mapped[int] = link("staff.id", index=False)
    body: Mapped[str]
    asked_at: Mapped[datetime]


class Addition(Base):
    """What the requester added later, on the status page."""

    __tablename__ = "addition"

    id: Mapped[Id]
    case_id: Mapped[int] = link("case.id")
    body: Mapped[str]
    added_at: Mapped[datetime]


class Reply(Base):
    """An answer, kept exactly as sent."""

    __tablename__ = "reply"

    id: Mapped[Id]
    case_id: Mapped[int] = link("case.id")
    author_id: Mapped[int] = link("staff.id", index=False)
    division_label: Mapped[str]
    body: Mapped[str]
    sent_at: Mapped[datetime]


class InterimNotice(Base):
    """What a requester was told before the answer (中間報告), kept exactly as sent, and by when it was promised then."""

    __tablename__ = "interim_notice"

    id: Mapped[Id]
    case_id: Mapped[int] = link("case.id")
    author_id: Mapped[int] = link("staff.id", index=False)
    division_label: Mapped[str]
    body: Mapped[str]
    answer_by: Mapped[date]
    sent_at: Mapped[datetime]


class Survey(Base):
    """A question after closing, asked once by a one-time link: whether it helped, or what became of the advice.

    `by_mail`: a link was sent. `entered_by` is the name of who entered an answer given on paper, "" for others.
    """

    __tablename__ = "survey"

    id: Mapped[Id]
    case_id: Mapped[int] = link("case.id")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    grade: Mapped[Helpfulness | None] = mapped_column(WordColumn(Helpfulness))
    comment: Mapped[str]
    question: Mapped[SurveyQuestion] = mapped_column(
        WordColumn(SurveyQuestion), server_default=SurveyQuestion.HELPED.value
    )
    practice: Mapped[Practice | None] = mapped_column(WordColumn(Practice))
    by_mail: Mapped[bool] = mapped_column(server_default=true())
    entered_by: Mapped[str] = mapped_column(server_default="")


class SurveyStop(Base):
    """An address nobody is to ask any more; only its hash is kept."""

    __tablename__ = "survey_stop"

    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    stopped_at: Mapped[datetime]
