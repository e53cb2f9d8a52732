"""The cells of tables by measure and dimension, as addresses named them before there were forms: what stands behind them."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from meyasubako.casework.tallies.cells import PAGE_LENGTH, Behind
from meyasubako.casework.tallies.opening import behind
from meyasubako.casework.tallies.questions import Question
from meyasubako.casework.tallies.rows import TOTAL, heads_of, label_of_row
from meyasubako.casework.tallies.shape import TABLES, Part
from meyasubako.casework.tallies.times import times
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import Dimension, Measure, Quantity

_QUANTITIES: Final = {Measure.RECEIPTS: Quantity.RECEIPTS, Measure.CASES: Quantity.CASES}


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of a tally: measure, dimension and code, the months it adds up, as of when, and which part of it."""

    measure: Measure
    dimension: Dimension
    code: str
    first: Month
    last: Month
    as_of: datetime | None = None
    part: Part | None = None

    @property
    def quantity(self) -> Quantity:
        """What it counts. Raises NotFound for a table there is not."""
        if (self.measure, self.dimension) not in TABLES:
            raise NotFound
        return Quantity.CLOSED if self.dimension is Dimension.OUTCOME else _QUANTITIES[self.measure]


def cases_behind(
    session: Session, applied: AppliedDesk, cell: Cell, *, by: Actor, skip: int = 0, limit: int = PAGE_LENGTH
) -> Behind:
    """The receipts or cases a figure counts, newest first, `limit` at a time. Raises NotFound for a cell that is not there."""
    as_of = None if cell.as_of is None else dates.japan_day(cell.as_of)
    cutoff = None if as_of is None else dates.end_of_day(as_of)
    desk = times(session, applied, cell.last, cutoff).desk
    if cell.code not in {TOTAL, *(head.code for head in heads_of(desk, cell.dimension))}:
        raise NotFound
    found = behind(
        session,
        applied,
        Question((cell.quantity,), cell.first, cell.last, cell.dimension, as_of=as_of),
        cell.quantity,
        row=cell.code,
        part=cell.part,
        by=by,
        skip=skip,
        limit=limit,
    )
    return replace(found, label=label_of_row(desk, cell.dimension, cell.code))
