"""Indicators: every version stays, actual figures come from the ledger, a past day shows what was known then."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import indicators
from meyasubako.casework.indicators import Figures, Table
from meyasubako.core.errors import InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.indicators import Definition, Yearly, check_definition
from meyasubako.core.vocabulary import Aim, AuditAction, Gauge, Helpfulness, Measure, Role, Verdict
from meyasubako.demo.indicators import written_down
from meyasubako.edge.workbook import Workbook
from meyasubako.store.database import Database
from meyasubako.store.models import AuditEntry, LedgerEntry, MonthClosing
from tests.harness.story import TOYAMA, Story, open_story

PAPER = check_definition({"label": "コピー用紙購入量", "unit": "百万枚", "aim": "lower"})
COUNTED = check_definition({"label": "届いた数", "unit": "件", "aim": "higher", "gauge": "receipts"})
NOTHING_SEEN = {"expected_version": 0}


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def add(story: Story, definition: Definition) -> int:
    return await story.do(indicators.add, story.applied.id, definition, by=story.clerk)


async def put(story: Story, indicator_id: int, year: int, yearly: Yearly, seen: int = 0) -> bool:
    return await story.do(
        indicators.put_year,
        story.applied.id,
        indicator_id,
        year,
        yearly,
        by=story.clerk,
        expected_version=seen,
    )


async def table(story: Story, year: int, as_of: datetime | None = None) -> Table:
    return await story.see(
        lambda session: indicators.of_year(session, story.applied, year, at=story.at, as_of=as_of)
    )


async def figures(story: Story, year: int, as_of: datetime | None = None) -> Figures:
    [line] = (await table(story, year, as_of)).lines
    return line.figures[0]


async def test_what_was_printed_stays_known(story: Story) -> None:
    paper = await add(story, PAPER)
    assert await put(story, paper, 2025, Yearly("12", "16"))
    printed = story.at
    story.pass_time(days=3)
    assert not await put(story, paper, 2025, Yearly("12", "16"), seen=1)
    assert await put(story, paper, 2025, Yearly("12", "11.5", comment="数えなおした。"), seen=1)
    now = await figures(story, 2025)
    assert (now.verdict, now.actual and now.actual.written) == (Verdict.MET, "11.5")
    assert now.before[1] is not None
    assert (now.before[0], now.before[1].written) == (None, "16")
    then = await figures(story, 2025, as_of=printed)
    assert (then.verdict, then.actual and then.actual.written, then.before) == (
        Verdict.MISSED,
        "16",
        (None, None),
    )
    whole = await story.see(lambda session: indicators.one(session, story.applied, paper, at=story.at))
    assert [(each.yearly.actual, each.written.by) for each in whole.past_years] == [
        ("11.5", "サンプル山田"),
        ("16", "サンプル山田"),
    ]
    told = await story.see(
        lambda session: list(
            session.scalars(
                select(AuditEntry.details)
                .where(AuditEntry.action == AuditAction.INDICATORS_KEPT)
                .order_by(AuditEntry.id)
            )
        )
    )
    assert told[-1] == {"changes": ["実績：「16百万枚」 → 「11.5百万枚」"]}


async def test_two_people_do_not_overwrite_each_other(story: Story) -> None:
    paper = await add(story, PAPER)
    await put(story, paper, 2025, Yearly("12"))
    with pytest.raises(WrongState, match="サンプル山田さんが改めました"):
        await put(story, paper, 2025, Yearly("13"))
    changed = replace(PAPER, unit="万枚")
    options = {"by": story.clerk, "expected_version": 1}
    assert await story.do(indicators.change, story.applied.id, paper, changed, **options)
    with pytest.raises(WrongState, match="サンプル山田さんが改めました"):
        await story.do(indicators.change, story.applied.id, paper, PAPER, **options)
    with pytest.raises(InvalidInput, match="もうあります"):
        await add(story, PAPER)


async def test_only_those_who_keep_indicators_change_them(story: Story) -> None:
    paper = await add(story, PAPER)
    clerk = replace(story.clerk, roles={story.applied.id: Role.CLERK})
    with pytest.raises(NotAllowed):
        await story.do(indicators.add, story.applied.id, COUNTED, by=clerk)
    with pytest.raises(NotAllowed):
        await story.do(
            indicators.put_year, story.applied.id, paper, 2025, Yearly("1"), by=clerk, **NOTHING_SEEN
        )
    other = await open_story(story.database, TOYAMA)
    with pytest.raises(NotFound):
        await put(other, paper, 2025, Yearly("1"))
    with pytest.raises(NotFound):
        await other.see(lambda session: indicators.one(session, other.applied, paper, at=other.at))
    assert (await table(other, 2025)).lines == ()


async def test_actual_figures_are_those_of_the_ledger(story: Story) -> None:
    counted = await add(story, COUNTED)
    share = await add(
        story,
        Definition("", "貢献度", "", "%", Aim.HIGHER, gauge=Gauge.HELPFUL_SHARE),
    )
    running = await add(story, replace(COUNTED, label="累計", is_cumulative=True, since=2025))
    for received in (datetime(2026, 3, 31, 14, 59, tzinfo=UTC), datetime(2026, 3, 31, 15, 0, tzinfo=UTC)):
        await story.receive(received_at=received)
    for months, grade in ((202607, "helped"), (202607, "helped_somewhat"), (202607, "did_not_help")):
        await survey(story, months, Helpfulness(grade))
    for indicator_id, target in ((counted, "1"), (share, "66.7以上"), (running, "3")):
        await put(story, indicator_id, 2026, Yearly(target))
    lines = {line.id: line.figures[0] for line in (await table(story, 2026)).lines}
    assert {
        number: (each.actual and each.actual.written, each.verdict) for number, each in lines.items()
    } == {
        counted: ("1", Verdict.REACHED),
        share: ("66.7", Verdict.REACHED),
        running: ("2", Verdict.UNDER_WAY),
    }
    measured = lines[share].measured
    assert measured is not None
    assert (measured.answers, measured.is_final, lines[share].is_measured) == (3, False, True)

    # What was counted by nobody yet is nothing, not zero; the desk itself was not there before.
    assert await actuals(story, 2027) == {counted: None, share: None, running: None}
    # What somebody enters stands over it.
    await put(story, counted, 2026, Yearly("1", "40"), seen=1)
    entered = {line.id: line.figures[0] for line in (await table(story, 2026)).lines}[counted]
    assert entered.measured is not None
    assert (entered.actual and entered.actual.written, entered.measured.value.written) == ("40", "1")
    assert not entered.is_measured


async def actuals(story: Story, year: int) -> dict[int, str | None]:
    found = await story.see(lambda session: indicators.all_years(session, story.applied, at=story.at))
    place = found.years.index(year) if year in found.years else None
    return {
        line.id: None if place is None or (at := line.figures[place].actual) is None else at.written
        for line in found.lines
    }


async def survey(story: Story, month: int, grade: Helpfulness) -> None:
    """An answer to the survey, as it is booked."""

    def book(session: Session) -> None:
        first = session.scalars(select(LedgerEntry).limit(1)).one()
        named = {column.key: getattr(first, column.key) for column in LedgerEntry.__table__.columns}
        named |= {"measure": Measure.SURVEYS, "grade": grade, "sign": 1}
        named |= {"effective_month": month, "booked_month": month, "recorded_at": story.at}
        named.pop("id")
        session.add(LedgerEntry(**named))

    await story.database.write(book)


async def test_a_year_is_final_when_its_months_are_closed(story: Story) -> None:
    counted = await add(story, COUNTED)
    await story.receive(received_at=datetime(2026, 3, 1, tzinfo=UTC))
    await put(story, counted, 2025, Yearly("2"))
    assert (await figures(story, 2025)).verdict is Verdict.MISSED

    def close(session: Session) -> None:
        session.add(
            MonthClosing(desk_id=story.applied.id, month=202603, closed_at=story.at, closed_by_id=None)
        )

    await story.database.write(close)
    measured = (await figures(story, 2025)).measured
    assert measured is not None
    assert measured.is_final


async def test_a_target_ahead_is_shown_until_its_year_is_over(story: Story) -> None:
    paper = await add(story, replace(PAPER, baseline="40", baseline_first=2020))
    await put(story, paper, 2028, Yearly("12"))
    await put(story, paper, 2026, Yearly(actual="11"))
    now = await figures(story, 2026)
    assert (now.target_year, now.verdict, now.ratio) == (2028, Verdict.UNDER_WAY, None)
    assert [line.id for line in (await table(story, 2029)).over] == [paper]
    await story.do(indicators.retire, story.applied.id, paper, by=story.clerk)
    # What was said of a year is not lost with the indicator.
    assert (await figures(story, 2026)).actual == now.actual
    assert (await table(story, 2027)).lines == ()
    with pytest.raises(WrongState, match="また使う"):
        await load(story, "fukushima", code_of=paper)


async def load(story: Story, name: str, code_of: int | None = None) -> indicators.Loaded:
    filed = written_down(name)
    if code_of is not None:
        filed = (replace(filed[0], code=f"indicator-{code_of}"),)
    return await story.do(indicators.load, story.applied, filed, by=story.clerk)


async def test_a_file_is_put_over_what_stands(story: Story) -> None:
    done = await load(story, "tokushima")
    assert (done.added, done.changed, done.years) == (13, 0, 59)
    assert not (await load(story, "tokushima")).did_anything
    kept = await story.see(lambda session: indicators.as_filed(session, story.applied.id))
    assert kept == written_down("tokushima")
    first = (await table(story, 2021)).lines[0]
    await put(story, first.id, 2021, Yearly("90", "95.5"), seen=1)
    assert (await load(story, "tokushima")).years == 1
    again = (await table(story, 2021)).lines[0].figures[0]
    assert again.before[1] is not None
    assert (again.actual and again.actual.written, again.before[1].written) == ("95", "95.5")


async def test_the_sheet_holds_numbers(story: Story, tmp_path: Path) -> None:
    await load(story, "mie")
    rows = indicators.rows(await table(story, 2021))
    path = tmp_path / "指標.xlsx"
    book = Workbook(path, "指標", indicators.COLUMNS)
    book.add(rows)
    book.close()
    sheet = openpyxl.load_workbook(path)["指標"]
    names = [column.name for column in indicators.COLUMNS]
    read = [dict(zip(names, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)]
    smart = read[0]
    assert (smart["target"], smart["target_number"], smart["actual_number"], smart["ratio"]) == (
        "40.0%",
        40,
        31.8,
        0.8,
    )
    assert smart["verdict"] == "未達成"
    assert Decimal("0.80") in rows[0]
