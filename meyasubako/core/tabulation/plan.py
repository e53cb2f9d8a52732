"""A form (様式): which tables an office prints for a month, a quarter, a fiscal year or since it opened.

It is data, made by the desk or ready-made.
"""

from dataclasses import dataclass

from meyasubako.core.tabulation.words import Picture, Reach, Shown
from meyasubako.core.vocabulary import Dimension, Quantity

Filters = tuple[tuple[Dimension, tuple[str, ...]], ...]
"""Only what has one of these codes, of each of these dimensions."""


@dataclass(frozen=True, slots=True)
class TablePlan:
    """One table. With `columns` every quantity is divided by them; without, `shown` says what is printed of each.

    `empty_rows`: rows of zero are printed too. `unknown_row`: 不明 is printed also when it is zero. `decimals` of shares: 0 or 1.
    `to_date`: the table reaches from April to the end of what the form is printed for.
    """

    title: str
    quantities: tuple[Quantity, ...]
    rows: Dimension | None = None
    columns: Dimension | None = None
    shown: tuple[Shown, ...] = (Shown.SPAN,)
    filters: Filters = ()
    empty_rows: bool = True
    unknown_row: bool = True
    total: bool = True
    decimals: int = 1
    picture: Picture | None = None
    note: str = ""
    to_date: bool = False


@dataclass(frozen=True, slots=True)
class TallyForm:
    """A form (様式): `code` is its stable name at its desk, `title` what the office calls it."""

    code: str
    title: str
    reach: Reach
    tables: tuple[TablePlan, ...]
