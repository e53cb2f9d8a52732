"""Answers any question to the tallies from the ledger, with one way of counting for every table, file and chart."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from meyasubako.casework.tallies.heads import heads_for
from meyasubako.casework.tallies.questions import DEFINITIONS, Answer, Number, Question
from meyasubako.casework.tallies.reading import Asked, Sums, asked, sums_of
from meyasubako.casework.tallies.rows import TOTAL, UNKNOWN
from meyasubako.casework.tallies.spans import time_code
from meyasubako.casework.tallies.sums import figures
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.numbers import median, nearest_rank, share
from meyasubako.core.vocabulary import TIMES, Dimension, Measure, Quantity

Place = tuple[str, str]
"""A row and a column."""

_ANY_WAY: Final = frozenset(
    {
        Dimension.REQUESTER_GROUP,
        Dimension.REQUESTER_TYPE,
        Dimension.CHANNEL,
        Dimension.PURPOSE,
        Dimension.TOPIC,
        Dimension.TOPIC_TOP,
    }
)
_KEPT: Final[Mapping[Quantity, frozenset[Dimension]]] = {
    Quantity.RECEIPTS: _ANY_WAY,
    Quantity.CASES: _ANY_WAY | {Dimension.STATUS},
    Quantity.CLOSED: frozenset({Dimension.OUTCOME}),
}
"""What is kept beside the ledger, and so is there at once."""

_MEDIAN: Final = 50


_Kept = Mapping[tuple[Measure, Dimension | None], Sequence[tuple[str, Month, bool, int]]]
"""What is kept by measure and dimension: code, month, whether it is that month's own, and the number."""


def answer(session: Session, applied: AppliedDesk, question: Question) -> Answer:
    """The figures a question asks for. Raises InvalidInput for what cannot be counted so."""
    return answers(session, applied, (question,))[0]


def answers(session: Session, applied: AppliedDesk, questions: Sequence[Question]) -> list[Answer]:
    """The same for several questions; what they have in common is read once."""
    known_at: dict[tuple[Month, date | None], Asked] = {}
    for each in questions:
        each.check()
        if (each.last, each.as_of) not in known_at:
            known_at[each.last, each.as_of] = asked(session, applied, each)
    of_all = [replace(known_at[each.last, each.as_of], question=each) for each in questions]
    kept = _kept(of_all)
    return [_answer(each, kept.get(each.question.as_of)) for each in of_all]


def _answer(of: Asked, kept: _Kept | None) -> Answer:
    question = of.question
    numbers: dict[tuple[Quantity, str, str], Number] = {}
    for quantity in dict.fromkeys(_counted(question.quantities)):
        percentile = DEFINITIONS[quantity].percentile
        found = _numbers(of, quantity, kept) if percentile is None else _days(of, quantity, percentile)
        for place, number in found.items():
            numbers[(quantity, *place)] = number
    rows = tuple(heads_for(question, of.when, question.rows, {row for _, row, _ in numbers}))
    columns = tuple(heads_for(question, of.when, question.columns, {column for _, _, column in numbers}))
    for quantity in question.quantities:
        definition = DEFINITIONS[quantity]
        if definition.part and definition.whole:
            for place in {(row, column) for each, row, column in numbers if each is definition.whole}:
                part = numbers.get((definition.part, *place), Number())
                whole = numbers[(definition.whole, *place)].booked
                numbers[(quantity, *place)] = Number(percent=share(part.booked, whole), of=whole)
    return Answer(question, rows, columns, numbers)


def _counted(quantities: Iterable[Quantity]) -> Iterator[Quantity]:
    """The quantities that must be counted; of a share, what is divided by what."""
    for quantity in quantities:
        definition = DEFINITIONS[quantity]
        if definition.part and definition.whole:
            yield from (definition.part, definition.whole)
        else:
            yield quantity


def _sets(question: Question) -> list[tuple[Dimension, ...]]:
    """By which codes must be counted: for the cells, each total and the total of all, which are no sums of each other."""
    by = [each for each in (question.rows, question.columns) if each is not None and each not in TIMES]
    return list(dict.fromkeys([tuple(by), *((each,) for each in by), ()]))


