"""Any table asked of the tallies equals a plain count over what happened, and every figure opens its cases."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import lifecycle, tallies
from meyasubako.casework.tallies import TOTAL, Question
from meyasubako.core.dates import JAPAN, Month, fiscal_year, month_text, months_between
from meyasubako.core.errors import InvalidInput, NotFound, WrongState
from meyasubako.core.vocabulary import Dimension, Quantity, Status
from meyasubako.store.database import Database
from meyasubako.store.models import Case
from tests.casework.tally_desk import LEAF, MIE, TallyDesk, japan, open_desk
from tests.casework.test_tallies_history import LEAVES_OF, numbers_of_desks, steps, take_step

BY_CODE = (
    Dimension.REQUESTER_TYPE,
    Dimension.REQUESTER_GROUP,
    Dimension.CHANNEL,
    Dimension.PURPOSE,
    Dimension.TOPIC,
    Dimension.TOPIC_TOP,
    Dimension.KIND,
    Dimension.MUNICIPALITY,
    Dimension.DIVISION,
)
BY_TIME = (Dimension.MONTH, Dimension.QUARTER, Dimension.FISCAL_YEAR)
OF_RECEIPT = {*BY_CODE[:3], Dimension.KIND, Dimension.MUNICIPALITY}
FILTERS = (
    (Dimension.REQUESTER_TYPE, ("business", "resident")),
    (Dimension.CHANNEL, ("letter",)),
    (Dimension.PURPOSE, ("training", "unknown")),
    (Dimension.TOPIC, ("life", LEAF)),
    (Dimension.TOPIC_TOP, ("life",)),
)


@dataclass(frozen=True)
class Fact:
    """A case as it stands at some moment."""

    case_id: int
    receipt_id: int
    month: Month
    is_counted: bool
    codes: tuple[tuple[Dimension, tuple[str, ...]], ...]


Moment = tuple[datetime, list[Fact], frozenset[Month]]


def facts(session: Session, desk_id: int) -> list[Fact]:
    """Every case of a desk as it stands."""
    found = []
    for case in session.scalars(select(Case).where(Case.desk_id == desk_id)):
        received = case.received_at.astimezone(JAPAN)
        group = next((each.group for each in MIE.requester_types if each.code == case.requester_type), None)
        topics = lifecycle.cases.topics_of(session, case.id)
        tops = {top for topic in topics for top, below in LEAVES_OF.items() if topic in below}
        codes: dict[Dimension, Any] = {
            Dimension.REQUESTER_TYPE: (case.requester_type.value,),
            Dimension.REQUESTER_GROUP: (group or "unknown",),
            Dimension.CHANNEL: (case.channel.value,),
            Dimension.PURPOSE: (case.purpose or "unknown",),
            Dimension.TOPIC: tuple(sorted(tops | set(topics))) or ("unknown",),
            Dimension.TOPIC_TOP: tuple(sorted(tops)) or ("unknown",),
            Dimension.KIND: (case.kind.value,),
            Dimension.MUNICIPALITY: ("unknown",),
            Dimension.DIVISION: (case.division_code or "unknown",),
        }
        found.append(
            Fact(
                case.id,
                case.receipt_id,
                received.year * 100 + received.month,
                case.status not in {Status.QUARANTINED, Status.MERGED},
                tuple(codes.items()),
            )
        )
    return found


def times_of(dimension: Dimension | None, month: Month) -> tuple[str, ...]:
    if dimension is Dimension.MONTH:
        return TOTAL, month_text(month)
    if dimension is Dimension.QUARTER:
        return TOTAL, f"{fiscal_year(month)}-Q{(month % 100 + 8) % 12 // 3 + 1}"
    return (TOTAL, str(fiscal_year(month))) if dimension is Dimension.FISCAL_YEAR else (TOTAL,)


def places_of(fact: Fact, question: Question, quantity: Quantity) -> set[tuple[str, str]]:
    """In which rows and columns a case stands, months aside."""
    codes = dict(fact.codes)
    of_row = codes.get(question.rows, ()) if question.rows else ()
    of_column = codes.get(question.columns, ()) if question.columns else ()
    filtered = {each for each, _ in question.filters}
    if not all(set(codes[each]) & set(wanted) for each, wanted in question.filters):
        return set()
    found = set()
    for row in (TOTAL, *of_row):
        for column in (TOTAL, *of_column):
            used = filtered | {
                each
                for each, code in ((question.rows, row), (question.columns, column))
                if each and code != TOTAL
            }
            if fact.is_counted or (quantity is Quantity.RECEIPTS and used <= OF_RECEIPT):
                found.add((row, column))
    return found


def plain_count(
    history: list[Moment], question: Question, quantity: Quantity
) -> dict[tuple[str, str, bool], int]:
    """Each change of what stands where, in the month it is printed in."""
    counted: Counter[tuple[str, str, bool]] = Counter()
    before: set[Any] = set()
    for at, standing, closed in history:
        now = {
            (fact.receipt_id if quantity is Quantity.RECEIPTS else fact.case_id, fact.month, *place)
            for fact in standing
            for place in places_of(fact, question, quantity)
        }
        for member in now ^ before:
            _, effective, row, column = member
            local = at.astimezone(JAPAN)
            month = max(local.year * 100 + local.month, effective) if effective in closed else effective
            if question.first <= month <= question.last:
                for in_row in times_of(question.rows, month) if row == TOTAL else (row,):
                    for in_column in times_of(question.columns, month) if column == TOTAL else (column,):
                        counted[in_row, in_column, month == effective] += 1 if member in now else -1
        before = now
    return {place: number for place, number in counted.items() if number}


def printed(found: tallies.Answer, quantity: Quantity) -> dict[tuple[str, str, bool], int]:
    numbers = {}
    for row in found.rows:
        for column in found.columns:
            number = found.number(quantity, row.code, column.code)
            numbers[row.code, column.code, True] = number.own
            numbers[row.code, column.code, False] = number.correction
    return {place: number for place, number in numbers.items() if number}


dimensions = st.sampled_from((None, *BY_CODE, *BY_TIME))
questions = st.lists(
    st.tuples(
        dimensions,
        dimensions,
        st.lists(st.sampled_from(FILTERS), unique_by=lambda each: each[0], max_size=2),
        st.integers(0, 10_000),
    ),
    min_size=5,
    max_size=5,
)


@pytest.mark.parametrize(
    "engine_name", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full)], indirect=True
)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=6,
)
@given(steps=steps, questions=questions)
async def test_every_table_equals_a_plain_count_over_any_history(
    database: Database, steps: list[Any], questions: list[Any]
) -> None:
    number = next(numbers_of_desks)
    mie = await open_desk(database, replace(MIE, code=f"asked-{number}"), f"asker-{number}")

    def live(session: Session) -> list[Moment]:
        at, case_ids, closed = japan("2022-01-05T12:00:00"), [], set[Month]()
        history = []
        for step in steps:
            at += timedelta(days=step[-1], minutes=1)
            known = frozenset(closed)
            if step[0] == "close_month":
                month = (at.astimezone(JAPAN).replace(day=1) - timedelta(days=1)).date()
                last = month.year * 100 + month.month
                if last not in closed and last >= 202201:
                    tallies.close_month(
                        session,
                        mie.applied,
                        last,
                        by=mie.coordinator,
                        at=at,
                        reasons=tallies.Reasons("確認中"),
                    )
                    closed.update(months_between(202112, last))
            else:
                try:
                    take_step(session, mie, case_ids, step, at)
                except WrongState:
                    continue
            history.append((at, facts(session, mie.applied.id), known))
        return history

    history = await mie.write(live)
    end = history[-1][0] if history else japan("2022-01-31T00:00:00")
    months = list(months_between(202201, end.astimezone(JAPAN).year * 100 + end.astimezone(JAPAN).month))
    both = (Quantity.RECEIPTS, Quantity.CASES)

    def ask(session: Session) -> None:
        for rows, columns, filters, which in questions:
            question = Question(
                both,
                months[which % len(months)] if which % 3 else months[0],
                months[-1],
                rows,
                None if columns is rows else columns,
                tuple(filters),
            )
            known = history
            if which % 4 == 0 and history:
                day = history[which % len(history)][0].astimezone(JAPAN).date()
                question = replace(question, as_of=day)
                known = [each for each in history if each[0].astimezone(JAPAN).date() <= day]
            try:
                question.check()
            except InvalidInput:
                continue
            found = tallies.answer(session, mie.applied, question)
            for quantity in both:
                counted = plain_count(known, question, quantity)
                assert printed(found, quantity) == counted, (question, quantity)
                for row, column, _ in list(counted)[which % 5 :: 5]:
                    behind = tallies.behind(
                        session,
                        mie.applied,
                        question,
                        quantity,
                        row=row,
                        column=column,
                        by=mie.coordinator,
                    )
                    assert behind.figure == found.number(quantity, row, column).booked

    await mie.database.read(ask)


@pytest.fixture
async def mie(database: Database) -> TallyDesk:
    return await open_desk(database)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_rows_of_zero_stand_in_the_desks_order_and_totals_are_counted(mie: TallyDesk) -> None:
    await mie.receive(japan("2022-05-10T10:00:00"), topics=["life-health", LEAF], channel="letter")
    await mie.receive(japan("2022-06-10T10:00:00"), topics=["life-health", "life-education"])
    question = Question((Quantity.CASES,), 202205, 202206, Dimension.TOPIC_TOP, Dimension.QUARTER)
    found = await mie.database.read(lambda session: tallies.answer(session, mie.applied, question))
    assert [row.code for row in found.rows] == [
        *(topic.code for topic in MIE.topics),
        "unknown",
        TOTAL,
    ]
    assert [column.label for column in found.columns] == ["令和4年度第1四半期", "合計"]
    by_row = {row.code: found.number(Quantity.CASES, row.code, "2022-Q1").printed for row in found.rows}
    assert {code: number for code, number in by_row.items() if number} == {
        "life": 2,
        "industry": 1,
        TOTAL: 2,
    }


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_share_says_of_how_many(mie: TallyDesk) -> None:
    question = Question((Quantity.HELPFUL_SHARE,), 202205, 202206, Dimension.MONTH)
    found = await mie.database.read(lambda session: tallies.answer(session, mie.applied, question))
    nothing = found.number(Quantity.HELPFUL_SHARE, "2022-05")
    assert (nothing.printed, nothing.of) == (None, 0)
    assert tallies.Number(percent=Decimal("66.7"), of=3).printed == Decimal("66.7")


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (Question((), 202205, 202205), "quantities"),
        (Question((Quantity.CASES,), 202206, 202205), "to"),
        (Question((Quantity.CASES,), 202205, 202205, Dimension.PURPOSE, Dimension.PURPOSE), "columns"),
        (Question((Quantity.OFFERED,), 202205, 202205, Dimension.STATUS), "rows"),
        (Question((Quantity.CASES,), 202205, 202205, Dimension.TOPIC, Dimension.STATUS), "rows"),
        (Question((Quantity.CASES,), 202205, 202205, Dimension.TOPIC, Dimension.TOPIC_TOP), "columns"),
        (Question((Quantity.CASES,), 202205, 202205, filters=((Dimension.MONTH, ("2022-05",)),)), "filters"),
    ],
)
def test_what_cannot_be_counted_so_is_refused_at_its_field(question: Question, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        question.check()
    assert [each.field for each in refused.value.errors] == [field]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_figure_that_is_not_there_is_not_found(mie: TallyDesk) -> None:
    question = Question((Quantity.CASES,), 202205, 202205, Dimension.MONTH)
    for row, column in (("2022-07", TOTAL), (TOTAL, "business")):
        with pytest.raises(NotFound):
            await mie.database.read(
                lambda session, row=row, column=column: tallies.behind(
                    session,
                    mie.applied,
                    question,
                    Quantity.CASES,
                    row=row,
                    column=column,
                    by=mie.coordinator,
                )
            )
