"""Reads from the ledger what a question needs: which entries, with which codes, counted once where a thing has several."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
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

from meyasubako.casework.tallies.counting import (
    ENTRY,
    area_codes,
    code_of,
    group_code,
    known,
    presence,
    subject_of,
)
from meyasubako.casework.tallies.questions import AS_IT_STANDS, DEFINITIONS, TOPICS, Question
from meyasubako.casework.tallies.rows import UNKNOWN
from meyasubako.casework.tallies.times import Times, Tree, times
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.tabulation import Filters
from meyasubako.core.vocabulary import Dimension, Measure, Quantity, RequesterType

Codes = tuple[str, ...]
Sums = Counter[tuple[Codes, Month, bool]]
"""Codes in the order of the dimensions, the month booked, and whether it is that month's own; to a number."""

_OF_RECEIPT: Final = frozenset(
    {
        Dimension.REQUESTER_GROUP,
        Dimension.REQUESTER_TYPE,
        Dimension.CHANNEL,
        Dimension.KIND,
        Dimension.MUNICIPALITY,
        Dimension.AREA,
    }
)
_HANDED_IN: Final = frozenset({Measure.RECEIPTS, Measure.CASES})


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with all that is needed to count it."""

    session: Session
    applied: AppliedDesk
    question: Question
    cutoff: datetime | None
    when: Times


def asked(session: Session, applied: AppliedDesk, question: Question) -> Asked:
    """A question with the desk of its months. Raises InvalidInput for what cannot be counted so."""
    question.check()
    cutoff = None if question.as_of is None else dates.end_of_day(question.as_of)
    return Asked(session, applied, question, cutoff, times(session, applied, question.last, cutoff))


def sums_of(of: Asked, quantity: Quantity, ways: tuple[Dimension, ...]) -> Sums:
    """What is booked of a quantity in each month, by these dimensions."""
    is_one_text = DEFINITIONS[quantity].measure not in _HANDED_IN
    spread = next((each for each in ways if each in TOPICS), None) if is_one_text else None
    changes = changes_of_question(of, quantity, ways)
    is_own = changes.c.booked_month == changes.c.effective_month
    by: list[Any] = [*(changes.c[each.value] for each in ways), changes.c.booked_month, is_own]
    if spread is not None:
        by.append(changes.c.effective_month)
    sums = select(*by, cast(func.sum(changes.c.change), Integer())).group_by(*by)
    found: Sums = Counter()
    for row in of.session.execute(sums):
        codes, month, own, number = tuple(row[: len(ways)]), row[len(ways)], bool(row[len(ways) + 1]), row[-1]
        if spread is None:
            found[codes, month, own] += number
            continue
        place = ways.index(spread)
        for code in rows_of(of.when, spread, codes[place], row[-2]):
            found[(*codes[:place], code, *codes[place + 1 :]), month, own] += number
    return found


def rows_of(when: Times, dimension: Dimension, topics: str | None, effective: Month) -> Iterable[str]:
    """The rows in which a case with these topics stands, each once."""
    codes = (topics or "").split()
    if not codes:
        return (UNKNOWN,)
    lines = (when.rows_of(code, effective) for code in codes)
    if dimension is Dimension.TOPIC_TOP:
        return {line[0] for line in lines}
    return {row for line in lines for row in line}


def changes_of_question(
    of: Asked, quantity: Quantity, dimensions: Sequence[Dimension], *, more: Filters = ()
) -> Subquery:
    """What adds to a figure (+1) or takes from it (−1): which receipt or case, its codes, and in which month it is booked.

    Under a measure that keeps all topics of a case in one text, the code of a topic is that text.
    """
    question, definition = of.question, DEFINITIONS[quantity]
    filters: Filters = (*question.filters, *more, *((definition.only,) if definition.only else ()))
    measure, counted_once = _source(definition.measure, {*dimensions, *(each for each, _ in filters)})
    subject = subject_of(definition.measure)
    scope = [
        *known(of.applied.id, of.cutoff),
        ENTRY.measure == measure,
        *(_filter(of, measure, dimension, codes) for dimension, codes in filters),
    ]
    codes = {each.value: _code(of, measure, each) for each in dimensions}
    if counted_once:
        above: dict[str, Sequence[Tree]] = {}
        if Dimension.TOPIC in dimensions:
            above[Dimension.TOPIC.value] = of.when.trees
        if Dimension.TOPIC_TOP in dimensions:
            above[Dimension.TOPIC_TOP.value] = tuple(map(_tops_only, of.when.trees))
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
    if measure not in _HANDED_IN:
        return measure, False
    if used & TOPICS:
        return Measure.TOPICS, True
    if measure is Measure.RECEIPTS and used - _OF_RECEIPT:
        return Measure.CASES, True
    return (Measure.STATUSES if used & AS_IT_STANDS else measure), False


def _code(of: Asked, measure: Measure, dimension: Dimension) -> ColumnElement[Any]:
    match dimension:
        case Dimension.REQUESTER_GROUP:
            groups = {each.value: group_code(of.applied.desk, each) for each in RequesterType}
            return case(groups, value=type_coerce(ENTRY.requester_type, String), else_=UNKNOWN)
        case Dimension.AREA:
            return case(area_codes(of.when.desk), value=ENTRY.municipality, else_=UNKNOWN)
        case Dimension.TOPIC | Dimension.TOPIC_TOP if measure is not Measure.TOPICS:
            return func.coalesce(ENTRY.topics, "")
        case Dimension.TOPIC | Dimension.TOPIC_TOP:
            return func.coalesce(ENTRY.topic, UNKNOWN)
        case _:
            return code_of(dimension)


def _filter(of: Asked, measure: Measure, dimension: Dimension, codes: tuple[str, ...]) -> ColumnElement[bool]:
    code = _code(of, measure, dimension)
    if dimension not in TOPICS:
        return code.in_(codes)
    wanted = set(codes)
    # A topic is in the rows above it, as the tree of its month had them.
    return or_(
        *(
            and_(
                ENTRY.effective_month.between(tree.first, tree.last),
                _has_topic(code, measure, sorted(wanted | _below(tree, wanted))),
            )
            for tree in of.when.trees
        )
    )


def _has_topic(code: ColumnElement[Any], measure: Measure, wanted: list[str]) -> ColumnElement[bool]:
    if measure is Measure.TOPICS:
        return code.in_(wanted)
    return or_(
        *(
            func.trim(code) == "" if topic == UNKNOWN else code.contains(f" {topic} ", autoescape=True)
            for topic in wanted
        )
    )


def _below(tree: Tree, wanted: set[str]) -> set[str]:
    return {topic for topic, row in tree.pairs if row in wanted}


def _tops_only(tree: Tree) -> Tree:
    return Tree(tree.first, tree.last, tuple((topic, rows[0]) for topic, rows in tree.rows.items()))
