"""Behind every figure stand cases: which receipts and cases a cell of a tally counts, and which it takes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Subquery, cast, func, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.casework.tallies.counting import (
    COUNTED_ONCE,
    ENTRY,
    IS_OWN,
    changes_of,
    group_code,
    known,
    subject_of,
)
from meyasubako.casework.tallies.rows import TOTAL, UNKNOWN, label_of_row
from meyasubako.casework.tallies.shape import TABLES, Part, check_range, ledger_measure
from meyasubako.casework.tallies.times import Tree, times
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import (
    Channel,
    Dimension,
    Measure,
    Outcome,
    RequesterType,
    Status,
)
from meyasubako.store.models import Case, Receipt

PAGE_LENGTH: Final = 100


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


@dataclass(frozen=True, slots=True)
class Line:
    """A case as lists show it."""

    case_id: int
    number: str
    title: str
    status: Status
    requester_type: RequesterType
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """A receipt or case behind a figure: +1 or, where a correction took it back, -1, and the cases to open."""

    sign: int
    cases: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """Everything behind a figure. `figure` is what the tally prints; `length` how many there are, taken back ones too.

    `label` is what the row was called in the last month.
    """

    figure: int
    length: int
    counted: tuple[Counted, ...]
    label: str = ""


def cases_behind(
    session: Session, applied: AppliedDesk, cell: Cell, *, by: Actor, skip: int = 0, limit: int = PAGE_LENGTH
) -> Behind:
    """The receipts or cases a figure counts, newest first, `limit` at a time. Raises NotFound for a cell that is not there."""
    if not by.may(Need.VIEW_TALLIES, applied.id) or not by.may(Need.VIEW_CASES, applied.id):
        raise NotFound
    check_range(cell.first, cell.last)
    cutoff = None if cell.as_of is None else dates.end_of_day(dates.japan_day(cell.as_of))
    when = times(session, applied, cell.last, cutoff)
    subjects = _subjects(applied, cell, cutoff, when.trees)
    length, figure = session.execute(
        select(func.count(), func.coalesce(cast(func.sum(subjects.c.net), Integer()), 0)).select_from(
            subjects
        )
    ).one()
    table = Receipt if cell.measure is Measure.RECEIPTS else Case
    found = session.execute(
        select(subjects.c.subject, subjects.c.net)
        .join(table, table.id == subjects.c.subject)
        .order_by(table.received_at.desc(), table.id.desc())
        .offset(skip)
        .limit(limit)
    ).all()
    lines = lines_of(session, cell.measure, [subject for subject, _ in found])
    counted = tuple(Counted(net, tuple(lines.get(subject, ()))) for subject, net in found)
    label = label_of_row(when.desk, cell.dimension, cell.code)
    return Behind(figure, length, counted, label)


def _subjects(applied: AppliedDesk, cell: Cell, cutoff: datetime | None, trees: Sequence[Tree]) -> Subquery:
    """The id of every receipt or case behind a cell with what it adds to the figure."""
    if (cell.measure, cell.dimension) not in TABLES:
        raise NotFound
    if (cell.measure, cell.dimension) in COUNTED_ONCE and cell.code != TOTAL:
        changes = changes_of(
            known(applied.id, cutoff), cell.measure, cell.dimension, cell.first, cell.last, trees
        )
        is_own = changes.c.booked_month == changes.c.effective_month
        net = cast(func.sum(changes.c.change), Integer())
        where = [changes.c.code == cell.code, *_part(cell.part, is_own)]
        found = select(changes.c.subject, net.label("net")).where(*where).group_by(changes.c.subject)
        return found.having(net != 0).subquery()
    subject = subject_of(cell.measure)
    net = cast(func.sum(ENTRY.sign), Integer())
    found = (
        select(subject.label("subject"), net.label("net"))
        .where(
            *known(applied.id, cutoff),
            ENTRY.measure == ledger_measure(cell.measure, cell.dimension),
            ENTRY.booked_month.between(cell.first, cell.last),
            *_part(cell.part, IS_OWN),
            *_codes(applied, cell),
        )
        .group_by(subject)
        .having(net != 0)
    )
    return found.subquery()


def _part(part: Part | None, is_own: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    if part is None:
        return []
    return [is_own if part is Part.VALUE else ~is_own]


def _codes(applied: AppliedDesk, cell: Cell) -> list[ColumnElement[bool]]:
    if cell.code == TOTAL:
        return []
    try:
        match cell.dimension:
            case Dimension.REQUESTER_TYPE:
                return [ENTRY.requester_type == RequesterType(cell.code)]
            case Dimension.REQUESTER_GROUP:
                of_group = [each for each in RequesterType if group_code(applied.desk, each) == cell.code]
                return [ENTRY.requester_type.in_(of_group)]
            case Dimension.PURPOSE:
                return [func.coalesce(ENTRY.purpose, UNKNOWN) == cell.code]
            case Dimension.CHANNEL:
                return [ENTRY.channel == Channel(cell.code)]
            case Dimension.STATUS:
                return [ENTRY.status == Status(cell.code)]
            case _:
                return [ENTRY.outcome == Outcome(cell.code)]
    except ValueError:
        raise NotFound from None


def lines_of(session: Session, measure: Measure, subjects: list[int]) -> dict[int, list[Line]]:
    """The cases of these receipts, or these cases, by receipt or case."""
    key: Any = Case.receipt_id if measure is Measure.RECEIPTS else Case.id
    found: dict[int, list[Line]] = {}
    rows = session.execute(
        select(key, Case, Receipt.number)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(key.in_(subjects))
        .order_by(Case.receipt_id, Case.ordinal)
    )
    for subject, case, number in rows:
        found.setdefault(subject, []).append(line(case, number))
    return found


def line(case: Case, receipt_number: str) -> Line:
    """A case as lists show it."""
    return Line(
        case_id=case.id,
        number=cases.case_number(receipt_number, case.ordinal),
        title=case.title,
        status=case.status,
        requester_type=case.requester_type,
        received_at=case.received_at,
    )