def _is_kept(of: Asked, quantity: Quantity, ways: tuple[Dimension, ...]) -> bool:
    if of.question.filters or quantity not in _KEPT or len(ways) > 1 or not _KEPT[quantity].issuperset(ways):
        return False
    return Dimension.TOPIC_TOP not in ways or of.when.below_others is not None


def _kept(asked_for: Sequence[Asked]) -> dict[date | None, _Kept]:
    """What is kept for the months of all questions, by the day as of which they ask."""
    found: dict[date | None, _Kept] = {}
    asking: dict[date | None, list[Asked]] = {}
    for each in asked_for:
        sets = _sets(each.question)
        counted = _counted(each.question.quantities)
        if any(_is_kept(each, quantity, ways) for quantity in counted for ways in sets):
            asking.setdefault(each.question.as_of, []).append(each)
    for as_of, alike in asking.items():
        first = min(each.question.first for each in alike)
        last = max(each.question.last for each in alike)
        one = alike[0]
        by_place: dict[tuple[Measure, Dimension | None], list[tuple[str, Month, bool, int]]] = {}
        counts = figures(one.session, one.applied, first, last, one.cutoff, one.when)
        for (measure, dimension, code, month, is_own), number in counts.items():
            by_place.setdefault((measure, dimension), []).append((code, month, is_own, number))
        found[as_of] = by_place
    return found


def _numbers(of: Asked, quantity: Quantity, kept: _Kept | None) -> dict[Place, Number]:
    question = of.question
    found: dict[Place, list[int]] = {}
    for ways in _sets(question):
        from_kept = kept if _is_kept(of, quantity, ways) else None
        sums = sums_of(of, quantity, ways) if from_kept is None else _of_kept(from_kept, of, quantity, ways)
        for (codes, month, is_own), number in sums.items():
            for place in _places(question, dict(zip(ways, codes, strict=True)), month):
                found.setdefault(place, [0, 0])[not is_own] += number
    return {place: Number(own, correction) for place, (own, correction) in found.items()}


def _days(of: Asked, quantity: Quantity, percentile: int) -> dict[Place, Number]:
    """The days most answers took at most; what was taken back of a closed month is not among those of another."""
    found: dict[Place, Counter[int]] = {}
    for ways in _sets(of.question):
        for (codes, month, _), number in sums_of(of, quantity, (*ways, Dimension.DAYS)).items():
            *of_place, days = codes
            if days != UNKNOWN:
                for place in _places(of.question, dict(zip(ways, of_place, strict=True)), month):
                    found.setdefault(place, Counter())[int(days)] += number
    return {place: _reached(+counted, percentile) for place, counted in found.items()}


def _reached(counted: Counter[int], percentile: int) -> Number:
    if percentile == _MEDIAN:
        days = median(counted)
    else:
        reached = nearest_rank(counted, percentile)
        days = None if reached is None else Decimal(reached)
    return Number(days=days, of=counted.total())


def _places(question: Question, code_of: Mapping[Dimension, str], month: Month) -> Iterator[Place]:
    """In which rows and columns a sum stands: a month's in its own and in the total, any other in one of both."""

    def along(dimension: Dimension | None) -> tuple[str, ...]:
        if dimension is None:
            return (TOTAL,)
        if dimension in TIMES:
            return (time_code(dimension, month), TOTAL)
        return (code_of.get(dimension, TOTAL),)

    return ((row, column) for row in along(question.rows) for column in along(question.columns))


def _of_kept(kept: _Kept, of: Asked, quantity: Quantity, ways: tuple[Dimension, ...]) -> Sums:
    by = ways[0] if ways else None
    measure = Measure.STATUSES if by is Dimension.STATUS else DEFINITIONS[quantity].measure
    # A top row is one of all topics: it holds once what is in any topic under it.
    below = (of.when.below_others or frozenset()) if by is Dimension.TOPIC_TOP else frozenset[str]()
    by = Dimension.TOPIC if by is Dimension.TOPIC_TOP else by
    return Sums(
        {
            ((code,) if ways else (), month, is_own): number
            for code, month, is_own, number in kept.get((measure, by), ())
            if of.question.first <= month <= of.question.last and code not in below
        }
    )
