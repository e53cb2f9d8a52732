"""Tracking (状況の確認): with number and passcode a requester sees where things stand, adds a word, or withdraws,
and reads and corrects what is held about them.

No internal word, note or name is shown. A wrong passcode and an unknown number look the same.
"""

from meyasubako.casework.tracking.access import (
    confirm_email,
    desk_of,
    desk_of_link,
    own_case,
    reissue_passcode,
    unlock,
)
from meyasubako.casework.tracking.acting import (
    ADDITION_LIMIT,
    add,
    add_by_mail,
    withdraw,
    withdraw_publish_consent,
)
from meyasubako.casework.tracking.conversation import Said
from meyasubako.casework.tracking.correcting import Contact, contact, correct, correct_address
from meyasubako.casework.tracking.holding import Held, HeldMatter, held
from meyasubako.casework.tracking.viewing import CaseView, ReceiptView, view

__all__ = [
    "ADDITION_LIMIT",
    "CaseView",
    "Contact",
    "Held",
    "HeldMatter",
    "ReceiptView",
    "Said",
    "add",
    "add_by_mail",
    "confirm_email",
    "contact",
    "correct",
    "correct_address",
    "desk_of",
    "desk_of_link",
    "held",
    "own_case",
    "reissue_passcode",
    "unlock",
    "view",
    "withdraw",
    "withdraw_publish_consent",
]
