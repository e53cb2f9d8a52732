"""How a desk asks several candidates (打診の進め方)."""

from dataclasses import dataclass
from typing import Final

from meyasubako.core.vocabulary import OfferState


@dataclass(frozen=True, slots=True)
class TurnDownReason:
    """辞退の理由, to be chosen by whoever cannot take a case on."""

    code: str
    label: str
    retired: bool = False


@dataclass(frozen=True, slots=True)
class OfferRules:
    """Whether the next in turn is asked by itself; otherwise the staff are told and press a button.

    `reminder_office_days`: so long before its day an offer is reminded of, 0 for never.
    `asks_order`: the form begins with asking the requester for the order, who has so many office days for it.
    """

    next_after_turn_down: bool = True
    next_after_expiry: bool = True
    reminder_office_days: int = 2
    asks_order: bool = False
    order_office_days: int = 5

    def goes_on_after(self, state: OfferState) -> bool:
        """Whether the next in turn is asked by itself when an offer ends like this."""
        ends = {
            OfferState.TURNED_DOWN: self.next_after_turn_down,
            OfferState.EXPIRED: self.next_after_expiry,
        }
        return ends.get(state, False)


USUAL_OFFERING: Final = OfferRules()
"""Where a desk file says nothing."""
