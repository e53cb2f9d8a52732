"""What can be asked of the tallies, and what an answer is: figures by rows and columns, all from the ledger.

A figure that counts is the sum of its entries; one that is a share says of how many. Totals are counted, never added up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from meyasubako.casework.tallies.rows import TOTAL, Head
from meyasubako.casework.tallies.shape import check_range
from meyasubako.core.dates import Month
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.tabulation import Filters
from meyasubako.core.vocabulary import TIMES, Dimension, Helpfulness, Measure, Practice, Quantity

_OF_ANYONE: Final = frozenset(
    {
        Dimension.REQUESTER_GROUP,
        Dimension.REQUESTER_TYPE,
        Dimension.PURPOSE,
        Dimension.CHANNEL,
        Dimension.KIND,
        Dimension.DIVISION,
        Dimension.MUNICIPALITY,
    }
)
TOPICS: Final = frozenset({Dimension.TOPIC, Dimension.TOPIC_TOP})


@dataclass(frozen=True, slots=True)
class Definition:
    """What a quantity is made of: entries of one measure, of them only those with these codes; or one quantity divided by another."""

    measure: Measure
    unit: str
    dimensions: frozenset[Dimension]
    only: tuple[Dimension, tuple[str, ...]] | None = None
    part: Quantity | None = None
    whole: Quantity | None = None

    @property
    def is_share(self) -> bool:
        """Whether it is a percentage."""
        return self.part is not None

    @property
    def adds_up(self) -> bool:
        """Whether months may be added up to a year, as shares may not."""
        return not self.is_share


def _of(measure: Measure, unit: str, *more: Dimension) -> Definition:
    return Definition(measure, unit, _OF_ANYONE | set(more))


_HELPED: Final = (Dimension.GRADE, (Helpfulness.HELPED.value, Helpfulness.HELPED_SOMEWHAT.value))
_DONE: Final = (Dimension.PRACTICE, (Practice.DONE.value, Practice.PARTLY.value))

DEFINITIONS: Final[Mapping[Quantity, Definition]] = {
    Quantity.RECEIPTS: _of(Measure.RECEIPTS, "件", *TOPICS),
    Quantity.CASES: _of(Measure.CASES, "項目", *TOPICS, Dimension.STATUS),
    Quantity.CLOSED: _of(Measure.OUTCOMES, "項目", Dimension.OUTCOME),
    Quantity.OFFERED: _of(Measure.OFFERS, "件", Dimension.PROVIDER_KIND),
    Quantity.ACCEPTED: _of(Measure.ACCEPTANCES, "件", Dimension.PROVIDER_KIND),
    Quantity.MEETINGS: _of(Measure.MEETINGS, "回", Dimension.PROVIDER_KIND),
    Quantity.REPLIES: _of(Measure.REPLIES, "件"),
    Quantity.SURVEYED: _of(Measure.SURVEYS, "件", Dimension.GRADE),
    Quantity.HELPFUL: Definition(Measure.SURVEYS, "件", _OF_ANYONE, only=_HELPED),
    Quantity.HELPFUL_SHARE: Definition(
        Measure.SURVEYS, "％", _OF_ANYONE, part=Quantity.HELPFUL, whole=Quantity.SURVEYED
    ),
    Quantity.FOLLOWED_UP: _of(Measure.FOLLOW_UPS, "件", Dimension.PRACTICE),
    Quantity.PRACTISED: Definition(Measure.FOLLOW_UPS, "件", _OF_ANYONE, only=_DONE),
    Quantity.PRACTISED_SHARE: Definition(
        Measure.FOLLOW_UPS, "％", _OF_ANYONE, part=Quantity.PRACTISED, whole=Quantity.FOLLOWED_UP
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
        check_range(self.first, self.last)
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
        if of_topic and Dimension.STATUS in {dimension for _, dimension in asked}:
            raise InvalidInput(FieldError(of_topic[0], "分野は、対応状況と組み合わせて数えられません。"))


@dataclass(frozen=True, slots=True)
class Number:
    """A figure. Of one that counts: its own entries and the corrections (訂正). Of a share: the percentage, and of how many."""

    own: int = 0
    correction: int = 0
    percent: Decimal | None = None
    of: int | None = None

    @property
    def booked(self) -> int:
        """What is printed of a figure that counts."""
        return self.own + self.correction

    @property
    def printed(self) -> int | Decimal | None:
        """What is printed; None for a share of nothing."""
        return self.booked if self.of is None else self.percent


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
        empty = Number(of=0) if DEFINITIONS[quantity].is_share else NOTHING
        return self.numbers.get((quantity, row, column), empty)
