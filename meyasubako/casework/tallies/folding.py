"""What entries change in the figures, counted in plain Python: by measure, dimension, code, month booked, own or 訂正, and day known.

What is true of one thing several times is counted once for it, as in counting: here by its presence before and after.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from meyasubako.casework.tallies.rows import TOTAL, UNKNOWN
from meyasubako.casework.tallies.shape import Counts
from meyasubako.casework.tallies.times import Times
from meyasubako.core import dates
from meyasubako.core.dates import Month
from meyasubako.core.vocabulary import Dimension, Measure

Day = int
"""A Japanese day as yyyymmdd."""

Changes = Counter[tuple[Measure, Dimension | None, str, Month, bool, Day]]

BY_ENTRY: Final[Mapping[Measure, tuple[Dimension, ...]]] = {
    Measure.RECEIPTS: (Dimension.REQUESTER_TYPE, Dimension.CHANNEL, Dimension.MUNICIPALITY),
    Measure.CASES: (
        Dimension.REQUESTER_TYPE,
        Dimension.CHANNEL,
        Dimension.PURPOSE,
        Dimension.MUNICIPALITY,
        Dimension.DIVISION,
    ),
    Measure.STATUSES: (Dimension.STATUS, Dimension.PRIORITY),
    Measure.OUTCOMES: (Dimension.OUTCOME, Dimension.DIVISION),
    Measure.OFFERS: (Dimension.PROVIDER_KIND,),
    Measure.ACCEPTANCES: (Dimension.PROVIDER_KIND,),
    Measure.MEETINGS: (Dimension.PROVIDER_KIND,),
    Measure.REPLIES: (Dimension.DIVISION,),
    Measure.SURVEYS: (Dimension.GRADE,),
    Measure.FOLLOW_UPS: (Dimension.PRACTICE,),
    Measure.FIRST_ANSWERS: (Dimension.TIMELINESS, Dimension.DAYS, Dimension.DIVISION),
    Measure.SURVEYS_ASKED: (),
    Measure.SURVEYS_RETURNED: (),
    Measure.FOLLOW_UPS_ASKED: (),
    Measure.FOLLOW_UPS_RETURNED: (),
}
"""What can be true of a thing once only, so that its entries are simply added up, and the total of each measure."""

BY_THING: Final[Mapping[Measure, tuple[tuple[Measure, Dimension], ...]]] = {
    Measure.CASES: ((Measure.RECEIPTS, Dimension.PURPOSE),),
    Measure.TOPICS: ((Measure.RECEIPTS, Dimension.TOPIC), (Measure.CASES, Dimension.TOPIC)),
}
"""Under which measure the ledger keeps what a thing is counted once for."""


class Booked(NamedTuple):
    """An entry as far as it is counted. Its codes are in the order of the dimensions in `CODES`."""

    measure: str
    sign: int
    receipt_id: int
    case_id: int | None
    effective_month: Month
    booked_month: Month
    recorded_at: datetime
    codes: tuple[str | None, ...]


CODES: Final = (
    Dimension.REQUESTER_TYPE,
    Dimension.CHANNEL,
    Dimension.PURPOSE,
    Dimension.TOPIC,
    Dimension.STATUS,
    Dimension.OUTCOME,
    Dimension.MUNICIPALITY,
    Dimension.DIVISION,
    Dimension.PRIORITY,
    Dimension.PROVIDER_KIND,
    Dimension.GRADE,
    Dimension.PRACTICE,
    Dimension.TIMELINESS,
    Dimension.DAYS,
)
"""The dimensions that an entry has a code of its own for, named as their columns are."""

_PLACE: Final = {dimension: place for place, dimension in enumerate(CODES)}


def changes(entries: Iterable[Booked], earlier: Collection[Booked], times: Times) -> Changes:
    """What new entries change. `earlier` are all entries before them of the same receipts under the measures of `BY_THING`."""
    found: Changes = Counter()
    alike: Counter[tuple[str, Month, bool, Day, tuple[str | None, ...]]] = Counter()
    later: list[Booked] = []
    for entry in entries:
        is_own = entry.booked_month == entry.effective_month
        day = _day(entry.recorded_at)
        alike[entry.measure, entry.booked_month, is_own, day, entry.codes] += entry.sign
        if entry.measure in BY_THING:
            later.append(entry)
    for (measure, month, is_own, day, codes), number in alike.items():
        dimensions = BY_ENTRY.get(Measure(measure))
        if dimensions is not None:
            found[Measure(measure), None, TOTAL, month, is_own, day] += number
            for dimension in dimensions:
                code = codes[_PLACE[dimension]] or UNKNOWN
                found[Measure(measure), dimension, code, month, is_own, day] += number
    found.update(by_thing([*earlier, *later], times))
    found.subtract(by_thing(earlier, times))
    return Counter({key: number for key, number in found.items() if number})


def by_thing(entries: Collection[Booked], times: Times) -> Changes:
    """The figures of what is counted once for each thing; `entries` are all there are of these receipts."""
    found: Changes = Counter()
    for measure, counted_as in BY_THING.items():
        of_measure = [entry for entry in entries if entry.measure == measure]
        for as_measure, dimension in counted_as:
            lines: dict[tuple[int | None, str, Month], list[Booked]] = {}
            for entry in of_measure:
                thing = entry.receipt_id if as_measure is Measure.RECEIPTS else entry.case_id
                for code in _rows(entry, dimension, times):
                    lines.setdefault((thing, code, entry.effective_month), []).append(entry)
            for (_, code, effective), line in lines.items():
                for month, day, change in _presence(line):
                    found[as_measure, dimension, code, month, month == effective, day] += change
    return found


def of_all_days(changed: Changes, *, until: Day | None = None) -> Counts:
    """The same without the days; with `until`, only what was known by the end of that day."""
    counts: Counts = Counter()
    for (measure, dimension, code, month, is_own, day), number in changed.items():
        if until is None or day <= until:
            counts[measure, dimension, code, month, is_own] += number
    return counts


def day_of(instant: datetime) -> Day:
    """The Japanese day of an instant as it is kept."""
    day = dates.japan_day(instant)
    return dates.month_of_day(day) * 100 + day.day


def _day(instant: datetime) -> Day:
    return _day_of_hour(instant.replace(minute=0, second=0, microsecond=0))


@lru_cache(4096)
def _day_of_hour(hour: datetime) -> Day:
    return day_of(hour)


def _rows(entry: Booked, dimension: Dimension, times: Times) -> Sequence[str]:
    code = entry.codes[_PLACE[dimension]]
    if code is None:
        return (UNKNOWN,)
    return times.rows_of(code, entry.effective_month) if dimension is Dimension.TOPIC else (code,)


def _presence(line: Sequence[Booked]) -> Iterator[tuple[Month, Day, int]]:
    """How the figure of each month changed on each day: a thing is there from its first entry to its last one taken back."""
    if len(line) == 1:
        if line[0].sign > 0:
            yield line[0].booked_month, _day(line[0].recorded_at), 1
        return
    months = sorted({entry.booked_month for entry in line})
    before = dict.fromkeys(months, 0)
    for day in sorted({_day(entry.recorded_at) for entry in line}):
        standing, was_there = 0, False
        for month in months:
            standing += sum(
                entry.sign for entry in line if entry.booked_month == month and _day(entry.recorded_at) <= day
            )
            figure = (standing > 0) - was_there
            was_there = standing > 0
            if figure != before[month]:
                yield month, day, figure - before[month]
                before[month] = figure
