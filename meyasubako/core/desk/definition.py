"""What a desk (窓口) is: its office, whom and what it takes, its form, its words in tallies and answers.

What an office took out of its file while it was in use stays here, marked as retired and no longer offered.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Protocol, TypeVar

from meyasubako.core.desk.areas import Area
from meyasubako.core.desk.fields import Field
from meyasubako.core.desk.offering import USUAL_OFFERING, OfferRules, TurnDownReason
from meyasubako.core.desk.priorities import USUAL_PRIORITIES, PriorityRules
from meyasubako.core.desk.statistics import NOT_PUBLISHED, StatisticsRules
from meyasubako.core.fitting import USUAL_WEIGHTS, Weights
from meyasubako.core.vocabulary import CaseKind, Outcome, ProviderKind, RequesterType

REMINDER_AT = "8:30"
"""When staff are reminded of what is due, where a desk names no hour."""

UNTRIAGED_REASONS = (
    "相談者・投稿者の返事を待っている",
    "内容を確かめているところ",
    "振り分ける先を相談しているところ",
    "月末に届いたばかりで、まだ見ていない",
)
"""Why a case may be left untriaged when its month is closed, unless the desk says it in its own words."""


class Coded(Protocol):
    """Anything stored data refers to by a code."""

    @property
    def code(self) -> str: ...

    @property
    def retired(self) -> bool: ...


CodedItem = TypeVar("CodedItem", bound=Coded)


@dataclass(frozen=True, slots=True)
class KindOption:
    """種類: whether the desk takes suggestions, consultations or both."""

    code: CaseKind
    label: str
    short_label: str
    description: str
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """相談者・投稿者のまとまり: one row of the tally by requester."""

    code: str
    label: str
    retired: bool = False


@dataclass(frozen=True, slots=True)
class RequesterOption:
    """相談者・投稿者の区分 as this desk words it, with the group it is counted in."""

    code: RequesterType
    label: str
    group: str
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Purpose:
    """相談内容・提案の種類. Forms and tallies print the label, lists the short label."""

    code: str
    label: str
    short_label: str
    description: str
    keywords: tuple[str, ...]
    kind: CaseKind | None
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """分野, a tree. Description and keywords teach the suggestions for triage."""

    code: str
    label: str
    description: str
    keywords: tuple[str, ...]
    children: tuple["Topic", ...] = ()
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Division:
    """担当課, with the topics it usually answers for."""

    code: str
    label: str
    topics: tuple[str, ...]
    retired: bool = False


@dataclass(frozen=True, slots=True)
class OutcomeLabel:
    """対応結果 in the words of this desk."""

    code: Outcome
    label: str
    retired: bool = False


@dataclass(frozen=True, slots=True)
class OtherOffice:
    """ほかの機関: where people are pointed to, and to whom cases are handed over. `about` says what it is there for."""

    code: str
    label: str
    about: str | None = None
    phone: str | None = None
    page: str | None = None
    retired: bool = False


@dataclass(frozen=True, slots=True)
class DeclineReason:
    """対象外の理由: a label for the staff, the text the requester reads, and the offices to turn to instead."""

    code: str
    label: str
    text: str
    retired: bool = False
    offices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day the office is closed beyond weekends, national holidays and the turn of the year."""

    on: date
    reason: str


@dataclass(frozen=True, slots=True)
class TallyLabels:
    """The headings the desk's tallies are printed under."""

    receipts: str
    cases: str
    requesters: str
    purposes: str
    topics: str


@dataclass(frozen=True, slots=True)
class PublicationRules:
    """公表: whether the form asks for consent, and the sentence that says what is published."""

    asks_consent: bool
    note: str


@dataclass(frozen=True, slots=True)
class SurveyRules:
    """アンケート: whether closing asks if it helped, and the question; how many months later what became of the advice.

    Without `follow_up_months` nobody is asked later.
    """

    enabled: bool
    question: str
    follow_up_months: int | None = None


@dataclass(frozen=True, slots=True)
class Answering:
    """回答の手順: which steps an answer takes before it is sent, and whether one may agree to one's own."""

    contributions: bool = False
    review: bool = False
    approval: bool = False
    own_approval: bool = False

    @property
    def is_decided(self) -> bool:
        """Whether somebody else agrees before an answer is sent."""
        return self.review or self.approval

    @property
    def has_steps(self) -> bool:
        """Whether an answer takes any step but being written and sent."""
        return self.contributions or self.is_decided


