"""What a desk publishes of its figures (公開統計): which tables, how often they are divided, and which numbers stay hidden."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from meyasubako.core.tabulation import Reach
from meyasubako.core.vocabulary import Dimension, Quantity

LEAST_SMALLEST: Final = 3
"""Below three a hidden number could only be one: it would be hidden in name."""
USUAL_SMALLEST: Final = 3

DIVIDED_BY: Final[Mapping[Quantity, tuple[Dimension, ...]]] = {
    Quantity.RECEIPTS: (
        Dimension.REQUESTER_GROUP,
        Dimension.PURPOSE,
        Dimension.TOPIC_TOP,
        Dimension.CHANNEL,
    ),
    Quantity.CASES: (
        Dimension.REQUESTER_GROUP,
        Dimension.PURPOSE,
        Dimension.TOPIC_TOP,
        Dimension.CHANNEL,
    ),
    Quantity.CLOSED: (Dimension.OUTCOME,),
}
"""What may be published, by what. None of these follows from another, and of topics only the top level is printed:
otherwise one table could tell what another hides."""

REACHES: Final = (Reach.MONTH, Reach.QUARTER, Reach.FISCAL_YEAR)
"""How often a table may be divided."""


@dataclass(frozen=True, slots=True)
class PublicTable:
    """A table everybody may read: how many, divided by what, anew for every month, quarter or fiscal year."""

    quantity: Quantity
    rows: Dimension
    every: Reach


@dataclass(frozen=True, slots=True)
class StatisticsRules:
    """公開統計: whether closed months are published, what of them, and the smallest number a breakdown prints."""

    enabled: bool = False
    smallest: int = USUAL_SMALLEST
    publisher: str = ""
    note: str = ""
    tables: tuple[PublicTable, ...] = ()

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What is counted in the tables, each once; its totals are printed for every month."""
        return tuple(dict.fromkeys(table.quantity for table in self.tables))


NOT_PUBLISHED: Final = StatisticsRules()
"""Where a desk file says nothing."""
