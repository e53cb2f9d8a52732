"""The words of the desk: every code the data holds, with the Japanese word an official reads for it.

Codes are fixed for all desks and never change once stored; labels that differ between desks stand in the desk files.
"""

from meyasubako.core.vocabulary.answering import Bounce, ContributionState, DraftState, MailState, Message
from meyasubako.core.vocabulary.counting import Dimension, Measure
from meyasubako.core.vocabulary.events import EventKind
from meyasubako.core.vocabulary.helping import (
    ConsentWay,
    Helpfulness,
    MeetingState,
    MeetingWay,
    OfferState,
    Practice,
    ProviderKind,
    ReferralState,
    ShortlistManner,
    ShortlistState,
    Spoken,
    SurveyQuestion,
)
from meyasubako.core.vocabulary.office import ActorKind, AuditAction, Role
from meyasubako.core.vocabulary.receiving import (
    CaseKind,
    Channel,
    FileType,
    Language,
    QuarantineReason,
    RequesterType,
    ScanState,
)
from meyasubako.core.vocabulary.telling import NoticeKind, NoticeWay
from meyasubako.core.vocabulary.words import Word
from meyasubako.core.vocabulary.working import PUBLIC_STEP, Deed, Outcome, Priority, Status, Step

__all__ = [
    "PUBLIC_STEP",
    "WORDS",
    "ActorKind",
    "AuditAction",
    "Bounce",
    "CaseKind",
    "Channel",
    "ConsentWay",
    "ContributionState",
    "Deed",
    "Dimension",
    "DraftState",
    "EventKind",
    "FileType",
    "Helpfulness",
    "Language",
    "MailState",
    "Measure",
    "MeetingState",
    "MeetingWay",
    "Message",
    "NoticeKind",
    "NoticeWay",
    "OfferState",
    "Outcome",
    "Practice",
    "Priority",
    "ProviderKind",
    "QuarantineReason",
    "ReferralState",
    "RequesterType",
    "Role",
    "ScanState",
    "ShortlistManner",
    "ShortlistState",
    "Spoken",
    "Status",
    "Step",
    "SurveyQuestion",
    "Word",
]

WORDS: tuple[type[Word], ...] = (
    RequesterType,
    CaseKind,
    Channel,
    Language,
    FileType,
    ScanState,
    QuarantineReason,
    Status,
    Priority,
    Step,
    Outcome,
    ProviderKind,
    OfferState,
    ShortlistManner,
    ShortlistState,
    ReferralState,
    ConsentWay,
    MeetingWay,
    MeetingState,
    Spoken,
    Helpfulness,
    Practice,
    SurveyQuestion,
    Role,
    EventKind,
    Deed,
    DraftState,
    ContributionState,
    Measure,
    Dimension,
    AuditAction,
    ActorKind,
    Message,
    MailState,
    Bounce,
    NoticeKind,
    NoticeWay,
)
"""Every vocabulary, in the order the glossary prints them."""
