"""Tallies: the published table, months that are final, rows that are always there, and every figure's cases."""

import asyncio
import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain, repeat
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from meyasubako.casework import desks, lifecycle, replies, tallies, triage
from meyasubako.casework.tallies import Cell, Part, PeriodKind, Row, Table, share
from meyasubako.core.dates import JAPAN, Month, months_between
from meyasubako.core.errors import InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import SYSTEM, Actor
from meyasubako.core.vocabulary import (
    ActorKind,
    Channel,
    Dimension,
    EventKind,
    Measure,
    Role,
    Status,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Case, MonthClosing
from tests.casework.tally_desk import MIE, TallyDesk, open_desk
from tests.harness.matters import raise_another

RECEIPTS, CASES = Measure.RECEIPTS, Measure.CASES
GROUP, TYPE, PURPOSE = Dimension.REQUESTER_GROUP, Dimension.REQUESTER_TYPE, Dimension.PURPOSE
TOPIC, CHANNEL, STATUS = Dimension.TOPIC, Dimension.CHANNEL, Dimension.STATUS
OUTCOME = Dimension.OUTCOME
LEAF = "industry-data"


def japan(text: str) -> datetime:
    """An instant written in Japanese time."""
    return datetime.fromisoformat(text).replace(tzinfo=JAPAN)


def booked(table: Table, index: int = -1, *, zeros: bool = False) -> dict[str, int]:
    """What one column of a table prints, by label."""
    return {
        row.label: row.figures[index].booked
        for row in (*table.rows, table.total)
        if zeros or row.figures[index].booked
    }


def numbers(row: Row) -> list[int]:
    """A row as printed."""
    return [figure.booked for figure in row.figures]


@pytest.fixture
async def mie(database: Database) -> TallyDesk:
    return await open_desk(database)


# ---- The published table ----


async def publish(mie: TallyDesk) -> list[int]:
    """34 consultations: 29 in R3 from 1 September 2021, 5 in April and May of R4; 19/5/10 and 10/12/9/3."""
    last_moment = datetime(2022, 3, 31, 14, 59, 59, tzinfo=UTC)
    received = [
        *(japan("2021-09-01T09:00:00") + timedelta(days=7 * week) for week in range(28)),
        last_moment,
        last_moment + timedelta(seconds=1),
        japan("2022-04-15T10:00:00"),
        japan("2022-04-28T10:00:00"),
        japan("2022-05-10T10:00:00"),
        japan("2022-05-31T23:59:59"),
    ]
    requesters = [
        *repeat("business", 19),
        *("resident", "resident_group", "resident_group", "resident_group", "resident_group"),
        *("municipality", "prefecture") * 5,
    ]
    purposes = [
        *repeat("information", 10),
        *repeat("training", 12),
        *repeat("problem_solving", 9),
        *repeat("other", 3),
    ]
    # Neither table says which consultation was which: the two are dealt out against each other.
    dealt = [purposes[(7 * position) % 34] for position in range(34)]

    def unit(session: Session) -> list[int]:
        found = []
        for at, requester_type, purpose in zip(received, requesters, dealt, strict=True):
            case_id = mie.receive_in(session, at, requester_type=requester_type, purpose="other")
            mie.triage_in(session, case_id, at, requester_type, purpose, LEAF)
            found.append(case_id)
        return found

    return await mie.write(unit)


async def test_the_published_table(mie: TallyDesk) -> None:
    await publish(mie)
    await mie.receive(japan("2022-06-01T00:00:00"), requester_type="prefecture")
    as_of = japan("2022-05-31T12:00:00")
    found = await mie.tally(202109, 202205, as_of)
    assert (found.desk_name, found.as_of) == ("みえDXセンター", date(2022, 5, 31))
    requesters, purposes = found.table(RECEIPTS, GROUP), found.table(RECEIPTS, PURPOSE)
    assert (requesters.measure_label, requesters.label, purposes.label) == (
        "相談件数",
        "相談者",
        "相談内容",
    )
    assert booked(requesters, zeros=True) == {
        "県内事業者": 19,
        "県民グループ": 5,
        "県・市町": 10,
        "その他": 0,
        "不明": 0,
        "合計": 34,
    }
    assert booked(purposes, zeros=True) == {
        "DXに関する情報提供": 10,
        "人材育成（セミナー開催等の相談）": 12,
        "課題解決のための相談": 9,
        "その他": 3,
        "不明": 0,
        "合計": 34,
    }
    years = {
        period.label: requesters.total.figures[index].booked
        for index, period in enumerate(found.periods)
        if period.kind is PeriodKind.FISCAL_YEAR
    }
    assert years == {"令和3年度": 29, "令和4年度": 5}
    assert [str(row.figures[-1].share) for row in requesters.rows] == ["55.9", "14.7", "29.4", "0.0", "0.0"]
    assert booked(found.table(CASES, GROUP)) == booked(requesters)
    assert booked(found.table(CASES, PURPOSE)) == booked(purposes)


async def test_the_last_instant_of_march_and_the_first_of_april_fall_into_two_fiscal_years(
    mie: TallyDesk,
) -> None:
    await mie.receive(datetime(2022, 3, 31, 14, 59, 59, 999_999, tzinfo=UTC))
    await mie.receive(datetime(2022, 3, 31, 15, 0, tzinfo=UTC))
    found = await mie.tally(202203, 202204)
    labels = [period.label for period in found.periods]
    assert labels == ["令和4年3月", "令和3年度", "令和4年4月", "令和4年度", "令和4年3月～令和4年4月"]
    assert numbers(found.table(RECEIPTS, CHANNEL).total) == [1, 1, 1, 1, 2]
    assert [(period.first, period.last) for period in found.periods][-2:] == [
        (202204, 202204),
        (202203, 202204),
    ]


async def test_a_month_that_is_closed_keeps_its_figures_and_june_prints_the_correction(
    mie: TallyDesk,
) -> None:
    case_ids = await publish(mie)
    as_of = japan("2022-05-31T00:00:00")
    shown = await mie.tally(202109, 202205, as_of)
    await mie.close_month(202205, japan("2022-06-03T09:00:00"))
    final = await mie.tally(202205, 202205)
    assert [period.state_label for period in final.periods] == ["確定値", "確定値"]
    # The last consultation of May turns out to come from residents and to be about training.
    at = japan("2022-06-10T09:00:00")
    await mie.triage(case_ids[-1], at, "resident", "training", "life-health", LEAF)

    assert await mie.tally(202109, 202205, as_of) == shown
    assert (await mie.tally(202205, 202205)).tables == tuple(
        replace(table, rows=corrected.rows, total=corrected.total) if table.dimension is STATUS else table
        for table, corrected in zip(final.tables, (await mie.tally(202205, 202205)).tables, strict=True)
    )
    june = await mie.tally(202206, 202206)
    assert june.periods[0].state_label == "速報値"
    for measure in (RECEIPTS, CASES):
        corrections = {
            dimension: {
                row.code: row.figures[0].correction
                for row in june.table(measure, dimension).rows
                if row.figures[0].correction
            }
            for dimension in (GROUP, TYPE, TOPIC)
        }
        assert corrections == {
            GROUP: {"governments": -1, "residents": 1},
            TYPE: {"prefecture": -1, "resident": 1},
            TOPIC: {"life": 1, "life-health": 1},
        }
        assert all(
            row.figures[0].value == 0
            for dimension in (GROUP, PURPOSE, TOPIC)
            for row in june.table(measure, dimension).rows
        )
    whole = await mie.tally(202109, 202206)
    assert booked(whole.table(RECEIPTS, GROUP)) == {
        "県内事業者": 19,
        "県民グループ": 6,
        "県・市町": 9,
        "合計": 34,
    }
    # As of the end of May, not even June's closing of May is known.
    assert {period.state for period in shown.periods} == {"provisional"}


async def test_a_correction_within_a_row_is_none_of_that_row(mie: TallyDesk) -> None:
    at, later = japan("2022-05-10T10:00:00"), japan("2022-06-10T10:00:00")
    case_id = await mie.receive(at, purpose="training", topics=["life-health"])
    await mie.close_month(202205, japan("2022-06-03T09:00:00"))
    await mie.triage(case_id, later, "business", "training", "life-health", "life-education")
    await mie.write(lambda session: raise_another(session, case_id, by=mie.coordinator, at=later))
    june = await mie.tally(202206, 202206)
    corrections = {
        (measure, dimension): {
            row.code: row.figures[0].correction
            for row in june.table(measure, dimension).rows
            if row.figures[0].correction
        }
        for measure in (RECEIPTS, CASES)
        for dimension in (PURPOSE, TOPIC)
    }
    assert corrections == {
        (RECEIPTS, PURPOSE): {},
        (RECEIPTS, TOPIC): {"life-education": 1},
        (CASES, PURPOSE): {"training": 1},
        (CASES, TOPIC): {"life": 1, "life-health": 1, "life-education": 2},
    }


# ---- Rows, shares, what is counted once ----


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [(1, 2000, "0.1"), (1, 2001, "0.0"), (2, 3, "66.7"), (5, 8, "62.5"), (1, 16, "6.3"), (-1, 16, "-6.3")],
)
def test_shares_are_rounded_half_up(part: int, whole: int, percent: str) -> None:
    assert share(part, whole) == Decimal(percent)


