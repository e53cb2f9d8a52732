"""What a page of a list reads does not grow with the number of cases; what is cut short says so and holds what presses most."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, event, select
from sqlalchemy.orm import Session

from meyasubako.casework import casefiles
from meyasubako.core.conditions import Conditions, Due, Queue, Scope, Sorting
from meyasubako.store.database import Database
from meyasubako.store.models import Case
from tests.bench import lists, many
from tests.harness.story import Story, open_story

FEW, MANY = 600, 2_400
EVERY = 50
"""Steps of SQLite's machine between two looks at its counter."""


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that few cases reach already."""
    for module, name, limit in (
        ("counts", "MOST_COUNTED", 15),
        ("inbox", "MOST_COUNTED", 15),
        ("inbox", "PAGE_SIZE", 10),
        ("joined", "MOST_LOOKED_THROUGH", 30),
        ("joined", "MOST_TO_JOIN", 10),
    ):
        monkeypatch.setattr(sys.modules[f"meyasubako.casework.casefiles.{module}"], name, limit)


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


async def fill(story: Story, count: int, *, first: int = 0) -> None:
    assert story.clerk.id is not None
    await many.fill(
        story.database,
        story.applied,
        story.clerk.id,
        count=count,
        first=first,
        at=story.at,
        every=timedelta(hours=2),
        looked_at=20,
    )


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("limits")
async def test_a_page_reads_no_more_of_many_cases_than_of_few(
    database: Database, steps: Callable[[Callable[[Session], Any]], int]
) -> None:
    story = await open_story(database)
    await fill(story, FEW)
    bundle_id = await database.write(lambda session: lists.bundle(session, story))
    few = {name: steps(read) for name, read in _reads(story, FEW, bundle_id).items()}
    await fill(story, MANY - FEW, first=FEW)
    most = {name: steps(read) for name, read in _reads(story, MANY, bundle_id).items()}
    growing = {
        name: (few[name], taken) for name, taken in most.items() if taken > 1.5 * few[name] + 1_000 / EVERY
    }
    assert growing == {}


def _reads(story: Story, count: int, bundle_id: int) -> dict[str, Callable[[Session], Any]]:
    return {**lists.pages(story, count), **lists.files(story, bundle_id)}


@pytest.mark.parametrize(
    ("wanted", "sorting", "is_cut"),
    [
        (Conditions(queue=Queue.OVERDUE), Sorting.DUE, False),
        (Conditions(queue=Queue.OVERDUE), Sorting.NEWEST, True),
        (Conditions(due=Due.OVERDUE), Sorting.OLDEST, True),
        (Conditions(queue=Queue.UNSEEN), Sorting.CHANGED, False),
        (Conditions(queue=Queue.UNSEEN), Sorting.OLDEST, True),
        (Conditions(queue=Queue.MINE), Sorting.NEWEST, False),
        (Conditions(queue=Queue.MINE), Sorting.DUE, True),
        (Conditions(queue=Queue.ADDED), Sorting.NEWEST, False),
    ],
)
@pytest.mark.usefixtures("limits")
async def test_of_a_long_queue_what_presses_most_is_put_in_another_order(
    database: Database, wanted: Conditions, sorting: Sorting, *, is_cut: bool
) -> None:
    story = await open_story(database)
    await fill(story, 300)

    def through(session: Session, sorting: Sorting) -> tuple[list[int], bool]:
        """The cases of the list, page by page."""
        found, after, was_cut = [], None, False
        while True:
            page = casefiles.inbox(
                session, story.clerk, story.applied, wanted, at=story.at, sorting=sorting, after=after
            )
            was_cut |= page.is_cut
            found += [row.id for row in page.rows]
            if (after := page.after) is None:
                return found, was_cut

    def unit(session: Session) -> None:
        found, was_cut = through(session, sorting)
        assert was_cut is is_cut
        everything = set(session.scalars(select(Case.id).where(Case.id.in_(found))))
        assert len(found) == len(everything) == len(set(found))
        if not is_cut:
            return
        assert len(found) == 15
        own = Sorting.CHANGED if wanted.queue is Queue.UNSEEN else Sorting.DUE
        own = Sorting.OLDEST if wanted.queue is Queue.MINE else own
        assert set(found) == set(through(session, own)[0][:15])

    await database.read(unit)


async def test_all_cases_are_not_read_by_their_last_happening() -> None:
    assert Sorting.CHANGED not in Conditions(scope=Scope.ALL).orders()
    assert Sorting.CHANGED in Conditions(scope=Scope.ALL, queue=Queue.MINE).orders()
    assert set(Conditions().orders()) == set(Sorting)
