"""Spans of days as people type them: a day, a month, a year, a fiscal year, 先月, and from one to another."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from meyasubako.core import dates

Period = tuple[date | None, date | None]
"""First and last day, both included; None is open."""

_SPAN = re.compile(r"(.*?)(?:\.\.+|…|~|から|より)(.*)")
_YEAR = re.compile(r"(令和|平成|昭和|[RHS])?(元|[0-9]{1,4})年?(度)?", re.IGNORECASE)
_SHORT_MONTH = re.compile(r"([RHS令平昭])(元|[0-9]{1,2})[-/.年]([0-9]{1,2})月?", re.IGNORECASE)
_MONTH_ONLY = re.compile(r"([0-9]{1,2})月")
_ERA_NAMES: Final = {"r": "令和", "h": "平成", "s": "昭和", "令": "令和", "平": "平成", "昭": "昭和"}
_ENDINGS: Final = (("以降", 0), ("以後", 0), ("以前", 1), ("まで", 1))
_WAVES = str.maketrans("〜～∼", "~~~")


def read_period(typed: str, *, today: date) -> Period:
    """Read a span of days: 2026-04, 令和8年4月, 2026-04..2026-06, 4月〜6月, 今年度, 先月, 7/3, 令和8年度, 4月以降.

    Raises ValueError for what is none.
    """
    plain = "".join(unicodedata.normalize("NFKC", typed.translate(_WAVES)).split())
    if not plain:
        raise ValueError(typed)
    if len(plain) > 40:
        raise ValueError(typed)
    for ending, side in _ENDINGS:
        if plain.endswith(ending) and not _SPAN.fullmatch(plain):
            first, last = _span(plain.removesuffix(ending), today)
            return (first, None) if side == 0 else (None, last)
    found = _SPAN.fullmatch(plain)
    if found is None:
        return _span(plain, today)
    begin, end = found[1], found[2].removesuffix("まで")
    if not begin and not end:
        raise ValueError(typed)
    first = _span(begin, today)[0] if begin else None
    last = _span(_with_year_of(begin, end), today)[1] if end else None
    if first is not None and last is not None and last < first:
        raise ValueError(typed)
    return first, last


def _with_year_of(begin: str, end: str) -> str:
    """令和8年4月から6月まで: the month has the year before it."""
    year = re.match(r"((?:令和|平成|昭和)?(?:元|[0-9]{1,4})年)", begin)
    return f"{year[1]}{end}" if year and _MONTH_ONLY.fullmatch(end) else end


def _span(plain: str, today: date) -> tuple[date, date]:
    if plain in _WORDS:
        return _WORDS[plain](today)
    for reader in (_read_month, _read_year):
        try:
            return reader(plain, today)
        except (ValueError, OverflowError):
            continue
    day = dates.read_day(plain, today=today)
    return day, day


def _read_month(plain: str, today: date) -> tuple[date, date]:
    if short := _SHORT_MONTH.fullmatch(plain):
        plain = f"{_ERA_NAMES[short[1].lower()]}{short[2]}年{short[3]}月"
    if alone := _MONTH_ONLY.fullmatch(plain):
        return _nearest_month(int(alone[1]), today)
    return _month(dates.read_month(plain))


def _nearest_month(month: int, today: date) -> tuple[date, date]:
    """A month without its year is the last one that has begun."""
    if not 1 <= month <= 12:
        raise ValueError(month)
    year = today.year if month <= today.month else today.year - 1
    return _month(year * 100 + month)


def _read_year(plain: str, _today: date) -> tuple[date, date]:
    found = _YEAR.fullmatch(plain)
    if found is None or not (found[1] or len(found[2]) == 4):
        raise ValueError(plain)
    number = 1 if found[2] == "元" else int(found[2])
    if found[1]:
        name = _ERA_NAMES.get(found[1].lower(), found[1])
        number += next(first for first, known in dates.ERAS if known == name).year - 1
    if not 1926 <= number <= 9997:
        raise ValueError(plain)
    return _fiscal(number) if found[3] else (date(number, 1, 1), date(number, 12, 31))


def _month(month: dates.Month) -> tuple[date, date]:
    return _months(month, month)


def _months(first: dates.Month, last: dates.Month) -> tuple[date, date]:
    after = dates.next_month(last)
    return date(first // 100, first % 100, 1), date(after // 100, after % 100, 1) - timedelta(days=1)


def _fiscal(year: int) -> tuple[date, date]:
    return _months(*dates.fiscal_year_months(year))


def _days_ago(days: int) -> Callable[[date], tuple[date, date]]:
    return lambda today: (today - timedelta(days=days), today - timedelta(days=days))


def _weeks_ago(weeks: int) -> Callable[[date], tuple[date, date]]:
    def read(today: date) -> tuple[date, date]:
        monday = today - timedelta(days=today.weekday() + 7 * weeks)
        return monday, monday + timedelta(days=6)

    return read


def _months_ago(months: int) -> Callable[[date], tuple[date, date]]:
    return lambda today: _month(dates.next_month(dates.month_of_day(today), -months))


def _years_ago(years: int) -> Callable[[date], tuple[date, date]]:
    return lambda today: (date(today.year - years, 1, 1), date(today.year - years, 12, 31))


def _fiscal_years_ago(years: int) -> Callable[[date], tuple[date, date]]:
    return lambda today: _fiscal(dates.fiscal_year(dates.month_of_day(today)) - years)


_WORDS: Final[dict[str, Callable[[date], tuple[date, date]]]] = {
    **dict.fromkeys(("今日", "きょう", "本日"), _days_ago(0)),
    **dict.fromkeys(("昨日", "きのう"), _days_ago(1)),
    **dict.fromkeys(("明日", "あす"), _days_ago(-1)),
    "今週": _weeks_ago(0),
    "先週": _weeks_ago(1),
    "来週": _weeks_ago(-1),
    "今月": _months_ago(0),
    "先月": _months_ago(1),
    "来月": _months_ago(-1),
    "今年": _years_ago(0),
    **dict.fromkeys(("昨年", "去年"), _years_ago(1)),
    **dict.fromkeys(("今年度", "本年度"), _fiscal_years_ago(0)),
    **dict.fromkeys(("昨年度", "前年度", "去年度"), _fiscal_years_ago(1)),
}