def test_a_published_column_of_shares() -> None:
    published = (238, 58, 49, 99, 161, 3, 18, 259, 0, 185)
    shares = [str(share(part, 1070)) for part in published]
    assert shares == ["22.2", "5.4", "4.6", "9.3", "15.0", "0.3", "1.7", "24.2", "0.0", "17.3"]
    assert share(0, 0) is None


async def test_every_row_the_desk_offers_is_there_at_zero_and_so_is_unknown(mie: TallyDesk) -> None:
    found = await mie.tally(202205, 202205)
    assert len(found.tables) == 12
    assert {row.figures[0].booked for table in found.tables for row in table.rows} == {0}
    codes = {
        table.dimension: [row.code for row in table.rows] for table in found.tables if table.measure is CASES
    }
    assert codes[GROUP] == ["businesses", "residents", "governments", "others", "unknown"]
    assert codes[TYPE] == [option.code.value for option in MIE.requester_types] + ["unknown"]
    assert codes[PURPOSE] == ["information", "training", "problem_solving", "other", "unknown"]
    assert codes[TOPIC][:3] == ["life", "life-education", "life-health"]
    assert codes[TOPIC][-1] == "unknown"
    assert codes[CHANNEL] == [channel.value for channel in Channel]
    assert codes[STATUS] == [
        "received",
        "triaged",
        "offered",
        "in_progress",
        "waiting",
        "answered",
        "closed",
        "declined",
        "withdrawn",
    ]
    assert codes[OUTCOME] == ["solved", "advised", "referred", "noted", "no_answer"]
    topics = found.table(CASES, TOPIC)
    assert (topics.row("life-health").depth, topics.row("life-health").parent) == (1, "life")
    assert found.table(CASES, GROUP).total.figures[0].share is None
    with pytest.raises(KeyError):
        topics.row("nowhere")


