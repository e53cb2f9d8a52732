"""Every cell of any form equals a plain count over what happened, and what is closed never changes."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from meyasubako.casework import tallies
from meyasubako.casework.tallies import TOTAL, Question
from meyasubako.core.dates import JAPAN, Month, fiscal_year, months_between, next_month
from meyasubako.core.errors import InvalidInput, WrongState
from meyasubako.core.tabulation import PrintedTable, Reach, Shown, TablePlan, Tabulation, TallyForm
from meyasubako.core.vocabulary import TIMES, Dimension, Quantity
from meyasubako.store.database import Database
from tests.casework.tally_desk import MIE, TallyDesk, japan, open_desk
from tests.casework.test_tallies_history import numbers_of_desks, steps, take_step
from tests.casework.test_tally_questions import (
    BY_CODE,
    BY_TIME,
    FILTERS,
    Moment,
    dimensions,
    facts,
    is_picture,
    places_of,
    times_of,
)

Counts = Counter[tuple[str, str, Month, bool]]
"""By row, column, month booked, and whether it is that month's own."""

LATER = {
    Shown.PREVIOUS_CHANGE: (Shown.SPAN, Shown.PREVIOUS),
    Shown.YEAR_BEFORE_CHANGE: (Shown.SPAN, Shown.YEAR_BEFORE),
    Shown.TO_DATE_CHANGE: (Shown.TO_DATE, Shown.TO_DATE_BEFORE),
    Shown.YEAR_BEFORE_RATE: (Shown.SPAN, Shown.YEAR_BEFORE),
    Shown.TO_DATE_RATE: (Shown.TO_DATE, Shown.TO_DATE_BEFORE),
}
STEPS = {Reach.MONTH: 1, Reach.QUARTER: 3, Reach.FISCAL_YEAR: 12, Reach.FROM_OPENING: 1}
ROW_STEPS = {Dimension.MONTH: 1, Dimension.QUARTER: 3, Dimension.FISCAL_YEAR: 12}

plans = st.builds(
    TablePlan,
    title=st.just("表"),
    quantities=st.sampled_from(
        [
            (Quantity.RECEIPTS,),
            (Quantity.CASES,),
            (Quantity.RECEIPTS, Quantity.CASES),
            (Quantity.ANSWERED, Quantity.REPLIES),
        ]
    ),
    rows=dimensions,
    columns=st.one_of(st.none(), st.sampled_from((*BY_CODE, *BY_TIME))),
    shown=st.lists(st.sampled_from(Shown), unique=True, min_size=1, max_size=5).map(tuple),
    filters=st.lists(st.sampled_from(FILTERS), unique_by=lambda each: each[0], max_size=1).map(tuple),
    empty_rows=st.booleans(),
    unknown_row=st.booleans(),
    decimals=st.sampled_from([0, 1]),
)
wanted = st.lists(st.tuples(plans, st.sampled_from(Reach), st.integers(0, 10_000)), min_size=8, max_size=8)


def counted(history: list[Moment], plan: TablePlan, quantity: Quantity) -> Counts:
    """Each change of what stands where, in the month it is printed in."""
    question = Question((quantity,), 200001, 209912, plan.rows, plan.columns, plan.filters)
    found: Counts = Counter()
    before: set[Any] = set()
    for at, standing, closed in history:
        now = {
            (fact.receipt_id if quantity is Quantity.RECEIPTS else fact.subject, fact.month, *place)
            for fact in standing
            if quantity in fact.quantities
            for place in places_of(fact, question, quantity)
        }
        for member in now ^ before:
            _, effective, row, column = member
            local = at.astimezone(JAPAN)
            is_late = effective in closed and not is_picture(question, quantity, row, column)
            month = max(local.year * 100 + local.month, effective) if is_late else effective
            for in_row in times_of(plan.rows, month) if row == TOTAL else (row,):
                for in_column in times_of(plan.columns, month) if column == TOTAL else (column,):
                    found[in_row, in_column, month, month == effective] += 1 if member in now else -1
        before = now
    return found


def months_of(shown: Shown, first: Month, last: Month, step: int) -> tuple[Month, Month]:
    """The months a column of comparisons is counted in."""
    match shown:
        case Shown.PREVIOUS:
            return next_month(first, -step), next_month(last, -step)
        case Shown.YEAR_BEFORE:
            return first - 100, last - 100
        case Shown.TO_DATE | Shown.TO_DATE_SHARE:
            return fiscal_year(last) * 100 + 4, last
        case Shown.TO_DATE_BEFORE:
            return fiscal_year(last) * 100 - 96, last - 100
        case _:
            return first, last


def rounded(part: int, whole: int, decimals: int) -> Decimal | None:
    exact = Decimal(part * 100) / Decimal(whole) if whole > 0 else None
    return (
        None if exact is None else exact.quantize(Decimal("0.1") if decimals else Decimal(1), ROUND_HALF_UP)
    )


