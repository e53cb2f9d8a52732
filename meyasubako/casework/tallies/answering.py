"""Answers any question to the tallies from the ledger, with one way of counting for every table, file and chart."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from meyasubako.casework.tallies.cells import PAGE_LENGTH, Behind, Counted, lines_of
from meyasubako.casework.tallies.counting import ENTRY, group_code, known, presence, subject_of
from meyasubako.casework.tallies.questions import DEFINITIONS, TOPICS, Answer, Number, Question
from meyasubako.casework.tallies.rows import TOTAL, UNKNOWN, Head, heads_of
from meyasubako.casework.tallies.shape import Part
from meyasubako.casework.tallies.spans import time_code, time_label
from meyasubako.casework.tallies.sums import figures
from meyasubako.casework.tallies.times import Times, Tree, times
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.desk import Desk
from meyasubako.core.errors import NotFound
from meyasubako.core.numbers import share
from meyasubako.core.policy import Actor, Need
from meyasubako.core.tabulation import Filters
from meyasubako.core.vocabulary import TIMES, Dimension, Measure, Quantity, RequesterType
from meyasubako.store.models import Case, Receipt

Codes = tuple[str, ...]
Sums = Counter[tuple[Codes, Month, bool]]

_OF_RECEIPT: Final = frozenset(
    {
        Dimension.REQUESTER_GROUP,
        Dimension.REQUESTER_TYPE,
        Dimension.CHANNEL,
        Dimension.KIND,
        Dimension.MUNICIPALITY,
    }
)
_ANY_WAY: Final = _OF_RECEIPT - {Dimension.KIND, Dimension.MUNICIPALITY} | {
    Dimension.PURPOSE,
    Dimension.TOPIC,
}
_KEPT: Final[Mapping[Quantity, frozenset[Dimension]]] = {
    Quantity.RECEIPTS: _ANY_WAY,
    Quantity.CASES: _ANY_WAY | {Dimension.STATUS},
    Quantity.CLOSED: frozenset({Dimension.OUTCOME}),
}
"""What is kept beside the ledger, and so is there at once."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with all that is needed to count it."""

    session: Session
    applied: AppliedDesk
    question: Question
    cutoff: datetime | None
    when: Times


_Kept = Mapping[tuple[Measure, Dimension | None], Sequence[tuple[str, Month, bool, int]]]
"""What is kept by measure and dimension: code, month, whether it is that month's own, and the number."""


def answer(session: Session, applied: AppliedDesk, question: Question) -> Answer:
    """The figures a question asks for. Raises InvalidInput for what cannot be counted so."""
    return answers(session, applied, (question,))[0]


def answers(session: Session, applied: AppliedDesk, questions: Sequence[Question]) -> list[Answer]:
    """The same for several questions; what they have in common is read once."""
    for question in questions:
        question.check()
    known_at = {(each.last, each.as_of): _asked(session, applied, each) for each in questions}
    asked = [replace(known_at[each.last, each.as_of], question=each) for each in questions]
    kept = _kept(asked)
    return [_answer(each, kept.get(each.question.as_of)) for each in asked]


def _answer(asked: _Asked, kept: _Kept | None) -> Answer:
    question = asked.question
    numbers: dict[tuple[Quantity, str, str], Number] = {}
    for quantity in dict.fromkeys(_counted(question.quantities)):
        for place, number in _numbers(asked, quantity, kept).items():
            numbers[(quantity, *place)] = number
    rows = tuple(_heads(asked, question.rows, {row for _, row, _ in numbers}))
    columns = tuple(_heads(asked, question.columns, {column for _, _, column in numbers}))
    for quantity in question.quantities:
        definition = DEFINITIONS[quantity]
        if definition.part and definition.whole:
            for place in {(row, column) for each, row, column in numbers if each is definition.whole}:
                part = numbers.get((definition.part, *place), Number())
                whole = numbers[(definition.whole, *place)].booked
                numbers[(quantity, *place)] = Number(percent=share(part.booked, whole), of=whole)
    return Answer(question, rows, columns, numbers)


