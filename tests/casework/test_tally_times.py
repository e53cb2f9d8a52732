"""Closed months keep the names and the tree of topics they were closed with, whatever is moved later."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from meyasubako.casework import desks, tallies
from meyasubako.core.desk import TOPIC
from meyasubako.core.vocabulary import Dimension, Measure, Role
from meyasubako.store.database import Database
from tests.casework.tally_desk import LEAF, TallyDesk, japan, open_desk

MAY, JUNE = 202205, 202206


@pytest.fixture
async def mie(database: Database) -> TallyDesk:
    return await open_desk(database)


async def rows(mie: TallyDesk, first: int, last: int) -> dict[str, tuple[str, int]]:
    """Name and number of every topic that counts anything, by code."""
    table = (await mie.tally(first, last)).table(Measure.CASES, Dimension.TOPIC)
    return {row.code: (row.label, row.figures[-1].booked) for row in table.rows if row.figures[-1].booked}


async def reword(mie: TallyDesk, code: str, at: datetime, **changes: Any) -> None:
    """Change a topic on its page."""
    admin = replace(mie.coordinator, roles={mie.applied.id: Role.ADMIN})
    topic, line = mie.desk.topic(code), mie.desk.topic_line(code)
    said = desks.TopicWords(topic.label, topic.description, topic.keywords, line[-2].code)
    await mie.write(
        lambda session: desks.change_topic(
            session,
            mie.applied.id,
            code,
            replace(said, **changes),
            seen=mie.applied.revision,
            by=admin,
            at=at,
        )
    )
    mie.applied = await mie.database.read(lambda session: desks.find_by_id(session, mie.applied.id))


async def test_a_closed_month_stays_as_it_was_and_its_corrections_fit_it(mie: TallyDesk) -> None:
    top, label = mie.desk.topic_line(LEAF)[0], str(mie.desk.topic(LEAF).label)
    case_ids = [await mie.receive(japan(f"2022-0{month}-10T10:00:00"), topics=[LEAF]) for month in (5, 5, 6)]
    await mie.close_month(MAY, japan("2022-06-05T10:00:00"))
    await reword(mie, LEAF, japan("2022-06-20T10:00:00"), label="新しい名前", parent="life")
    life = str(mie.desk.topic("life").label)
    assert await rows(mie, MAY, MAY) == {LEAF: (label, 2), top.code: (top.label, 2)}
    assert await rows(mie, JUNE, JUNE) == {LEAF: ("新しい名前", 1), "life": (life, 1)}
    # Over both months each counts where it stood; the words are those of now, as June is open.
    assert await rows(mie, MAY, JUNE) == {
        LEAF: ("新しい名前", 3),
        top.code: (top.label, 2),
        "life": (life, 1),
    }
    # What is corrected in June for May leaves the row it was counted in.
    await mie.triage(
        case_ids[0], japan("2022-06-21T10:00:00"), "business", "information", "administration-talent"
    )
    assert await rows(mie, MAY, MAY) == {LEAF: (label, 2), top.code: (top.label, 2)}
    corrected = await rows(mie, JUNE, JUNE)
    assert corrected[top.code] == (top.label, -1)
    assert corrected["life"] == (life, 1)
    behind = await mie.behind(tallies.Cell(Measure.CASES, Dimension.TOPIC, LEAF, MAY, MAY))
    assert (behind.figure, behind.label) == (2, label)
    behind = await mie.behind(tallies.Cell(Measure.CASES, Dimension.TOPIC, top.code, MAY, JUNE))
    assert behind.figure == 1
    # As of a day before the change, June was counted under its old name.
    before = await mie.tally(JUNE, JUNE, as_of=japan("2022-06-15T10:00:00"))
    assert before.table(Measure.CASES, Dimension.TOPIC).row(LEAF).label == label


async def test_a_retired_topic_is_counted_under_its_name(mie: TallyDesk) -> None:
    await mie.receive(japan("2022-05-10T10:00:00"), topics=[LEAF])
    admin = replace(mie.coordinator, roles={mie.applied.id: Role.ADMIN})
    at = japan("2022-05-20T10:00:00")
    await mie.write(
        lambda session: desks.retire(session, mie.applied.id, TOPIC, LEAF, seen=1, by=admin, at=at)
    )
    mie.applied = await mie.database.read(lambda session: desks.find_by_id(session, mie.applied.id))
    assert (await rows(mie, MAY, MAY))[LEAF] == (mie.desk.topic(LEAF).label, 1)
    assert LEAF not in await rows(mie, JUNE, JUNE)
