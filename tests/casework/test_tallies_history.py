"""Every figure of the tallies equals a plain count, whatever happened at the desk."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import lifecycle, replies, tallies, triage
from meyasubako.casework.tallies import Cell, Part, PeriodKind, sums
from meyasubako.core.dates import JAPAN, Month, months_between
from meyasubako.core.errors import WrongState
from meyasubako.core.vocabulary import (
    Dimension,
    EventKind,
    Measure,
    Status,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Case
from tests.casework.tally_desk import (
    CASES,
    CHANNEL,
    GROUP,
    LEAF,
    MIE,
    OUTCOME,
    PURPOSE,
    RECEIPTS,
    STATUS,
    TOPIC,
    TYPE,
    TallyDesk,
    japan,
    open_desk,
)
from tests.harness.matters import raise_another


@pytest.fixture
async def mie(database: Database) -> TallyDesk:
    return await open_desk(database)


# ---- A plain count over any history ----

TYPES = ("business", "resident", "resident_group", "prefecture", "unknown")


PURPOSES = ("information", "training", "")


PLACES = ("津市", "鈴鹿市", "県外", "")


TOPICS = ("life", "life-health", "life-education", LEAF)
LEAVES_OF = {"life": ("life", "life-health", "life-education"), "industry": (LEAF,)}


topics = st.lists(st.sampled_from(TOPICS), unique=True, max_size=3)
steps = st.lists(
    st.tuples(
        st.sampled_from(
            (
                *("receive", "receive", "another", "triage", "triage", "triage", "decline", "undo"),
                *("answer", "ask", "close", "reopen", "merge", "close_month", "close_month"),
                *("answer", "resume", "fold", "fold"),
            )
        ),
        st.integers(0, 5),
        st.sampled_from(TYPES),
        st.sampled_from(PURPOSES),
        topics,
        st.sampled_from(["web", "letter", "phone"]),
        st.sampled_from([0, 1, 9, 20, 33]),
    ),
    min_size=4,
    max_size=16,
)


Member = tuple[Measure, Dimension | None, str, int, Month]


Snapshot = frozenset[Member]


def take_step(session: Session, mie: TallyDesk, case_ids: list[int], step: Any, at: datetime) -> None:
    """One thing that happens at the desk; what the rules refuse does not happen."""
    kind, which, requester_type, purpose, chosen, channel, _ = step
    by = mie.coordinator
    if kind == "receive" or (not case_ids and kind != "fold"):
        if requester_type == "unknown" or not purpose:
            channel = "letter"
        case_ids.append(
            mie.receive_in(
                session,
                at,
                requester_type=requester_type,
                purpose=purpose,
                topics=chosen,
                channel=channel,
                municipality=PLACES[which % len(PLACES)],
            )
        )
        return
    if kind == "fold":
        sums.fold(session, mie.applied, limit=1 + 7 * which)
        return
    case_id = case_ids[which % len(case_ids)]
    case = session.get_one(Case, case_id)
    if kind == "another":
        case_ids.append(
            raise_another(session, case_id, by=by, at=at, purpose=purpose or None, topics=tuple(chosen))
        )
    elif kind == "triage":
        decided = (requester_type, purpose or "other", *(chosen or [LEAF]))
        mie.triage_in(session, case_id, at, *decided, priority=("", "high", "low")[which % 3])
    elif kind == "merge":
        lifecycle.move(session, case, Status.MERGED, EventKind.MERGED, by=by, at=at)
    else:
        verb, said = VERBS[kind](which)
        verb(session, *([MIE] if verb in NEED_A_DESK else []), case_id, *said, by=by, at=at)


NEED_A_DESK = (triage.decline, replies.close)
VERBS: dict[str, Callable[[int], tuple[Callable[..., Any], tuple[str, ...]]]] = {
    "decline": lambda _: (triage.decline, ("unclear",)),
    "undo": lambda _: (triage.undo, ("まちがい",)),
    "answer": lambda _: (replies.reply, ("回答",)),
    "ask": lambda _: (replies.ask, ("いつごろですか。",)),
    "resume": lambda _: (replies.resume, ()),
    "close": lambda which: (replies.close, ("advised" if which % 2 else "noted",)),
    "reopen": lambda _: (replies.reopen, ("続き",)),
}


def standing(session: Session, desk_id: int) -> Snapshot:
    """What should be counted now, from the cases themselves."""
    members: set[Member] = set()
    for case in session.scalars(select(Case).where(Case.desk_id == desk_id)):
        received = case.received_at.astimezone(JAPAN)
        month = received.year * 100 + received.month
        group = next((each.group for each in MIE.requester_types if each.code == case.requester_type), None)
        of_both = [
            (None, "total"),
            (TYPE, case.requester_type.value),
            (GROUP, group or "unknown"),
            (CHANNEL, case.channel.value),
        ]
        for dimension, code in of_both:
            members.add((RECEIPTS, dimension, code, case.receipt_id, month))
        if case.status in {Status.QUARANTINED, Status.MERGED}:
            continue
        chosen = lifecycle.cases.topics_of(session, case.id)
        rows = {row for topic in chosen for row, below in LEAVES_OF.items() if topic in below} | set(chosen)
        codes = [(PURPOSE, case.purpose or "unknown")] + [(TOPIC, row) for row in rows or {"unknown"}]
        for dimension, code in codes:
            members.add((RECEIPTS, dimension, code, case.receipt_id, month))
        for dimension, code in chain(of_both, codes):
            members.add((CASES, dimension, code, case.id, month))
        members.add((Measure.STATUSES, STATUS, case.status.value, case.id, month))
        if case.outcome and case.closed_at:
            closed = case.closed_at.astimezone(JAPAN)
            outcome_month = closed.year * 100 + closed.month
            members.add((Measure.OUTCOMES, OUTCOME, case.outcome.value, case.id, outcome_month))
    return frozenset(members)


def plain_count(
    history: list[tuple[datetime, Snapshot, frozenset[Month]]],
) -> dict[tuple[Measure, Dimension | None, str, Month, bool], int]:
    """Each change of what stands, in the month it is printed in."""
    counted: dict[tuple[Measure, Dimension | None, str, Month, bool], int] = {}
    before: Snapshot = frozenset()
    for at, now, closed in history:
        for member, sign in chain(zip(now - before, repeat(1)), zip(before - now, repeat(-1))):
            measure, dimension, code, _, effective = member
            month = effective
            if measure is not Measure.STATUSES and effective in closed:
                local = at.astimezone(JAPAN)
                month = max(local.year * 100 + local.month, effective)
            key = (measure, dimension, code, month, month == effective)
            counted[key] = counted.get(key, 0) + sign
        before = now
    return {key: number for key, number in counted.items() if number}


def printed_count(found: tallies.Tally) -> dict[tuple[Measure, Dimension | None, str, Month, bool], int]:
    """What the tally prints for each month, in the same form."""
    printed: dict[tuple[Measure, Dimension | None, str, Month, bool], int] = {}
    for table in found.tables:
        measure = {STATUS: Measure.STATUSES, OUTCOME: Measure.OUTCOMES}.get(table.dimension, table.measure)
        for row in (*table.rows, table.total):
            dimension = None if row is table.total else table.dimension
            if dimension is None and measure not in {RECEIPTS, CASES}:
                continue
            for period, figure in zip(found.periods, row.figures, strict=True):
                if period.kind is PeriodKind.MONTH:
                    printed[measure, dimension, row.code, period.first, True] = figure.value
                    printed[measure, dimension, row.code, period.first, False] = figure.correction
    return {key: number for key, number in printed.items() if number}


# The sums are made in Python from rows both engines give alike; the other engine is asked in the full run.
EITHER = pytest.mark.parametrize(
    "engine_name", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full)], indirect=True
)


numbers_of_desks = iter(range(1, 1_000_000))

RAISED_AFTER_CLOSING = [
    ("receive", 0, "business", "information", [], "web", 0),
    ("close_month", 0, "business", "information", [], "web", 33),
    ("another", 0, "business", "training", [], "web", 0),
]


@EITHER
@settings(
    # Each history has a desk of its own, so that one database can hold them all.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=20,
)
@example(steps=RAISED_AFTER_CLOSING, which=2)
@given(steps=steps, which=st.integers(0, 10_000))
async def test_every_figure_equals_a_plain_count_over_any_history(
    database: Database, steps: list[Any], which: int
) -> None:
    number = next(numbers_of_desks)
    mie = await open_desk(database, replace(MIE, code=f"desk-{number}"), f"coordinator-{number}")

    def live(session: Session) -> list[tuple[datetime, Snapshot, frozenset[Month]]]:
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
                    # Every earlier month goes with it.
                    closed.update(months_between(202112, last))
            else:
                try:
                    take_step(session, mie, case_ids, step, at)
                except WrongState:
                    continue
            history.append((at, standing(session, mie.applied.id), known))
        return history

    history = await mie.write(live)
    last = max((month for *_, months in history for month in months), default=202201)
    end = history[-1][0].astimezone(JAPAN) if history else japan("2022-01-31T00:00:00")
    last = max(last, end.year * 100 + end.month)
    found = await mie.tally(202112, last)
    counted = plain_count(history)
    assert printed_count(found) == counted
    months = list(months_between(202112, last))
    first = months[which % len(months)]
    later = {key: number for key, number in counted.items() if key[3] >= first}
    assert printed_count(await mie.tally(first, last)) == later

    as_of = history[which % len(history)][0] if history else japan("2022-01-31T00:00:00")
    day = as_of.astimezone(JAPAN).date()
    then = [each for each in history if each[0].astimezone(JAPAN).date() <= day]
    assert printed_count(await mie.tally(202112, last, as_of)) == plain_count(then)

    # The same when all entries are in the sums.
    await mie.write(lambda session: sums.fold(session, mie.applied, limit=10_000))
    assert printed_count(await mie.tally(202112, last)) == counted
    assert printed_count(await mie.tally(202112, last, as_of)) == plain_count(then)
    assert await mie.database.read(lambda session: sums.differences(session, mie.applied)) == ()

    used = [
        (table, row)
        for table in found.tables
        for row in (*table.rows, table.total)
        if row.figures[-1].booked or row.figures[-1].correction
    ]
    part = (None, Part.VALUE, Part.CORRECTION)[which % 3]

    def open_cells(session: Session) -> None:
        for table, row in used[which % 7 :: 7]:
            figure = row.figures[-1]
            cell = Cell(table.measure, table.dimension, row.code, 202112, last, part=part)
            behind = tallies.cases_behind(session, mie.applied, cell, by=mie.coordinator)
            expected = {None: figure.booked, Part.VALUE: figure.value, Part.CORRECTION: figure.correction}
            assert behind.figure == expected[part] == sum(each.sign for each in behind.counted)
            assert behind.length == len(behind.counted)

    await mie.database.read(open_cells)
