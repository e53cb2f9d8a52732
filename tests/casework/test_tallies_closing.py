"""Closing months, the cases behind a figure, and the same figures as files."""

import asyncio
import csv
import io
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession

from meyasubako.casework import desks, replies, tallies
from meyasubako.casework.tallies import Cell, Part, Reasons, sums
from meyasubako.core.dates import Month
from meyasubako.core.errors import InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import SYSTEM, Actor
from meyasubako.core.vocabulary import (
    ActorKind,
    AuditAction,
    Dimension,
    EventKind,
    Measure,
    Role,
)
from meyasubako.store.database import Database
from meyasubako.store.models import AuditEntry, Event, MonthClosing
from tests.casework.tally_desk import (
    CASES,
    GROUP,
    LEAF,
    MIE,
    PURPOSE,
    RECEIPTS,
    STATUS,
    TYPE,
    TallyDesk,
    booked,
    japan,
    open_desk,
    publish,
)


@pytest.fixture
async def mie(database: Database) -> TallyDesk:
    return await open_desk(database)


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
    late = found.case_ids[1]
    will_close = await mie.database.read(
        lambda session: tallies.months_to_close(session, mie.applied, 202205)
    )
    assert will_close == (202203, 202204, 202205)
    with pytest.raises(WrongState, match="1件増えました"):
        await mie.close_month(202205, at, reasons=Reasons("確認中", {}, {waiting}))
    for unfit in (Reasons(), Reasons("", {waiting: "返事待ち", late: " "}), Reasons("長" * 201)):
        with pytest.raises(InvalidInput) as refused:
            await mie.close_month(202205, at, reasons=unfit)
        assert refused.value.field == "reason"
    assert await closings(mie) == []
    reasons = Reasons("確認中", {waiting: " 返事待ち "}, {waiting, late, triaged})
    await mie.close_month(202205, at, reasons=reasons)
    assert await closings(mie) == [202203, 202204, 202205]
    closing = await mie.database.read(lambda session: tallies.closing_of(session, mie.applied, 202205))
    assert closing is not None
    assert (closing.closed_at, closing.closed_by, closing.number_left) == (at, "調整役", 2)
    assert [(each.case.case_id, each.reason) for each in closing.left] == [
        (waiting, "返事待ち"),
        (late, "確認中"),
    ]
    told = select(Event.case_id, Event.data).where(Event.kind == EventKind.LEFT_UNTRIAGED)
    events = await mie.database.read(lambda session: session.execute(told).all())
    assert {case_id: data["reason"] for case_id, data in events} == {waiting: "返事待ち", late: "確認中"}
    audited = await mie.database.read(
        lambda session: session.scalars(
            select(AuditEntry).where(AuditEntry.action == AuditAction.MONTH_CLOSED)
        ).one()
    )
    assert [each.split("：")[1] for each in audited.details["changes"]] == [
        "1件（返事待ち）",
        "1件（確認中）",
    ]
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
    engine = mie.database._server.write_engine
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
    engine = mie.database.reading
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    taken: list[list[int]] = []
    for _ in ("counted in the ledger", "kept beside it"):
        taken.append([])
        for first in (202205, 202104, 201306):
            statements.clear()
            await mie.tally(first, 202205)
            taken[-1].append(len([each for each in statements if each.startswith(("SELECT", "WITH"))]))
        await mie.write(lambda session: sums.fold(session, mie.applied, limit=10))
    assert taken == [[9, 9, 9], [6, 6, 6]]


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
