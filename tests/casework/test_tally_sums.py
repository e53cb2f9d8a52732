"""The sums kept beside the ledger say what it says at any moment: while topics move, months close and nothing is folded in."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from meyasubako import summing
from meyasubako.casework import desks, tallies
from meyasubako.casework.tallies import sums
from meyasubako.core.dates import month_of, next_month
from meyasubako.core.vocabulary import Role
from meyasubako.store.database import Database
from meyasubako.store.models import TallyProgress, TallySum
from tests.casework.tally_desk import LEAF, MIE, RECEIPTS, TYPE, TallyDesk, japan, open_desk
from tests.harness.matters import raise_another

TOPICS = ("life", "life-health", LEAF)
PLACES = ("life", "industry", "administration")


@pytest.fixture
async def mie(database: Database) -> TallyDesk:
    return await open_desk(database)


async def fold(mie: TallyDesk, limit: int = 10_000) -> int:
    return await mie.write(lambda session: sums.fold(session, mie.applied, limit=limit))


async def differences(mie: TallyDesk) -> tuple[str, ...]:
    return await mie.database.read(lambda session: sums.differences(session, mie.applied))


def move(session: Session, mie: TallyDesk, code: str, to: str, at: Any) -> None:
    """Put a topic elsewhere in the tree; what the rules refuse does not happen."""
    applied = desks.find_by_id(session, mie.applied.id)
    topic = applied.desk.topic(code)
    said = desks.TopicWords(f"{topic.label}*", topic.description, topic.keywords, to)
    admin = replace(mie.coordinator, roles={applied.id: Role.ADMIN})
    desks.change_topic(session, applied.id, code, said, seen=applied.revision, by=admin, at=at)


steps = st.lists(
    st.tuples(
        st.sampled_from(
            ("receive", "receive", "another", "triage", "triage", "move", "close", "fold", "fold", "sum")
        ),
        st.integers(0, 5),
        st.lists(st.sampled_from(TOPICS), unique=True, max_size=2),
        st.sampled_from(PLACES),
        st.sampled_from([0, 1, 9, 20, 33]),
    ),
    min_size=5,
    max_size=16,
)
numbers_of_desks = iter(range(1, 1_000_000))


@pytest.mark.parametrize(
    "engine_name", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full)], indirect=True
)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=6,
)
@given(steps=steps, which=st.integers(0, 10_000))
async def test_kept_sums_say_what_the_ledger_says_while_topics_move(
    database: Database, steps: list[Any], which: int
) -> None:
    number = next(numbers_of_desks)
    mie = await open_desk(database, replace(MIE, code=f"moving-{number}"), f"mover-{number}")
    at, case_ids, closed = japan("2022-01-05T12:00:00"), [], 202111
    days = [at]

    def take_step(session: Session, kind: str, place: int, topics: list[str], parent: str) -> None:
        nonlocal closed
        last = next_month(month_of(at), -1)
        if kind == "fold":
            sums.fold(session, mie.applied, limit=1 + 5 * place)
        elif kind == "sum":
            plan = sums.outdated(session, mie.applied)
            if plan:
                parts = [sums.count_topics(session, mie.applied, plan, part) for part in plan.parts(2)]
                assert sums.renew(session, mie.applied, plan, sum(parts, Counter()))
        elif kind == "move":
            move(session, mie, LEAF if place % 2 else "life-health", parent, at)
            mie.applied = desks.find_by_id(session, mie.applied.id)
        elif kind == "close" and last > closed:
            tallies.close_month(
                session, mie.applied, last, by=mie.coordinator, at=at, reasons=tallies.Reasons("確認中")
            )
            closed = last
        elif kind == "receive" or not case_ids:
            case_ids.append(mie.receive_in(session, at, topics=topics, channel="letter"))
        elif kind == "another":
            of = case_ids[place % len(case_ids)]
            by = mie.coordinator
            case_ids.append(raise_another(session, of, by=by, at=at, purpose="other", topics=tuple(topics)))
        elif kind == "triage":
            chosen = topics or [TOPICS[place % 3]]
            mie.triage_in(session, case_ids[place % len(case_ids)], at, "business", "other", *chosen)

    def live(session: Session) -> None:
        nonlocal at
        for kind, place, topics, parent, wait in steps:
            at += timedelta(days=wait, minutes=1)
            days.append(at)
            take_step(session, kind, place, topics, parent)

    await mie.write(live)
    end = month_of(at)
    middle = max(202201, next_month(end, -(which % 4)))
    asked = [(202112, end, None), (middle, end, None), (202112, end, days[which % len(days)])]
    with_sums = [await mie.tally(*each) for each in asked]
    await summing.sum_all(database)
    assert await differences(mie) == ()
    all_in = [await mie.tally(*each) for each in asked]
    await database.write(sums.start_over)
    assert with_sums == all_in == [await mie.tally(*each) for each in asked]


async def test_what_comes_in_while_sums_are_made_is_in_them_once(mie: TallyDesk) -> None:
    at = japan("2022-05-10T10:00:00")

    async def come_in() -> None:
        for minute in range(12):
            case_id = await mie.receive(at + timedelta(minutes=minute), topics=[LEAF])
            await mie.triage(case_id, at + timedelta(hours=1), "business", "other", "life-health")

    async def take_up() -> None:
        for _ in range(12):
            await fold(mie, 5)
            await asyncio.sleep(0)

    await asyncio.gather(come_in(), come_in(), take_up(), take_up())
    await fold(mie)
    assert await fold(mie) == 0
    assert await differences(mie) == ()
    assert (await mie.tally(202205, 202205)).tables[0].total.figures[-1].booked == 24


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_closed_months_are_never_counted_again(mie: TallyDesk) -> None:
    """Not by a correction, not by a new tree; nor is the ledger asked for anything that is kept."""
    case_id = await mie.receive(japan("2022-05-10T10:00:00"), topics=[LEAF])
    await mie.close_month(202205, japan("2022-06-05T10:00:00"))
    await fold(mie)

    def rows_of_may(session: Session) -> list[Any]:
        of_may = select(TallySum.__table__).where(TallySum.month == 202205).order_by(*TallySum.__table__.c)
        return list(session.execute(of_may))

    before = await mie.database.read(rows_of_may)
    # A mark that would be gone if May were counted again.
    await mie.write(
        lambda session: session.execute(
            update(TallySum).where(TallySum.month == 202205).values(number=TallySum.number + 100)
        )
    )
    await mie.write(lambda session: move(session, mie, LEAF, "life", japan("2022-06-06T10:00:00")))
    mie.applied = await mie.database.read(lambda session: desks.find_by_id(session, mie.applied.id))
    await mie.triage(case_id, japan("2022-06-07T10:00:00"), "resident", "other", "life-health")
    await summing.sum_all(mie.database)
    after = await mie.database.read(rows_of_may)
    marked = {tuple(row[:-1]): row[-1] - 100 for row in after if row.measure.value != "statuses"}
    assert marked == {tuple(row[:-1]): row[-1] for row in before if row.measure.value != "statuses"}
    may = await mie.tally(202205, 202205)
    assert may.table(RECEIPTS, TYPE).total.figures[0].value == 101


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_figures_are_read_from_the_sums_and_from_what_came_after(
    mie: TallyDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = await mie.receive(japan("2022-05-10T10:00:00"), topics=[LEAF])
    await fold(mie)
    statements: list[str] = []
    engine = mie.database.reading
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

    async def asked_of_the_ledger() -> bool:
        statements.clear()
        await mie.tally(202205, 202205)
        return any("ledger_entry" in each and "sum(" in each for each in statements)

    assert not await asked_of_the_ledger()
    await mie.triage(case_id, japan("2022-05-11T10:00:00"), "resident", "other", "life-health")
    assert not await asked_of_the_ledger()
    # Too much to be added up one by one.
    monkeypatch.setattr(sums, "LONGEST_TAIL", 2)
    assert await asked_of_the_ledger()
    await fold(mie)
    assert not await asked_of_the_ledger()
    # Sums made in another way are not read, and are made anew.
    await mie.write(lambda session: session.execute(update(TallyProgress).values(made_as="0")))
    assert await asked_of_the_ledger()
    assert await fold(mie) > 5
    assert await differences(mie) == ()
    assert not await asked_of_the_ledger()