async def test_what_nobody_knows_is_counted_as_unknown(mie: TallyDesk) -> None:
    at = japan("2022-05-10T10:00:00")
    await mie.receive(at, channel="letter", requester_type="unknown", purpose="")
    found = await mie.tally(202205, 202205)
    for dimension in (GROUP, TYPE, PURPOSE, TOPIC):
        for measure in (RECEIPTS, CASES):
            assert booked(found.table(measure, dimension)) == {"不明": 1, "合計": 1}
    assert booked(found.table(CASES, CHANNEL)) == {"郵便": 1, "合計": 1}


async def test_a_case_of_several_topics_is_counted_once_above_them_and_in_the_total(mie: TallyDesk) -> None:
    at = japan("2022-05-10T10:00:00")
    await mie.receive(at, topics=["life-education", "life-health", LEAF])
    await mie.receive(at, topics=["life-health"])
    await mie.receive(at, topics=["life"])
    found = await mie.tally(202205, 202205)
    for measure in (RECEIPTS, CASES):
        topics = found.table(measure, TOPIC)
        printed = {row.code: row.figures[0].booked for row in topics.rows if row.figures[0].booked}
        assert printed == {"life": 3, "life-education": 1, "life-health": 2, "industry": 1, LEAF: 1}
        assert topics.total.figures[0].booked == 3
        assert str(topics.row("life").figures[0].share) == "100.0"


