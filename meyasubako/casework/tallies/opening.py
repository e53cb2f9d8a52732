"""Opens the receipts and cases behind any figure that was answered."""

from dataclasses import replace

from sqlalchemy import ColumnElement, Integer, cast, func, select
from sqlalchemy.orm import Session

from meyasubako.casework.tallies.cells import PAGE_LENGTH, Behind, Counted, lines_of
from meyasubako.casework.tallies.questions import DEFINITIONS, Question
from meyasubako.casework.tallies.reading import asked, changes_of_question
from meyasubako.casework.tallies.rows import TOTAL
from meyasubako.casework.tallies.shape import Part
from meyasubako.casework.tallies.spans import time_code
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor, Need
from meyasubako.core.tabulation import Filters
from meyasubako.core.vocabulary import TIMES, Measure, Quantity
from meyasubako.store.models import Case, Receipt


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
    """The receipts or cases a figure counts, newest first; of a share or a median, those it is of. Raises NotFound."""
    if not by.may(Need.VIEW_TALLIES, applied.id) or not by.may(Need.VIEW_CASES, applied.id):
        raise NotFound
    question.check()
    quantity = DEFINITIONS[quantity].whole or quantity
    picked: Filters = ()
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
            picked = (*picked, (dimension, (code,)))
    of = asked(session, applied, replace(question, first=min(first, last), last=last))
    changes = changes_of_question(of, quantity, (), more=picked)
    is_own = changes.c.booked_month == changes.c.effective_month
    where: list[ColumnElement[bool]] = []
    if first > last:
        where.append(changes.c.booked_month == 0)
    if part is not None:
        where.append(is_own if part is Part.VALUE else ~is_own)
    net = cast(func.sum(changes.c.change), Integer())
    subjects = (
        select(changes.c.subject, net.label("net"))
        .where(*where)
        .group_by(changes.c.subject)
        .having(net != 0)
        .subquery()
    )
    length, figure = session.execute(
        select(func.count(), func.coalesce(cast(func.sum(subjects.c.net), Integer()), 0)).select_from(
            subjects
        )
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
