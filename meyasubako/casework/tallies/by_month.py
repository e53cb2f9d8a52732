"""Whole figures by month: what the figures of many years are made of."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from meyasubako.casework import ledger
from meyasubako.casework.tallies.answering import answers
from meyasubako.casework.tallies.questions import Question
from meyasubako.casework.tallies.shape import MOST_MONTHS
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.vocabulary import Dimension, Quantity


@dataclass(frozen=True, slots=True)
class ByMonth:
    """What was booked of some quantities in each month; and the last month that is closed."""

    booked: Mapping[tuple[Quantity, Month], int]
    closed: Month | None

    def of(self, quantity: Quantity, first: Month, last: Month) -> int:
        """How much a range of months holds."""
        return sum(
            number
            for (counted, month), number in self.booked.items()
            if counted is quantity and first <= month <= last
        )

    def is_final(self, last: Month) -> bool:
        """Whether everything up to a month is closed (確定値)."""
        return self.closed is not None and last <= self.closed


def by_month(
    session: Session,
    applied: AppliedDesk,
    quantities: Collection[Quantity],
    first: Month,
    last: Month,
    *,
    as_of: date | None = None,
) -> ByMonth:
    """What was booked of quantities that add up, however many months there are; `as_of` as it was known at the end of a day."""
    cutoff = None if as_of is None else dates.end_of_day(as_of)
    closed = ledger.last_closed(session, applied.id, as_of=cutoff)
    if not quantities:
        return ByMonth({}, closed)
    asked: list[Question] = []
    while first <= last:
        until = min(last, dates.next_month(first, MOST_MONTHS - 1))
        asked.append(Question(tuple(quantities), first, until, Dimension.MONTH, as_of=as_of))
        first = dates.next_month(until)
    booked = {
        (quantity, month): answered.number(quantity, dates.month_text(month)).booked
        for answered in answers(session, applied, asked)
        for month in dates.months_between(answered.question.first, answered.question.last)
        for quantity in quantities
    }
    return ByMonth(booked, closed)
