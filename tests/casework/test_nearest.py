"""The newest cases that hold a word are found by looking at stretches: the same ones, and no more is read of many than of few."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from sqlalchemy import create_engine, event, select, update
from sqlalchemy.orm import Session

from meyasubako.casework import searching
from meyasubako.casework.casefiles import Cursor, finding
from meyasubako.casework.casefiles.nearest import nearest
from meyasubako.casework.searching import Asked
from meyasubako.core import dates
from meyasubako.store.database import Database
from meyasubako.store.models import Case
from tests.bench.search import Document, load
from tests.harness.story import BEGUN_AT, Story, open_story

WORDS = (
    "図書館",
    "の",
    "防災",
    "図書館 防災",
    "図書館 -防災",
    "防災 OR 体育館",
    "ありません",
    "-図書館",
    "状態:受付 体育館",
)
EVERY = 50
"""Steps of SQLite's machine between two looks at its counter."""


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches and counts that few cases reach already."""
    places = {"nearest": {"FIRST_LOOK": 12, "RARE": 1}, "finding": {"COUNTED": 15, "PAGE_SIZE": 4}}
    for module, limits in places.items():
        for name, limit in limits.items():
            monkeypatch.setattr(sys.modules[f"meyasubako.casework.casefiles.{module}"], name, limit)


async def fill(story: Story, count: int, *, first: int = 1) -> None:
    """Cases of which every second is about a library and every ninth about disasters, in no order of their days."""
    documents = [
        Document(
            f"{number}番",
            f"{'市の図書館' if number % 2 else '県の体育館'}{'と防災' if number % 9 == 0 else ''}について",
        )
        for number in range(first, first + count)
    ]
    await load([(story.database, story.applied.id)], documents, first=first)
    chance = Random(first)

    def shuffle(session: Session) -> None:
        for case_id in range(first, first + count):
            # Several come in the same moment, and some letters are entered late.
            came = BEGUN_AT + timedelta(hours=case_id // 3 - chance.choice([0, 0, 0, 30]))
            session.execute(update(Case).where(Case.id == case_id).values(received_at=came))

    await story.database.write(shuffle)


def asked_for(story: Story, words: str) -> Asked:
    return searching.read(words, story.applied.desk, today=dates.japan_day(BEGUN_AT))


async def test_what_is_nearest_is_what_a_full_search_finds(database: Database) -> None:
    story = await open_story(database)
    await fill(story, 90)

    def unit(session: Session) -> None:
        newest_first = list(
            session.execute(
                select(Case.id, Case.received_at).order_by(Case.received_at.desc(), Case.id.desc())
            )
        )
        middle = newest_first[40]
        place = Cursor(middle.received_at, middle.id)
        for words in WORDS:
            asked = asked_for(story, words)
            wanted = searching.condition(asked, actor=story.clerk, desk_id=story.applied.id)
            hits = set(session.scalars(select(Case.id).where(wanted)))
            listed = [row.id for row in newest_first if row.id in hits]
            older = [row.id for row in newest_first[41:] if row.id in hits]
            newer = [row.id for row in reversed(newest_first[:40]) if row.id in hits]
            look = partial(nearest, session, story.clerk, story.applied, asked)
            for most in (3, 20, 100):
                assert look(most) == listed[:most], words
                assert look(most, place=place) == older[:most], words
                assert look(most, place=place, onwards=False) == newer[:most], words

    await database.read(unit)


async def test_pages_lead_through_everything_that_was_found_and_back(database: Database) -> None:
    story = await open_story(database)
    await fill(story, 90)

    def unit(session: Session) -> None:
        look = partial(finding.find, session, story.clerk, story.applied, asked_for(story, "図書館"))
        pages = [look()]
        assert pages[0].is_counted_out
        while pages[-1].older:
            pages.append(look(older_than=pages[-1].older))
        there = [hit.id for page in pages for hit in page.hits]
        assert len(there) == len(set(there)) == 45
        back = [pages[-1]]
        while back[-1].newer:
            back.append(look(newer_than=back[-1].newer))
        assert [hit.id for page in reversed(back) for hit in page.hits] == there

    await database.read(unit)


@pytest.fixture
def steps(database_url: str) -> Iterator[Callable[[Callable[[Session], Any]], int]]:
    """How many steps SQLite takes for a read, in fifties: the same on every machine, however busy."""
    engine, taken = create_engine(database_url), []

    @event.listens_for(engine, "connect")
    def _count(connection: Any, _record: Any) -> None:
        connection.set_progress_handler(lambda: taken.append(1), EVERY)

    def count(read: Callable[[Session], Any]) -> int:
        with Session(engine) as session:
            session.connection()
            taken.clear()
            read(session)
            return len(taken)

    yield count
    engine.dispose()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_word_of_every_second_case_is_not_looked_for_in_all_of_them(
    database: Database, steps: Callable[[Callable[[Session], Any]], int]
) -> None:
    story = await open_story(database)
    few: dict[str, int] = {}
    for first, count in ((1, 200), (201, 1_000)):
        await fill(story, count, first=first)
        await database.take_stock()
        for words in ("図書館", "の", "図書館 -防災"):
            read = partial(
                finding.find, actor=story.clerk, applied=story.applied, asked=asked_for(story, words)
            )
            taken = steps(read)
            assert taken <= 2 * few.setdefault(words, taken) + 20, words