async def test_a_letter_with_two_matters_is_one_receipt_in_a_row_both_are_in(mie: TallyDesk) -> None:
    at = japan("2022-05-10T10:00:00")
    first = await mie.receive(at, purpose="training", topics=["life-health"])
    await mie.write(lambda session: raise_another(session, first, by=mie.coordinator, at=at))
    found = await mie.tally(202205, 202205)
    assert booked(found.table(RECEIPTS, PURPOSE)) == {"人材育成（セミナー開催等の相談）": 1, "合計": 1}
    assert booked(found.table(CASES, PURPOSE)) == {"人材育成（セミナー開催等の相談）": 2, "合計": 2}
    assert found.table(RECEIPTS, TOPIC).row("life").figures[0].booked == 1
    assert found.table(CASES, TOPIC).row("life").figures[0].booked == 2
    cell = Cell(RECEIPTS, PURPOSE, "training", 202205, 202205)
    [letter] = (await mie.behind(cell)).counted
    assert [line.number.endswith("（2）") for line in letter.cases] == [False, True]


async def test_codes_no_longer_offered_are_shown_only_where_they_count(mie: TallyDesk) -> None:
    at = japan("2022-05-10T10:00:00")
    await mie.receive(at, purpose="training", topics=["life-health"])
    smaller = replace(
        MIE,
        purposes=tuple(each for each in MIE.purposes if each.code != "training"),
        topics=tuple(each for each in MIE.topics if each.code != "life"),
    )
    await mie.write(lambda session: desks.apply(session, smaller, at=at))
    mie.applied = await mie.database.read(lambda session: desks.find(session, MIE.code))
    may, june = await mie.tally(202205, 202205), await mie.tally(202206, 202206)
    assert booked(may.table(CASES, PURPOSE))["人材育成（セミナー開催等の相談）"] == 1
    assert [row.code for row in june.table(CASES, PURPOSE).rows] == [
        "information",
        "problem_solving",
        "other",
        "unknown",
    ]
    topics = [row.code for row in may.table(CASES, TOPIC).rows]
    assert [code for code in topics if code.startswith("life")] == ["life", "life-health"]
    assert topics[-1] == "unknown"
    assert not [row for row in june.table(CASES, TOPIC).rows if row.code.startswith("life")]


async def test_statuses_are_those_of_the_day_and_outcomes_stand_in_the_month_of_closing(
    mie: TallyDesk,
) -> None:
    at, later = japan("2022-04-10T10:00:00"), japan("2022-05-10T10:00:00")
    case_id = await mie.receive(at)
    await mie.triage(case_id, at, "business", "training", LEAF)

    def finish(session: Session) -> None:
        replies.reply(session, case_id, "回答", by=mie.coordinator, at=later)
        replies.close(session, MIE, case_id, "advised", by=mie.coordinator, at=later)

    await mie.write(finish)
    found = await mie.tally(202204, 202205)
    assert booked(found.table(CASES, STATUS), 0) == {"完了": 1, "合計": 1}
    assert booked(found.table(CASES, OUTCOME), 0) == {}
    assert booked(found.table(CASES, OUTCOME), 1) == {"助言・情報提供": 1, "合計": 1}
    before = await mie.tally(202204, 202205, at)
    assert booked(before.table(CASES, STATUS), 0) == {"振分済": 1, "合計": 1}


