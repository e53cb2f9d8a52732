"""How long pages take as whole requests: `python -m tests.bench.pages [--cases N …] [--engine NAME]`.

One caller asks the application itself, without a network between them: the staff's list, a queue, the list of all cases, and the
page of a case, opened by itself and out of a list; and the status page of somebody who typed number and passcode. Prints a JSON line
for each, and in the end what takes too long, or longer with many cases than with few. `cpu_ms` is what the processor spent on it,
however busy the machine was. `--profile` says for each page what its time is spent on.
"""

import argparse
import asyncio
import cProfile
import gc
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import uvloop

from meyasubako.core.vocabulary import Role
from meyasubako.store.database import Database
from tests.bench import lines, many
from tests.harness import migrations
from tests.harness.client import ORIGIN, Client
from tests.harness.postgres import PostgresServer
from tests.harness.site import MIE, Site, open_site
from tests.harness.story import BEGUN_AT

ENGINES: Final = ("sqlite", "postgresql")
ROUNDS: Final = 60
WARM_UP: Final = 10
SLOWEST_MS: Final = 15
MOST_TIMES: Final = 1.5
STATUS: Final = "status page"


class Caller:
    """One browser, as far as the application can tell: it says who it is, and reads what it is given to the end."""

    def __init__(self, site: Site, cookies: str) -> None:
        self._app = site.app
        self._headers = [
            (b"host", ORIGIN.removeprefix("https://").encode()),
            (b"cookie", cookies.encode()),
            (b"accept-language", b"ja"),
        ]

    async def get(self, address: str) -> int:
        """Ask for a page; returns how long it is. Raises AssertionError for anything but a page."""
        path, _, query = address.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "https",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": self._headers,
            "client": ("203.0.113.10", 50_000),
            "server": ("testserver", 443),
        }
        length, asked, answered = 0, False, asyncio.Event()

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await answered.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal length
            if message["type"] == "http.response.start":
                assert message["status"] == 200, (message["status"], address)
            else:
                length += len(message["body"])
                if not message.get("more_body"):
                    answered.set()

        await self._app(scope, receive, send)
        return length


def pages(count: int) -> dict[str, list[str]]:
    """The addresses of each page, by its name; of cases a new one each time."""
    here = f"/staff/desks/{MIE}"
    first = count // 2
    cases = [number + 1 for number in range(first, first + 10 * ROUNDS) if many.is_open(number)]
    own, listed = cases[: ROUNDS + WARM_UP], cases[ROUNDS + WARM_UP : 2 * (ROUNDS + WARM_UP)]
    return {
        "inbox": [f"{here}/inbox"],
        "all cases": [f"{here}/cases"],
        "overdue": [f"{here}/inbox?queue=overdue&sort=due"],
        "new since one looked": [f"{here}/inbox?queue=unseen&sort=changed"],
        "case": [f"/staff/cases/{case_id}" for case_id in own],
        "case out of a list": [f"/staff/cases/{case_id}?scope=inbox" for case_id in listed],
        STATUS: ["/status/case"],
    }


def _cookies(client: Client) -> str:
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


async def _resident(site: Site, case_id: int) -> Client:
    """Who handed in a case, with its number and passcode typed."""
    client, number = site.client(), many.receipt_number(case_id)
    page = await client.get("/status")
    typed = {"number": number, "passcode": site.keys.passcode(number, 1)}
    await client.submit(page.form(field="passcode"), typed, follow=False, expect=303)
    return client


async def _measure(
    caller: Caller, addresses: Sequence[str], profile: cProfile.Profile | None
) -> tuple[list[float], list[float]]:
    """The milliseconds each took, and those the processor spent on it."""
    took, spent = [], []
    for number in range(WARM_UP + ROUNDS):
        if number == WARM_UP and profile:
            profile.enable()
        began, used = time.perf_counter(), time.process_time()
        await caller.get(addresses[number % len(addresses)])
        took.append(1000 * (time.perf_counter() - began))
        spent.append(1000 * (time.process_time() - used))
    if profile:
        profile.disable()
    return took[WARM_UP:], spent[WARM_UP:]


async def _bench(engine: str, url: str, sizes: Sequence[int], *, is_profiled: bool) -> list[dict[str, float]]:
    await asyncio.to_thread(migrations.upgrade, url)
    database, results, done = Database(url), [], 0
    with tempfile.TemporaryDirectory(prefix="meyasubako-bench-") as folder:
        for size in sizes:
            site = await open_site(database, Path(folder))
            staff_id = await site.add_staff(f"many{size}", {MIE: Role.CLERK})
            began = time.perf_counter()
            await many.fill(database, site.desks[MIE], staff_id, count=size - done, first=done, at=BEGUN_AT)
            if engine == "postgresql":
                await many.vacuum(url)
            done, seconds = size, round(time.perf_counter() - began, 1)
            lines.say("pages", engine=engine, cases=size, what="filled", seconds=seconds)
            # Connections of their own, as a service has that was started on this database.
            await database.close()
            database = Database(url)
            site = await open_site(database, Path(folder))
            client = await site.signed_in(f"clerk{size}", {MIE: Role.CLERK})
            staff, resident = (
                Caller(site, _cookies(each)) for each in (client, await _resident(site, size // 3))
            )
            # As the service does when it has started.
            gc.freeze()
            found: dict[str, float] = {}
            for name, addresses in pages(size).items():
                profile = cProfile.Profile() if is_profiled else None
                took, spent = await _measure(resident if name == STATUS else staff, addresses, profile)
                found[name] = statistics.median(took)
                lines.say(
                    "pages",
                    engine=engine,
                    processes=1,
                    callers=1,
                    cases=size,
                    what=name,
                    p50_ms=round(found[name], 1),
                    best_ms=round(min(took), 1),
                    p99_ms=round(lines.nearest_rank(took, 0.99), 1),
                    cpu_ms=round(statistics.median(spent), 1),
                    best_cpu_ms=round(min(spent), 1),
                )
                if profile:
                    pstats.Stats(profile).sort_stats("tottime").print_stats(40)
            results.append(found)
        await database.close()
    return results


def _faults(engine: str, results: Sequence[dict[str, float]]) -> list[str]:
    few, most = results[0], results[-1]
    slow = [
        f"{engine}: {name} takes {took:.1f} ms, more than {SLOWEST_MS}"
        for name, took in most.items()
        if took > SLOWEST_MS
    ]
    growing = [
        f"{engine}: {name} takes {took:.1f} ms with many cases and {few[name]:.1f} ms with few"
        for name, took in most.items()
        if took > few[name] * MOST_TIMES
    ]
    return [*slow, *growing]


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--cases", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--engine", choices=ENGINES, help="only this engine")
    parser.add_argument("--profile", action="store_true", help="say what the time is spent on")
    arguments = parser.parse_args()
    faults: list[str] = []
    for engine in ENGINES if arguments.engine is None else (arguments.engine,):
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="meyasubako-bench-"))
            url = f"sqlite:///{folder}/pages.sqlite3"
            if engine == "postgresql":
                url = stack.enter_context(PostgresServer()).create("pages")
            sizes = sorted(arguments.cases)
            # On the loop the service runs on.
            found = uvloop.run(_bench(engine, url, sizes, is_profiled=arguments.profile))
            faults += _faults(engine, found)
    print("\n".join(faults) or "No page is slow, and none is slower with many cases than with few.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