def behind(
    session: Session,
    applied: AppliedDesk,
    question: Question,
    quantity: Quantity,
    *,
    row: str = TOTAL,
    column: str = TOTAL,
    part: Part | None = None,
    by: Actor,
    skip: int = 0,
    limit: int = PAGE_LENGTH,
) -> Behind:
    """The receipts or cases a figure counts, newest first; of a share, those it is a share of. Raises NotFound."""
    if not by.may(Need.VIEW_TALLIES, applied.id) or not by.may(Need.VIEW_CASES, applied.id):
        raise NotFound
    question.check()
    quantity = DEFINITIONS[quantity].whole or quantity
    codes: dict[Dimension, str] = {}
    first, last = question.first, question.last
    for dimension, code in ((question.rows, row), (question.columns, column)):
        if code == TOTAL or dimension is None:
            if code != TOTAL:
                raise NotFound
        elif dimension in TIMES:
            months = [
                month
                for month in dates.months_between(question.first, question.last)
                if time_code(dimension, month) == code
            ]
            if not months:
                raise NotFound
            first, last = max(first, months[0]), min(last, months[-1])
        else:
            codes[dimension] = code
    asked = _asked(session, applied, replace(question, first=min(first, last), last=last))
    changes = _changes(asked, quantity, tuple(codes))
    is_own = changes.c.booked_month == changes.c.effective_month
    where: list[ColumnElement[bool]] = [changes.c[each.value] == code for each, code in codes.items()]
    if first > last:
        where.append(changes.c.booked_month == 0)
    if part is not None:
        where.append(is_own if part is Part.VALUE else ~is_own)
    net = cast(func.sum(changes.c.change), Integer)
    subjects = (
        select(changes.c.subject, net.label("net"))
        .where(*where)
        .group_by(changes.c.subject)
        .having(net != 0)
        .subquery()
    )
    length, figure = session.execute(
        select(func.count(), func.coalesce(cast(func.sum(subjects.c.net), Integer), 0)).select_from(subjects)
    ).one()
    measure = DEFINITIONS[quantity].measure
    table = Receipt if measure is Measure.RECEIPTS else Case
    found = session.execute(
        select(subjects.c.subject, subjects.c.net)
        .join(table, table.id == subjects.c.subject)
        .order_by(table.received_at.desc(), table.id.desc())
        .offset(skip)
        .limit(limit)
    ).all()
    lines = lines_of(session, measure, [subject for subject, _ in found])
    return Behind(
        figure, length, tuple(Counted(net, tuple(lines.get(subject, ()))) for subject, net in found)
    )


def _asked(session: Session, applied: AppliedDesk, question: Question) -> _Asked:
    cutoff = None if question.as_of is None else dates.end_of_day(question.as_of)
    return _Asked(session, applied, question, cutoff, times(session, applied, question.last, cutoff))


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


def _is_kept(quantity: Quantity, dimensions: tuple[Dimension, ...]) -> bool:
    return quantity in _KEPT and len(dimensions) < 2 and _KEPT[quantity].issuperset(dimensions)


def _kept(asked: Sequence[_Asked]) -> dict[date | None, _Kept]:
    """What is kept for the months of all questions, by the day as of which they ask."""
    found: dict[date | None, _Kept] = {}
    asking: dict[date | None, list[_Asked]] = {}
    for each in asked:
        counted = _counted(each.question.quantities)
        sets = _sets(each.question)
        if not each.question.filters and any(_is_kept(quantity, of) for quantity in counted for of in sets):
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


def _numbers(asked: _Asked, quantity: Quantity, kept: _Kept | None) -> dict[tuple[str, str], Number]:
    question = asked.question
    found: dict[tuple[str, str], list[int]] = {}
    for dimensions in _sets(question):
        if kept is not None and not question.filters and _is_kept(quantity, dimensions):
            sums = _of_kept(kept, question, quantity, dimensions)
        else:
            sums = _sums(asked, quantity, dimensions)
        for (codes, month, is_own), number in sums.items():
            code_of = dict(zip(dimensions, codes, strict=True))
            for row in _places(question.rows, code_of, month):
                for column in _places(question.columns, code_of, month):
                    found.setdefault((row, column), [0, 0])[not is_own] += number
    return {place: Number(own, correction) for place, (own, correction) in found.items()}


def _places(dimension: Dimension | None, code_of: Mapping[Dimension, str], month: Month) -> tuple[str, ...]:
    """In which rows or columns a sum stands: a month's in its own and in the total, any other in one of both."""
    if dimension is None:
        return (TOTAL,)
    if dimension in TIMES:
        return (time_code(dimension, month), TOTAL)
    return (code_of.get(dimension, TOTAL),)


def _of_kept(kept: _Kept, question: Question, quantity: Quantity, dimensions: tuple[Dimension, ...]) -> Sums:
    by = dimensions[0] if dimensions else None
    measure = Measure.STATUSES if by is Dimension.STATUS else DEFINITIONS[quantity].measure
    return Sums(
        {
            ((code,) if dimensions else (), month, is_own): number
            for code, month, is_own, number in kept.get((measure, by), ())
            if question.first <= month <= question.last
        }
    )


def _sums(asked: _Asked, quantity: Quantity, dimensions: tuple[Dimension, ...]) -> Sums:
    changes = _changes(asked, quantity, dimensions)
    is_own = changes.c.booked_month == changes.c.effective_month
    codes = [changes.c[each.value] for each in dimensions]
    by = [*codes, changes.c.booked_month, is_own]
    sums = select(*by, cast(func.sum(changes.c.change), Integer)).group_by(*by)
    found: Sums = Counter()
    for *of_row, month, own, number in asked.session.execute(sums):
        found[tuple(of_row), month, bool(own)] = number
    return found


