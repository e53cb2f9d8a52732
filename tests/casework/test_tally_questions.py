"""Any table asked of the tallies equals a plain count over what happened, and every figure opens its cases."""

import statistics
from collections import Counter
from collections.abc import Iterator
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
from meyasubako.core.calendar import is_office_day
from meyasubako.core.dates import JAPAN, Month, fiscal_year, month_of, month_text, months_between
from meyasubako.core.errors import InvalidInput, NotFound, WrongState
from meyasubako.core.vocabulary import Dimension, EventKind, Quantity, Status
from meyasubako.store.database import Database
from meyasubako.store.models import Case, Event, Receipt, Requester
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
    Dimension.AREA,
    Dimension.DIVISION,
    Dimension.PRIORITY,
)
BY_TIME = (Dimension.MONTH, Dimension.QUARTER, Dimension.FISCAL_YEAR)
OF_RECEIPT = {*BY_CODE[:3], Dimension.KIND, Dimension.MUNICIPALITY, Dimension.AREA}
FILTERS = (
    (Dimension.REQUESTER_TYPE, ("business", "resident")),
    (Dimension.CHANNEL, ("letter",)),
    (Dimension.PURPOSE, ("training", "unknown")),
    (Dimension.TOPIC, ("life", LEAF)),
    (Dimension.TOPIC_TOP, ("life",)),
    (Dimension.AREA, ("hokusei", "outside")),
)
AREAS = {"津市": "chunansei", "鈴鹿市": "hokusei", "県外": "outside"}
COUNTED = (
    Quantity.RECEIPTS,
    Quantity.CASES,
    Quantity.CLOSED,
    Quantity.REPLIES,
    Quantity.ANSWERED,
    Quantity.ANSWERED_DUE,
    Quantity.IN_TIME,
)
PERCENTILES = {Quantity.MEDIAN_DAYS: 50, Quantity.NINETY_DAYS: 90}
WITHIN = 6


@dataclass(frozen=True)
class Fact:
    """Something that is counted as it stands at some moment: a case, the answer to it, its end, a reply to it."""

    quantities: frozenset[Quantity]
    subject: int
    receipt_id: int
    month: Month
    is_counted: bool
    codes: tuple[tuple[Dimension, tuple[str, ...]], ...]
    days: int = 0


Moment = tuple[datetime, list[Fact], frozenset[Month]]


def facts(session: Session, desk_id: int) -> list[Fact]:
    """Everything at a desk as it stands, from the events."""
    found: list[Fact] = []
    of_desk = select(Case, Requester.municipality).join(Receipt, Receipt.id == Case.receipt_id)
    of_desk = of_desk.join(Requester, Requester.id == Receipt.requester_id).where(Case.desk_id == desk_id)
    for case, municipality in session.execute(of_desk).all():
        receipt_id = case.receipt_id
        is_counted = case.status not in {Status.QUARANTINED, Status.MERGED}
        events = [event for event in lifecycle.timeline(session, case.id) if "topics" in event.data]
        now = codes_of(events[-1].data, municipality, case.priority or "unknown")
        both = frozenset({Quantity.RECEIPTS, Quantity.CASES})
        found.append(Fact(both, case.id, receipt_id, month_of(case.received_at), is_counted, now))
        replied = [event for event in events if event.kind is EventKind.REPLIED]
        for event in replied:
            # A reply was sent, whatever became of the case.
            then = codes_of(event.data, municipality, "")
            of_reply = frozenset({Quantity.REPLIES})
            found.append(Fact(of_reply, event.id, receipt_id, month_of(event.at), is_counted, then))
        if is_counted and case.outcome:
            closed = [event for event in events if event.to_status is Status.CLOSED][-1]
            of_end = frozenset({Quantity.CLOSED})
            found.append(Fact(of_end, case.id, receipt_id, month_of(closed.at), is_counted, now))
        if is_counted and replied:
            days, due = office_days(events, replied[0])
            within = {Quantity.IN_TIME} if days <= due else set()
            of_answer = frozenset({Quantity.ANSWERED, Quantity.ANSWERED_DUE, *within, *PERCENTILES})
            month = month_of(replied[0].at)
            found.append(Fact(of_answer, case.id, receipt_id, month, is_counted, now, days))
    return found


