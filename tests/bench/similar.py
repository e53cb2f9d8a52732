"""How long it takes to find the cases nearest to a new one, with few and with many: the worker's part, and the page's.

    python -m tests.bench.similar [--data FILE.jsonl] [--cases 10000 100000] [--engine sqlite|postgresql]

FILE holds an object with `title` and `text` in each line; without it, cases are made up. Prints a JSON line for each engine and
number of cases, in milliseconds: what is worth comparing (its queries), the comparison, and reading the result for the page.
"""

import argparse
import asyncio
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any, Final

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from meyasubako.casework import suggesting
from meyasubako.casework.suggesting import near
from meyasubako.core.policy import Actor
from meyasubako.insight import terms
from meyasubako.insight.similar import Texts
from meyasubako.store.models import CaseTerms, Learned
from tests.bench import lines
from tests.bench.search import (
    ENGINES,
    SUBJECTS,
    WISHES,
    Bench,
    Document,
    copy,
    fill,
    opened,
    read_documents,
)

DISTINCT: Final = 2_000
SENTENCES: Final = 6
ASKED: Final = 40
MOST_MS: Final = 100
CHUNK: Final = 2_000


def made_up(count: int) -> list[Document]:
    """Texts of several sentences each, with a word now and then that few others have."""
    chance = Random(7)
    names = [f"{one}{other}地区" for one in "東西南北上中下本新古" for other in "山川田島浜野原町里谷"]
    return [
        Document(
            f"{chance.choice(SUBJECTS)}について",
            "\n".join(
                f"{chance.choice(names)}の{chance.choice(SUBJECTS)}で、{chance.choice(WISHES)}。"
                for _ in range(SENTENCES)
            ),
        )
        for _ in range(count)
    ]


def keep_terms(session: Session, desk_id: int, counted: Sequence[Mapping[str, int]], *, times: int) -> None:
    """What the worker kept of these cases, each stored so many times, and how many lessons hold a term."""
    rows = [
        {"case_id": 1 + number, "terms": dict(counted[number % len(counted)]), "near": {}}
        for number in range(times * len(counted))
    ]
    for start in range(0, len(rows), CHUNK):
        session.execute(insert(CaseTerms), rows[start : start + CHUNK])
    holding = Counter(term for each in counted for term in each)
    session.execute(
        insert(Learned),
        [
            {"desk_id": desk_id, "term": term, "question": "", "label": "", "weight": times * number}
            for term, number in holding.items()
        ],
    )


def look(
    session: Session, actor: Actor, desk_id: int, new: int, counted: Mapping[str, int]
) -> tuple[float, float, float]:
    """How long each part takes for a case that has just come."""
    session.connection()
    began = perf_counter()
    found = near.candidates(session, desk_id, new, counted)
    compared = perf_counter()
    nearest = Texts(found).nearest(counted, count=near.COUNT)
    known = perf_counter()
    assert nearest
    session.execute(
        insert(CaseTerms),
        [{"case_id": new, "terms": {}, "near": {str(each.id): [each.closeness] for each in nearest}}],
    )
    session.expire_all()
    reading = perf_counter()
    assert suggesting.near_cases(session, actor, new)
    ended = perf_counter()
    session.execute(text("DELETE FROM case_terms WHERE case_id = :new"), {"new": new})
    return compared - began, known - compared, ended - reading


async def measure(bench: Bench, documents: Sequence[Document], *, times: int) -> dict[str, Any]:
    """The figures for a database in which each document came so many times."""
    engine, database, actor, applied = bench
    total = times * len(documents)
    await copy(database, applied.id, documents, times=times)
    counted = [terms.terms(each.title, each.text) for each in documents]
    await database.write(lambda session: keep_terms(session, applied.id, counted, times=times))
    # The new case itself is not indexed yet.
    await database.write(lambda session: fill(session, applied.id, documents[:1], first=total + 1))
    await database.take_stock()
    took = [
        await database.write(lambda session, each=each: look(session, actor, applied.id, total + 1, each))
        for each in Random(3).sample(counted, min(ASKED, len(counted)))
    ]
    return {"engine": engine, "cases": total, **_figures(took)}


def _figures(took: Sequence[tuple[float, float, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    parts: dict[str, Callable[[tuple[float, float, float]], float]] = {
        "candidates": lambda each: each[0],
        "comparison": lambda each: each[1],
        "worker": lambda each: each[0] + each[1],
        "page": lambda each: each[2],
    }
    for name, of in parts.items():
        values = [1000 * of(each) for each in took]
        found[f"{name}_ms"] = round(statistics.median(values), 1)
        found[f"{name}_slowest_ms"] = round(max(values), 1)
    return found


async def run(engines: Sequence[str], documents: Sequence[Document], sizes: Sequence[int]) -> bool:
    """Measure and print; whether all was quick enough."""
    is_quick = True
    for size in sizes:
        async with opened(engines) as databases:
            for each in databases:
                figures = await measure(each, documents, times=max(size // len(documents), 1))
                lines.say("similar", **figures)
                is_quick = is_quick and max(figures["worker_ms"], figures["page_ms"]) < MOST_MS
    return is_quick


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a JSONL file")
    parser.add_argument("--cases", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--engine", choices=ENGINES)
    arguments = parser.parse_args()
    documents = read_documents(arguments.data) if arguments.data else made_up(DISTINCT)
    engines = [arguments.engine] if arguments.engine else list(ENGINES)
    return 0 if asyncio.run(run(engines, documents, arguments.cases)) else 1


if __name__ == "__main__":
    sys.exit(main())