def _changes(asked: _Asked, quantity: Quantity, dimensions: tuple[Dimension, ...]) -> Subquery:
    """What adds to a figure (+1) or takes from it (−1): which receipt or case, its codes, and in which month it is booked."""
    question, definition = asked.question, DEFINITIONS[quantity]
    filters: Filters = (*question.filters, *((definition.only,) if definition.only else ()))
    used = {*dimensions, *(dimension for dimension, _ in filters)}
    measure, counted_once = _source(definition.measure, used)
    subject = subject_of(definition.measure)
    scope = [
        *known(asked.applied.id, asked.cutoff),
        ENTRY.measure == measure,
        *(_filter(asked, dimension, codes) for dimension, codes in filters),
    ]
    codes = {each.value: _code(asked.applied.desk, each) for each in dimensions}
    if counted_once:
        above: dict[str, Sequence[Tree]] = {}
        if Dimension.TOPIC in dimensions:
            above[Dimension.TOPIC.value] = asked.when.trees
        if Dimension.TOPIC_TOP in dimensions:
            above[Dimension.TOPIC_TOP.value] = tuple(map(_tops_only, asked.when.trees))
        return presence(scope, subject, codes, question.first, question.last, above)
    return (
        select(
            subject.label("subject"),
            *(code.label(name) for name, code in codes.items()),
            ENTRY.effective_month,
            ENTRY.booked_month,
            ENTRY.sign.label("change"),
        )
        .where(*scope, ENTRY.booked_month.between(question.first, question.last))
        .subquery()
    )


def _source(measure: Measure, used: set[Dimension]) -> tuple[Measure, bool]:
    """Under which measure the ledger knows these codes, and whether one thing can have several of them."""
    if measure not in {Measure.RECEIPTS, Measure.CASES}:
        return measure, False
    if used & TOPICS:
        return Measure.TOPICS, True
    if measure is Measure.RECEIPTS and used - _OF_RECEIPT:
        return Measure.CASES, True
    return (Measure.STATUSES if Dimension.STATUS in used else measure), False


def _code(desk: Desk, dimension: Dimension) -> ColumnElement[Any]:
    match dimension:
        case Dimension.REQUESTER_GROUP:
            groups = {each.value: group_code(desk, each) for each in RequesterType}
            return case(groups, value=type_coerce(ENTRY.requester_type, String), else_=UNKNOWN)
        case Dimension.MUNICIPALITY:
            return case((ENTRY.municipality == "", UNKNOWN), else_=ENTRY.municipality)
        case Dimension.TOPIC | Dimension.TOPIC_TOP:
            return func.coalesce(ENTRY.topic, UNKNOWN)
        case _:
            return func.coalesce(type_coerce(getattr(ENTRY, dimension.value), String), UNKNOWN)


def _filter(asked: _Asked, dimension: Dimension, codes: tuple[str, ...]) -> ColumnElement[bool]:
    code = _code(asked.applied.desk, dimension)
    if dimension not in TOPICS:
        return code.in_(codes)
    wanted = set(codes)
    # A topic is in the rows above it, as the tree of its month had them.
    return or_(
        *(
            and_(
                ENTRY.effective_month.between(tree.first, tree.last),
                code.in_(sorted(wanted | {topic for topic, row in tree.pairs if row in wanted})),
            )
            for tree in asked.when.trees
        )
    )


def _tops_only(tree: Tree) -> Tree:
    return Tree(tree.first, tree.last, tuple((topic, rows[0]) for topic, rows in tree.rows.items()))


def _heads(asked: _Asked, dimension: Dimension | None, used: set[str]) -> Iterator[Head]:
    """Rows or columns with a place in the answer, the total last: what the desk offers also where it is zero."""
    if dimension is not None:
        heads = (
            _times(asked.question, dimension) if dimension in TIMES else heads_of(asked.when.desk, dimension)
        )
        wanted = next((codes for each, codes in asked.question.filters if each is dimension), None)
        listed = {head.code for head in heads}
        strange = sorted(used - listed - {TOTAL})
        unknown = [heads.pop()] if heads and heads[-1].code == UNKNOWN else []
        named = [Head(code, asked.when.names.get(code, code), only_if_used=True) for code in strange]
        for head in (*heads, *named, *unknown):
            may_be_empty = not head.only_if_used and (wanted is None or head.code in wanted)
            if may_be_empty or head.code in used:
                yield head
    yield Head(TOTAL, "合計")


def _times(question: Question, dimension: Dimension) -> list[Head]:
    months = dates.months_between(question.first, question.last)
    found = {time_code(dimension, month): time_label(dimension, month) for month in months}
    return [Head(code, label) for code, label in found.items()]
