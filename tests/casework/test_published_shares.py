"""The published tables of 長崎県 for 令和3年度, set out again to the digit from 1,070 letters."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import chain, repeat
from typing import Any, Final

import pytest
from sqlalchemy import insert

from meyasubako.casework import ledger, tallies
from meyasubako.casework.ledger import CaseFacts, Codes
from meyasubako.core.dates import month_of
from meyasubako.core.desk import Area, OutcomeLabel
from meyasubako.core.tabulation import PrintedTable, Reach, Shown, TablePlan, TallyForm, written
from meyasubako.core.vocabulary import (
    CaseKind,
    Channel,
    Dimension,
    Measure,
    Outcome,
    Quantity,
    RequesterType,
    Status,
)
from meyasubako.store.database import Database
from meyasubako.store.models import LedgerEntry, table_of
from tests.bench import many
from tests.casework.tally_desk import MIE, TallyDesk, japan, open_desk

CODES: Final = [each.name for each in fields(Codes)]
LETTERS: Final = 1070
CHANNELS: Final = {Channel.EMAIL: 846, Channel.LETTER: 196, Channel.FAX: 28}
OUTCOMES: Final = {Outcome.ADOPTED: 18, Outcome.ALREADY_DONE: 5, Outcome.NOTED: 1047}
AREAS: Final = {
    "長崎・西彼": 238,
    "県央": 58,
    "島原半島": 49,
    "県北": 99,
    "五島": 161,
    "壱岐": 3,
    "対馬": 18,
    "県外": 259,
    "国外": 0,
    "": 185,
}
"""How many letters came from a place in each area; from nowhere that is known in the end."""
NAGASAKI: Final = replace(
    MIE,
    code="nagasaki",
    areas=tuple(Area(f"area-{number}", label, (label,)) for number, label in enumerate(list(AREAS)[:7])),
    opened_on=date(2021, 4, 1),
    outcomes=(
        OutcomeLabel(Outcome.ADOPTED, "提案を受け、新たに施策に反映"),
        OutcomeLabel(Outcome.ALREADY_DONE, "既に施策に反映"),
        OutcomeLabel(Outcome.NOTED, "その他"),
    ),
)
FORM: Final = TallyForm(
    "published",
    "県へのご意見・ご提案",
    Reach.FISCAL_YEAR,
    tuple(
        TablePlan(
            title,
            (quantity,),
            rows,
            shown=(Shown.SPAN, Shown.SHARE),
            empty_rows=all_rows,
            unknown_row=all_rows,
        )
        for title, quantity, rows, all_rows in (
            ("受付方法別", Quantity.RECEIPTS, Dimension.CHANNEL, False),
            ("施策への反映状況", Quantity.CLOSED, Dimension.OUTCOME, False),
            ("地域別", Quantity.RECEIPTS, Dimension.AREA, True),
        )
    ),
)
FIRST: Final = japan("2021-04-01T09:00:00")


def dealt(numbers: Mapping[Any, int]) -> list[Any]:
    """A code for each letter."""
    return list(chain.from_iterable(repeat(code, number) for code, number in numbers.items()))


def letters(desk_id: int) -> Iterator[CaseFacts]:
    """Which letter had what was not published: the tables are dealt out against each other."""
    channels, outcomes, places = dealt(CHANNELS), dealt(OUTCOMES), dealt(AREAS)
    for number in range(LETTERS):
        received = FIRST + timedelta(hours=8 * number)
        yield CaseFacts(
            desk_id=desk_id,
            receipt_id=number + 1,
            case_id=number + 1,
            kind=CaseKind.SUGGESTION,
            channel=channels[number],
            requester_type=RequesterType.RESIDENT,
            municipality=places[number * 3 % LETTERS],
            purpose=None,
            topics=(),
            division=None,
            status=Status.CLOSED,
            outcome=outcomes[number * 7 % LETTERS],
            received_at=received,
            closed_at=received + timedelta(days=1),
            is_counted=True,
        )


async def write_down(desk: TallyDesk) -> None:
    """The letters and what the ledger says of them, all at once."""
    await many.fill(
        desk.database, desk.applied, desk.coordinator.id or 0, count=LETTERS, at=FIRST, looked_at=0
    )
    rows = [
        {
            **{name: getattr(codes, name) for name in CODES},
            "desk_id": desk.applied.id,
            "receipt_id": letter.receipt_id,
            "case_id": None if codes.measure is Measure.RECEIPTS else letter.case_id,
            "sign": 1,
            "booked_month": codes.effective_month,
            "recorded_at": letter.received_at,
        }
        for letter in letters(desk.applied.id)
        for codes in (
            letter.codes(Measure.RECEIPTS, month_of(letter.received_at)),
            *ledger.should_stand(letter),
        )
    ]
    await desk.write(lambda session: session.execute(insert(table_of(LedgerEntry)), rows))


def printed(table: PrintedTable) -> list[tuple[str, ...]]:
    """Each row as it stands on paper."""
    lines = (*table.lines, *([table.total] if table.total else []))
    return [
        (
            line.label,
            *(written(cell, head.kind) for cell, head in zip(line.cells, table.headings, strict=True)),
        )
        for line in lines
    ]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_published_tables_of_nagasaki(database: Database) -> None:
    desk = await open_desk(database, NAGASAKI)
    await write_down(desk)
    found = await database.read(
        lambda session: tallies.set_out(session, desk.applied, FORM, 202203, counted_on=date(2022, 4, 1))
    )
    channels, outcomes, areas = found.tables
    assert printed(channels) == [
        ("電子メール", "846", "79.1%"),
        ("郵便", "196", "18.3%"),
        ("ファックス", "28", "2.6%"),
        ("合計", "1,070", "100.0%"),
    ]
    assert printed(outcomes) == [
        ("提案を受け、新たに施策に反映", "18", "1.7%"),
        ("既に施策に反映", "5", "0.5%"),
        ("その他", "1,047", "97.9%"),
        ("合計", "1,070", "100.0%"),
    ]
    assert outcomes.notes == ("構成比は四捨五入しているので、各行を足すと100.1％になります。",)
    assert printed(areas) == [
        ("長崎・西彼", "238", "22.2%"),
        ("県央", "58", "5.4%"),
        ("島原半島", "49", "4.6%"),
        ("県北", "99", "9.3%"),
        ("五島", "161", "15.0%"),
        ("壱岐", "3", "0.3%"),
        ("対馬", "18", "1.7%"),
        ("県外", "259", "24.2%"),
        ("国外", "0", "0.0%"),
        ("不明", "185", "17.3%"),
        ("合計", "1,070", "100.0%"),
    ]
    assert areas.notes == ()
