"""Japanese time: instants are UTC, months, fiscal years and deadlines are Japanese.

A month is written as its number yyyymm (202206), a fiscal year as the year it begins in (2022 for 令和4年度, April to March).
"""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from meyasubako.core.sentences import Moment

JAPAN = ZoneInfo("Asia/Tokyo")

Month = int

CLOCKS_APART = timedelta(minutes=5)
"""How far the clocks of several machines may stand apart. What lies further ahead than it can was written before a
clock was set back."""

WEEKDAYS = "月火水木金土日"

# First day of each era, as proclaimed; the desk holds no documents older than 昭和.
ERAS = (
    (date(2019, 5, 1), "令和"),
    (date(1989, 1, 8), "平成"),
    (date(1926, 12, 25), "昭和"),
)

_TYPED_MONTH = re.compile(
    r"(?:(令和|平成|昭和)(?=[元0-9]{1,2}年)|(?=[0-9]{4}))(元|[0-9]{1,4})[-/年]([0-9]{1,2})月?"
)

_ERA_WORDS = {
    word: name for (_, name), letter in zip(ERAS, "RHS", strict=True) for word in (name, name[0], letter)
}
_TYPED_DAY = re.compile(
    rf"(?:({'|'.join(sorted(_ERA_WORDS, key=len, reverse=True))})?(元|[0-9]{{1,4}})[-/.年])?"
    r"([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:\(([月火水木金土日])(?:曜日?)?\))?"
)
_TYPED_FISCAL_YEAR = re.compile(
    rf"(?:({'|'.join(sorted(_ERA_WORDS, key=len, reverse=True))})(元|[0-9]{{1,2}})|([0-9]{{4}}))(?:年度?)?"
)
LONGEST_MOMENT = 100
_TYPED_MOMENT = re.compile(
    r"(.+?)(?:T|\s+|(?<=[日)]))([0-9]{1,2})(?::([0-9]{2})(?::00)?|時(?:([0-9]{1,2})分|(半))?)", re.IGNORECASE
)
_DIGITS_ONLY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_DASHES = str.maketrans("ー―‐−–", "-----")


def now() -> datetime:
    """The clock, read by views, the worker and the command line only."""
    return datetime.now(UTC)


def japan_day(instant: datetime) -> date:
    """The Japanese calendar date of an aware instant."""
    return instant.astimezone(JAPAN).date()


def month_of(instant: datetime) -> Month:
    """The Japanese month of an instant: 15:00Z on 31 March is April."""
    return month_of_day(japan_day(instant))


def month_of_day(day: date) -> Month:
    """The month of a calendar date as yyyymm."""
    return day.year * 100 + day.month


def parse_month(text: str) -> Month:
    """Read YYYY-MM. Raises ValueError when it is not a month."""
    year, dash, month = text.partition("-")
    if not (dash and len(year) == 4 and len(month) == 2 and year.isascii() and month.isascii()):
        raise ValueError(text)
    number = int(year) * 100 + int(month)
    if not 1 <= int(month) <= 12 or not 1926 <= int(year) <= 9998:
        raise ValueError(text)
    return number


def read_month(typed: str) -> Month:
    """Read a month as people type it: 2026-06, 2026/6, 2026年6月, 令和8年6月, wide digits. Raises ValueError."""
    plain = "".join(unicodedata.normalize("NFKC", typed).split())
    found = _TYPED_MONTH.fullmatch(plain)
    if found is None:
        raise ValueError(typed)
    era, years, month = found.groups()
    year = 1 if years == "元" else int(years)
    if not era:
        return parse_month(f"{year:04d}-{int(month):02d}")
    first = next(first for first, name in ERAS if name == era)
    number = parse_month(f"{first.year + year - 1:04d}-{int(month):02d}")
    if not wareki_month(number).startswith(era):
        raise ValueError(typed)
    return number


def read_day(typed: str, *, today: date) -> date:
    """Read a day as people type it: 2026-07-03, 7/3, 7月3日（金）, 令和8年7月3日, R8.7.3, 20260703, wide digits.

    A day without its year is the nearest one to `today`. Raises ValueError for what is no day, or another day of the week.
    """
    plain = "".join(unicodedata.normalize("NFKC", typed.translate(_DASHES)).split()).upper()
    plain = _DIGITS_ONLY.sub(r"\1-\2-\3", plain) if len(plain) == 8 else plain
    found = _TYPED_DAY.fullmatch(plain)
    if found is None:
        raise ValueError(typed)
    era, years, month, day, weekday = found.groups()
    if years is None:
        read = _nearest(int(month), int(day), today)
    elif era is None:
        if len(years) != 4:
            raise ValueError(typed)
        read = date(int(years), int(month), int(day))
    else:
        name = _ERA_WORDS[era]
        first = next(first for first, known in ERAS if known == name)
        year = 1 if years == "元" else int(years)
        read = date(first.year + year - 1, int(month), int(day))
        if year < 1 or era_year(read) != (name, year):
            raise ValueError(typed)
    if weekday and WEEKDAYS[read.weekday()] != weekday:
        raise ValueError(typed)
    return read


