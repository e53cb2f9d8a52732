"""Tallies: the published table, its rows and shares, and which month and year something counts in."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from meyasubako.casework import desks, replies, tallies
from meyasubako.casework.tallies import Cell, PeriodKind, Row, share
from meyasubako.core.errors import InvalidInput
from meyasubako.core.vocabulary import (
    Channel,
)
from meyasubako.store.database import Database
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
    booked,
    japan,
    open_desk,
    publish,
)
from tests.harness.matters import raise_another


def numbers(row: Row) -> list[int]:
    """A row as printed."""
    return [figure.booked for figure in row.figures]


@pytest.fixture
async def mie(database: Database) -> TallyDesk:
    return await open_desk(database)


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
