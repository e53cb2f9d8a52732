"""Which figures somebody wants to see: the form, the month or range, and the day as of which they are known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from urllib.parse import urlencode

from meyasubako.casework import tallies
from meyasubako.casework.tallies import When
from meyasubako.core import dates
from meyasubako.core.dates import Month
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.tabulation import Reach, Tabulation
from meyasubako.core.vocabulary import Dimension

_STEP: Final = {Reach.MONTH: 1, Reach.QUARTER: 3, Reach.FISCAL_YEAR: 12, Reach.FROM_OPENING: 1}


@dataclass(frozen=True, slots=True)
class Asked:
    """A form for the span a month lies in, or for a range from the first to the last month."""

    form: str
    month: Month
    span: tuple[Month, Month] | None = None
    as_of: date | None = None

    @property
    def when(self) -> When:
        """The months, as a form is set out for."""
        return self.span or self.month

    def query(self, *, with_form: bool = True, **more: str) -> str:
        """The query of an address that shows these figures."""
        values = {"form": self.form} if with_form else {}
        if self.span is None:
            values["month"] = dates.month_text(self.month)
        else:
            values |= {"from": dates.month_text(self.span[0]), "to": dates.month_text(self.span[1])}
        if self.as_of is not None:
            values["as_of"] = self.as_of.isoformat()
        return f"?{urlencode({**values, **more})}"

    def of(self, month: Month) -> "Asked":
        """The same for another month."""
        return replace(self, month=month, span=None)


def read(query: Mapping[str, str], present: Month, form: str) -> Asked:
    """What an address asks for; this month of the form `form` if it says nothing. Raises InvalidInput."""
    errors: list[FieldError] = []
    as_of = span = None
    month = present
    if typed := query.get("as_of", "").strip():
        try:
            as_of = date.fromisoformat(typed)
            dates.era_year(as_of)
        except ValueError:
            message = "日付は、2026年6月30日なら 2026-06-30 のように書いてください。"
            errors.append(FieldError("as_of", message))
    if query.get("from", "").strip() or query.get("to", "").strip():
        try:
            span = tallies.read_range(query.get("from", ""), query.get("to", ""))
        except InvalidInput as error:
            errors = [*error.errors, *errors]
    else:
        month = read_month(query.get("month", "")) or present
    if errors:
        raise InvalidInput(*errors)
    return Asked(query.get("form", "") or form, month, span, as_of)


def read_month(typed: str) -> Month | None:
    """The month a text names; None for any other text."""
    try:
        return dates.read_month(typed)
    except ValueError:
        return None


def neighbours(
    asked: Asked, found: Tabulation, earliest: Month, latest: Month
) -> tuple[tuple[str, str] | None, tuple[str, str] | None]:
    """What comes before and after: its name and the query that shows it. None where there is nothing to show."""
    if asked.span is not None:
        return None, None
    step = _STEP[found.reach]
    start = asked.month if found.reach is Reach.FROM_OPENING else found.first
    before, after = dates.next_month(start, -1), dates.next_month(start, step)
    return (
        (name_of(before, found.reach), asked.of(before).query()) if before >= earliest else None,
        (name_of(after, found.reach), asked.of(after).query()) if after <= latest else None,
    )


def year_before(asked: Asked, reach: Reach, earliest: Month) -> str:
    """The query of the same months a year before; "" where there is nothing to show."""
    month = dates.next_month(asked.month, -12)
    if asked.span is not None or reach not in {Reach.MONTH, Reach.QUARTER} or month < earliest:
        return ""
    return asked.of(month).query()


def name_of(month: Month, reach: Reach) -> str:
    """What the span a month lies in is called beside the one shown."""
    match reach:
        case Reach.MONTH:
            return f"{month % 100}月"
        case Reach.QUARTER:
            return tallies.time_label(Dimension.QUARTER, month)
        case Reach.FISCAL_YEAR:
            return tallies.time_label(Dimension.FISCAL_YEAR, month)
        case Reach.FROM_OPENING:
            return f"{month % 100}月まで"


def choices(reach: Reach, earliest: Month, latest: Month) -> dict[str, dict[str, str]]:
    """The spans there are, the newest first, by fiscal year and name: the month that stands for each in an address."""
    years: dict[str, dict[str, str]] = {}
    for month in reversed(list(dates.months_between(earliest, latest))):
        year = dates.fiscal_year_text(dates.fiscal_year(month))
        years.setdefault(year, {})[_in_list(month, reach)] = dates.month_text(month)
    return years


def chosen(asked: Asked, reach: Reach, offered: Mapping[str, Mapping[str, str]]) -> str:
    """The span shown, as `choices` names it; "" for a range of one's own."""
    if asked.span is not None:
        return ""
    year = dates.fiscal_year_text(dates.fiscal_year(asked.month))
    return offered.get(year, {}).get(_in_list(asked.month, reach), "")


def _in_list(month: Month, reach: Reach) -> str:
    match reach:
        case Reach.MONTH:
            return dates.wareki_month(month)
        case Reach.FROM_OPENING:
            return f"{dates.wareki_month(month)}まで"
        case _:
            return name_of(month, reach)
