"""How long lists and their counts take with few and with many cases: `python -m tests.bench.lists [--cases N …]`.

For each engine: the inbox, the list of all cases, each queue, the other orders and a page far down, as a page reads them, with
all their queries. A list passes when it takes about the same time with many cases as with few.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from meyasubako.casework import casefiles
from meyasubako.casework.casefiles import Cursor
from meyasubako.core.codes import draw_receipt_number
from meyasubako.core.conditions import UNANSWERED, UNFINISHED, Conditions, Due, Queue, Scope, Sorting
from meyasubako.core.dates import japan_day
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, CaseKind, Channel, EventKind, RequesterType, Status
from meyasubako.store.database import Database
from meyasubako.store.models import Case, CaseNews, Event, Receipt, Requester
from tests.harness import migrations
from tests.harness.postgres import PostgresServer
from tests.harness.story import Story, open_story

ROUNDS: Final = 15
MOST_TIMES: Final = 3
LEAST_MS: Final = 15
"""So many times as long, and so much longer, a list may take with many cases; a machine at work is never quite even."""

CHUNK: Final = 5_000
OPEN: Final = sorted(UNFINISHED)
UNFINISHED_SHARE: Final = 30
"""In a hundred cases; that is more than an office can bear, so that neither end of the table is the easy one."""


def generate(session: Session, story: Story, count: int, *, first: int = 0) -> None:
    """So many cases of the desk, as if they had come in evenly over years; every fifth has its own assignee."""
    session.execute(insert(Requester), [_nobody()])
    requester_id = session.scalars(select(Requester.id).order_by(Requester.id.desc()).limit(1)).one()
    for start in range(first, first + count, CHUNK):
        numbers = range(start, min(start + CHUNK, first + count))
        receipts = [_receipt(story, number, requester_id) for number in numbers]
        ids = list(
            session.scalars(insert(Receipt).returning(Receipt.id, sort_by_parameter_order=True), receipts)
        )
        cases = [_case(story, number, row) for number, row in zip(numbers, ids, strict=True)]
        ids = list(session.scalars(insert(Case).returning(Case.id, sort_by_parameter_order=True), cases))
        session.execute(
            insert(Event), [_event(story, case, row) for case, row in zip(cases, ids, strict=True)]
        )
        news = [
            _news(story, row, number) for number, row in zip(numbers, ids, strict=True) if number % 50 == 0
        ]
        if news:
            session.execute(insert(CaseNews), news)


def _nobody() -> dict[str, Any]:
    return dict.fromkeys(
        ("name", "organisation", "municipality", "email", "phone", "postal_code", "address"), ""
    )


def _received_at(story: Story, number: int) -> datetime:
    return story.at - timedelta(minutes=7 * number)


def _receipt(story: Story, number: int, requester_id: int) -> dict[str, Any]:
    at = _received_at(story, number)
    return {
        "number": draw_receipt_number(),
        "desk_id": story.applied.id,
        "requester_id": requester_id,
        "channel": Channel.WEB,
        "kind": CaseKind.CONSULTATION,
        "requester_type": RequesterType.BUSINESS,
        "topics": [],
        "title": f"案件{number}",
        "body": "本文です。" * 20,
        "wished_dates": "",
        "reply_wanted": True,
        "publish_consent": False,
        "share_consent": True,
        "received_at": at,
        "recorded_at": at,
        "passcode_generation": 1,
    }


def _case(story: Story, number: int, receipt_id: int) -> dict[str, Any]:
    at = _received_at(story, number)
    is_open = number * 37 % 100 < UNFINISHED_SHARE
    status = OPEN[number % len(OPEN)] if is_open else Status.CLOSED
    due_on = japan_day(at) + timedelta(days=7)
    return {
        "receipt_id": receipt_id,
        "ordinal": 1,
        "desk_id": story.applied.id,
        "kind": CaseKind.CONSULTATION,
        "title": f"案件{number}",
        "body": "本文です。" * 20,
        "status": status,
        "came_from": [],
        "channel": Channel.WEB,
        "requester_type": RequesterType.BUSINESS,
        "division_label": "",
        "assignee_id": story.clerk.id if number % 5 == 0 else None,
        "received_at": at,
        "due_on": due_on,
        "changed_at": at,
        "is_unfinished": is_open,
        "owed_on": due_on if status in UNANSWERED else None,
        "version": 1,
    }


def _event(story: Story, case: dict[str, Any], case_id: int) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "kind": EventKind.RECEIVED,
        "at": case["received_at"],
        "recorded_at": case["received_at"],
        "actor_kind": ActorKind.REQUESTER,
        "actor_name": "本人",
        "to_status": Status.RECEIVED,
        "data": {},
    }


def _news(story: Story, case_id: int, number: int) -> dict[str, Any]:
    queues = (Queue.ADDED, Queue.OFFER_ANSWERED, Queue.ADVISED)
    return {
        "case_id": case_id,
        "queue": queues[number // 50 % 3],
        "desk_id": story.applied.id,
        "ended_waiting": False,
    }


def lists(story: Story, count: int) -> dict[str, Callable[[Session], Any]]:
    """The pages that are measured, by name."""
    far = Cursor(_received_at(story, count // 2), 1)
    people = Actor(ActorKind.STAFF, story.clerk.id, story.clerk.name, story.clerk.roles)

    def page(wanted: Conditions, **options: Any) -> Callable[[Session], Any]:
        return lambda session: casefiles.inbox(session, people, story.applied, wanted, at=story.at, **options)

    everything = Conditions(scope=Scope.ALL)
    return {
        "inbox": page(Conditions()),
        "inbox, oldest first": page(Conditions(), sorting=Sorting.OLDEST),
        "inbox, by deadline": page(Conditions(), sorting=Sorting.DUE),
        "all cases": page(everything),
        "all cases, far down": page(everything, after=far),
        "all cases, by deadline": page(everything, sorting=Sorting.DUE),
        "closed, oldest first": page(
            Conditions(scope=Scope.ALL, statuses=(Status.CLOSED,)), sorting=Sorting.OLDEST
        ),
        "overdue, by deadline": page(Conditions(due=Due.OVERDUE), sorting=Sorting.DUE),
        **{f"queue {queue.value}": page(Conditions(queue=queue)) for queue in Queue},
    }


async def _measure(story: Story, count: int) -> dict[str, float]:
    found = {}
    for name, read in lists(story, count).items():
        took = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            await story.database.read(read)
            took.append(1000 * (time.perf_counter() - began))
        found[name] = statistics.median(took)
    return found


async def _bench(url: str, sizes: list[int]) -> list[dict[str, float]]:
    migrations.upgrade(url)
    database = Database(url)
    try:
        story, results, done = await open_story(database), [], 0
    finally:
        await database.close()
    for size in sizes:
        database = story.database = Database(url)
        try:
            await database.write(partial(generate, story=story, count=size - done, first=done))
            done = size
            # What the worker does when it starts, and what a PostgreSQL server does by itself within a minute.
            await database.take_stock()
            if database.engine_name == "postgresql":
                await database.write(lambda session: session.execute(text("ANALYZE")))
        finally:
            await database.close()
        database = story.database = Database(url)
        try:
            results.append(await _measure(story, size))
        finally:
            await database.close()
    return results


def _report(engine: str, sizes: list[int], results: list[dict[str, float]]) -> bool:
    print(f"\n{engine}: median milliseconds of {ROUNDS} with " + ", ".join(f"{size:,}" for size in sizes))
    is_even = True
    for name, few in results[0].items():
        times = [result[name] for result in results]
        slow = max(times) > max(few * MOST_TIMES, few + LEAST_MS)
        is_even = is_even and not slow
        print(f"  {name:26}" + "".join(f"{each:9.1f}" for each in times) + ("   grows" if slow else ""))
    return is_even


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, nargs="+", default=[1_000, 100_000])
    sizes = sorted(parser.parse_args().cases)
    with tempfile.TemporaryDirectory(prefix="meyasubako-bench-") as folder:
        is_even = _report("SQLite", sizes, asyncio.run(_bench(f"sqlite:///{folder}/lists.sqlite3", sizes)))
    with PostgresServer() as server:
        found = asyncio.run(_bench(server.create("lists"), sizes))
        is_even = _report("PostgreSQL", sizes, found) and is_even
    return 0 if is_even else 1


if __name__ == "__main__":
    sys.exit(main())
