"""Answers any question to the tallies from the ledger, with one way of counting for every table, file and chart."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from meyasubako.casework.tallies.heads import heads_for
from meyasubako.casework.tallies.kept import Kept, kept_for
from meyasubako.casework.tallies.questions import DEFINITIONS, Answer, Number, Question
from meyasubako.casework.tallies.reading import Asked, Sums, asked, sums_of
from meyasubako.casework.tallies.rows import TOTAL, UNKNOWN
from meyasubako.casework.tallies.spans import time_code
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.numbers import median, nearest_rank, share
from meyasubako.core.vocabulary import TIMES, Dimension, Quantity

Place = tuple[str, str]
"""A row and a column."""

_MEDIAN: Final = 50


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
    kept = kept_for([(each, _wanted(each.question)) for each in of_all])
    return [_answer(each, kept.get(each.question.as_of)) for each in of_all]


def _answer(of: Asked, kept: Kept | None) -> Answer:
    question = of.question
    numbers: dict[tuple[Quantity, str, str], Number] = {}
    for quantity in dict.fromkeys(_counted(question.quantities)):
        for place, number in _numbers(of, quantity, kept).items():
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


def _wanted(question: Question) -> Iterator[tuple[Quantity, tuple[Dimension, ...]]]:
    """What must be counted by what."""
    for quantity in _counted(question.quantities):
        for ways in _sets(question):
            yield quantity, ways if DEFINITIONS[quantity].percentile is None else (*ways, Dimension.DAYS)


def _numbers(of: Asked, quantity: Quantity, kept: Kept | None) -> dict[Place, Number]:
    question = of.question
    if (percentile := DEFINITIONS[quantity].percentile) is not None:
        return _days(of, quantity, percentile, kept)
    found: dict[Place, list[int]] = {}
    for ways in _sets(question):
        for (codes, month, is_own), number in _sums(of, quantity, ways, kept).items():
            for place in _places(question, dict(zip(ways, codes, strict=True)), month):
                found.setdefault(place, [0, 0])[not is_own] += number
    return {place: Number(own, correction) for place, (own, correction) in found.items()}


def _sums(of: Asked, quantity: Quantity, ways: tuple[Dimension, ...], kept: Kept | None) -> Sums:
    found = None if kept is None else kept.sums(of, quantity, ways)
    return sums_of(of, quantity, ways) if found is None else found


def _days(of: Asked, quantity: Quantity, percentile: int, kept: Kept | None) -> dict[Place, Number]:
    """The days most answers took at most; what was taken back of a closed month is not among those of another."""
    found: dict[Place, Counter[int]] = {}
    for ways in _sets(of.question):
        sums = _sums(of, quantity, (*ways, Dimension.DAYS), kept)
        for (codes, month, _), number in sums.items():
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
