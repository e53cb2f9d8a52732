"""Whether search finds exactly what a full scan finds and what is spelled another way, and how long it takes.

    python -m tests.bench.search [--data FILE.jsonl] [--cases 1000] [--timed 10000 100000] [--engine sqlite|postgresql]

FILE holds an object with `title` and `text` in each line; without it, cases are made up. Prints a JSON line for each engine and
each word, and in the end what does not hold.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from sqlalchemy import delete, event, insert, select, text
from sqlalchemy.orm import Session

from meyasubako.casework import searching
from meyasubako.casework.casefiles import finding
from meyasubako.casework.searching import Part, Term, index
from meyasubako.casework.searching.parts import NUMBERING
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import grouped
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import CaseKind, Channel, Language, RequesterType, Status
from meyasubako.insight import tokens
from meyasubako.insight.normal import normalise
from meyasubako.store import search
from meyasubako.store.database import Database
from meyasubako.store.models import Case, Receipt, Requester, SearchDue, SearchPart
from tests.bench import lines
from tests.bench.copies import MAKE_TOKENS, TOKENS
from tests.harness import migrations
from tests.harness.postgres import PostgresServer
from tests.harness.story import BEGUN_AT, open_story

ENGINES = ("sqlite", "postgresql")
WORDS = 200
LONGEST = 6
ROUNDS = 30
WANTED, WANTED_HITS = "防災", 500
COMMON = ("申込み", "図書館", "の")
"""Words of every sixth case, of every tenth, and of nearly all."""
SLOWEST_MS = 20
"""At the database, for the first page of what is wanted."""
MOST_TIMES, LEAST_MS = 1.5, 5
"""So many times as long, and so much longer, the first page of a common word may take with many cases."""
CHUNK = 500
COPIED = 2_000

SUBJECTS = [
    "市の図書館",
    "県の体育館",
    "児童館",
    "バス停",
    "公民館",
    "港",
    "駅前の駐輪場",
    "県のホームページ",
    "学校の給食",
    "道路の照明",
]
WISHES = (
    "申込みをスマートフォンでできるようにしてほしい",
    "申し込みの締切を延ばしてください",
    "開館時間を夜9時まで延長してもらえませんか",
    "引越しの手続きがわかりにくい",
    "引っ越しのときの届け出を1回で済ませたい",
    "子どもが安心して遊べる場所が足りない",
    "子供の医療費の助成について教えてほしい",
    "ＷｉーＦｉの電波がとどきません",
    "キャッシュレスで払えるとよい（現金は不便です）",
    "案内板の文字が小さくて、お年寄りには読めない",
    "サーバの不具合で、予約が消えていました",
    "サーバーが混み合っていて、つながらない",
)
ENDINGS = (
    "よろしくお願いします。",
    "ご検討ください。",
    "困っています。",
    "ありがとうございます！",
    "以上です。",
)


@dataclass(frozen=True)
class Document:
    """What somebody handed in."""

    title: str
    text: str


def made_up(count: int, *, seed: int = 1, wanted: int = 0) -> list[Document]:
    """Cases as they come, the first `wanted` of them about 防災."""
    chance = Random(seed)
    found: list[Document] = []
    for number in range(count):
        subject, wish = chance.choice(SUBJECTS), chance.choice(WISHES)
        about = f"{WANTED}のために、" if number < wanted else ""
        text = f"{about}{subject}で、{wish}。\n{chance.randrange(10**4)}番です。{chance.choice(ENDINGS)}"
        found.append(Document(f"{subject}について", text))
    chance.shuffle(found)
    return found


def read_documents(path: Path) -> list[Document]:
    """The documents of a file."""
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [Document(line["title"], line["text"].replace("\x00", "")) for line in rows]


def fill(session: Session, desk_id: int, documents: Sequence[Document], *, first: int) -> None:
    """Store documents as cases with the numbers from `first` on, and mark them for indexing."""
    requester_id = session.execute(
        insert(Requester).returning(Requester.id),
        [dict.fromkeys(("name", "organisation", "municipality", "email", "phone"), "")],
    ).scalar_one()
    common: dict[str, Any] = {
        "desk_id": desk_id,
        "kind": CaseKind.SUGGESTION,
        "channel": Channel.WEB,
        "requester_type": RequesterType.RESIDENT,
        "purpose": None,
        "received_at": BEGUN_AT,
    }
    of_receipt = {
        **common,
        "requester_id": requester_id,
        "topics": [],
        "meeting_way": None,
        "wished_dates": "",
        "reply_wanted": False,
        "publish_consent": False,
        "share_consent": False,
        "recorded_at": BEGUN_AT,
        "entered_by_id": None,
        "passcode_generation": 1,
        "idempotency_key": None,
        "language": Language.JAPANESE,
        "quarantine_reason": None,
    }
    numbered = list(enumerate(documents, first))
    session.execute(
        insert(Receipt),
        [
            {**of_receipt, "id": number, "number": f"{number:09d}", "title": each.title, "body": each.text}
            for number, each in numbered
        ],
    )
    of_case = {
        **common,
        "ordinal": 1,
        "status": Status.RECEIVED,
        "came_from": [],
        "division_label": "",
        "changed_at": BEGUN_AT,
        "version": 1,
    }
    session.execute(
        insert(Case),
        [
            {**of_case, "id": number, "receipt_id": number, "title": each.title, "body": each.text}
            for number, each in numbered
        ],
    )
    searching.mark_due(session, [number for number, _ in numbered])


def sampled(documents: Sequence[Document], count: int, *, seed: int = 2) -> list[str]:
    """Words of one to six letters, cut out of the documents anywhere."""
    chance = Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        document = chance.choice(documents)
        text = chance.choice([document.title, document.text, document.text])
        length = chance.randint(1, LONGEST)
        start = chance.randrange(max(1, len(text) - length))
        word = text[start : start + length]
        if word.isalnum():
            found[word] = None
    return list(found)


def _numbers(number: int) -> list[str]:
    """The receipt number as it is printed and as it is typed."""
    return [grouped(f"{number:09d}"), f"{number:09d}"]


class Scan:
    """A full scan of documents, whose words are told apart once."""

    def __init__(self, documents: Sequence[Document], *, first: int) -> None:
        self._texts = [
            (number, [normalise(each.title), normalise(each.text), *_numbers(number)])
            for number, each in enumerate(documents, first)
        ]
        self._sequences = [
            (number, [tokens.sequence(tokens.words(text)) for text in texts]) for number, texts in self._texts
        ]

    def literally(self, word: str) -> set[int]:
        """The cases in which the word stands as it is."""
        sought = normalise(word)
        # A number is looked at only for words long enough to be a piece of one.
        reached = slice(None if Term(sought).reaches(Part.NUMBER) else 2)
        return {number for number, texts in self._texts if any(sought in text for text in texts[reached])}

    def otherwise(self, term: Term) -> set[int]:
        """The cases in which the word stands in any spelling."""
        if not term.words:
            return set()
        sought, reached = tokens.sequence(term.words), slice(None if term.reaches(Part.NUMBER) else 2)
        return {number for number, texts in self._sequences if any(sought in text for text in texts[reached])}


@dataclass(frozen=True)
class Compared:
    """What a comparison came to."""

    words: int
    hits: int
    other_spellings: int
    differing: tuple[str, ...]


async def compare(
    database: Database, actor: Actor, applied: AppliedDesk, scan: Scan, words: Sequence[str]
) -> Compared:
    """Look for each word as it would be typed, and compare with the scan."""
    hits = other = 0
    differing: list[str] = []
    for word in words:
        asked = searching.read(word, applied.desk, today=dates.japan_day(BEGUN_AT))
        (term,) = asked.terms

        def look(session: Session, asked: searching.Asked = asked) -> set[int]:
            wanted = searching.condition(asked, actor=actor, desk_id=applied.id)
            return set(session.scalars(select(Case.id).where(wanted)))

        found = await database.read(look)
        literally = scan.literally(word)
        hits += len(found)
        other += len(found - literally)
        if found != literally | scan.otherwise(term):
            differing.append(word)
    return Compared(len(words), hits, other, tuple(differing))


async def measure(database: Database, actor: Actor, applied: AppliedDesk, word: str) -> dict[str, Any]:
    """How long the first page takes with all its queries: at the database, and until it is ready to be shown."""
    asked = searching.read(word, applied.desk, today=dates.japan_day(BEGUN_AT))
    at_database: list[float] = []
    engine = database.reading
    event.listen(engine, "before_cursor_execute", lambda *_: at_database.append(-perf_counter()))
    event.listen(engine, "after_cursor_execute", lambda *_: at_database.append(perf_counter()))

    def first_page(session: Session) -> tuple[float, float, int]:
        session.connection()
        at_database.clear()
        begun = perf_counter()
        found = finding.find(session, actor, applied, asked)
        return sum(at_database), perf_counter() - begun, found.total

    taken = [await database.read(first_page) for _ in range(ROUNDS)]
    return {
        "word": word,
        "hits": taken[0][2],
        "database_ms": round(statistics.median(each[0] for each in taken) * 1000, 1),
        "page_ms": round(statistics.median(each[1] for each in taken) * 1000, 1),
        "best_database_ms": round(min(each[0] for each in taken) * 1000, 1),
        "best_page_ms": round(min(each[1] for each in taken) * 1000, 1),
    }


async def load(
    databases: Sequence[tuple[Database, int]], documents: Sequence[Document], *, first: int = 1
) -> None:
    """Store and index documents in each database; words are told apart once for all."""
    for start in range(0, len(documents), CHUNK):
        some = documents[start : start + CHUNK]
        made: list[index.Indexed] | None = None
        for database, desk_id in databases:
            await database.write(
                lambda session, desk_id=desk_id, some=some, start=start: fill(
                    session, desk_id, some, first=first + start
                )
            )
            due = await database.read(lambda session: index.due(session, CHUNK))
            if made is None:
                made = [index.make(each) for each in sorted(due, key=lambda each: each.case_id)]
            marks = {each.case_id: each for each in due}
            # Made of one database, kept in each under its own marks.
            kept = [index.Indexed(marks[each.due.case_id], each.made, each.staying) for each in made]
            await database.write(lambda session, kept=kept: index.keep(session, kept))


async def copy(database: Database, desk_id: int, documents: Sequence[Document], *, times: int) -> None:
    """Store documents so many times. Each is taken apart once, and its rows are kept under the number of every copy."""
    made = [
        index.make(index.Due(number, None, {Part.TITLE: [each.title], Part.BODY: [each.text]})).made
        for number, each in enumerate(documents)
    ]

    def unit(session: Session, first: int) -> None:
        fill(session, desk_id, documents, first=first)
        session.execute(delete(SearchDue))
        rows = [(row, row.id + (first << NUMBERING.case_shift)) for each in made for row in each]
        session.execute(
            insert(SearchPart),
            [{"id": number, "text": row.text, "words": row.words} for row, number in rows],
        )
        search.add(session, [replace(row.tokens, id=number) for row, number in rows])

    is_vectors = database.engine_name != "sqlite"
    if is_vectors:
        # Filling the index row by row takes many times as long as making it of what is there.
        await database.write(lambda session: session.execute(text(f"DROP INDEX {TOKENS}")))
    for first in range(1, times * len(documents), len(documents)):
        await database.write(lambda session, first=first: unit(session, first))
    if is_vectors:
        await database.write(lambda session: session.execute(text(MAKE_TOKENS)))
    await database.write(lambda session: session.execute(text("ANALYZE")))


Bench = tuple[str, Database, Actor, AppliedDesk]
"""A database of an engine, with somebody at a desk."""


@asynccontextmanager
async def opened(engines: Sequence[str]) -> AsyncIterator[list[Bench]]:
    """A fresh, migrated database of each engine, with a desk."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="meyasubako-bench-"))
        urls = {"sqlite": f"sqlite:///{folder}/bench.sqlite3"}
        if "postgresql" in engines:
            urls["postgresql"] = stack.enter_context(PostgresServer()).create("bench")
        found: list[Bench] = []
        try:
            for engine in engines:
                await asyncio.to_thread(migrations.upgrade, urls[engine])
                database = Database(urls[engine])
                story = await open_story(database)
                found.append((engine, database, story.clerk, story.applied))
            yield found
        finally:
            for _, database, _, _ in found:
                await database.close()