def codes_of(said: dict[str, Any], municipality: str, priority: str) -> tuple[Any, ...]:
    """The codes an event tells, with those above them."""
    types = {option.code.value: option.group for option in MIE.requester_types}
    topics = said["topics"]
    tops = {top for topic in topics for top, below in LEAVES_OF.items() if topic in below}
    return (
        (Dimension.REQUESTER_TYPE, (said["requester_type"],)),
        (Dimension.REQUESTER_GROUP, (types.get(said["requester_type"], "unknown"),)),
        (Dimension.CHANNEL, (said["channel"],)),
        (Dimension.PURPOSE, (said["purpose"] or "unknown",)),
        (Dimension.TOPIC, tuple(sorted(tops | set(topics))) or ("unknown",)),
        (Dimension.TOPIC_TOP, tuple(sorted(tops)) or ("unknown",)),
        (Dimension.KIND, (said["kind"],)),
        (Dimension.MUNICIPALITY, (municipality or "unknown",)),
        (Dimension.AREA, (AREAS.get(municipality, "unknown"),)),
        (Dimension.DIVISION, (said["division"] or "unknown",)),
        (Dimension.PRIORITY, (priority,)),
    )


def office_days(events: list[Event], answer: Event) -> tuple[int, int]:
    """How many office days an answer took, counted day by day, and how many it might take."""
    day, last = (each.at.astimezone(JAPAN).date() for each in (events[0], answer))
    taken = 0
    while day <= last:
        until = [
            each.to_status for each in events if each.to_status and each.at.astimezone(JAPAN).date() <= day
        ]
        waits = day < last and until[-1] in {Status.WAITING, Status.WITHDRAWN}
        taken += is_office_day(day, lambda _: False) and not waits
        day += timedelta(days=1)
    return taken, WITHIN


def times_of(dimension: Dimension | None, month: Month) -> tuple[str, ...]:
    if dimension is Dimension.MONTH:
        return TOTAL, month_text(month)
    if dimension is Dimension.QUARTER:
        return TOTAL, f"{fiscal_year(month)}-Q{(month % 100 + 8) % 12 // 3 + 1}"
    return (TOTAL, str(fiscal_year(month))) if dimension is Dimension.FISCAL_YEAR else (TOTAL,)


def places_of(fact: Fact, question: Question, quantity: Quantity) -> set[tuple[str, str]]:
    """In which rows and columns something stands, months aside."""
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
            always = quantity is Quantity.REPLIES or (quantity is Quantity.RECEIPTS and used <= OF_RECEIPT)
            if fact.is_counted or always:
                found.add((row, column))
    return found


def is_picture(question: Question, quantity: Quantity, row: str, column: str) -> bool:
    """Whether a cell tells how cases stand now, and so corrects no month."""
    in_row = question.rows is Dimension.PRIORITY and row != TOTAL
    in_column = question.columns is Dimension.PRIORITY and column != TOTAL
    return quantity is Quantity.CASES and (in_row or in_column)


def changes(
    history: list[Moment], question: Question, quantity: Quantity
) -> Iterator[tuple[str, str, bool, int, int]]:
    """Each change of what stands where, in the month it is printed in: row, column, own month's, days, sign."""
    before: set[Any] = set()
    for at, standing, closed in history:
        now = {
            (
                fact.receipt_id if quantity is Quantity.RECEIPTS else fact.subject,
                fact.month,
                fact.days,
                *place,
            )
            for fact in standing
            if quantity in fact.quantities
            for place in places_of(fact, question, quantity)
        }
        for member in now ^ before:
            _, effective, days, row, column = member
            is_late = effective in closed and not is_picture(question, quantity, row, column)
            month = max(month_of(at), effective) if is_late else effective
            if question.first <= month <= question.last:
                for in_row in times_of(question.rows, month) if row == TOTAL else (row,):
                    for in_column in times_of(question.columns, month) if column == TOTAL else (column,):
                        sign = 1 if member in now else -1
                        yield in_row, in_column, month == effective, days, sign
        before = now


