"""The months a form is printed for, and those it is compared with: before, a year before, and from April on."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from meyasubako.core import dates
from meyasubako.core.dates import Month
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.tabulation import Reach, Shown
from meyasubako.core.vocabulary import TIMES, Dimension

When = Month | tuple[Month, Month]
"""A month stands for the month, quarter or fiscal year it lies in; two months for all from one to the other."""

_A_YEAR: Final = 12
_MONTHS_OF: Final = {Reach.MONTH: 1, Reach.QUARTER: 3, Reach.FISCAL_YEAR: _A_YEAR}
_MONTHS_OF_ROW: Final = {Dimension.MONTH: 1, Dimension.QUARTER: 3, Dimension.FISCAL_YEAR: _A_YEAR}

_REACH_OF_ROW: Final = {
    Dimension.MONTH: Reach.MONTH,
    Dimension.QUARTER: Reach.QUARTER,
    Dimension.FISCAL_YEAR: Reach.FISCAL_YEAR,
}
_BEFORE: Final = {
    Reach.MONTH: ("前月", "前年同月"),
    Reach.QUARTER: ("前四半期", "前年同期"),
    Reach.FISCAL_YEAR: ("前年度", "前年度"),
}
_YEAR_BEFORE: Final = Shown.YEAR_BEFORE.label


class Base(StrEnum):
    """The months a printed number is counted in."""

    SPAN = "span"
    PREVIOUS = "previous"
    YEAR_BEFORE = "year_before"
    TO_DATE = "to_date"
    TO_DATE_BEFORE = "to_date_before"


BASES: Final = {
    Shown.SPAN: (Base.SPAN,),
    Shown.CORRECTION: (Base.SPAN,),
    Shown.SHARE: (Base.SPAN,),
    Shown.PREVIOUS: (Base.PREVIOUS,),
    Shown.PREVIOUS_CHANGE: (Base.SPAN, Base.PREVIOUS),
    Shown.YEAR_BEFORE: (Base.YEAR_BEFORE,),
    Shown.YEAR_BEFORE_CHANGE: (Base.SPAN, Base.YEAR_BEFORE),
    Shown.YEAR_BEFORE_RATE: (Base.SPAN, Base.YEAR_BEFORE),
    Shown.TO_DATE: (Base.TO_DATE,),
    Shown.TO_DATE_SHARE: (Base.TO_DATE,),
    Shown.TO_DATE_BEFORE: (Base.TO_DATE_BEFORE,),
    Shown.TO_DATE_CHANGE: (Base.TO_DATE, Base.TO_DATE_BEFORE),
    Shown.TO_DATE_RATE: (Base.TO_DATE, Base.TO_DATE_BEFORE),
}
"""What is counted for each column: itself, or what is compared with what."""


@dataclass(frozen=True, slots=True)
class Span:
    """Months from first to last. `step` is how many months back what came before it begins; `reach` is None for any range.

    `is_over` is False for a quarter or year of which not all months have begun.
    """

    first: Month
    last: Month
    step: int
    reach: Reach | None
    is_over: bool = True

    def months(self, base: Base) -> tuple[Month, Month]:
        """First and last month of what a number is counted in."""
        match base:
            case Base.SPAN:
                return self.first, self.last
            case Base.PREVIOUS:
                return self._earlier(self.step)
            case Base.YEAR_BEFORE:
                return self._earlier(_A_YEAR)
            case Base.TO_DATE:
                return dates.fiscal_year_months(dates.fiscal_year(self.last))[0], self.last
            case Base.TO_DATE_BEFORE:
                first, last = self.months(Base.TO_DATE)
                return dates.next_month(first, -_A_YEAR), dates.next_month(last, -_A_YEAR)

    def _earlier(self, step: int) -> tuple[Month, Month]:
        return dates.next_month(self.first, -step), dates.next_month(self.last, -step)

    def row(self, dimension: Dimension, code: str) -> "Span | None":
        """The part of it that is a row by month, quarter or year; None for no such row."""
        months = [
            month
            for month in dates.months_between(self.first, self.last)
            if time_code(dimension, month) == code
        ]
        if not months:
            return None
        return Span(months[0], months[-1], _MONTHS_OF_ROW[dimension], self.reach, self.is_over)

    @property
    def from_april(self) -> "Span":
        """The same from the April before its end on."""
        return Span(*self.months(Base.TO_DATE), _A_YEAR, None, self.is_over)

    @property
    def text(self) -> str:
        """令和8年6月, 令和4年度第1四半期, 令和4年度（5月まで）, 令和3年9月～令和4年5月."""
        year = dates.fiscal_year_text(dates.fiscal_year(self.first))
        until = "" if self.is_over else f"（{self.last % 100}月まで）"
        if self.reach is Reach.QUARTER:
            return f"{year}第{quarter(self.first)}四半期{until}"
        if self.reach is Reach.FISCAL_YEAR:
            return f"{year}{until}"
        text = dates.wareki_month(self.first)
        return text if self.first == self.last else f"{text}～{dates.wareki_month(self.last)}"

    @property
    def word(self) -> str:
        """What a sentence calls it."""
        if self.reach is None or self.reach is Reach.FROM_OPENING:
            return "この期間"
        return f"この{self.reach.label}"


def span_of(desk: Desk, reach: Reach, when: When, today: date) -> Span:
    """The months to print, as far as they have begun. Raises InvalidInput for months that have not."""
    now = dates.month_of_day(today)
    if isinstance(when, tuple):
        first, last = when
        begins = first
        is_over, kind = True, None
    else:
        begins, is_over, kind = when, True, reach
        first = last = when
        if reach is Reach.QUARTER:
            first = dates.next_month(when, -((when % 100 - 4) % 3))
            last = dates.next_month(first, 2)
        elif reach is Reach.FISCAL_YEAR:
            first, last = dates.fiscal_year_months(dates.fiscal_year(when))
        elif reach is Reach.FROM_OPENING:
            first = min(dates.month_of_day(desk.opened_on), when)
        if last > now:
            last, is_over = now, False
    if begins > now or first > now:
        raise InvalidInput(FieldError("month", f"{dates.wareki_month(begins)}は、まだ始まっていません。"))
    length = (last // 100 - first // 100) * _A_YEAR + last % 100 - first % 100 + 1
    return Span(first, last, _MONTHS_OF.get(reach, length) if kind else length, kind, is_over)


def label_of_column(span: Span, shown: Shown, rows: Dimension | None = None) -> str:
    """What heads a column: 6月, 前月差, 今年度累計. Where rows are times, each is compared with its own month or year before."""
    reach = _REACH_OF_ROW.get(rows, span.reach) if rows else span.reach
    if shown is Shown.SPAN:
        if rows in TIMES:
            return f"当{reach.label}" if reach else shown.label
        if reach is Reach.MONTH:
            return f"{span.last % 100}月"
        return f"第{quarter(span.first)}四半期" if reach is Reach.QUARTER else span.text
    if shown is Shown.TO_DATE and rows not in TIMES:
        return "今年度累計"
    previous, year_before = _BEFORE.get(reach or Reach.FROM_OPENING, ("前期", "前年同期"))
    if reach is Reach.FISCAL_YEAR and not span.is_over:
        previous = year_before = "前年度同期"
    if shown.value.startswith(Shown.PREVIOUS.value):
        return shown.label.replace(Shown.PREVIOUS.label, previous)
    if shown.value.startswith(Shown.YEAR_BEFORE.value):
        return shown.label.replace(_YEAR_BEFORE, year_before)
    return shown.label


def quarter(month: Month) -> int:
    """Which quarter of the fiscal year a month lies in, 1 to 4."""
    return (month % 100 - 4) % _A_YEAR // 3 + 1


def time_code(dimension: Dimension, month: Month) -> str:
    """The row or column a month stands in."""
    assert dimension in TIMES, "a month, a quarter or a year"
    if dimension is Dimension.MONTH:
        return dates.month_text(month)
    year = dates.fiscal_year(month)
    return str(year) if dimension is Dimension.FISCAL_YEAR else f"{year}-Q{quarter(month)}"


def time_label(dimension: Dimension, month: Month, *, in_year: bool = False) -> str:
    """令和4年5月, 令和4年度第1四半期, 令和4年度; where its year is said elsewhere, 5月 and 第1四半期."""
    if dimension is Dimension.MONTH:
        return f"{month % 100}月" if in_year else dates.wareki_month(month)
    year = dates.fiscal_year_text(dates.fiscal_year(month))
    if dimension is Dimension.FISCAL_YEAR:
        return year
    return f"第{quarter(month)}四半期" if in_year else f"{year}第{quarter(month)}四半期"
