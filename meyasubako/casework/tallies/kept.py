"""What of an answer is kept beside the ledger, and so is there at once: every figure by at most one dimension."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from meyasubako.casework.tallies.folding import BY_ENTRY, BY_THING
from meyasubako.casework.tallies.questions import AS_IT_STANDS, DEFINITIONS
from meyasubako.casework.tallies.reading import Asked, Sums
from meyasubako.casework.tallies.shape import Counts
from meyasubako.casework.tallies.sums import MADE_OF, figures
from meyasubako.core.dates import Month
from meyasubako.core.vocabulary import Dimension, Measure, Quantity

Ways = tuple[Dimension, ...]
"""The dimensions by which something is counted at once."""
Row = tuple[str, Month, bool, int]
"""Code, month booked, whether it is that month's own, and the number."""

_KEPT: Final = frozenset(
    {
        *((measure, None) for measure in BY_ENTRY),
        *((measure, dimension) for measure, dimensions in BY_ENTRY.items() for dimension in dimensions),
        *(of_thing for counted_as in BY_THING.values() for of_thing in counted_as),
    }
)


@dataclass(frozen=True, slots=True)
class Source:
    """Under which measure and dimension something is kept; `codes` are those that count, None for all of them."""

    measure: Measure
    dimension: Dimension | None
    codes: tuple[str, ...] | None = None
    tops_only: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept for some months, by measure and dimension."""

    rows: Mapping[tuple[Measure, Dimension | None], Sequence[Row]]

    def sums(self, of: Asked, quantity: Quantity, ways: Ways) -> Sums | None:
        """What is booked of a quantity in each month of a question, by these dimensions; None where that is not kept."""
        source = source_of(of, quantity, ways)
        if source is None:
            return None
        # A top row is one of all topics: it holds once what is in any topic under it.
        below = (of.when.below_others or frozenset()) if source.tops_only else frozenset[str]()
        found = Sums()
        for code, month, is_own, number in self.rows.get((source.measure, source.dimension), ()):
            if not of.question.first <= month <= of.question.last:
                continue
            if source.codes is not None:
                if code in source.codes:
                    found[(), month, is_own] += number
            elif code not in below:
                found[(code,) if ways else (), month, is_own] += number
        return found


def source_of(of: Asked, quantity: Quantity, ways: Ways) -> Source | None:
    """Where a quantity of a question is kept by these dimensions, if it is."""
    if len(ways) > 1 or of.question.filters:
        return None
    definition = DEFINITIONS[quantity]
    by = ways[0] if ways else None
    measure = definition.measure
    if measure is Measure.CASES and by in AS_IT_STANDS:
        measure = Measure.STATUSES
    found = Source(measure, by)
    if definition.only is not None:
        if by is not None:
            return None
        found = Source(measure, *definition.only)
    elif by is Dimension.TOPIC_TOP:
        if of.when.below_others is None:
            return None
        found = Source(measure, Dimension.TOPIC, tops_only=True)
    kept_by = found.dimension and MADE_OF.get(found.dimension, found.dimension)
    return found if (measure, kept_by) in _KEPT else None


def kept_for(asked_for: Sequence[tuple[Asked, Iterable[tuple[Quantity, Ways]]]]) -> dict[date | None, Kept]:
    """What is kept for the months of all questions and what they count, by the day as of which they ask."""
    asking: dict[date | None, list[Asked]] = {}
    wanted: dict[date | None, set[tuple[Measure, Dimension | None]]] = {}
    for of, counted in asked_for:
        as_of = of.question.as_of
        for quantity, ways in counted:
            if source := source_of(of, quantity, ways):
                asking.setdefault(as_of, []).append(of)
                wanted.setdefault(as_of, set()).add((source.measure, source.dimension))
    return {as_of: _read(alike, frozenset(wanted[as_of])) for as_of, alike in asking.items()}


def _read(alike: Sequence[Asked], wanted: frozenset[tuple[Measure, Dimension | None]]) -> Kept:
    first = min(each.question.first for each in alike)
    last = max(each.question.last for each in alike)
    one = alike[0]
    counts = figures(one.session, one.applied, first, last, one.cutoff, one.when, wanted)
    return Kept(_by_place(counts))


def _by_place(counts: Counts) -> Mapping[tuple[Measure, Dimension | None], Sequence[Row]]:
    found: dict[tuple[Measure, Dimension | None], list[Row]] = {}
    for (measure, dimension, code, month, is_own), number in counts.items():
        found.setdefault((measure, dimension), []).append((code, month, is_own, number))
    return found
