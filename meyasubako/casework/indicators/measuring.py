"""Actual figures that the tallies know: the one place where indicators ask what is counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from meyasubako.casework import tallies
from meyasubako.casework.tallies import ByMonth
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.indicators import Definition, Value
from meyasubako.core.vocabulary import Gauge, Quantity

_QUANTITIES: Final[Mapping[Gauge, Quantity]] = {
    Gauge.RECEIPTS: Quantity.RECEIPTS,
    Gauge.CASES: Quantity.CASES,
    Gauge.CLOSED: Quantity.CLOSED,
    Gauge.REPLIES: Quantity.REPLIES,
    Gauge.OFFERS: Quantity.OFFERED,
    Gauge.ACCEPTANCES: Quantity.ACCEPTED,
    Gauge.MEETINGS: Quantity.MEETINGS,
    Gauge.HELPFUL_SHARE: Quantity.SURVEYED,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of the tallies. `answers` is of how many answers it is a share; `is_final`: every month is closed."""

    value: Value
    is_final: bool
    answers: int | None = None


@dataclass(frozen=True, slots=True)
class Measuring:
    """What the tallies of a desk hold from `begins` to `ends`, for some indicators."""

    booked: ByMonth
    begins: Month
    ends: Month

    def years(self, definition: Definition) -> range:
        """The fiscal years of which the tallies may hold something."""
        if definition.gauge not in _QUANTITIES:
            return range(0)
        return range(dates.fiscal_year(self.begins), dates.fiscal_year(self.ends) + 1)

    def measure(self, definition: Definition, year: int) -> Measured | None:
        """The actual figure of a fiscal year as far as it has come; None where the tallies hold nothing of it."""
        counted = _QUANTITIES.get(definition.gauge)
        first, last = dates.fiscal_year_months(year)
        if counted is None or last < self.begins or first > self.ends:
            return None
        if definition.is_cumulative and definition.since is not None:
            first = min(first, dates.fiscal_year_months(definition.since)[0])
        is_final = self.booked.is_final(last)
        booked = self.booked.of(counted, first, last)
        if definition.gauge is not Gauge.HELPFUL_SHARE:
            return Measured(_value(Decimal(booked)), is_final)
        share = tallies.share(self.booked.of(Quantity.HELPFUL, first, last), booked)
        return None if share is None else Measured(_value(share), is_final, booked)


def look(
    session: Session,
    applied: AppliedDesk,
    definitions: Iterable[Definition],
    *,
    at: datetime,
    as_of: datetime | None,
) -> Measuring:
    """Ask the tallies for what these indicators count, as known now or at the end of a Japanese day."""
    counted = [each for each in definitions if each.gauge in _QUANTITIES]
    quantities = {_QUANTITIES[each.gauge] for each in counted}
    if Quantity.SURVEYED in quantities:
        quantities.add(Quantity.HELPFUL)
    known = at if as_of is None else min(at, as_of)
    begins, ends = dates.month_of_day(applied.desk.opened_on), dates.month_of(known)
    years = [dates.fiscal_year(begins), *(each.since for each in counted if each.since is not None)]
    first, _ = dates.fiscal_year_months(min(years))
    day = None if as_of is None else dates.japan_day(as_of)
    return Measuring(
        tallies.by_month(session, applied, sorted(quantities), first, ends, as_of=day), begins, ends
    )


def _value(number: Decimal) -> Value:
    return Value(str(number), number)