async def run(arguments: argparse.Namespace) -> int:
    """Compare on a database of each engine, then measure on a large one."""
    engines = ENGINES if arguments.engine is None else (arguments.engine,)
    documents = read_documents(arguments.data) if arguments.data else made_up(arguments.cases, wanted=20)
    faults: list[str] = []
    async with opened(engines) as databases:
        await load([(database, applied.id) for _, database, _, applied in databases], documents)
        scan, words = Scan(documents, first=1), sampled(documents, WORDS)
        for engine, database, actor, applied in databases:
            compared = await compare(database, actor, applied, scan, words)
            faults += [f"{engine}: {word} is not found where it stands" for word in compared.differing]
            lines.say("search compared", engine=engine, cases=len(documents), **vars(compared))
    taken: dict[tuple[str, str], list[float]] = {}
    for timed in sorted(filter(None, arguments.timed)):
        times = max(1, timed // COPIED)
        documents = made_up(COPIED, wanted=WANTED_HITS // times)
        async with opened(engines) as databases:
            for engine, database, actor, applied in databases:
                await copy(database, applied.id, documents, times=times)
                for word in (WANTED, *COMMON):
                    measured = await measure(database, actor, applied, word)
                    lines.say("search", engine=engine, cases=times * COPIED, **measured)
                    taken.setdefault((engine, word), []).append(measured["best_database_ms"])
    faults += slow(taken)
    print("\n".join(faults) or "Every word is found where it stands, and no first page is slow.")
    return 1 if faults else 0


def slow(taken: dict[tuple[str, str], list[float]]) -> list[str]:
    """What takes too long, or longer with many cases than with few, at its best: other work only adds to it."""
    found = []
    for (engine, word), (few, *_, most) in ((key, [*times, times[-1]]) for key, times in taken.items()):
        if word == WANTED and most > SLOWEST_MS:
            found.append(f"{engine}: {word} takes {most} ms at the database, more than {SLOWEST_MS}")
        if word != WANTED and most > max(MOST_TIMES * few, few + LEAST_MS):
            found.append(f"{engine}: {word} takes {most} ms with many cases and {few} ms with few")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--data", type=Path, help="a JSONL file with title and text")
    parser.add_argument(
        "--cases", type=int, default=1_000, help="how many cases to make up (default %(default)s)"
    )
    parser.add_argument(
        "--timed",
        type=int,
        nargs="+",
        default=[10_000, 100_000],
        help="how many cases to measure over; 0 for none",
    )
    parser.add_argument("--engine", choices=ENGINES, help="only this engine")
    return asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
