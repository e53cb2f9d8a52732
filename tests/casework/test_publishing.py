"""What is published of closed months: decided when they are closed, by the desk's rule, and never again."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from meyasubako import summing
from meyasubako.casework import desks, tallies
from meyasubako.core.dates import JAPAN
from meyasubako.core.desk import PublicTable, StatisticsRules
from meyasubako.core.errors import NotFound
from meyasubako.core.tabulation import Reach
from meyasubako.core.vocabulary import Dimension, Quantity
from meyasubako.store.database import Database
from tests.casework.tally_desk import MIE, TallyDesk, open_desk

BY_GROUP = PublicTable(Quantity.RECEIPTS, Dimension.REQUESTER_GROUP, Reach.MONTH)
BY_PURPOSE = PublicTable(Quantity.RECEIPTS, Dimension.PURPOSE, Reach.QUARTER)
RULES = StatisticsRules(enabled=True, smallest=3, tables=(BY_GROUP, BY_PURPOSE))


def japan(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JAPAN)


async def publishing(database: Database, rules: StatisticsRules = RULES) -> TallyDesk:
    return await open_desk(database, replace(MIE, public_statistics=rules))


async def apply(mie: TallyDesk, rules: StatisticsRules, at: datetime) -> TallyDesk:
    def unit(session: Session) -> TallyDesk:
        desks.apply(session, replace(MIE, public_statistics=rules), at=at)
        return replace(mie, applied=desks.find(session, MIE.code))

    return await mie.write(unit)


async def fill(mie: TallyDesk, month: str, **numbers: int) -> None:
    def unit(session: Session) -> None:
        for requester_type, number in numbers.items():
            for _ in range(number):
                mie.receive_in(session, japan(f"{month}-10T10:00:00"), requester_type=requester_type)

    await mie.write(unit)


async def read(mie: TallyDesk, first: int, last: int) -> tuple[tallies.PublishedMonth, ...]:
    return await mie.database.read(lambda session: tallies.published(session, mie.applied, first, last))


def numbers_of(month: tallies.PublishedMonth, rows: Dimension) -> dict[str, int | None] | None:
    found = [each for each in month.figures.breakdowns if each.rows is rows]
    return {line.code: line.number for line in found[0].lines} if found else None


async def test_a_closed_month_is_published_once_and_for_all(database: Database) -> None:
    mie = await publishing(database)
    await fill(mie, "2022-04", business=5, resident_group=4)
    await fill(mie, "2022-05", business=6, municipality=1)
    await mie.close_month(202205, japan("2022-06-03T09:00:00"))
    april, may = await read(mie, 202204, 202205)
    assert [(each.quantity, each.number) for each in april.figures.totals] == [(Quantity.RECEIPTS, 9)]
    assert numbers_of(april, Dimension.REQUESTER_GROUP) == {
        "businesses": 5,
        "residents": 4,
        "governments": 0,
        "others": 0,
        "unknown": 0,
    }
    assert numbers_of(may, Dimension.REQUESTER_GROUP) == {
        "businesses": 6,
        "residents": None,
        "governments": None,
        "others": None,
        "unknown": None,
    }
    assert numbers_of(may, Dimension.PURPOSE) is None, "the quarter is not over"
    # A correction is printed in the month then open; and a rule that would uncover is for another year.
    loose = replace(RULES, smallest=4, tables=(replace(BY_GROUP, every=Reach.FISCAL_YEAR),))
    mie = await apply(mie, loose, japan("2022-06-05T09:00:00"))
    await fill(mie, "2022-05", business=2)
    await fill(mie, "2022-06", resident_group=3)
    await mie.close_month(202206, japan("2022-07-03T09:00:00"))
    assert (await read(mie, 202204, 202205)) == (april, may)
    (june,) = await read(mie, 202206, 202206)
    assert june.figures.smallest == 3
    assert numbers_of(june, Dimension.PURPOSE) == {
        "information": 21,
        "training": 0,
        "problem_solving": 0,
        "other": 0,
        "unknown": 0,
    }
    await fill(mie, "2023-04", business=3, resident_group=3)
    await mie.close_month(202304, japan("2023-05-03T09:00:00"))
    (first_of_next,) = await read(mie, 202304, 202304)
    assert first_of_next.figures.tables == loose.tables


async def test_a_desk_that_begins_to_publish_shows_what_it_closed_before(database: Database) -> None:
    mie = await publishing(database, StatisticsRules())
    await fill(mie, "2022-04", business=5)
    await mie.close_month(202205, japan("2022-06-03T09:00:00"))
    at = japan("2022-06-10T09:00:00")
    assert await summing.publish_some(database, at=at) == 0
    with pytest.raises(NotFound):
        await read(mie, 202204, 202205)
    mie = await apply(mie, RULES, at)
    assert await summing.publish_some(database, at=at) == 2
    assert await summing.publish_some(database, at=at) == 0
    assert [each.month for each in await read(mie, 202204, 202205)] == [202204, 202205]
    months = await database.read(lambda session: tallies.published_months(session, mie.applied))
    assert months == ((202205, at), (202204, at))
    ended = await apply(mie, replace(RULES, enabled=False), at)
    with pytest.raises(NotFound):
        await read(ended, 202204, 202205)
