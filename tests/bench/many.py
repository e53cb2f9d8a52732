"""Many cases at once, for benchmarks: rows as they would have come in over years, made without going through casework."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Session

from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import draw_receipt_number
from meyasubako.core.conditions import UNANSWERED, UNFINISHED, Queue
from meyasubako.core.dates import japan_day
from meyasubako.core.text import likeness
from meyasubako.core.vocabulary import ActorKind, CaseKind, Channel, EventKind, RequesterType, Status
from meyasubako.store.database import Database
from meyasubako.store.models import Case, CaseLook, CaseNews, Event, Receipt, Requester, table_of

CHUNK: Final = 5_000
OPEN: Final = sorted(UNFINISHED)
UNFINISHED_SHARE: Final = 30
"""In a hundred cases; that is more than an office can bear, so that neither end of the table is the easy one."""
EVERY: Final = timedelta(minutes=7)
GONE_ASIDE: Final = frozenset({Status.WAITING})
BODY: Final = "本文です。" * 20


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
    for start in range(first, first + count, CHUNK):
        numbers = range(start, min(start + CHUNK, first + count))
        rows = list(_rows(applied.id, staff_id, numbers, looked_at, lambda number: at - every * number))
        await database.write(partial(_store, rows=rows))
    # What the worker does when it starts, and what a PostgreSQL server does by itself within a minute.
    await database.take_stock()
    if database.engine_name == "postgresql":
        await database.write(_settle)


def received_at(number: int, at: datetime) -> datetime:
    """When the case with this number came in."""
    return at - EVERY * number


def is_open(number: int) -> bool:
    """Whether the case with this number is still being worked on."""
    return number * 37 % 100 < UNFINISHED_SHARE


def _store(session: Session, rows: list[tuple[Table, list[dict[str, Any]]]]) -> None:
    for table, values in rows:
        if values:
            session.connection().execute(insert(table), values)


def _settle(session: Session) -> None:
    """What a server does by itself: numbers go on behind the rows there are, and it knows what is in its tables."""
    for table in (Requester, Receipt, Case, Event):
        last = session.scalar(select(func.max(table.id))) or 1
        session.execute(
            text(f"SELECT setval(pg_get_serial_sequence('\"{table.__tablename__}\"', 'id'), {last})")
        )
    session.execute(text("ANALYZE"))


def _rows(
    desk_id: int, staff_id: int, numbers: range, looked_at: int, came_at: Callable[[int], datetime]
) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    cases = [_case(desk_id, staff_id, number, came_at(number)) for number in numbers]
    yield table_of(Requester), [_requester(number) for number in numbers]
    yield table_of(Receipt), [_receipt(case) for case in cases]
    yield table_of(Case), cases
    yield table_of(Event), [_event(case) for case in cases]
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
        "number": draw_receipt_number(),
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
        "likeness": likeness(body),
        "changed_at": came,
        "is_unfinished": is_open(number),
        "owed_on": due_on if status in UNANSWERED else None,
        "version": 1,
    }


def _event(case: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": case["id"],
        "case_id": case["id"],
        "kind": EventKind.RECEIVED,
        "at": case["received_at"],
        "recorded_at": case["received_at"],
        "actor_kind": ActorKind.REQUESTER,
        "actor_name": "本人",
        "to_status": Status.RECEIVED,
        "data": {"channel": Channel.WEB.value},
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
        "event_id": case["id"],
        "event_before": case["id"],
    }
