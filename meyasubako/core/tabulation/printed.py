"""What is printed of a form: numbers under headings, the same for the page, the paper, the files, the pictures and the public."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from meyasubako.core.dates import Month
from meyasubako.core.tabulation.words import Picture, Reach


class ValueKind(StrEnum):
    """What a number is, which decides how it is written."""

    COUNT = "count"
    CHANGE = "change"
    """A difference: minus is written △."""
    PERCENT = "percent"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Heading:
    """A column. `key` is its stable name in the table and in files; `group` heads several columns (a quantity, a fiscal year)."""

    key: str
    label: str
    kind: ValueKind = ValueKind.COUNT
    unit: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """A cell. None where there is nothing to divide or to compare with; `of` is what a percentage or a median is of.

    `is_hidden`: the number is kept from the public (秘匿), and is not here either.
    """

    number: int | Decimal | None
    correction: int = 0
    of: int | None = None
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row with a cell for each heading. `depth` sets it in under the row above it."""

    code: str
    label: str
    cells: tuple[Printed, ...]
    depth: int = 0


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """One table. `key` is its stable name in the form; `stub` heads the labels of the rows; the total is counted, not added up.

    `notes` are whole sentences: what stands in several rows, what rounding does to a sum of shares, what was corrected.
    """

    key: str
    title: str
    stub: str
    headings: tuple[Heading, ...]
    lines: tuple[Line, ...]
    total: Line | None
    decimals: int = 1
    notes: tuple[str, ...] = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Tabulation:
    """A form as printed for one span of one desk: final (確定値) or provisional (速報値), as known on `as_of`, reckoned on `counted_on`."""

    desk: str
    desk_name: str
    form: str
    title: str
    reach: Reach
    first: Month
    last: Month
    span: str
    is_final: bool
    as_of: date | None
    counted_on: date
    tables: tuple[PrintedTable, ...]

    @property
    def known_on(self) -> date:
        """The day at the end of which its numbers were known so."""
        return self.as_of or self.counted_on

    @property
    def state_label(self) -> str:
        """Whether its months are closed."""
        return "確定値" if self.is_final else "速報値"
