"""Whole measures by month: what a few figures over many years need, in two queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import ledger
from meyasubako.casework.tallies.counting import ENTRY, known
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.vocabulary import Helpfulness, Measure


@dataclass(frozen=True, slots=True)
class ByMonth:
    """What was booked of some measures, by grade of the survey and month; and the last month that is closed."""

    booked: Mapping[tuple[Measure, Helpfulness | None, Month], int]
    closed: Month | None

    def of(
        self, measure: Measure, first: Month, last: Month, grades: Collection[Helpfulness] | None = None
    ) -> int:
        """How much a range of months holds; with `grades`, only answers to the survey with these."""
        return sum(
            number
            for (counted, grade, month), number in self.booked.items()
            if counted is measure and first <= month <= last and (grades is None or grade in grades)
        )

    def is_final(self, last: Month) -> bool:
        """Whether everything up to a month is closed (確定値)."""
        return self.closed is not None and last <= self.closed


def by_month(
    session: Session, applied: AppliedDesk, measures: Collection[Measure], *, as_of: datetime | None = None
) -> ByMonth:
    """What was booked of these measures; with `as_of`, as it was known at the end of that Japanese day.

    What one thing can be counted for several times (分野) is not for here.
    """
    cutoff = None if as_of is None else dates.end_of_day(dates.japan_day(as_of))
    closed = ledger.last_closed(session, applied.id, as_of=cutoff)
    if not measures:
        return ByMonth({}, closed)
    rows = session.execute(
        select(ENTRY.measure, ENTRY.grade, ENTRY.booked_month, func.sum(ENTRY.sign))
        .where(*known(applied.id, cutoff), ENTRY.measure.in_(measures))
        .group_by(ENTRY.measure, ENTRY.grade, ENTRY.booked_month)
    )
    booked = {(measure, grade, month): int(number) for measure, grade, month, number in rows}
    return ByMonth(booked, closed)
