"""Reads what a desk file says of looking for somebody to ask: what counts how much, and how they are asked."""

from dataclasses import fields
from typing import Final

from meyasubako.core.desk.offering import USUAL_OFFERING, OfferRules, TurnDownReason
from meyasubako.core.desk.reading import Codes, Table
from meyasubako.core.fitting import HEAVIEST, USUAL_WEIGHTS, Weights

LONGEST_ORDER: Final = 60
LONGEST_REMINDER: Final = 20


def read_matching(root: Table) -> Weights:
    """The weights; those of the product where the file names none."""
    if not root.has("matching"):
        root.skip("matching")
        return USUAL_WEIGHTS
    table = root.table("matching")
    named = {each.name: table.whole(each.name, at_least=0, at_most=HEAVIEST) for each in fields(Weights)}
    table.close()
    return Weights(
        **{name: getattr(USUAL_WEIGHTS, name) if given is None else given for name, given in named.items()}
    )


def read_turn_down_reasons(root: Table) -> tuple[TurnDownReason, ...]:
    """What can be chosen by whoever turns an offer down; none where it is only written."""
    found: list[TurnDownReason] = []
    codes = Codes()
    for table in root.tables("turn_down_reasons", required=False):
        found.append(TurnDownReason(table.code("code", codes), table.text("label")))
        table.close()
    return tuple(found)


def read_offering(root: Table) -> OfferRules:
    """How several candidates are asked; in the usual way where the file says nothing."""
    if not root.has("offering"):
        root.skip("offering")
        return USUAL_OFFERING
    table, usual = root.table("offering"), USUAL_OFFERING
    reminded = table.whole("reminder_office_days", at_least=0, at_most=LONGEST_REMINDER)
    found = OfferRules(
        next_after_turn_down=table.flag("next_after_turn_down", default=usual.next_after_turn_down),
        next_after_expiry=table.flag("next_after_expiry", default=usual.next_after_expiry),
        reminder_office_days=usual.reminder_office_days if reminded is None else reminded,
        asks_order=table.flag("asks_order", default=usual.asks_order),
        order_office_days=table.whole("order_office_days", at_least=1, at_most=LONGEST_ORDER)
        or usual.order_office_days,
    )
    table.close()
    return found
