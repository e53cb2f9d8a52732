"""Matching (打診): a case is offered to advisers, partners or support organisations, who accept or turn down, advise and meet.

Until acceptance a provider sees only what the desk wrote for them; contact data only afterwards, with the requester's consent.
"""

from meyasubako.casework.matching.asking import expire_overdue, hand_back, offer, remind_open, revoke
from meyasubako.casework.matching.holding import (
    LONGEST_MEETING,
    Told,
    case_of,
    case_of_meeting,
    correct,
    meet,
    strike,
)
from meyasubako.casework.matching.offering import Brief
from meyasubako.casework.matching.overview import LEAST_ANSWERS, Overview, overview
from meyasubako.casework.matching.ranking import LONGEST_WISH, UNWANTED, Order, rank, rank_for
from meyasubako.casework.matching.reporting import (
    ReportView,
    Written,
    owe_reports,
    remind_of_reports,
    report,
    view_report,
)
from meyasubako.casework.matching.shortlists import (
    FEWEST,
    LONGEST_ABOUT,
    MOST,
    ToRank,
    ask_next,
    case_of_shortlist,
    drop,
    shortlist,
)
from meyasubako.casework.matching.turns import begin_waiting
from meyasubako.casework.matching.viewing import (
    AdviceView,
    Contact,
    MeetingView,
    OfferLine,
    OfferLink,
    OfferView,
    desk_of,
    find_link,
    live_offers,
    view_offer,
)
from meyasubako.casework.matching.working import accept, advise, note_contact_seen, turn_down

__all__ = [
    "FEWEST",
    "LEAST_ANSWERS",
    "LONGEST_ABOUT",
    "LONGEST_MEETING",
    "LONGEST_WISH",
    "MOST",
    "UNWANTED",
    "AdviceView",
    "Brief",
    "Contact",
    "MeetingView",
    "OfferLine",
    "OfferLink",
    "OfferView",
    "Order",
    "Overview",
    "ReportView",
    "ToRank",
    "Told",
    "Written",
    "accept",
    "advise",
    "ask_next",
    "begin_waiting",
    "case_of",
    "case_of_meeting",
    "case_of_shortlist",
    "correct",
    "desk_of",
    "drop",
    "expire_overdue",
    "find_link",
    "hand_back",
    "live_offers",
    "meet",
    "note_contact_seen",
    "offer",
    "overview",
    "owe_reports",
    "rank",
    "rank_for",
    "remind_of_reports",
    "remind_open",
    "report",
    "revoke",
    "shortlist",
    "strike",
    "turn_down",
    "view_offer",
    "view_report",
]
