"""The first day: `python -m tests.bench.flood [--submissions N] [--callers N]`. 50,000 submissions, one `serve`, staff at work meanwhile.

Every submission comes from a network of its own through the form, with token and proof; others reload the front page and the
feeds all the time. Whoever is turned away sends the same again, as a reload does. Meanwhile four of the staff open lists and
cases, also while the mails, the index and the suggestions catch up. In the end each number that was given out must be in the
database once, and the mail of each must have been sent or wait.
"""

import argparse
import asyncio
import itertools
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

import uvloop
from sqlalchemy import func, select

from meyasubako.casework import accounts, desks
from meyasubako.core import dates
from meyasubako.core.codes import Keys
from meyasubako.core.policy import SYSTEM
from meyasubako.core.vocabulary import Message, Role
from meyasubako.store.database import Database
from meyasubako.store.models import OutboxMessage
from tests.bench import lines
from tests.bench.callers import Answer
from tests.bench.served import HOST, Installation
from tests.bench.submissions import faults, form, number_given
from tests.harness.site import TOYAMA

SUBMISSIONS: Final = 50_000
CALLERS: Final = 200
READERS: Final = 20
CLERKS: Final = 4
CLERK_RESTS: Final = 0.5
READER_RESTS: Final = 0.2
TURNED_AWAY_RESTS: Final = 1.0
CATCHING_UP: Final = 30.0

MOST_SECONDS: Final = 600.0
SLOWEST_STAFF_MS: Final = 500.0
MOST_MEGABYTES: Final = 350.0

INBOX: Final = f"/staff/desks/{TOYAMA}/inbox"
STAFF_PAGES: Final = (INBOX, f"/staff/desks/{TOYAMA}/cases", "/staff/cases/{case}", f"{INBOX}?queue=unseen")
READ: Final = ("/", f"/desks/{TOYAMA}/statistics", f"/desks/{TOYAMA}/statistics/feed.atom", "/api/v1/desks")


@dataclass(slots=True)
class Found:
    """What the callers met."""

    given: list[str] = field(default_factory=list)
    sent_ms: list[float] = field(default_factory=list)
    staff_ms: list[float] = field(default_factory=list)
    later_ms: list[float] = field(default_factory=list)
    sent: Counter[int] = field(default_factory=Counter)
    read: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0


class Connection:
    """A connection kept open, as a proxy keeps its own."""

    def __init__(self, address: str) -> None:
        place = urlsplit(address)
        self._place = place.hostname, place.port
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> Answer:
        """The answer to a request."""
        began = perf_counter()
        if self._open is None:
            self._open = await asyncio.open_connection(*self._place, limit=2**20)
        reader, writer = self._open
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        _, _, after = head.lower().partition(b"\r\ncontent-length:")
        body = await reader.readexactly(int(after.partition(b"\r\n")[0] or 0))
        if b"\r\nconnection: close" in head.lower():
            self.close()
        return Answer(int(head[9:12]), head, body, 1000 * (perf_counter() - began))

    def close(self) -> None:
        """Let it go."""
        if self._open:
            self._open[1].close()
        self._open = None


def page(path: str, cookies: str = "") -> bytes:
    """A request for a page."""
    cookie = f"cookie: {cookies}\r\n" if cookies else ""
    return f"GET {path} HTTP/1.1\r\nhost: {HOST}\r\naccept-language: ja\r\n{cookie}\r\n".encode()


async def send(address: str, requests: Iterator[bytes], found: Found) -> None:
    """Somebody after somebody, each until they are told their number."""
    connection = Connection(address)
    for request in requests:
        while (answer := await connection.ask(request)).status == 503:
            found.sent[503] += 1
            assert b"retry-after" in answer.head.lower()
            await asyncio.sleep(TURNED_AWAY_RESTS)
        found.sent[answer.status] += 1
        found.given.append(number_given(answer))
        found.sent_ms.append(answer.ms)
    connection.close()


async def read(address: str, first: int, found: Found) -> None:
    """Somebody who reloads what everybody may see, until cancelled."""
    connection = Connection(address)
    for path in itertools.islice(itertools.cycle(READ), first, None):
        found.read[(await connection.ask(page(path))).status] += 1
        await asyncio.sleep(READER_RESTS)


async def work(address: str, first: int, token: str, took: list[float]) -> None:
    """A clerk who opens lists and cases, until cancelled."""
    connection, case = Connection(address), 1
    for path in itertools.islice(itertools.cycle(STAFF_PAGES), first, None):
        answer = await connection.ask(page(path.replace("{case}", str(case)), f"__Host-session={token}"))
        assert answer.status == 200, (answer.status, path, answer.body.decode()[:500])
        took.append(answer.ms)
        case += 1
        await asyncio.sleep(CLERK_RESTS)


async def open_each(address: str, token: str) -> None:
    """Every page once, as staff have done who were at work before."""
    connection = Connection(address)
    for path in STAFF_PAGES:
        await connection.ask(page(path.replace("{case}", "1"), f"__Host-session={token}"))
    connection.close()


