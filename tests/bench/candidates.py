"""How long it takes to rank everybody in a directory for a case: the scores alone, and all of it with its queries.

    python -m tests.bench.candidates [--providers 1000] [--rounds 30]

The directory is made up, always the same, on SQLite. Prints one JSON line; milliseconds of processor time, the median of the rounds.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from meyasubako import learning
from meyasubako.casework import cases, profiles
from meyasubako.casework.casefiles import candidates
from meyasubako.core import fitting
from meyasubako.core.fitting import Person, Wanted
from meyasubako.core.vocabulary import MeetingWay, ProviderKind
from meyasubako.insight import rank, terms
from meyasubako.store.database import Database
from meyasubako.store.models import Case, Provider, Receipt, Requester
from tests.bench import lines
from tests.harness import migrations
from tests.harness.story import Story, open_story

WORDS = [
    *("現場", "日報", "タブレット", "在庫", "図面", "観光", "予約", "農業", "収穫", "防災"),
    *("避難", "研修", "講義", "会計", "介護", "配送", "契約", "通信", "統計", "写真"),
]


def entries(story: Story, number: int, chance: Random) -> list[dict[str, Any]]:
    """Made-up entries of the directory."""
    topics = [topic.code for topic in story.applied.desk.topic_leaves()]
    return [
        {
            "desk_id": story.applied.id,
            "kind": ProviderKind.ADVISER,
            "name": f"見本{each}",
            "position": "",
            "profile": "を".join(chance.choices(WORDS, k=40)),
            "topics": chance.sample(topics, 2),
            "ways": [MeetingWay.ONLINE.value],
            "email": "a@example.jp",
            "is_active": True,
            "capacity": chance.choice((None, 1, 3)),
        }
        for each in range(number)
    ]


def median(work: Callable[[], Any], rounds: int) -> float:
    """How much of the processor it takes, in milliseconds: others may be at work on the machine."""
    taken = []
    for _ in range(rounds):
        began = process_time()
        work()
        taken.append((process_time() - began) * 1000)
    return round(statistics.median(taken), 2)


async def measure(number: int, rounds: int) -> dict[str, Any]:
    """The figures."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        await asyncio.to_thread(migrations.upgrade, url)
        database = Database(url)
        try:
            story = await open_story(database)
            made = entries(story, number, Random(5))
            await database.write(lambda session: session.execute(insert(Provider), made))
            case_id = await story.triaged()
            await database.write(profiles.mark_all)
            began = perf_counter()
            await learning.learn_all(database)
            print(f"profiles made in {perf_counter() - began:.1f} s", file=sys.stderr)
            return await database.read(lambda session: figures(session, story, case_id, made, rounds))
        finally:
            await database.close()


def figures(
    session: Session, story: Story, case_id: int, made: list[dict[str, Any]], rounds: int
) -> dict[str, Any]:
    """Measure within one unit."""
    desk, case = story.applied.desk, session.get_one(Case, case_id)
    receipt = session.get_one(Receipt, case.receipt_id)
    requester = session.get_one(Requester, receipt.requester_id)
    topics = cases.topics_of(session, case_id)

    def whole() -> None:
        session.expire_all()
        candidates.candidates(session, desk, case, topics, receipt, requester, at=story.at)

    began = process_time()
    whole()
    first = round((process_time() - began) * 1000, 2)
    directory = rank.Directory(
        {number: terms.terms("", each["profile"]) for number, each in enumerate(made, start=1)}
    )
    asked = terms.terms(case.title, case.body)
    line = tuple((step.code, str(step.label)) for step in desk.topic_line(topics[0]))
    wanted = Wanted((line,), "", "", "津市", "津市", MeetingWay.ONLINE, story.at.date())
    people = [
        Person(
            frozenset(each["topics"]),
            frozenset(),
            frozenset(),
            frozenset(),
            frozenset(),
            each["capacity"],
            (),
        )
        for each in made
    ]

    def score() -> None:
        directory.rank(asked)
        for person in people:
            fitting.fit(wanted, person, desk.matching)

    return {
        "providers": len(made),
        "scores_ms": median(score, rounds),
        "with_queries_ms": median(whole, rounds),
        "first_time_ms": first,
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--providers", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    lines.say("candidates", **asyncio.run(measure(arguments.providers, arguments.rounds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
