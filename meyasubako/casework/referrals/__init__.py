"""Referrals (引継ぎ): a case is handed to another office outside the desk, with the requester's consent or without what
would tell who they are; the office accepts or turns down, and what came of it is kept.
"""

from meyasubako.casework.referrals.handing_over import Handover, answer, conclude, refer
from meyasubako.casework.referrals.viewing import (
    OPEN,
    Listed,
    Listing,
    ReferralView,
    Wanted,
    case_of,
    listing,
    take_along,
    view,
)

__all__ = [
    "OPEN",
    "Handover",
    "Listed",
    "Listing",
    "ReferralView",
    "Wanted",
    "answer",
    "case_of",
    "conclude",
    "listing",
    "refer",
    "take_along",
    "view",
]
