"""Many cases at once, for benchmarks: rows as they would have come in over years, made without going through casework."""

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Final

import asyncpg
from sqlalchemy import Table, func, select, text
from sqlalchemy.orm import Session

from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import ALPHABET, NUMBER_LENGTH, check_character
from meyasubako.core.conditions import UNANSWERED, UNFINISHED, Queue
from meyasubako.core.dates import japan_day
from meyasubako.core.text import likeness
from meyasubako.core.vocabulary import (
    ActorKind,
    CaseKind,
    Channel,
    EventKind,
    Outcome,
    RequesterType,
    Status,
)
from meyasubako.store.database import Database
from meyasubako.store.models import (
    Case,
    CaseLook,
    CaseNews,
    CaseTopic,
    Event,
    Receipt,
    Reply,
    Requester,
    table_of,
)
from tests.bench import loading

CHUNK: Final = 5_000
MANY: Final = 20_000
"""From so many on, indexes are made of all rows instead of row by row."""
OPEN: Final = sorted(UNFINISHED)
UNFINISHED_SHARE: Final = 30
"""In a hundred cases; that is more than an office can bear, so that neither end of the table is the easy one."""
EVERY: Final = timedelta(minutes=7)
GONE_ASIDE: Final = frozenset({Status.WAITING})
BODY: Final = "本文です。" * 20
EVENTS: Final = 4
"""At most so many happened to a case: received, triaged, answered, closed."""
TABLES: Final = tuple(table_of(row) for row in (Requester, Receipt, Case, Event, Reply, CaseTopic))


async def fill(
    database: Database,
    applied: AppliedDesk,
    staff_id: int,
    *,
    count: int,
    first: int = 0,
    at: datetime,
    every: timedelta = EVERY,
    looked_at: int = 300,
) -> None:
    """So many cases of a desk, the newest first and one `every` so long before `at`; every fifth is this person's.

    `first` says how many there are already; their ids follow those. The newest were `looked_at` by this person.
    """
    async with AsyncExitStack() as stack:
        if count >= MANY:
            await stack.enter_async_context(loading.without_indexes(database, TABLES))
        for start in range(first, first + count, CHUNK):
            numbers = range(start, min(start + CHUNK, first + count))
            rows = list(_rows(applied, staff_id, numbers, looked_at, lambda number: at - every * number))
            await database.write(partial(_store, rows=rows))
    # What the worker does when it starts, and what a PostgreSQL server does by itself within a minute.
    await database.take_stock()
    if database.engine_name == "postgresql":
        await database.write(_settle)


async def vacuum(url: str) -> None:
    """What a PostgreSQL server does by itself some minutes later: it notes which rows everybody may see."""
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM")
    await connection.close()


def received_at(number: int, at: datetime) -> datetime:
    """When the case with this number came in."""
    return at - EVERY * number


def is_open(number: int) -> bool:
    """Whether the case with this number is still being worked on."""
    return number * 37 % 100 < UNFINISHED_SHARE


def _store(session: Session, rows: list[tuple[Table, list[dict[str, Any]]]]) -> None:
    for table, values in rows:
        loading.store(session, table, values)


def _settle(session: Session) -> None:
    """What a server does by itself: numbers go on behind the rows there are, and it knows what is in its tables."""
    for table in (Requester, Receipt, Case, Event, Reply):
        last = session.scalar(select(func.max(table.id))) or 1
        session.execute(
            text(f"SELECT setval(pg_get_serial_sequence('\"{table.__tablename__}\"', 'id'), {last})")
        )
    session.execute(text("ANALYZE"))


def _rows(
    applied: AppliedDesk,
    staff_id: int,
    numbers: range,
    looked_at: int,
    came_at: Callable[[int], datetime],
) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    cases = [_case(applied.id, staff_id, number, came_at(number)) for number in numbers]
    done = [case for case in cases if case["status"] is Status.CLOSED]
    topics = [topic.code for topic in applied.desk.all_topics()]
    yield table_of(Requester), [_requester(number) for number in numbers]
    yield table_of(Receipt), [_receipt(case) for case in cases]
    yield table_of(Case), cases
    yield (
        table_of(CaseTopic),
        [{"case_id": case["id"], "topic": topics[case["id"] % len(topics)], "position": 0} for case in done],
    )
    yield table_of(Reply), [_reply(case, staff_id) for case in done]
    yield table_of(Event), [event for case in cases for event in _events(case, staff_id)]
    yield (
        table_of(CaseNews),
        [_news(case) for case in cases if case["is_unfinished"] and case["id"] % 17 == 0],
    )
    yield table_of(CaseLook), [_look(case, staff_id) for case in cases if case["id"] <= looked_at]


