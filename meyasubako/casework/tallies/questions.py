"""What can be asked of the tallies, and what an answer is: figures by rows and columns, all from the ledger.

A figure that counts is the sum of its entries; one that is a share says of how many. Totals are counted, never added up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from meyasubako.casework.tallies.rows import TOTAL, Head
from meyasubako.casework.tallies.shape import check_range
from meyasubako.core.dates import Month
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.tabulation import Filters, ValueKind
from meyasubako.core.vocabulary import (
    TIMES,
    Dimension,
    Helpfulness,
    Measure,
    Practice,
    Quantity,
    Timeliness,
    Word,
)

_OF_ANYONE: Final = frozenset(
    {
        Dimension.REQUESTER_GROUP,
        Dimension.REQUESTER_TYPE,
        Dimension.PURPOSE,
        Dimension.CHANNEL,
        Dimension.KIND,
        Dimension.DIVISION,
        Dimension.MUNICIPALITY,
        Dimension.AREA,
    }
)
MOST_MONTHS_ASKED: Final = 600
"""A form from the opening of a desk on is printed for as long as the desk is there."""
TOPICS: Final = frozenset({Dimension.TOPIC, Dimension.TOPIC_TOP})
AS_IT_STANDS: Final = frozenset({Dimension.STATUS, Dimension.PRIORITY})
"""How cases are divided by what they are when it is counted."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a quantity is made of: entries of one measure, of them only those with these codes; or one quantity divided by another.

    With `percentile` it is what so many percent of the first answers took at most, in office days.
    """

    measure: Measure
    unit: str
    dimensions: frozenset[Dimension]
    only: tuple[Dimension, tuple[str, ...]] | None = None
    part: Quantity | None = None
    whole: Quantity | None = None
    percentile: int | None = None

    @property
    def kind(self) -> ValueKind:
        """What its numbers are."""
        if self.percentile is not None:
            return ValueKind.DAYS
        return ValueKind.COUNT if self.part is None else ValueKind.PERCENT

    @property
    def adds_up(self) -> bool:
        """Whether months may be added up to a year, as shares and medians may not."""
        return self.kind is ValueKind.COUNT


_OF_CASES: Final = _OF_ANYONE | TOPICS


def _of(measure: Measure, unit: str, *more: Dimension) -> Definition:
    return Definition(measure, unit, _OF_CASES | set(more))


def _only(measure: Measure, unit: str, dimension: Dimension, *words: Word) -> Definition:
    return Definition(measure, unit, _OF_CASES, only=(dimension, tuple(word.value for word in words)))


def _share(measure: Measure, part: Quantity, whole: Quantity) -> Definition:
    return Definition(measure, "％", _OF_CASES, part=part, whole=whole)


def _days(percentile: int) -> Definition:
    return replace(_FIRST, unit="開庁日", percentile=percentile)


_FIRST: Final = Definition(Measure.FIRST_ANSWERS, "項目", _OF_CASES | {Dimension.PRIORITY})
_IN_TIME: Final = (Dimension.TIMELINESS, (Timeliness.IN_TIME.value,))
_DUE: Final = (Dimension.TIMELINESS, (Timeliness.IN_TIME.value, Timeliness.LATE.value))

DEFINITIONS: Final[Mapping[Quantity, Definition]] = {
    Quantity.RECEIPTS: _of(Measure.RECEIPTS, "件"),
    Quantity.CASES: _of(Measure.CASES, "項目", Dimension.STATUS, Dimension.PRIORITY),
    Quantity.CLOSED: _of(Measure.OUTCOMES, "項目", Dimension.OUTCOME),
    Quantity.OFFERED: _of(Measure.OFFERS, "件", Dimension.PROVIDER_KIND),
    Quantity.ACCEPTED: _of(Measure.ACCEPTANCES, "件", Dimension.PROVIDER_KIND),
    Quantity.MEETINGS: _of(Measure.MEETINGS, "回", Dimension.PROVIDER_KIND),
    Quantity.REPLIES: _of(Measure.REPLIES, "件"),
    Quantity.SURVEYED: _of(Measure.SURVEYS, "件", Dimension.GRADE),
    Quantity.HELPFUL: _only(
        Measure.SURVEYS, "件", Dimension.GRADE, Helpfulness.HELPED, Helpfulness.HELPED_SOMEWHAT
    ),
    Quantity.HELPFUL_SHARE: _share(Measure.SURVEYS, Quantity.HELPFUL, Quantity.SURVEYED),
    Quantity.FOLLOWED_UP: _of(Measure.FOLLOW_UPS, "件", Dimension.PRACTICE),
    Quantity.PRACTISED: _only(Measure.FOLLOW_UPS, "件", Dimension.PRACTICE, Practice.DONE, Practice.PARTLY),
    Quantity.PRACTISED_SHARE: _share(Measure.FOLLOW_UPS, Quantity.PRACTISED, Quantity.FOLLOWED_UP),
    Quantity.ANSWERED: replace(_FIRST, dimensions=_FIRST.dimensions | {Dimension.TIMELINESS, Dimension.DAYS}),
    Quantity.ANSWERED_DUE: replace(_FIRST, only=_DUE),
    Quantity.IN_TIME: replace(_FIRST, only=_IN_TIME),
    Quantity.IN_TIME_SHARE: replace(_FIRST, unit="％", part=Quantity.IN_TIME, whole=Quantity.ANSWERED_DUE),
    Quantity.MEDIAN_DAYS: _days(50),
    Quantity.NINETY_DAYS: _days(90),
    Quantity.SURVEYS_ASKED: _of(Measure.SURVEYS_ASKED, "件"),
    Quantity.SURVEYS_RETURNED: _of(Measure.SURVEYS_RETURNED, "件"),
    Quantity.RESPONSE_RATE: _share(Measure.SURVEYS_ASKED, Quantity.SURVEYS_RETURNED, Quantity.SURVEYS_ASKED),
    Quantity.FOLLOW_UPS_ASKED: _of(Measure.FOLLOW_UPS_ASKED, "件"),
    Quantity.FOLLOW_UPS_RETURNED: _of(Measure.FOLLOW_UPS_RETURNED, "件"),
    Quantity.FOLLOW_UP_RATE: _share(
        Measure.FOLLOW_UPS_ASKED, Quantity.FOLLOW_UPS_RETURNED, Quantity.FOLLOW_UPS_ASKED
    ),
}


@dataclass(frozen=True, slots=True)
class Question:
    """Which figures, of which months, in which rows and columns, of what only, and as known at the end of which day."""

    quantities: tuple[Quantity, ...]
    first: Month
    last: Month
    rows: Dimension | None = None
    columns: Dimension | None = None
    filters: Filters = ()
    as_of: date | None = None

    def check(self) -> None:
        """Raises InvalidInput for what cannot be counted so, with the field at fault."""
        check_range(self.first, self.last, most=MOST_MONTHS_ASKED)
        if not self.quantities:
            raise InvalidInput(FieldError("quantities", "数えるものを1つは選んでください。"))
        if self.rows is not None and self.rows is self.columns:
            raise InvalidInput(FieldError("columns", "行と列には、別のものを選んでください。"))
        asked = [
            ("rows", self.rows),
            ("columns", self.columns),
            *(("filters", each) for each, _ in self.filters),
        ]
        for quantity in self.quantities:
            for field, dimension in asked:
                if field == "filters" and dimension in TIMES:
                    raise InvalidInput(FieldError(field, "月は、初めと終わりの月で選んでください。"))
                if dimension is not None and dimension not in DEFINITIONS[quantity].dimensions | TIMES:
                    message = f"「{quantity.label}」は、{dimension.label}ごとには数えられません。"
                    raise InvalidInput(FieldError(field, message))
        of_topic = [field for field, dimension in asked if dimension in TOPICS]
        if len(of_topic) > 1:
            raise InvalidInput(
                FieldError(of_topic[-1], "分野は、行、列、しぼり込みのどれか1つだけで選んでください。")
            )
        counts_now = next((each for _, each in asked if each in AS_IT_STANDS), None)
        if of_topic and counts_now and Quantity.CASES in self.quantities:
            message = f"項目数は、分野と{counts_now.label}を組み合わせて数えられません。"
            raise InvalidInput(FieldError(of_topic[0], message))


@dataclass(frozen=True, slots=True)
class Number:
    """A figure. Of one that counts: its own entries and the corrections (訂正).

    Of a share: the percentage; of a median and the like: the days; of both, of how many it is.
    """

    own: int = 0
    correction: int = 0
    percent: Decimal | None = None
    days: Decimal | None = None
    of: int | None = None

    @property
    def booked(self) -> int:
        """What is printed of a figure that counts."""
        return self.own + self.correction

    @property
    def printed(self) -> int | Decimal | None:
        """What is printed; None for a share or a median of nothing."""
        if self.of is None:
            return self.booked
        return self.days if self.percent is None else self.percent


NOTHING: Final = Number()


@dataclass(frozen=True, slots=True)
class Answer:
    """The figures. Rows and columns are in the desk's order, the total last; without a dimension there is the total only."""

    question: Question
    rows: tuple[Head, ...]
    columns: tuple[Head, ...]
    numbers: Mapping[tuple[Quantity, str, str], Number]

    def number(self, quantity: Quantity, row: str = TOTAL, column: str = TOTAL) -> Number:
        """One figure; nothing where nothing was counted."""
        empty = NOTHING if DEFINITIONS[quantity].kind is ValueKind.COUNT else Number(of=0)
        return self.numbers.get((quantity, row, column), empty)