async def flood(address: str, keys: Keys, tokens: Sequence[str], many: int, callers: int) -> Found:
    """Everything at once; then only the staff, while the rest catches up."""
    found, numbers = Found(), iter(range(many))
    # The first cases are there before anybody opens them.
    await send(address, (form(keys, -each) for each in range(1, 301)), found)
    found.sent_ms.clear()
    for token in tokens:
        await open_each(address, token)
    async with asyncio.TaskGroup() as group:
        beside = [
            *(group.create_task(read(address, each, found)) for each in range(READERS)),
            *(
                group.create_task(work(address, each, token, found.staff_ms))
                for each, token in enumerate(tokens)
            ),
        ]
        began = perf_counter()
        requests = (form(keys, number) for number in numbers)
        await asyncio.gather(*(send(address, requests, found) for _ in range(callers)))
        found.seconds = perf_counter() - began
        for each in beside:
            each.cancel()
    async with asyncio.TaskGroup() as group:
        later = [
            group.create_task(work(address, each, token, found.later_ms)) for each, token in enumerate(tokens)
        ]
        await asyncio.sleep(CATCHING_UP)
        for each in later:
            each.cancel()
    return found


async def clerks(url: str) -> list[str]:
    """The tokens of staff who are signed in."""
    database, at = Database(url), dates.now()

    def unit(session: Any) -> list[str]:
        tokens = []
        (desk,) = desks.every(session)
        for number in range(CLERKS):
            staff_id = accounts.add_staff(
                session, login=f"clerk{number}", name=f"職員{number}", password_hash="-", by=SYSTEM, at=at
            )
            accounts.grant(session, staff_id, desk.id, Role.CLERK, by=SYSTEM, at=at)
            tokens.append(accounts.sign_in(session, staff_id, at=at))
        return tokens

    tokens = await database.write(unit)
    await database.close()
    return tokens


async def mails(url: str) -> tuple[int, int]:
    """How many mails to requesters were sent, and how many wait."""
    database = Database(url)

    def unit(session: Any) -> tuple[int, int]:
        mails = select(func.count()).where(OutboxMessage.kind == Message.CONFIRM)
        kept = OutboxMessage.given_up_at.is_(None)
        return (
            session.scalar(mails.where(OutboxMessage.sent_at.is_not(None))) or 0,
            session.scalar(mails.where(OutboxMessage.sent_at.is_(None), kept)) or 0,
        )

    counted = await database.read(unit)
    await database.close()
    return counted


def memory() -> dict[str, float]:
    """What the service holds now and held at most, in megabytes."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
            words = status.with_name("cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"\nPPid:\t{os.getpid()}\n" in text and b"serve" in words:
            found = dict(line.split(":", 1) for line in text.splitlines())
            held = (("memory_mb", "VmRSS"), ("most_memory_mb", "VmHWM"))
            return {name: round(int(found[key].split()[0]) / 1024, 1) for name, key in held}
    raise RuntimeError("the service is not there")


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--submissions", type=int, default=SUBMISSIONS)
    parser.add_argument("--callers", type=int, default=CALLERS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="meyasubako-bench-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'meyasubako.sqlite3'}"
        installation = Installation(folder, url, TOYAMA)
        tokens = asyncio.run(clerks(url))
        with installation.serving() as address:
            at_rest = memory()["memory_mb"]
            found = uvloop.run(
                flood(address, installation.keys, tokens, arguments.submissions, arguments.callers)
            )
            held = memory()
        wrong = asyncio.run(faults(url, found.given))
        sent, waiting = asyncio.run(mails(url))
    if sent + waiting != len(found.given):
        wrong.append(f"{len(found.given)} mails should have been sent or wait, not {sent} and {waiting}")
    staff_ms, later_ms = lines.nearest_rank(found.staff_ms, 0.99), lines.nearest_rank(found.later_ms, 0.99)
    lines.say(
        "flood",
        engine="sqlite",
        processes=1,
        callers=arguments.callers,
        taken=sum(found.sent.values()) - found.sent[503],
        seconds=round(found.seconds, 1),
        per_s=round(arguments.submissions / found.seconds, 1),
        p50_ms=round(lines.nearest_rank(found.sent_ms, 0.5), 1),
        p99_ms=round(lines.nearest_rank(found.sent_ms, 0.99), 1),
        turned_away=found.sent[503],
        readers_answered=found.read[200],
        readers_turned_away=found.read[503],
        staff_pages=len(found.staff_ms),
        staff_p50_ms=round(lines.nearest_rank(found.staff_ms, 0.5), 1),
        staff_p99_ms=round(staff_ms, 1),
        staff_pages_later=len(found.later_ms),
        staff_later_p99_ms=round(later_ms, 1),
        mails_sent=sent,
        at_rest_mb=at_rest,
        **held,
    )
    if found.seconds > MOST_SECONDS:
        wrong.append(f"it took {found.seconds:.0f} s, more than {MOST_SECONDS:.0f}")
    if max(staff_ms, later_ms) > SLOWEST_STAFF_MS:
        wrong.append(f"one page of the staff in a hundred takes {max(staff_ms, later_ms):.0f} ms")
    if held["memory_mb"] > MOST_MEGABYTES:
        wrong.append(f"it holds {held['memory_mb']} MB afterwards, more than {MOST_MEGABYTES:.0f}")
    print("\n".join(wrong) or "Everything was taken, nothing is lost, and staff went on meanwhile.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
