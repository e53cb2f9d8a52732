"""What is counted of answers: how long the first one took, whether it came in time, and what cases were about then."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from meyasubako.casework import lifecycle, replies, tallies
from meyasubako.casework.tallies import TOTAL, Question
from meyasubako.core.numbers import median, nearest_rank
from meyasubako.core.vocabulary import Dimension, EventKind, Quantity, Status
from meyasubako.store.database import Database
from meyasubako.store.models import Case
from tests.casework.tally_desk import LEAF, MIE, TallyDesk, japan, open_desk

Q = Quantity
DAYS = (Q.ANSWERED, Q.ANSWERED_DUE, Q.IN_TIME, Q.IN_TIME_SHARE, Q.MEDIAN_DAYS, Q.NINETY_DAYS)


@pytest.fixture
async def mie(database: Database) -> TallyDesk:
    return await open_desk(database, replace(MIE, answer_within_office_days=6))


async def answered(mie: TallyDesk, received: str, replied: str, *topics: str) -> int:
    """A case that came in and was answered on these days of June 2022."""
    at = japan(f"2022-06-{received}T10:00:00")
    case_id = await mie.receive(at, topics=list(topics))
    await mie.triage(case_id, at, "business", "training", *(topics or (LEAF,)))
    await reply(mie, case_id, japan(f"2022-06-{replied}T10:00:00"))
    return case_id


async def reply(mie: TallyDesk, case_id: int, at: datetime) -> None:
    await mie.write(lambda session: replies.reply(session, case_id, "回答", by=mie.coordinator, at=at))


async def ask(mie: TallyDesk, question: Question, row: str = TOTAL) -> list[object]:
    found = await mie.database.read(lambda session: tallies.answer(session, mie.applied, question))
    return [found.number(each, row).printed for each in question.quantities]


JUNE = Question(DAYS, 202206, 202206)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_days_are_office_days_without_those_of_waiting_for_the_requester(mie: TallyDesk) -> None:
    # From Wednesday the 1st: 1, 2, 3, 6, 7, 8 are six office days.
    await answered(mie, "01", "08")
    await answered(mie, "01", "09")
    await answered(mie, "04", "05")
    assert await ask(mie, JUNE) == [3, 3, 2, Decimal("66.7"), Decimal(6), Decimal(7)]
    at = japan("2022-06-01T10:00:00")
    waited = await mie.receive(at)
    await mie.triage(waited, at, "business", "training", LEAF)
    asked_at, heard_at = japan("2022-06-02T10:00:00"), japan("2022-06-10T10:00:00")
    await mie.write(lambda session: replies.ask(session, waited, "いつ", by=mie.coordinator, at=asked_at))
    await mie.write(lambda session: replies.resume(session, waited, by=mie.coordinator, at=heard_at))
    # The 1st, and from the 10th on the 10th, 13th and 14th; a second answer is no first one.
    await reply(mie, waited, japan("2022-06-14T10:00:00"))
    await reply(mie, waited, japan("2022-06-20T10:00:00"))
    assert await ask(mie, JUNE) == [4, 4, 3, Decimal("75.0"), Decimal(5), Decimal(7)]
    spread = replace(JUNE, quantities=(Q.ANSWERED,), rows=Dimension.DAYS)
    found = await mie.database.read(lambda session: tallies.answer(session, mie.applied, spread))
    assert [(row.label, found.number(Q.ANSWERED, row.code).booked) for row in found.rows] == [
        *(("0日", 1), ("4日", 1), ("6日", 1), ("7日", 1), ("合計", 4)),
    ]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_merged_case_is_answered_no_more_and_a_closed_month_keeps_its_days(mie: TallyDesk) -> None:
    case_id = await answered(mie, "01", "08", "life-health", "life-education")
    await answered(mie, "01", "02", LEAF)
    by_topic = replace(JUNE, rows=Dimension.TOPIC)
    assert await ask(mie, by_topic, "life") == [1, 1, 1, Decimal("100.0"), Decimal(6), Decimal(6)]
    assert await ask(mie, by_topic) == await ask(mie, JUNE) == [2, 2, 2, Decimal("100.0"), 4, 6]
    await mie.close_month(202206, japan("2022-07-05T10:00:00"))

    def merge(session: Session) -> None:
        at = japan("2022-07-10T10:00:00")
        replies.reopen(session, case_id, "続き", by=mie.coordinator, at=at)
        case = session.get_one(Case, case_id)
        lifecycle.move(session, case, Status.MERGED, EventKind.MERGED, by=mie.coordinator, at=at)

    await mie.write(merge)
    assert await ask(mie, by_topic, "life") == [1, 1, 1, Decimal("100.0"), Decimal(6), Decimal(6)]
    july = replace(by_topic, first=202207, last=202207)
    assert await ask(mie, july, "life") == [-1, -1, -1, None, None, None]
    year = replace(by_topic, last=202207)
    assert await ask(mie, year) == [1, 1, 1, Decimal("100.0"), 2, 2]
    opened = await mie.database.read(
        lambda session: tallies.behind(
            session, mie.applied, july, Q.ANSWERED, row="life-health", by=mie.coordinator
        )
    )
    assert [(each.sign, line.case_id) for each in opened.counted for line in each.cases] == [(-1, case_id)]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30), st.integers(1, 100))
def test_the_middle_and_the_rank_are_those_of_the_numbers_written_out(
    numbers: list[int], percent: int
) -> None:
    counted = {each: numbers.count(each) for each in numbers}
    in_order = sorted(numbers)
    middle = in_order[(len(in_order) - 1) // 2] + in_order[len(in_order) // 2]
    assert median(counted) == Decimal(middle) / 2
    reached = nearest_rank(counted, percent)
    assert reached is not None
    assert sum(each <= reached for each in numbers) * 100 >= percent * len(numbers)
    assert sum(each < reached for each in numbers) * 100 < percent * len(numbers)
