"""Every table, one module per part of the work."""

from meyasubako.store.models.answers import AnswerDraft, AnswerVersion, Contribution, ReplyTemplate
from meyasubako.store.models.audit import AuditEntry
from meyasubako.store.models.base import Base, table_of
from meyasubako.store.models.cases import (
    Addition,
    Case,
    CaseTopic,
    Event,
    InterimNotice,
    Note,
    Question,
    Receipt,
    Reply,
    Requester,
    Survey,
    SurveyStop,
)
from meyasubako.store.models.desks import DeskAmendment, DeskRevision, DeskRow
from meyasubako.store.models.files import Attachment, Draft, StoredFile
from meyasubako.store.models.indicators import Indicator, IndicatorDefinition, IndicatorYear
from meyasubako.store.models.joining import (
    BulkAct,
    BulkActCase,
    Bundle,
    CaseSplit,
    CaseSplitPart,
    SharedReply,
)
from meyasubako.store.models.learning import CaseTerms, Guess, Learned, LearningDue, Lesson
from meyasubako.store.models.ledger import (
    LedgerEntry,
    LeftUntriaged,
    MonthClosing,
    PublishedMonth,
    TallyProgress,
    TallySum,
)
from meyasubako.store.models.lists import CaseLook, CaseNews, DeskLook, SavedView
from meyasubako.store.models.mails import IncomingMail
from meyasubako.store.models.meetings import Meeting, ProposedDates
from meyasubako.store.models.notices import CaseWatch, ChatState, NoteMention, Notice, NoticeChoice
from meyasubako.store.models.outbox import OutboxMessage
from meyasubako.store.models.people import GuardCounter, Reminder, Staff, StaffGrant, StaffSession
from meyasubako.store.models.profiles import Profile, ProfileDue, ProfileEdition
from meyasubako.store.models.providers import Advice, Offer, Provider, ProviderSession
from meyasubako.store.models.referrals import Referral
from meyasubako.store.models.reports import Report, ReportDue
from meyasubako.store.models.search import SearchDue, SearchPart
from meyasubako.store.models.shortlists import Shortlist, Shortlisted
from meyasubako.store.models.tallies import TallyFormRow

__all__ = [
    "Addition",
    "Advice",
    "AnswerDraft",
    "AnswerVersion",
    "Attachment",
    "AuditEntry",
    "Base",
    "BulkAct",
    "BulkActCase",
    "Bundle",
    "Case",
    "CaseLook",
    "CaseNews",
    "CaseSplit",
    "CaseSplitPart",
    "CaseTerms",
    "CaseTopic",
    "CaseWatch",
    "ChatState",
    "Contribution",
    "DeskAmendment",
    "DeskLook",
    "DeskRevision",
    "DeskRow",
    "Draft",
    "Event",
    "GuardCounter",
    "Guess",
    "IncomingMail",
    "Indicator",
    "IndicatorDefinition",
    "IndicatorYear",
    "InterimNotice",
    "Learned",
    "LearningDue",
    "LedgerEntry",
    "LeftUntriaged",
    "Lesson",
    "Meeting",
    "MonthClosing",
    "Note",
    "NoteMention",
    "Notice",
    "NoticeChoice",
    "Offer",
    "OutboxMessage",
    "Profile",
    "ProfileDue",
    "ProfileEdition",
    "ProposedDates",
    "Provider",
    "ProviderSession",
    "PublishedMonth",
    "Question",
    "Receipt",
    "Referral",
    "Reminder",
    "Reply",
    "ReplyTemplate",
    "Report",
    "ReportDue",
    "Requester",
    "SavedView",
    "SearchDue",
    "SearchPart",
    "SharedReply",
    "Shortlist",
    "Shortlisted",
    "Staff",
    "StaffGrant",
    "StaffSession",
    "StoredFile",
    "Survey",
    "SurveyStop",
    "TallyFormRow",
    "TallyProgress",
    "TallySum",
    "table_of",
]
