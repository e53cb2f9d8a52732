"""The parts of a case file, as plain data."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from meyasubako.core.calendar import office_days_until
from meyasubako.core.conditions import UNANSWERED
from meyasubako.core.vocabulary import (
    Bounce,
    Helpfulness,
    MeetingState,
    MeetingWay,
    Message,
    OfferState,
    Practice,
    Priority,
    ProviderKind,
    ReferralState,
    RequesterType,
    ShortlistManner,
    ShortlistState,
    Status,
    SurveyQuestion,
)


@dataclass(frozen=True, slots=True)
class Deadline:
    """回答期限: `office_days_left` is 0 on the day itself and negative once it has passed."""

    on: date
    office_days_left: int

    @property
    def is_today(self) -> bool:
        return self.office_days_left == 0

    @property
    def is_past(self) -> bool:
        return self.office_days_left < 0


def deadline(
    due_on: date | None, status: Status, *, today: date, is_closed_on: Callable[[date], bool]
) -> Deadline | None:
    """The deadline of a case that still waits for its answer."""
    if due_on is None or status not in UNANSWERED:
        return None
    if due_on < today:
        return Deadline(due_on, -1)
    return Deadline(due_on, office_days_until(today, due_on, is_closed_on))


@dataclass(frozen=True, slots=True)
class Contact:
    """Who handed it in and how to reach them; "" where nothing was said."""

    name: str
    organisation: str
    municipality: str
    email: str
    email_confirmed: bool
    phone: str
    postal_code: str
    address: str


@dataclass(frozen=True, slots=True)
class Triaged:
    """The codes of a case with the words of its desk; "" where nothing is decided. Topics: the main one first."""

    requester_type: RequesterType
    requester_type_label: str
    purpose: str | None
    purpose_label: str
    topics: tuple[str, ...]
    topic_labels: tuple[str, ...]
    division: str | None
    division_label: str
    priority: Priority | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Something written down about a case."""

    id: int
    at: datetime
    who: str
    body: str


@dataclass(frozen=True, slots=True)
class MeetingOnFile:
    """A meeting: when it was held, or is planned for; `proceedings` is its written record."""

    id: int
    state: MeetingState
    held_on: date | None
    begins_at: datetime | None
    way: MeetingWay
    place: str
    minutes: int
    persons: str
    summary: str
    proceedings: str
    reason: str


@dataclass(frozen=True, slots=True)
class OfferOnFile:
    """An offer with what came of it. `reason` is why it was turned down."""

    id: int
    provider_id: int
    provider_name: str
    provider_kind: ProviderKind
    state: OfferState
    brief: str
    offered_at: datetime
    answer_by: date
    answered_at: datetime | None
    reason: str
    advices: tuple[Said, ...]
    meetings: tuple[MeetingOnFile, ...]


@dataclass(frozen=True, slots=True)
class ShortlistedOnFile:
    """One of several candidates: how the offer stands, None before it is made; `passed_over` is why there was none."""

    provider_id: int
    name: str
    kind: ProviderKind
    offer_state: OfferState | None
    passed_over: str
    about: str
    wished: int | None
    is_unwanted: bool

    @property
    def is_untried(self) -> bool:
        """Whether they may still be asked."""
        return self.offer_state is None and not self.passed_over


@dataclass(frozen=True, slots=True)
class ShortlistOnFile:
    """The candidates that were chosen together last, in the order in which they are asked."""

    id: int
    manner: ShortlistManner
    state: ShortlistState
    made_at: datetime
    rank_by: date | None
    candidates: tuple[ShortlistedOnFile, ...]

    @property
    def is_running(self) -> bool:
        """Whether somebody is asked, or will be."""
        return self.state in {ShortlistState.RANKING, ShortlistState.READY, ShortlistState.ASKING}

    @property
    def is_ranking(self) -> bool:
        """Whether the requester's order is awaited."""
        return self.state is ShortlistState.RANKING

    @property
    def next_name(self) -> str:
        """Who is asked next; "" while somebody has not answered, and where nobody is left."""
        is_asking = any(each.offer_state is OfferState.OPEN for each in self.candidates)
        untried = [each.name for each in self.candidates if each.is_untried]
        return untried[0] if self.is_running and untried and not is_asking else ""


@dataclass(frozen=True, slots=True)
class SurveyOnFile:
    """A question after closing, and what was said. `by_mail`: a link was sent; `entered_by` entered an answer on paper."""

    id: int
    question: SurveyQuestion
    asked_at: datetime
    answered_at: datetime | None
    grade: Helpfulness | None
    practice: Practice | None
    comment: str
    by_mail: bool
    entered_by: str

    @property
    def said(self) -> Helpfulness | Practice | None:
        """The answer; None as long as there is none."""
        return self.grade or self.practice


@dataclass(frozen=True, slots=True)
class MailOnFile:
    """A mail about the case: sent, still to be sent, or given up; `bounce` says why one that was sent came back.

    `was_sent_again`: one that did not arrive was sent once more.
    """

    id: int
    kind: Message
    created_at: datetime
    sent_at: datetime | None
    given_up_at: datetime | None
    tries: int
    bounce: Bounce | None = None
    was_sent_again: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether it did not arrive and nobody has sent it again."""
        return (self.bounce is not None or self.given_up_at is not None) and not self.was_sent_again


@dataclass(frozen=True, slots=True)
class ReferralOnFile:
    """Another office that was asked to take the case over."""

    id: int
    office: str
    state: ReferralState
    has_consent: bool
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class PartOfLetter:
    """The part of a letter that is this matter, with the text around it."""

    before: str
    part: str
    after: str


@dataclass(frozen=True, slots=True)
class MatterOnFile:
    """One of the matters of a receipt."""

    id: int
    ordinal: int
    title: str
    status: Status
