"""How long the printed report takes: `python -m tests.bench.report [--rounds N]`.

A monthly form with tables enough for six pages is typeset again and again, each time with other numbers, as a server that has printed
before would. Prints a JSON line, and in the end what takes too long.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from meyasubako.core.tabulation import Line, Picture, Printed, PrintedTable, Tabulation
from meyasubako.edge.print.report import report
from tests.bench import lines
from tests.harness.papers import Paper
from tests.harness.tabulations import BY_GROUP, TERMS, by_month, tabulation

ROUNDS: Final = 9
SLOWEST_MS: Final = 1_000
PAGES: Final = 6


def form(turn: int) -> Tabulation:
    """A form of six pages; no two turns have the same numbers, so that nothing is printed from what is remembered."""
    tables = (by_month(60, 3), replace(BY_GROUP, picture=Picture.BAR), by_month(20, 12), by_month(24, 12))
    return tabulation(*(_other(table, turn) for table in tables))


def _other(table: PrintedTable, turn: int) -> PrintedTable:
    def other(line: Line) -> Line:
        cells = (
            cell if cell.number is None else Printed(cell.number + turn, of=cell.of) for cell in line.cells
        )
        return replace(line, cells=tuple(cells))

    return replace(table, lines=tuple(map(other, table.lines)), title=f"{table.title}（{turn}）")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 1 when it takes too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args(arguments).rounds
    taken: list[float] = []
    worked = time.process_time()
    content = b""
    for turn in range(rounds + 1):
        begun = time.perf_counter()
        content = report(form(turn), TERMS)
        taken.append((time.perf_counter() - begun) * 1000)
    first, *warm = taken
    pages = len(Paper(content).pages)
    middle = statistics.median(warm)
    lines.say(
        "report",
        pages=pages,
        rounds=rounds,
        first_ms=round(first, 1),
        p50_ms=round(middle, 1),
        processor_ms=round((time.process_time() - worked) * 1000 / (rounds + 1), 1),
        slowest_ms=round(max(warm), 1),
        kilobytes=len(content) // 1024,
    )
    if pages < PAGES or middle > SLOWEST_MS:
        print(f"{pages} pages in {middle:.0f} ms: at least {PAGES} in {SLOWEST_MS} ms", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
