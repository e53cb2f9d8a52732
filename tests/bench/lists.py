"""How long lists take with few and with many cases: `python -m tests.bench.lists [--cases N …] [--engine NAME]`.

For each engine: the inbox, the list of all cases, each queue, the other orders and a page far down, then the file of a case, a
large bundle and the letters that say the same; each as a page reads it, with all its queries. Prints a JSON line for each, and
in the end what takes longer with many cases than with few.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, Final

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from meyasubako.casework import casefiles, tracking
from meyasubako.casework.casefiles import Cursor
from meyasubako.core.conditions import BY_DEADLINE, Conditions, Due, Queue, Scope, Sorting
from meyasubako.core.vocabulary import Status
from meyasubako.store.database import Database
from meyasubako.store.models import Bundle, Case
from tests.bench import lines, many
from tests.harness import migrations
from tests.harness.postgres import PostgresServer
from tests.harness.story import Story, open_story

ENGINES: Final = ("sqlite", "postgresql")
ROUNDS: Final = 25
MOST_TIMES: Final = 1.5
LEAST_MS: Final = 5
"""So many times as long, and so much longer, a list may take with many cases, at its best: other work only adds to it."""
IN_BUNDLE: Final = 300

Read = Callable[[Session], Any]


def pages(story: Story, count: int) -> dict[str, Read]:
    """The pages that are measured, by name."""
    far = Cursor(many.received_at(count // 2, story.at), 1)

    def page(wanted: Conditions, **options: Any) -> Read:
        return lambda session: casefiles.inbox(
            session, story.clerk, story.applied, wanted, at=story.at, **options
        )

    everything = Conditions(scope=Scope.ALL)
    orders = dict.fromkeys(BY_DEADLINE, Sorting.DUE) | {Queue.UNSEEN: Sorting.CHANGED}
    return {
        "inbox": page(Conditions()),
        "inbox, oldest first": page(Conditions(), sorting=Sorting.OLDEST),
        "inbox, by deadline": page(Conditions(), sorting=Sorting.DUE),
        "inbox, last happening first": page(Conditions(), sorting=Sorting.CHANGED),
        "all cases": page(everything),
        "all cases, far down": page(everything, after=far),
        "all cases, by deadline": page(everything, sorting=Sorting.DUE),
        "closed, oldest first": page(
            Conditions(scope=Scope.ALL, statuses=(Status.CLOSED,)), sorting=Sorting.OLDEST
        ),
        "overdue": page(Conditions(due=Due.OVERDUE), sorting=Sorting.DUE),
        "overdue, newest first": page(Conditions(due=Due.OVERDUE)),
        **{
            f"queue {queue.value}": page(Conditions(queue=queue), sorting=orders.get(queue, Sorting.NEWEST))
            for queue in Queue
        },
        **{
            f"queue {queue.value}, {sorting.value}": page(Conditions(queue=queue), sorting=sorting)
            for queue, sorting in (
                (Queue.OVERDUE, Sorting.NEWEST),
                (Queue.UNSEEN, Sorting.NEWEST),
                (Queue.MINE, Sorting.DUE),
                (Queue.UNASSIGNED, Sorting.DUE),
            )
        },
    }


def files(story: Story, bundle_id: int) -> dict[str, Read]:
    """What holds cases together, by name."""
    case_id = next(number + 1 for number in range(100, 100_000) if many.is_open(number) and number % 100 == 0)
    return {
        "file of a case": lambda session: casefiles.case_file(
            session, story.clerk, story.applied, case_id, at=story.at
        ),
        f"bundle of {IN_BUNDLE}": lambda session: casefiles.bundle(session, story.clerk, bundle_id),
        "status page": lambda session: tracking.view(
            session, story.applied.desk, many.receipt_number(case_id), 1
        ),
        "letters that say the same": lambda session: casefiles.alike(session, story.clerk, story.applied),
    }


def bundle(session: Session, story: Story) -> int:
    """Put the first unfinished cases that nobody bundled together."""
    values = {"desk_id": story.applied.id, "bundled_at": story.at}
    bundle_id = session.execute(insert(Bundle).values(values).returning(Bundle.id)).scalar_one()
    members = [number + 1 for number in range(10_000) if many.is_open(number)][:IN_BUNDLE]
    session.execute(update(Case).where(Case.id.in_(members)).values(bundle_id=bundle_id))
    return bundle_id


async def _measure(database: Database, reads: dict[str, Read]) -> dict[str, tuple[float, float]]:
    found = {}
    for name, read in reads.items():
        took = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            await database.read(read)
            took.append(1000 * (time.perf_counter() - began))
        found[name] = statistics.median(took), min(took)
    return found


async def _bench(engine: str, url: str, sizes: Sequence[int]) -> list[dict[str, float]]:
    await asyncio.to_thread(migrations.upgrade, url)
    database = Database(url)
    story, results, done, bundle_id = await open_story(database), [], 0, 0
    for size in sizes:
        await many.fill(
            database, story.applied, story.clerk.id or 0, count=size - done, first=done, at=story.at
        )
        done, bundle_id = size, bundle_id or await database.write(partial(bundle, story=story))
        # Connections of their own, as a service has that was started on this database.
        await database.close()
        database = story.database = Database(url)
        found = await _measure(database, {**pages(story, size), **files(story, bundle_id)})
        for name, (median, best) in found.items():
            figures = {"p50_ms": round(median, 1), "best_ms": round(best, 1)}
            lines.say("lists", engine=engine, cases=size, what=name, **figures)
        results.append({name: best for name, (_, best) in found.items()})
    await database.close()
    return results


def _growing(engine: str, results: Sequence[dict[str, float]]) -> list[str]:
    few, most = results[0], results[-1]
    return [
        f"{engine}: {name} takes {took:.1f} ms with many cases and {few[name]:.1f} ms with few"
        for name, took in most.items()
        if took > few[name] * MOST_TIMES and took > few[name] + LEAST_MS
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--cases", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--engine", choices=ENGINES, help="only this engine")
    arguments = parser.parse_args()
    growing: list[str] = []
    for engine in ENGINES if arguments.engine is None else (arguments.engine,):
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="meyasubako-bench-"))
            url = f"sqlite:///{folder}/lists.sqlite3"
            if engine == "postgresql":
                url = stack.enter_context(PostgresServer()).create("lists")
            growing += _growing(engine, asyncio.run(_bench(engine, url, sorted(arguments.cases))))
    print("\n".join(growing) or "No list takes longer with many cases than with few.")
    return 1 if growing else 0


if __name__ == "__main__":
    sys.exit(main())
