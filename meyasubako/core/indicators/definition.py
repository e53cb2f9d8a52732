"""What an indicator is, and what is said of it for one fiscal year."""

from dataclasses import dataclass, replace

from meyasubako.core import dates
from meyasubako.core.indicators.values import Value, value_of
from meyasubako.core.vocabulary import Aim, Gauge


@dataclass(frozen=True, slots=True)
class Definition:
    """An indicator as it stands. Values are kept as they were written; years are fiscal years, None where none is named.

    `since` is the year from which a cumulative one counts; `baseline_note` what its period needs beside years (平均, 10月末).
    """

    heading: str
    label: str
    meaning: str
    unit: str
    aim: Aim
    is_cumulative: bool = False
    since: int | None = None
    gauge: Gauge = Gauge.ENTERED
    baseline: str = ""
    baseline_first: int | None = None
    baseline_last: int | None = None
    baseline_note: str = ""
    division: str = ""
    source: str = ""
    note: str = ""

    @property
    def baseline_value(self) -> Value | None:
        return value_of(self.baseline)

    @property
    def baseline_text(self) -> str:
        """150件（平成30年度～令和2年度）; "" where there is none."""
        value = self.baseline_value
        if value is None:
            return ""
        when = self.baseline_period
        return value.shown(self.unit) + (f"（{when}）" if when else "")

    @property
    def baseline_period(self) -> str:
        """Of which years the baseline is; "" where none are named."""
        return period_text(self.baseline_first, self.baseline_last, self.baseline_note)


@dataclass(frozen=True, slots=True)
class Yearly:
    """What is said of an indicator for one fiscal year. `said` is a person's judgement where words cannot be compared."""

    target: str = ""
    actual: str = ""
    said: bool | None = None
    note: str = ""
    comment: str = ""
    next_action: str = ""

    @property
    def target_value(self) -> Value | None:
        return value_of(self.target)

    @property
    def actual_value(self) -> Value | None:
        return value_of(self.actual)

    @property
    def is_empty(self) -> bool:
        return self == Yearly()

    def with_actual(self, actual: str) -> "Yearly":
        """The same with this actual value."""
        return replace(self, actual=actual)


def period_text(first: int | None, last: int | None, note: str) -> str:
    """令和2年度, 平成30年度～令和2年度, 平成28年度～令和2年度 平均; "" for nothing."""
    years = [dates.fiscal_year_text(year) for year in dict.fromkeys((first, last)) if year is not None]
    return " ".join(part for part in ("～".join(years), note) if part)
