"""How long it takes to verify an installation: `python -m tests.bench.soundness [--cases N] [--engine NAME]`.

The demonstration's cases, many times over, with their events, entries, texts and sums. Prints a JSON line for each check.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from meyasubako import indexing, summing, verifying
from meyasubako.demo import build
from meyasubako.edge.files import open_cabinet
from meyasubako.store.database import Database
from meyasubako.store.models import Case
from meyasubako.verifying import Checked
from tests.bench import copies, lines
from tests.harness import migrations
from tests.harness.postgres import PostgresServer
from tests.harness.site import settings_for
from tests.harness.story import KEYS

ENGINES: Final = ("sqlite", "postgresql")
AT: Final = datetime(2026, 11, 20, 3, tzinfo=UTC)


async def measure(url: str, folder: Path, cases: int) -> bool:
    """Fill a database, verify it and print how long each check took; whether nothing was found."""
    migrations.upgrade(url)
    database = Database(url, answer_seconds=None)
    settings = settings_for(folder)
    try:
        begun = time.perf_counter()
        await build.build(database, settings, KEYS, password="open the box 2026", at=AT)
        await indexing.index_all(database)
        await summing.sum_all(database)
        there = await database.read(lambda session: session.scalar(select(func.count(Case.id)))) or 1
        times = max(2, round(cases / there))
        total = await database.write(lambda session: copies.multiply(session, times))
        await database.take_stock(at_once=True)
        seconds = round(time.perf_counter() - begun, 1)
        lines.say("soundness", engine=database.engine_name, cases=total, what="filled", seconds=seconds)
        last = begun = time.perf_counter()

        def told(checked: Checked) -> None:
            nonlocal last
            now = time.perf_counter()
            seconds = round(now - last, 2)
            lines.say(
                "soundness",
                engine=database.engine_name,
                cases=total,
                what=checked.what,
                seconds=seconds,
                found=checked.differences[:3],
            )
            last = time.perf_counter()

        checked = await verifying.verify(database, open_cabinet(settings), told=told)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        seconds = round(last - begun, 1)
        lines.say(
            "soundness",
            engine=database.engine_name,
            cases=total,
            what="all",
            seconds=seconds,
            memory_mb=memory,
        )
        return not any(each.differences for each in checked)
    finally:
        await database.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each engine; 1 if anything was found that does not agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--engine", choices=ENGINES, action="append")
    asked = parser.parse_args(arguments)
    sound = True
    for engine in asked.engine or ENGINES:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="meyasubako-bench-")))
            url = f"sqlite:///{folder / 'bench.sqlite3'}"
            if engine == "postgresql":
                url = stack.enter_context(PostgresServer()).create("bench")
            sound &= asyncio.run(measure(url, folder, asked.cases))
    return not sound


if __name__ == "__main__":
    sys.exit(main())