@dataclass(frozen=True, slots=True)
class SuggestionRules:
    """振分けの案: how sure one must be, in percent, before anything is suggested. Above 100 nothing ever is."""

    silent_below: int = 30


@dataclass(frozen=True, slots=True)
class StartingTemplate:
    """定型文: a text the desk begins with; from then on it belongs to the desk's own pages."""

    code: str
    label: str
    text: str


@dataclass(frozen=True)
class Desk:
    """A desk as its office defined it. Lookups by code raise KeyError and find retired entries too."""

    code: str
    name: str
    prefecture: str
    office: str
    phone: str | None
    fax: str | None
    email: str | None
    postal_address: tuple[str, ...] | None
    website: str | None
    hours: str
    opened_on: date
    about: str
    steps: tuple[str, ...]
    privacy_purpose: str
    privacy_audience: str
    answer_within_office_days: int | None
    offers: tuple[ProviderKind, ...]
    offer_valid_days: int
    meeting_quota: int | None
    tally_labels: TallyLabels
    publication: PublicationRules
    survey: SurveyRules
    closed_days: tuple[ClosedDay, ...]
    kinds: tuple[KindOption, ...]
    requester_groups: tuple[Group, ...]
    requester_types: tuple[RequesterOption, ...]
    purposes: tuple[Purpose, ...]
    topics: tuple[Topic, ...]
    fields: tuple[Field, ...]
    divisions: tuple[Division, ...]
    outcomes: tuple[OutcomeLabel, ...]
    decline_reasons: tuple[DeclineReason, ...]
    reply_templates: tuple[StartingTemplate, ...] = ()
    mail_in: str | None = None
    answering: Answering = Answering()
    suggestions: SuggestionRules = SuggestionRules()
    priorities: PriorityRules = USUAL_PRIORITIES
    reminder_at: str = REMINDER_AT
    offices: tuple[OtherOffice, ...] = ()
    matching: Weights = USUAL_WEIGHTS
    offering: OfferRules = USUAL_OFFERING
    turn_down_reasons: tuple[TurnDownReason, ...] = ()
    report_within_days: int | None = None
    areas: tuple[Area, ...] = ()
    untriaged_reasons: tuple[str, ...] = UNTRIAGED_REASONS
    public_statistics: StatisticsRules = NOT_PUBLISHED

    def kind(self, code: str) -> KindOption:
        return _with_code(self.kinds, code)

    def requester_group(self, code: str) -> Group:
        return _with_code(self.requester_groups, code)

    def requester_type(self, code: str) -> RequesterOption:
        return _with_code(self.requester_types, code)

    def purpose(self, code: str) -> Purpose:
        return _with_code(self.purposes, code)

    def topic(self, code: str) -> Topic:
        return _with_code(tuple(self.all_topics()), code)

    def field(self, name: str) -> Field:
        return _with_code(self.fields, name)

    def division(self, code: str) -> Division:
        return _with_code(self.divisions, code)

    def outcome(self, code: str) -> OutcomeLabel:
        return _with_code(self.outcomes, code)

    @property
    def open_turn_down_reasons(self) -> tuple[TurnDownReason, ...]:
        return still_open(self.turn_down_reasons)

    def decline_reason(self, code: str) -> DeclineReason:
        return _with_code(self.decline_reasons, code)

    def office_to_turn_to(self, code: str) -> OtherOffice:
        return _with_code(self.offices, code)

    def offices_for(self, reason: DeclineReason) -> tuple[OtherOffice, ...]:
        """The offices somebody with such a matter can turn to instead."""
        return tuple(self.office_to_turn_to(code) for code in reason.offices)

    @property
    def open_kinds(self) -> tuple[KindOption, ...]:
        """The kinds offered now; every `open_…` leaves out what is retired."""
        return still_open(self.kinds)

    @property
    def open_requester_types(self) -> tuple[RequesterOption, ...]:
        return still_open(self.requester_types)

    @property
    def open_divisions(self) -> tuple[Division, ...]:
        return still_open(self.divisions)

    @property
    def open_outcomes(self) -> tuple[OutcomeLabel, ...]:
        return still_open(self.outcomes)

    @property
    def open_offices(self) -> tuple[OtherOffice, ...]:
        return still_open(self.offices)

    @property
    def open_decline_reasons(self) -> tuple[DeclineReason, ...]:
        return still_open(self.decline_reasons)

    @cached_property
    def open_topics(self) -> tuple[Topic, ...]:
        """The topic tree as it is offered now."""
        return _pruned(self.topics)

    @cached_property
    def open_topic_codes(self) -> frozenset[str]:
        """The codes of the topics offered now: neither they nor any above them are retired."""
        return frozenset(topic.code for topic in walk(self.open_topics))

    def not_to_choose(self, topics: Iterable[str], *, held: Iterable[str] = ()) -> tuple[Topic, ...]:
        """Of these topics, those offered no longer; what is `held` already may stay."""
        choosable = self.open_topic_codes | set(held)
        return tuple(self.topic(code) for code in topics if code not in choosable)

    def open_topics_below(self, code: str) -> tuple[Topic, ...]:
        """The topics offered directly below one, "" for those at the top."""
        if not code:
            return self.open_topics
        return next((topic.children for topic in walk(self.open_topics) if topic.code == code), ())

    def open_purposes(self, kind: CaseKind | None = None) -> tuple[Purpose, ...]:
        """The purposes offered now; with a kind, those that fit it."""
        return tuple(
            purpose for purpose in still_open(self.purposes) if kind is None or purpose.kind in {None, kind}
        )

    def kind_of(self, purpose: str | None) -> CaseKind | None:
        """The kind that follows from a purpose, or the only kind there is; None if someone must choose."""
        chosen = None if purpose is None else self.purpose(purpose).kind
        if chosen is not None:
            return chosen
        kinds = self.open_kinds
        return kinds[0].code if len(kinds) == 1 else None

    def all_topics(self) -> Iterator[Topic]:
        """Every topic, retired ones too, each before its children."""
        return walk(self.topics)

    def topic_leaves(self) -> tuple[Topic, ...]:
        """The topics offered now that have none below them."""
        return tuple(topic for topic in walk(self.open_topics) if not topic.children)

    def topic_line(self, code: str) -> tuple[Topic, ...]:
        """The topics from the top of the tree down to this one."""
        line = _line_to(self.topics, code)
        if not line:
            raise KeyError(code)
        return line

    def topic_path(self, code: str) -> tuple[str, ...]:
        """The labels from the top of the tree down to this topic."""
        return tuple(topic.label for topic in self.topic_line(code))

    def group_of(self, requester_type: RequesterType) -> Group | None:
        """The group a requester is counted in; None for a type the desk does not know, such as 不明."""
        for option in self.requester_types:
            if option.code == requester_type:
                return self.requester_group(option.group)
        return None

    def divisions_for(self, topic: str) -> tuple[Division, ...]:
        """The divisions that usually answer for a topic, or for the nearest topic above it."""
        for code in (step.code for step in reversed(self.topic_line(topic))):
            found = tuple(division for division in self.open_divisions if code in division.topics)
            if found:
                return found
        return ()

    def fields_for(self, kind: CaseKind | None, requester_type: RequesterType | None) -> tuple[Field, ...]:
        """The form's fields for this kind and requester; None (not known yet) leaves nothing out."""
        return tuple(field for field in still_open(self.fields) if field.is_for(kind, requester_type))

    def has_field(self, name: str) -> bool:
        """Whether the form asks for this now."""
        return any(field.name == name for field in still_open(self.fields))

    def topic_and_below(self, code: str) -> tuple[Topic, ...]:
        """A topic with all that lie below it."""
        return tuple(walk((self.topic(code),)))

    def is_closed_on(self, day: date) -> bool:
        """Whether the office named this day as closed; weekends and holidays stand elsewhere."""
        return any(closed.on == day for closed in self.closed_days)

    def closed_on(self, day: date) -> str:
        """Why the office named this day as closed; "" if it did not."""
        return next((closed.reason for closed in self.closed_days if closed.on == day), "")


def still_open(items: tuple[CodedItem, ...]) -> tuple[CodedItem, ...]:
    """What is not retired."""
    return tuple(item for item in items if not item.retired)


def walk(topics: tuple[Topic, ...]) -> Iterator[Topic]:
    """The tree from top to bottom, each topic before its children."""
    for topic in topics:
        yield topic
        yield from walk(topic.children)


def _with_code(items: tuple[CodedItem, ...], code: str) -> CodedItem:
    for item in items:
        if item.code == code:
            return item
    raise KeyError(code)


def _pruned(topics: tuple[Topic, ...]) -> tuple[Topic, ...]:
    return tuple(replace(topic, children=_pruned(topic.children)) for topic in still_open(topics))


def _line_to(topics: tuple[Topic, ...], code: str) -> tuple[Topic, ...]:
    for topic in topics:
        if topic.code == code:
            return (topic,)
        below = _line_to(topic.children, code)
        if below:
            return (topic, *below)
    return ()
