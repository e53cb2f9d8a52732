"""What a benchmark found: one JSON line each, printed, kept in a file, and set out as a table for the README.

BENCH_LINES names the file; `make bench` sets it.
"""

import json
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from platform import machine as architecture
from typing import Any, Final

FILE: Final = "BENCH_LINES"
FIRST: Final = ("bench", "what", "engine", "processes", "callers", "cases")
"""What was measured; the figures follow in the order in which they were said."""

Line = dict[str, Any]


def say(bench: str, **found: Any) -> None:
    """Print what was found, and keep it where BENCH_LINES says."""
    line = json.dumps({"bench": bench, **found}, ensure_ascii=False)
    print(line, flush=True)
    if path := os.environ.get(FILE):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def read(path: Path) -> list[Line]:
    """The lines of a file, in their order."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def nearest_rank(values: Sequence[float], share: float) -> float:
    """The least value that so large a share of all does not exceed: 0.5 is the middle, 0.99 what one in a hundred exceeds."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def tables(lines: Iterable[Line]) -> str:
    """The lines as Markdown, a table for each benchmark."""
    by_bench: dict[str, list[Line]] = {}
    for line in lines:
        by_bench.setdefault(line["bench"], []).append(line)
    return "\n".join(f"### {bench}\n\n{_table(found)}\n" for bench, found in by_bench.items())


def machine() -> str:
    """What it was measured on, and when."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in _text("/proc/cpuinfo").splitlines()
            if line.startswith("model name")
        ),
        architecture(),
    )
    memory = next((line.split()[1] for line in _text("/proc/meminfo").splitlines()), "0")
    loads = " ".join(f"{load:.1f}" for load in os.getloadavg())
    cores = os.cpu_count()
    return f"{time.strftime('%Y-%m-%d')}: {cores} x {model}, {int(memory) // 1024**2} GB, load before {loads}"


def _table(lines: Sequence[Line]) -> str:
    names = dict.fromkeys(name for line in lines for name in line)
    shown = [name for name in FIRST[1:] if name in names] + [name for name in names if name not in FIRST]
    rows = [[_cell(line.get(name)) for name in shown] for line in lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in (list(shown), ["---"] * len(shown), *rows))


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("|", "\\|")


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