def plain_count(
    history: list[Moment], question: Question, quantity: Quantity
) -> dict[tuple[str, str, bool], int]:
    """What stands where, own entries and corrections apart."""
    counted: Counter[tuple[str, str, bool]] = Counter()
    for row, column, is_own, _, sign in changes(history, question, quantity):
        counted[row, column, is_own] += sign
    return {place: number for place, number in counted.items() if number}


def plain_days(history: list[Moment], question: Question, quantity: Quantity) -> dict[tuple[str, str], Any]:
    """How many answers stand where, and the days that so many percent of them took at most, written out one by one."""
    counted: dict[tuple[str, str], Counter[int]] = {}
    for row, column, _, days, sign in changes(history, question, quantity):
        counted.setdefault((row, column), Counter())[days] += sign
    found = {}
    for place, of_place in counted.items():
        in_order = sorted((+of_place).elements())
        if not in_order:
            continue
        reached = statistics.median(in_order)
        if quantity is Quantity.NINETY_DAYS:
            reached = next(
                each for each in in_order if sum(e <= each for e in in_order) >= 0.9 * len(in_order)
            )
        found[place] = (reached, len(in_order))
    return found


def printed(found: tallies.Answer, quantity: Quantity) -> dict[tuple[str, str, bool], int]:
    numbers = {}
    for row in found.rows:
        for column in found.columns:
            number = found.number(quantity, row.code, column.code)
            numbers[row.code, column.code, True] = number.own
            numbers[row.code, column.code, False] = number.correction
    return {place: number for place, number in numbers.items() if number}


def check(session: Session, mie: TallyDesk, question: Question, known: list[Moment], which: int) -> None:
    """One quantity as it is answered, against the plain count; and some of the cases behind it."""
    (quantity,) = question.quantities
    found = tallies.answer(session, mie.applied, question)
    if quantity in PERCENTILES:
        reached = {
            (row.code, column.code): (number.days, number.of)
            for row in found.rows
            for column in found.columns
            if (number := found.number(quantity, row.code, column.code)).of
        }
        assert reached == plain_days(known, question, quantity), question
        return
    counted = plain_count(known, question, quantity)
    assert printed(found, quantity) == counted, question
    for row, column, _ in list(counted)[which % 5 :: 5]:
        behind = tallies.behind(
            session, mie.applied, question, quantity, row=row, column=column, by=mie.coordinator
        )
        assert behind.figure == found.number(quantity, row, column).booked


def live_through(session: Session, mie: TallyDesk, steps: list[Any]) -> list[Moment]:
    """Whatever happens at the desk, with everything as it stands after each step."""
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
    desk = replace(MIE, code=f"asked-{number}", answer_within_office_days=WITHIN)
    mie = await open_desk(database, desk, f"asker-{number}")

    history = await mie.write(lambda session: live_through(session, mie, steps))
    end = history[-1][0] if history else japan("2022-01-31T00:00:00")
    months = list(months_between(202201, end.astimezone(JAPAN).year * 100 + end.astimezone(JAPAN).month))

    def ask(session: Session) -> None:
        for rows, columns, filters, which in questions:
            question = Question(
                COUNTED,
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
            for quantity in (*COUNTED, *PERCENTILES):
                one = replace(question, quantities=(quantity,))
                try:
                    one.check()
                except InvalidInput:
                    continue
                check(session, mie, one, known, which)

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
