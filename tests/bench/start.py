"""How long the service takes to start, and how much memory it holds at rest: `python -m tests.bench.start [--engine NAME]`.

A service that was started once before is started anew several times, each until it answers; then somebody opens the pages most
people open, and the memory is read that the system counts for it when nothing happens any more. `cpu_ms` is what the processor
spent on starting and ending it, however busy the machine was. Ends with 1 when either is too much.
"""

import argparse
import resource
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from tests.bench import lines
from tests.bench.served import Installation
from tests.harness.postgres import PostgresServer
from tests.harness.site import MIE

ENGINES: Final = ("sqlite", "postgresql")
ROUNDS: Final = 5
REST_SECONDS: Final = 5.0
SLOWEST_MS: Final = 2_000
MOST_MB: Final = 200
PAGES: Final = ("/", f"/desks/{MIE}", f"/desks/{MIE}/new", "/status", "/staff/sign-in")


def _used() -> float:
    """The seconds of the processor that ended children took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _memory_mb(folder: Path) -> float:
    """What the processes hold that work on this folder, the parent of this one left out."""
    found = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            environment = (status.parent / "environ").read_bytes()
            if f"MEYASUBAKO_DATA={folder}".encode() in environment.split(b"\0"):
                words = dict(line.split(":", 1) for line in status.read_text().splitlines())
                found += int(words["VmRSS"].split()[0])
        except OSError:
            # It ended, or is somebody else's.
            continue
    return found / 1024


def _bench(engine: str, url: str, folder: Path) -> list[str]:
    installation = Installation(folder, url, MIE)
    took, spent, memory = [], [], 0.0
    for round_ in range(ROUNDS + 1):
        began, used = time.perf_counter(), _used()
        with installation.serving() as address:
            if round_:
                took.append(1000 * (time.perf_counter() - began))
            if round_ == ROUNDS:
                for page in PAGES:
                    with urlopen(f"{address}{page}") as answer:  # noqa: S310  an address of ours
                        answer.read()
                time.sleep(REST_SECONDS)
                memory = _memory_mb(folder)
        spent.append(1000 * (_used() - used))
    middle = lines.nearest_rank(took, 0.5)
    lines.say(
        "start",
        what="until it answers",
        engine=engine,
        processes=1,
        p50_ms=round(middle),
        best_ms=round(min(took)),
        cpu_ms=round(lines.nearest_rank(spent[1:-1], 0.5)),
    )
    lines.say("start", what="at rest", engine=engine, processes=1, memory_mb=round(memory))
    faults = []
    if middle > SLOWEST_MS:
        faults.append(f"{engine}: it takes {middle:.0f} ms to start, more than {SLOWEST_MS}")
    if memory > MOST_MB:
        faults.append(f"{engine}: it holds {memory:.0f} MB at rest, more than {MOST_MB}")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--engine", choices=ENGINES, help="only this engine")
    arguments = parser.parse_args()
    faults: list[str] = []
    for engine in ENGINES if arguments.engine is None else (arguments.engine,):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="meyasubako-bench-")))
            url = f"sqlite:///{folder}/start.sqlite3"
            if engine == "postgresql":
                url = stack.enter_context(PostgresServer()).create("start")
            faults += _bench(engine, url, folder)
    print("\n".join(faults) or "It starts quickly and rests lightly.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