@pytest.mark.parametrize(
    ("first", "last"), [("", ""), ("2022-13", "2022-06"), ("2022-06", "2022-05"), ("2012-05", "2022-05")]
)
def test_a_range_that_cannot_be_counted_is_refused(first: str, last: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        tallies.read_range(first, last)
    assert refused.value.field in {"from", "to"}
    assert tallies.read_range("2021-09", " 2022-05 ") == (202109, 202205)
    assert tallies.missing_range().field == "from"


# ---- Closing ----


async def test_only_a_month_that_is_over_is_closed_once_by_those_who_may(mie: TallyDesk) -> None:
    at = japan("2022-06-01T00:00:00")
    clerk = Actor(ActorKind.STAFF, 1, "担当者", {mie.applied.id: Role.CLERK})

    def close(month: Month, by: Actor) -> Any:
        return mie.write(lambda session: tallies.close_month(session, mie.applied, month, by=by, at=at))

    with pytest.raises(NotAllowed):
        await close(202205, clerk)
    for month in (202206, 202207, 202108):
        with pytest.raises(InvalidInput) as refused:
            await close(month, mie.coordinator)
        assert refused.value.field == "month"
    assert await closings(mie) == []
    await close(202204, mie.coordinator)
    with pytest.raises(WrongState, match="すでに締めています"):
        await close(202204, mie.coordinator)
    await close(202205, SYSTEM)
    assert await closings(mie) == [202204, 202205]


async def closings(mie: TallyDesk) -> list[Month]:
    """The months that are closed."""
    return await mie.database.read(
        lambda session: list(session.scalars(select(MonthClosing.month).order_by(MonthClosing.month)))
    )


async def test_closing_says_what_is_not_triaged_and_which_months_close_with_it(mie: TallyDesk) -> None:
    triaged = await mie.receive(japan("2022-03-10T10:00:00"))
    await mie.triage(triaged, japan("2022-03-11T10:00:00"), "business", "training", LEAF)
    waiting = await mie.receive(japan("2022-03-31T23:59:59"), title="先に届いた")
    await mie.receive(japan("2022-05-31T23:59:59"), title="あとに届いた")
    await mie.receive(japan("2022-06-01T00:00:00"), title="6月に届いた")
    at = japan("2022-06-02T10:00:00")
    await mie.write(lambda session: replies.ask(session, waiting, "教えて", by=mie.coordinator, at=at))

    found = await mie.database.read(lambda session: tallies.untriaged(session, mie.applied, 202205))
    assert (found.number, [line.title for line in found.oldest]) == (2, ["先に届いた", "あとに届いた"])
    will_close = await mie.database.read(
        lambda session: tallies.months_to_close(session, mie.applied, 202205)
    )
    assert will_close == (202203, 202204, 202205)
    with pytest.raises(WrongState, match="2件に増えて"):
        await mie.close_month(202205, at, seen_untriaged=1)
    await mie.close_month(202205, at, seen_untriaged=2)
    assert await closings(mie) == [202203, 202204, 202205]
    assert (
        await mie.database.read(lambda session: tallies.months_to_close(session, mie.applied, 202204)) == ()
    )
    states = [period.state for period in (await mie.tally(202203, 202206)).periods]
    months = ["final", "final", "final", "provisional"]
    assert states == [months[0], "final", *months[1:], "provisional", "provisional"]


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_what_is_being_booked_while_a_month_is_closed_belongs_to_it(mie: TallyDesk) -> None:
    case_id = await mie.receive(japan("2022-05-10T10:00:00"), purpose="information")
    at = japan("2022-06-02T10:00:00")
    engine = mie.database._write_engine
    async with AsyncSession(engine, expire_on_commit=False) as slow, slow.begin():
        await slow.run_sync(lambda session: mie.triage_in(session, case_id, at, "business", "training", LEAF))
        closing = asyncio.create_task(mie.close_month(202205, at))
        await asyncio.sleep(0.2)
        assert not closing.done()
    await closing
    may = (await mie.tally(202205, 202205)).table(CASES, PURPOSE)
    assert booked(may, 0) == {"人材育成（セミナー開催等の相談）": 1, "合計": 1}


# ---- Behind the figures ----


async def test_every_number_opens_its_cases_those_taken_back_too(mie: TallyDesk) -> None:
    case_ids = await publish(mie)
    await mie.close_month(202205, japan("2022-06-03T09:00:00"))
    await mie.triage(case_ids[-1], japan("2022-06-10T09:00:00"), "resident", "training", LEAF)
    governments = Cell(RECEIPTS, GROUP, "governments", 202206, 202206)
    behind = await mie.behind(governments)
    assert (behind.figure, behind.length) == (-1, 1)
    assert [(each.sign, [line.case_id for line in each.cases]) for each in behind.counted] == [
        (-1, [case_ids[-1]])
    ]
    assert (await mie.behind(replace(governments, part=Part.VALUE))).counted == ()
    assert (await mie.behind(replace(governments, part=Part.CORRECTION))).figure == -1
    everything = Cell(CASES, TYPE, "total", 202109, 202206)
    first = await mie.behind(everything, limit=30)
    second = await mie.behind(everything, skip=30, limit=30)
    assert (first.figure, first.length, len(first.counted), len(second.counted)) == (34, 34, 30, 4)
    listed = [line.case_id for each in (*first.counted, *second.counted) for line in each.cases]
    assert listed == case_ids[::-1]
    known = await mie.behind(replace(governments, first=202109, as_of=japan("2022-05-31T08:00:00")))
    assert known.figure == 10


@pytest.mark.parametrize(
    "cell",
    [
        Cell(RECEIPTS, STATUS, "received", 202205, 202205),
        Cell(Measure.OFFERS, TYPE, "total", 202205, 202205),
        Cell(CASES, TYPE, "nobody", 202205, 202205),
    ],
)
async def test_a_cell_that_is_not_there_is_not_found(mie: TallyDesk, cell: Cell) -> None:
    with pytest.raises(NotFound):
        await mie.behind(cell)


async def test_the_cases_of_a_desk_are_not_there_for_others(mie: TallyDesk) -> None:
    await mie.receive(japan("2022-05-10T10:00:00"))
    stranger = Actor(ActorKind.STAFF, 7, "よその人", {mie.applied.id + 1: Role.ADMIN})
    mie.coordinator = stranger
    with pytest.raises(NotFound):
        await mie.behind(Cell(CASES, TYPE, "total", 202205, 202205))


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_longer_range_takes_no_more_queries(mie: TallyDesk) -> None:
    statements: list[str] = []
    engine = mie.database._read_engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    taken = []
    for first in (202205, 202104, 201306):
        statements.clear()
        await mie.tally(first, 202205)
        taken.append(len([each for each in statements if each.startswith(("SELECT", "WITH"))]))
    assert taken == [6, 6, 6]


# ---- Files ----


async def test_the_table_file_has_a_line_for_each_row_and_period(mie: TallyDesk) -> None:
    formula = replace(MIE, purposes=tuple(replace(each, label=f"=1+{each.label}") for each in MIE.purposes))
    await mie.write(lambda session: desks.apply(session, formula, at=japan("2022-01-01T00:00:00")))
    mie.applied = await mie.database.read(lambda session: desks.find(session, MIE.code))
    await publish(mie)
    text = tallies.to_csv(
        await mie.tally(202109, 202205, japan("2022-05-31T00:00:00")), counted_on=date(2026, 7, 1)
    )
    assert text.startswith("\ufeffdesk,as_of,measure,")
    lines = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [
        line["booked"]
        for line in lines
        if (line["measure"], line["dimension"], line["period"]) == ("receipts", "requester_group", "total")
    ] == ["19", "5", "10", "0", "0", "34"]
    [march] = [
        line
        for line in lines
        if (line["measure"], line["code"], line["dimension"], line["month"])
        == ("cases", "total", "channel", "2022-03")
    ]
    assert march == {
        "desk": "mie-dx-center",
        "as_of": "2022-05-31",
        "measure": "cases",
        "measure_label": "相談項目数",
        "dimension": "channel",
        "dimension_label": "受付経路",
        "code": "total",
        "label": "合計",
        "parent": "",
        "period": "month",
        "month": "2022-03",
        "fiscal_year": "2021",
        "period_label": "令和4年3月",
        "state": "provisional",
        "value": "3",
        "correction": "0",
        "booked": "3",
        "share": "100.0",
    }
    labels = {line["label"] for line in lines if line["dimension"] == "purpose"}
    assert "'=1+その他" in labels
    assert {line["share"] for line in lines if line["booked"] == "0"} == {"", "0.0"}


async def test_the_data_file_says_the_same(mie: TallyDesk) -> None:
    await publish(mie)
    found = await mie.tally(202109, 202205)
    data = json.loads(tallies.to_json(found, counted_on=date(2026, 7, 1)))
    assert (data["desk"], data["from"], data["to"], data["as_of"]) == (
        "mie-dx-center",
        "2021-09",
        "2022-05",
        "2026-07-01",
    )
    assert data["periods"][-2] == {
        "period": "fiscal_year",
        "from": "2022-04",
        "to": "2022-05",
        "label": "令和4年度",
        "state": "provisional",
    }
    table = data["tables"][0]
    assert (table["measure"], table["dimension_label"]) == ("receipts", "相談者")
    assert table["rows"][0]["figures"][-1] == {"value": 19, "correction": 0, "booked": 19, "share": 55.9}
    only = tallies.as_data(found, (Dimension.CHANNEL,))
    assert [each["dimension"] for each in only["tables"]] == ["channel", "channel"]


# ---- A plain count over any history ----

TYPES = ("business", "resident", "resident_group", "prefecture", "unknown")
PURPOSES = ("information", "training", "")
TOPICS = ("life", "life-health", "life-education", LEAF)
LEAVES_OF = {"life": ("life", "life-health", "life-education"), "industry": (LEAF,)}

topics = st.lists(st.sampled_from(TOPICS), unique=True, max_size=3)
steps = st.lists(
    st.tuples(
        st.sampled_from(
            (
                *("receive", "receive", "another", "triage", "triage", "triage", "decline", "undo"),
                *("answer", "close", "reopen", "merge", "close_month", "close_month"),
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
    if kind == "receive" or not case_ids:
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
            )
        )
        return
    case_id = case_ids[which % len(case_ids)]
    case = session.get_one(Case, case_id)
    if kind == "another":
        case_ids.append(
            raise_another(session, case_id, by=by, at=at, purpose=purpose or None, topics=tuple(chosen))
        )
    elif kind == "triage":
        mie.triage_in(session, case_id, at, requester_type, purpose or "other", *(chosen or [LEAF]))
    elif kind == "decline":
        triage.decline(session, MIE, case_id, "unclear", by=by, at=at)
    elif kind == "undo":
        triage.undo(session, case_id, "まちがい", by=by, at=at)
    elif kind == "answer":
        replies.reply(session, case_id, "回答", by=by, at=at)
    elif kind == "close":
        replies.close(session, MIE, case_id, "advised" if which % 2 else "noted", by=by, at=at)
    elif kind == "reopen":
        replies.reopen(session, case_id, "続き", by=by, at=at)
    elif kind == "merge":
        lifecycle.move(session, case, Status.MERGED, EventKind.MERGED, by=by, at=at)


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


@EITHER
@settings(
    # Each history has a desk of its own, so that one database can hold them all.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=20,
)
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
                    tallies.close_month(session, mie.applied, last, by=mie.coordinator, at=at)
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