def is_day(written: str) -> bool:
    """Whether a text is a calendar date as forms and files write it: 2026-07-03."""
    with suppress(ValueError):
        return date.fromisoformat(written).isoformat() == written
    return False


def _nearest(month: int, day: int, today: date) -> date:
    candidates: list[date] = []
    for year in (today.year - 1, today.year, today.year + 1):
        with suppress(ValueError):
            candidates.append(date(year, month, day))
    return min(candidates, key=lambda each: abs(each - today))


def month_text(month: Month) -> str:
    """Write a month as YYYY-MM, the form addresses and files use."""
    return f"{month // 100:04d}-{month % 100:02d}"


def next_month(month: Month, step: int = 1) -> Month:
    """The month `step` months later (earlier when negative)."""
    index = month // 100 * 12 + month % 100 - 1 + step
    return index // 12 * 100 + index % 12 + 1


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Every month from first to last, both included."""
    while first <= last:
        yield first
        first = next_month(first)


def fiscal_year(month: Month) -> int:
    """The Japanese fiscal year (April–March) a month belongs to."""
    return month // 100 if month % 100 >= 4 else month // 100 - 1


def read_fiscal_year(typed: str) -> int:
    """Read a fiscal year as people type it: R4, 令和4年度, H30, 2022, wide digits. Raises ValueError."""
    found = _TYPED_FISCAL_YEAR.fullmatch("".join(unicodedata.normalize("NFKC", typed).split()).upper())
    if found is None:
        raise ValueError(typed)
    era, years, year = found.groups()
    if era:
        first = next(first for first, name in ERAS if name == _ERA_WORDS[era])
        year = first.year + (1 if years == "元" else int(years)) - 1
    if not 1926 <= int(year) <= 2999:
        raise ValueError(typed)
    return int(year)


def fiscal_year_months(year: int) -> tuple[Month, Month]:
    """First and last month of a fiscal year."""
    return year * 100 + 4, (year + 1) * 100 + 3


def start_of_day(day: date) -> datetime:
    """The instant a Japanese calendar day begins; of the first day there is, the first instant there is."""
    try:
        return datetime.combine(day, time.min, JAPAN).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def start_of_month(month: Month) -> datetime:
    """The instant a Japanese month begins."""
    return start_of_day(date(month // 100, month % 100, 1))


def end_of_day(day: date) -> datetime:
    """The last instant that belongs to a Japanese calendar day."""
    return datetime.combine(day, time.max, JAPAN).astimezone(UTC)


def era_year(day: date) -> tuple[str, int]:
    """Era name and year in it, for a date from 昭和 on."""
    for first, name in ERAS:
        if day >= first:
            return name, day.year - first.year + 1
    raise ValueError(day)


def _era_text(name: str, year: int) -> str:
    return f"{name}{'元' if year == 1 else year}"


def wareki(day: date) -> str:
    """令和8年7月10日."""
    return f"{_era_text(*era_year(day))}年{day.month}月{day.day}日"


def wareki_month(month: Month) -> str:
    """令和8年6月. A month in which an era begins is written in the era of its last day."""
    last = date(next_month(month) // 100, next_month(month) % 100, 1) - timedelta(days=1)
    return f"{_era_text(*era_year(last))}年{month % 100}月"


def fiscal_year_text(year: int) -> str:
    """令和4年度 for 2022; 2019 is 令和元年度, as prefectures print it."""
    return f"{_era_text(*era_year(date(year, 12, 31)))}年度"


def day_text(day: date) -> str:
    """7月10日（金）."""
    return f"{day.month}月{day.day}日（{WEEKDAYS[day.weekday()]}）"


def instant_text(instant: datetime) -> str:
    """令和8年7月3日 10時12分, Japanese time."""
    local = instant.astimezone(JAPAN)
    return f"{wareki(local.date())} {local.hour}時{local.minute:02d}分"


def moment_text(instant: datetime) -> str:
    """7月10日（金） 14時30分, 7月10日（金） 14時; Japanese time."""
    local = instant.astimezone(JAPAN)
    minutes = f"{local.minute:02d}分" if local.minute else ""
    return f"{day_text(local.date())} {local.hour}時{minutes}"


def moment(instant: datetime) -> Moment:
    """The same, to be said in every language."""
    return Moment(moment_text(instant), instant)


def read_moment(typed: str, *, today: date) -> datetime:
    """Read a time as people type it, with its day as `read_day`: 2026-07-10T14:00, 7/10 14:00, 7月10日（金）14時半.

    Raises ValueError for a day or a time there is not.
    """
    # The pattern is tried from every place of a text: a long one would keep everybody waiting.
    plain = unicodedata.normalize("NFKC", typed[:LONGEST_MOMENT].translate(_DASHES)).strip()
    found = _TYPED_MOMENT.fullmatch(plain) if len(typed) <= LONGEST_MOMENT else None
    if found is None:
        raise ValueError(typed)
    day, hour, minute, minutes, half = found.groups()
    at = time(int(hour), 30 if half else int(minute or minutes or 0))
    try:
        return datetime.combine(read_day(day, today=today), at, JAPAN).astimezone(UTC)
    except OverflowError:
        raise ValueError(typed) from None