def expected(
    found: Counts, plan: TablePlan, span: tuple[Month, Month, int], row: str, shown: Shown
) -> int | Decimal | None:
    """What a column of comparisons must print in a row."""

    def figure(which: Shown, of: str, *, corrections: bool = False) -> int | None:
        first, last, step = span
        if plan.rows in TIMES and plan.rows:
            step = ROW_STEPS[plan.rows]
            mine = [each for each in months_between(first, last) if of in times_of(plan.rows, each)]
            first, last = mine[0], mine[-1]
            of = TOTAL
        first, last = months_of(which, first, last, step)
        if last < 202109 and which not in {Shown.SPAN, Shown.CORRECTION, Shown.SHARE}:
            return None
        return sum(
            number
            for (in_row, _, month, is_own), number in found.items()
            if in_row == of and first <= month <= last and not (corrections and is_own)
        )

    if shown in LATER:
        now, before = (figure(each, row) for each in LATER[shown])
        if now is None or before is None:
            return None
        return rounded(now, before, plan.decimals) if shown.value.endswith("rate") else now - before
    if shown in {Shown.SHARE, Shown.TO_DATE_SHARE}:
        part = figure(shown, row)
        return None if part is None else rounded(part, figure(shown, TOTAL) or 0, plan.decimals)
    return figure(shown, row, corrections=shown is Shown.CORRECTION)


def check(
    table: PrintedTable, plan: TablePlan, span: tuple[Month, Month, int], history: list[Moment]
) -> None:
    """Every cell of a table, and that no row with a number is missing."""
    lines = (*table.lines, *([table.total] if table.total else []))
    for quantity in plan.quantities:
        found = counted(history, plan, quantity)
        for line in lines:
            for heading, cell in zip(table.headings, line.cells, strict=True):
                named, _, rest = heading.key.rpartition(".")
                if (named or line.code) != quantity.value:
                    continue
                row = TOTAL if plan.rows is None else line.code
                if plan.columns is None:
                    assert cell.number == expected(found, plan, span, row, Shown(rest)), (plan, row, rest)
                else:
                    cells = [
                        (row, rest, month, own)
                        for month in months_between(*span[:2])
                        for own in (True, False)
                    ]
                    assert cell.number == sum(found[each] for each in cells), (plan, row, rest)
                    assert cell.correction == sum(found[each] for each in cells if not each[-1])
        if plan.rows and plan.rows not in TIMES and plan.columns is None and Shown.SPAN in plan.shown:
            standing = {row for row, *_ in found if expected(found, plan, span, row, Shown.SPAN)}
            assert standing - {TOTAL} <= {line.code for line in table.lines}


@pytest.mark.parametrize(
    "engine_name", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full)], indirect=True
)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=5,
    deadline=None,
)
@given(steps=steps, wanted=wanted)
async def test_every_cell_equals_a_plain_count_and_closed_months_never_change(
    database: Database, steps: list[Any], wanted: list[tuple[TablePlan, Reach, int]]
) -> None:
    number = next(numbers_of_desks)
    mie = await open_desk(database, replace(MIE, code=f"form-{number}"), f"former-{number}")
    report = next(form for form in tallies.ready_made(MIE) if form.code == "monthly")

    def closed_report(session: Session, mie: TallyDesk, month: Month, day: date) -> Tabulation:
        return tallies.set_out(session, mie.applied, report, month, counted_on=day)

    def live(session: Session) -> tuple[list[Moment], dict[Month, Tabulation]]:
        at, case_ids, closed = japan("2022-01-05T12:00:00"), [], set[Month]()
        history: list[Moment] = []
        printed: dict[Month, Tabulation] = {}
        for step in steps:
            at += timedelta(days=step[-1], minutes=1)
            known = frozenset(closed)
            if step[0] == "close_month":
                last = next_month(at.astimezone(JAPAN).year * 100 + at.astimezone(JAPAN).month, -1)
                if last not in closed and last >= 202201:
                    reasons = tallies.Reasons("確認中")
                    tallies.close_month(
                        session, mie.applied, last, by=mie.coordinator, at=at, reasons=reasons
                    )
                    closed.update(months_between(202112, last))
                    printed[last] = closed_report(session, mie, last, at.astimezone(JAPAN).date())
            else:
                try:
                    take_step(session, mie, case_ids, step, at)
                except WrongState:
                    continue
            history.append((at, facts(session, mie.applied.id), known))
        return history, printed

    history, printed = await mie.write(live)
    end: datetime = (history[-1][0] if history else japan("2022-01-31T00:00:00")).astimezone(JAPAN)
    today, now = end.date(), end.year * 100 + end.month
    months = list(months_between(202112, now))

    def set_out(session: Session) -> None:
        for month, then in printed.items():
            again = closed_report(session, mie, month, today)
            assert again.is_final
            assert again.tables == then.tables
        for plan, reach, which in wanted:
            form = TallyForm("form", "様式", reach, (plan,))
            try:
                tallies.validate(form)
            except InvalidInput:
                continue
            month, as_of, known = months[which % len(months)], None, history
            if which % 3 == 0 and history:
                as_of = history[which % len(history)][0].astimezone(JAPAN).date()
                known = [each for each in history if each[0].astimezone(JAPAN).date() <= as_of]
                month = min(month, as_of.year * 100 + as_of.month)
            found = tallies.set_out(session, mie.applied, form, month, as_of=as_of, counted_on=today)
            check(found.tables[0], plan, (found.first, found.last, STEPS[reach]), known)

    await mie.database.read(set_out)