def _requester(number: int) -> dict[str, Any]:
    """Each address has written four times."""
    found = dict.fromkeys(("name", "organisation", "municipality", "phone", "postal_code", "address"), "")
    return {**found, "id": number + 1, "email": f"person{number // 4}@example.jp"}


def _receipt(case: dict[str, Any]) -> dict[str, Any]:
    same = ("id", "desk_id", "channel", "kind", "requester_type", "title", "body", "received_at")
    return {
        **{name: case[name] for name in same},
        "number": receipt_number(case["id"]),
        "requester_id": case["id"],
        "topics": [],
        "wished_dates": "",
        "reply_wanted": True,
        "publish_consent": False,
        "share_consent": True,
        "recorded_at": case["received_at"],
        "passcode_generation": 1,
        "event_name": "",
        "language": "ja",
    }


def _case(desk_id: int, staff_id: int, number: int, came: datetime) -> dict[str, Any]:
    status = OPEN[number % len(OPEN)] if is_open(number) else Status.CLOSED
    due_on = japan_day(came) + timedelta(days=7)
    # One letter in a hundred is one of twenty that came many times.
    body = f"同じ手紙の{number // 100 % 20}通目の本文です。" * 5 if number % 100 == 0 else f"{BODY}{number}"
    return {
        "id": number + 1,
        "receipt_id": number + 1,
        "ordinal": 1,
        "desk_id": desk_id,
        "kind": CaseKind.CONSULTATION,
        "title": f"案件{number}",
        "body": body,
        "status": status,
        "came_from": [Status.TRIAGED.value] if status in GONE_ASIDE else [],
        "channel": Channel.WEB,
        "requester_type": RequesterType.BUSINESS,
        "division_label": "",
        "assignee_id": staff_id if number % 5 == 0 else None,
        "received_at": came,
        "due_on": due_on,
        "likeness": _likeness(body) if number % 100 == 0 else f"{number:064}",
        "changed_at": came,
        "is_unfinished": is_open(number),
        "owed_on": due_on if status in UNANSWERED else None,
        "version": 1,
    }


@cache
def _likeness(body: str) -> str | None:
    return likeness(body)


def receipt_number(number: int) -> str:
    """As any installation draws it, but one after the other."""
    body = ""
    for _ in range(NUMBER_LENGTH - 1):
        number, digit = divmod(number, len(ALPHABET))
        body = ALPHABET[digit] + body
    return body + check_character(body)


def _events(case: dict[str, Any], staff_id: int) -> Iterator[dict[str, Any]]:
    """What happened to a case: it came in, and if it is done, it was triaged, answered and closed."""
    received = {
        "id": EVENTS * (case["id"] - 1) + 1,
        "case_id": case["id"],
        "kind": EventKind.RECEIVED,
        "at": case["received_at"],
        "recorded_at": case["received_at"],
        "actor_kind": ActorKind.REQUESTER,
        "actor_id": None,
        "actor_name": "本人",
        "from_status": None,
        "to_status": Status.RECEIVED,
        "data": {"channel": Channel.WEB.value},
    }
    yield received
    if case["status"] is Status.CLOSED:
        by = {"actor_kind": ActorKind.STAFF, "actor_id": staff_id, "actor_name": "担当"}
        steps = (
            (EventKind.TRIAGED, Status.RECEIVED, Status.TRIAGED, {}),
            (EventKind.REPLIED, Status.TRIAGED, Status.ANSWERED, {"reply_id": case["id"]}),
            (EventKind.CLOSED, Status.ANSWERED, Status.CLOSED, {"outcome": Outcome.SOLVED.value}),
        )
        for place, (kind, before, after, data) in enumerate(steps, 1):
            moved = {"kind": kind, "from_status": before, "to_status": after, "data": data}
            yield {**received, **by, **moved, "id": received["id"] + place}


def _reply(case: dict[str, Any], staff_id: int) -> dict[str, Any]:
    return {
        "id": case["id"],
        "case_id": case["id"],
        "author_id": staff_id,
        "division_label": "",
        "body": "お答えします。",
        "sent_at": case["received_at"],
    }


def _news(case: dict[str, Any]) -> dict[str, Any]:
    queues = (Queue.ADDED, Queue.OFFER_ANSWERED, Queue.ADVISED)
    return {
        "case_id": case["id"],
        "queue": queues[case["id"] % 3],
        "desk_id": case["desk_id"],
        "ended_waiting": False,
    }


def _look(case: dict[str, Any], staff_id: int) -> dict[str, Any]:
    seen = case["changed_at"]
    return {
        "case_id": case["id"],
        "staff_id": staff_id,
        "seen_at": seen,
        "changed_at": seen,
        "event_id": EVENTS * (case["id"] - 1) + 1,
        "event_before": EVENTS * (case["id"] - 1) + 1,
    }
