"""Case files (案件の記録): what the desk's staff read: the inbox with what waits for them, what was put aside
for checking, and everything of one case.

Reads only. Contact data comes with it only for those whose role may see it.
"""

from meyasubako.casework.casefiles.allowed import JOINING, NEEDS, Action
from meyasubako.casework.casefiles.candidates import Candidate
from meyasubako.casework.casefiles.case_file import (
    CaseFile,
    case_file,
    desk_of,
    offer_on_file,
    place_of,
    version_of,
)
from meyasubako.casework.casefiles.counts import MOST_COUNTED, Count, WorkCounts
from meyasubako.casework.casefiles.history import Happening
from meyasubako.casework.casefiles.inbox import (
    PAGE_SIZE,
    InboxPage,
    InboxRow,
    inbox,
    neighbours,
)
from meyasubako.casework.casefiles.joined import Alike, BundleOnFile, Joined, Other, alike, bundle
from meyasubako.casework.casefiles.loading import staff_of
from meyasubako.casework.casefiles.parts import (
    Contact,
    Deadline,
    MailOnFile,
    MatterOnFile,
    OfferOnFile,
    Said,
    SurveyOnFile,
    Triaged,
)
from meyasubako.casework.casefiles.places import Cursor
from meyasubako.casework.casefiles.quarantine import QuarantinePage, QuarantineRow, quarantine

__all__ = [
    "JOINING",
    "MOST_COUNTED",
    "NEEDS",
    "PAGE_SIZE",
    "Action",
    "Alike",
    "BundleOnFile",
    "Candidate",
    "CaseFile",
    "Contact",
    "Count",
    "Cursor",
    "Deadline",
    "Happening",
    "InboxPage",
    "InboxRow",
    "Joined",
    "MailOnFile",
    "MatterOnFile",
    "OfferOnFile",
    "Other",
    "QuarantinePage",
    "QuarantineRow",
    "Said",
    "SurveyOnFile",
    "Triaged",
    "WorkCounts",
    "alike",
    "bundle",
    "case_file",
    "desk_of",
    "inbox",
    "neighbours",
    "offer_on_file",
    "place_of",
    "quarantine",
    "staff_of",
    "version_of",
]
