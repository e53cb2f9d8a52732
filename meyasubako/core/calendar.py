"""Office days (開庁日): all days but Saturdays, Sundays, national holidays, 12/29–1/3 and the days a desk names itself.

A deadline counts the day of receipt as the first office day, as Nagano's 「6開庁日」 does.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final

import holidays

from meyasubako.core.dates import JAPAN

MORNING: Final = timedelta(hours=4)
"""What no worker sent so long after its hour is left for the next office day."""


@cache
def _national_holidays(year: int) -> Mapping[date, str]:
    return dict(holidays.country_holidays("JP", years=year, language="ja"))


def is_office_day(day: date, is_closed_on: Callable[[date], bool]) -> bool:
    """Whether the office is open; `is_closed_on` names the desk's own closed days."""
    return not (
        day.weekday() >= 5
        or (day.month, day.day) >= (12, 29)
        or (day.month, day.day) <= (1, 3)
        or day in _national_holidays(day.year)
        or is_closed_on(day)
    )


def is_office_morning(begins_at: str, at: datetime, is_closed_on: Callable[[date], bool]) -> bool:
    """Whether it is the hour of an office day (8:30) at which a desk sends what it sends once a day, or shortly after."""
    local = at.astimezone(JAPAN)
    hour, _, minute = begins_at.partition(":")
    begins = datetime.combine(local.date(), time(int(hour), int(minute)), JAPAN)
    return begins <= local < begins + MORNING and is_office_day(local.date(), is_closed_on)


def why_closed(day: date, closed_on: Callable[[date], str]) -> str:
    """Why the office is closed on a day, "" when it is open; `closed_on` gives the desk's own reason."""
    if (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3):
        return "年末年始"
    if name := _national_holidays(day.year).get(day):
        return name
    return closed_on(day) or ("土曜日" if day.weekday() == 5 else "日曜日" if day.weekday() == 6 else "")


def office_day_after(first: date, count: int, is_closed_on: Callable[[date], bool]) -> date:
    """The `count`th office day from `first` on, `first` itself counted when it is one. `count` is at least 1."""
    day = first
    while True:
        if is_office_day(day, is_closed_on):
            count -= 1
            if count == 0:
                return day
        day += timedelta(days=1)


def office_days_in(first: date, last: date, is_closed_on: Callable[[date], bool]) -> int:
    """How many office days there are from `first` to `last`, both counted; 0 when `last` is before `first`."""
    count, day = 0, first
    while day <= last:
        count += is_office_day(day, is_closed_on)
        day += timedelta(days=1)
    return count


def office_days_taken(
    first: date, last: date, stood_still: Iterable[tuple[date, date]], is_closed_on: Callable[[date], bool]
) -> int:
    """How many office days something took, the first and the last day counted.

    Of each time in which it stood still the day on which it began is left out, the day on which it ended is not.
    """
    left_out: set[date] = set()
    for begun, ended in stood_still:
        left_out.update(begun + timedelta(days=each) for each in range((ended - begun).days))
    return office_days_in(first, last, lambda day: day in left_out or is_closed_on(day))


def continued(before: date, days_left: int, day: date, is_closed_on: Callable[[date], bool]) -> date:
    """When something is due whose `days_left` office days go on from `day`; what was late before stays as late as it was."""
    return office_day_after(day, days_left, is_closed_on) if days_left else before


def office_days_until(today: date, due: date, is_closed_on: Callable[[date], bool]) -> int:
    """How many office days are left after today, the day it is due counted; 0 on that day and after it."""
    return office_days_in(today + timedelta(days=1), due, is_closed_on)
