"""How long the month's form takes: `python -m tests.bench.tallies [--cases N …] [--engine NAME]`.

Eleven months are closed and the twelfth is open; a desk has so many cases in all of them. Measured are the ready-made monthly report
and every figure of the year as they stand, with and without kept sums, and as of a day when half of the months were closed.
The ledger is written as it would have been, without
going through casework. Prints a JSON line for each, and in the end what takes too long, or longer with many cases than with few.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    String,
    Table,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.orm import Session

from meyasubako import summing
from meyasubako.casework import desks, tallies
from meyasubako.casework.tallies import sums
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month, month_of, months_between, next_month
from meyasubako.core.tabulation import Tabulation
from meyasubako.core.vocabulary import CaseKind, Channel, Measure, Outcome, RequesterType, Status
from meyasubako.store.database import Database
from meyasubako.store.models import Case, LedgerEntry, MonthClosing, Receipt, table_of
from tests.bench import lines, many
from tests.harness import migrations
from tests.harness.postgres import PostgresServer
from tests.harness.site import MIE, open_site

T = TypeVar("T", bound="Tabulation | tallies.Tally")

ENGINES: Final = ("sqlite", "postgresql")
ROUNDS: Final = 15
FEW_ROUNDS: Final = 3
SLOWEST_MS: Final = 50
SLOWEST_AS_OF_MS: Final = 1_000
MOST_TIMES: Final = 1.5
FIRST, LAST = 202504, 202603
END: Final = datetime(2026, 3, 31, 14, 0, tzinfo=UTC)
BEGIN: Final = datetime(2025, 4, 1, 0, 0, tzinfo=UTC)
AS_OF: Final = datetime(2025, 10, 15, 3, 0, tzinfo=UTC)
COUNTED_ON: Final = date(2026, 3, 31)
ORIGINALS: Final = 10_000
_LEDGER: Final = table_of(LedgerEntry)
TYPES: Final = tuple(RequesterType)
CHANNELS: Final = tuple(Channel)
TOWNS: Final = ("津市", "四日市市", "伊勢市", "松阪市", "桑名市", "鈴鹿市", "名張市", "尾鷲市", "亀山市", "")


def entries(applied: AppliedDesk, number: int, case_id: int, received: datetime) -> Iterator[dict[str, Any]]:
    """What is booked for a case: received, triaged two days later, answered and closed; some are corrected after their month."""
    desk, month = applied.desk, month_of(received)
    topics = [topic.code for topic in desk.all_topics()]
    purposes = [purpose.code for purpose in desk.purposes]
    codes: dict[str, Any] = {
        "desk_id": applied.id,
        "receipt_id": case_id,
        "case_id": case_id,
        "kind": CaseKind.CONSULTATION,
        "channel": CHANNELS[number % len(CHANNELS)],
        "requester_type": TYPES[number * 7 % len(TYPES)],
        "municipality": TOWNS[number * 3 % len(TOWNS)],
        "purpose": purposes[number * 5 % len(purposes)],
    }
    mine = topics[number * 11 % len(topics)]

    def entry(measure: Measure, at: datetime, sign: int = 1, **more: Any) -> dict[str, Any]:
        effective = more.pop("effective_month", month)
        booked = effective
        # A month is closed on the fifth of the next.
        closed = next_month(month_of(at - timedelta(days=4)), -1)
        if effective <= closed and measure is not Measure.STATUSES:
            booked = max(month_of(at), next_month(closed))
        same = dict.fromkeys(("topic", "division", "status", "outcome", "provider_kind", "grade"))
        return {
            **same,
            **codes,
            "measure": measure,
            "sign": sign,
            "effective_month": effective,
            "booked_month": booked,
            "recorded_at": at,
            **more,
        }

    triaged, closed = received + timedelta(days=2), received + timedelta(days=9)
    yield entry(Measure.RECEIPTS, received, case_id=None, purpose=None)
    yield entry(Measure.CASES, received)
    yield entry(Measure.TOPICS, received, topic=mine)
    if number % 4 == 0:
        yield entry(Measure.TOPICS, received, topic=topics[(number * 11 + 5) % len(topics)])
    yield entry(Measure.STATUSES, received, status=Status.RECEIVED)
    if triaged < END:
        yield entry(Measure.STATUSES, triaged, -1, status=Status.RECEIVED)
        yield entry(Measure.STATUSES, triaged, status=Status.TRIAGED)
    if closed < END:
        yield entry(Measure.STATUSES, closed, -1, status=Status.TRIAGED)
        yield entry(Measure.STATUSES, closed, status=Status.CLOSED)
        outcome = tuple(Outcome)[number % len(Outcome)]
        yield entry(Measure.OUTCOMES, closed, outcome=outcome, effective_month=month_of(closed))
    corrected = received + timedelta(days=40)
    if number % 50 == 0 and corrected < END:
        yield entry(Measure.TOPICS, corrected, -1, topic=mine)
        yield entry(Measure.TOPICS, corrected, topic=topics[(number * 11 + 9) % len(topics)])


async def _fill(database: Database, applied: AppliedDesk, staff_id: int, count: int) -> int:
    """The cases and their ledger, in the order in which it was booked; returns how many entries there are."""
    base = min(count, ORIGINALS)
    every = (END - BEGIN) / base
    await many.fill(database, applied, staff_id, count=base, at=END - every, every=every, looked_at=0)
    booked: list[dict[str, Any]] = []
    # `fill` gives the newest case the first number.
    for place in range(base):
        booked += entries(applied, place, base - place, END - every * (base - place))
    booked.sort(key=lambda each: each["recorded_at"])
    await database.write(lambda session: session.execute(insert(_LEDGER), booked))
    if count > base:
        await _copy(database, base, count // base)
    await database.write(partial(_close_months, desk_id=applied.id))
    await _settle(database)
    return await database.read(lambda session: session.scalar(select(func.count()).select_from(_LEDGER)) or 0)


async def _settle(database: Database) -> None:
    """What the worker does every minute, and what a PostgreSQL server does by itself."""
    await database.take_stock()
    if database.engine_name == "postgresql":
        await database.write(lambda session: session.execute(text("ANALYZE")))


async def _copy(database: Database, base: int, copies: int) -> None:
    """As many more of each case, with their entries as they would have come among each other."""
    for table, shifted in ((table_of(Receipt), {"id"}), (table_of(Case), {"id", "receipt_id"})):
        for copy in range(1, copies):
            made = [
                column + copy * base
                if column.name in shifted
                else literal(f"C{copy}-") + cast(table.c.id, String)
                if column.name == "number"
                else column
                for column in table.columns
            ]
            copied = insert(table).from_select(list(table.c.keys()), select(*made).where(table.c.id <= base))
            await database.write(lambda session, copied=copied: session.execute(copied))
    there = MetaData()
    names = [column.name for column in _LEDGER.columns if column.name != "id"]
    one = Table("one", there, *(Column(name, _LEDGER.c[name].type) for name in names))
    shift = Table("shift", there, Column("by", Integer))
    await database.write(lambda session: there.create_all(session.connection()))
    await database.write(
        lambda session: [
            session.execute(insert(one).from_select(names, select(*(_LEDGER.c[name] for name in names)))),
            session.execute(insert(shift), [{"by": copy * base} for copy in range(copies)]),
            session.execute(delete(_LEDGER)),
        ]
    )
    made = [one.c[name] + shift.c.by if name in {"receipt_id", "case_id"} else one.c[name] for name in names]
    at = BEGIN
    while at < END:
        among = (
            select(*made)
            .select_from(one.join(shift, true()))
            .where(one.c.recorded_at >= at, one.c.recorded_at < at + timedelta(days=3))
            .order_by(one.c.recorded_at, shift.c.by)
        )
        booked = insert(_LEDGER).from_select(names, among)
        await database.write(lambda session, booked=booked: session.execute(booked))
        at += timedelta(days=3)
    await database.write(lambda session: there.drop_all(session.connection()))


def _close_months(session: Session, desk_id: int) -> None:
    for month in months_between(FIRST, next_month(LAST, -1)):
        closed_at = dates.start_of_month(next_month(month)) + timedelta(days=4)
        session.add(MonthClosing(desk_id=desk_id, month=month, closed_at=closed_at, closed_by_id=None))


def _monthly(session: Session, last: Month, as_of: datetime | None) -> Tabulation:
    """The ready-made monthly report, compared with the month before, a year before, and both years to date."""
    applied = desks.find(session, MIE)
    monthly, *_ = tallies.ready_made(applied.desk)
    day = None if as_of is None else dates.japan_day(as_of)
    return tallies.set_out(session, applied, monthly, last, as_of=day, counted_on=COUNTED_ON)


def _by_month(session: Session, last: Month, as_of: datetime | None) -> tallies.Tally:
    """Every figure of the year by month."""
    return tallies.tally(session, desks.find(session, MIE), first=FIRST, last=last, as_of=as_of)


async def _measure(
    database: Database, count: Callable[[Session], T], rounds: int
) -> tuple[dict[str, float], T]:
    took: list[float] = []
    spent = 0.0
    found: T | None = None
    for place in range(rounds + 1):
        if place == 1:
            spent = time.process_time()
        began = time.perf_counter()
        found = await database.read(count)
        took.append(1000 * (time.perf_counter() - began))
    assert found is not None
    spent = 1000 * (time.process_time() - spent) / rounds
    figures = {"p50_ms": statistics.median(took[1:]), "best_ms": min(took[1:]), "cpu_ms": spent}
    return {name: round(figure, 1) for name, figure in figures.items()}, found


async def _bench(engine: str, url: str, size: int, *, from_the_ledger: bool) -> dict[str, float]:
    await asyncio.to_thread(migrations.upgrade, url)
    database = Database(url)
    results: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="meyasubako-bench-") as folder:
        site = await open_site(database, Path(folder))
        applied, staff_id = site.desks[MIE], await site.add_staff("counter")

        def say(what: str, **figures: float) -> None:
            lines.say("tallies", engine=engine, cases=size, what=what, **figures)

        began = time.perf_counter()
        total = await _fill(database, applied, staff_id, size)
        say("filled", entries=total, seconds=round(time.perf_counter() - began, 1))
        began = time.perf_counter()
        # What the worker does; a larger part at once is only quicker when everything is new.
        assert await summing.sum_all(database, limit=5 * summing.CHUNK) == total
        say("summed", entries=total, seconds=round(time.perf_counter() - began, 1))
        await _settle(database)
        await database.close()
        database = Database(url)
        forms = {
            "the form": partial(_monthly, last=LAST, as_of=None),
            "the form as of a day": partial(_monthly, last=202510, as_of=AS_OF),
            "the year": partial(_by_month, last=LAST, as_of=None),
            "the year as of a day": partial(_by_month, last=LAST, as_of=AS_OF),
        }
        kept: dict[str, object] = {}
        for name, count in forms.items():
            figures, kept[name] = await _measure(database, count, ROUNDS)
            results[name] = figures["p50_ms"]
            say(name, **figures)
        form, year = kept["the form"], kept["the year"]
        assert isinstance(form, Tabulation)
        assert isinstance(year, tallies.Tally)
        to_date = next(cell for line in form.tables[0].lines for cell in line.cells[3:4])
        assert year.tables[0].total.figures[-1].booked == to_date.number == size
        if from_the_ledger:
            assert await summing.verify(database) == (len(site.desks), ())
            await database.write(sums.start_over)
            for name, count in forms.items():
                figures, found = await _measure(database, count, FEW_ROUNDS)
                assert found == kept[name]
                say(f"{name}, without kept sums", **figures)
        await database.close()
    return results


def _faults(engine: str, results: Sequence[dict[str, float]]) -> Iterator[str]:
    few, most = results[0], results[-1]
    for name, took in most.items():
        slowest = SLOWEST_AS_OF_MS if "as of" in name else SLOWEST_MS
        if took > slowest:
            yield f"{engine}: {name} takes {took:.1f} ms, more than {slowest}"
    name = "the form"
    if most[name] > few[name] * MOST_TIMES:
        yield f"{engine}: {name} takes {most[name]:.1f} ms with many cases and {few[name]:.1f} ms with few"


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--cases", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--engine", choices=ENGINES, help="only this engine")
    parser.add_argument("--kept-only", action="store_true", help="don't compare with the ledger itself")
    arguments = parser.parse_args()
    faults: list[str] = []
    for engine in ENGINES if arguments.engine is None else (arguments.engine,):
        results = []
        for size in sorted(arguments.cases):
            with ExitStack() as stack:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="meyasubako-bench-"))
                url = f"sqlite:///{folder}/tallies.sqlite3"
                if engine == "postgresql":
                    url = stack.enter_context(PostgresServer()).create("tallies")
                results.append(
                    asyncio.run(_bench(engine, url, size, from_the_ledger=not arguments.kept_only))
                )
        faults += _faults(engine, results)
    print("\n".join(faults) or "The form is quick, however many cases there are.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
