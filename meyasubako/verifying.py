"""Looks at a whole installation and says in sentences what does not agree: the database with itself, and with the files.

The database is read in one unit, so that nothing that happens meanwhile looks like a difference; the service may go on.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from meyasubako.casework import desks, soundness
from meyasubako.casework.soundness import Content
from meyasubako.casework.tallies import sums
from meyasubako.core import reasons
from meyasubako.edge.files import Cabinet
from meyasubako.store.database import Database

MOST: Final = 100
"""So many sentences of one check are told; one cause often shows in every case."""
CHUNK: Final = 500
PIECE: Final = 1024 * 1024

Check = Callable[[Session], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to: what was looked at, and what does not agree. `is_cut`: there is more of it."""

    what: str
    differences: tuple[str, ...]
    is_cut: bool = False


def _sums_against_ledger(session: Session) -> Iterator[str]:
    for each in desks.every(session):
        yield from sums.differences(session, each)


CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("データベースのファイル", soundness.broken_file),
    ("表のつながり", soundness.broken_links),
    ("案件と履歴", soundness.events_against_cases),
    ("台帳と履歴", soundness.ledger_against_events),
    ("集計の合計と台帳", _sums_against_ledger),
    ("検索の索引と文", soundness.search_against_texts),
)
FILES: Final = "届いたファイル"


async def verify(
    database: Database, cabinet: Cabinet, *, told: Callable[[Checked], None] = lambda _: None
) -> list[Checked]:
    """Run every check; `told` hears of each as it is done. It changes nothing, and asks nothing more of a broken file."""

    def unit(session: Session) -> list[Checked]:
        done: list[Checked] = []
        for what, check in CHECKS:
            done.append(_cut(what, check(session)))
            told(done[-1])
            if check is soundness.broken_file and done[-1].differences:
                break
        return done

    try:
        checked = await database.read(unit)
        if len(checked) == len(CHECKS):
            checked.append(await _files(database, cabinet))
            told(checked[-1])
    except DatabaseError as error:
        checked = [broken(error)]
        told(checked[-1])
    return checked


def broken(error: DatabaseError) -> Checked:
    """What a database file comes to that cannot be read."""
    return Checked(CHECKS[0][0], (soundness.is_broken(error),))


def _cut(what: str, differences: Iterator[str]) -> Checked:
    found = tuple(islice(differences, MOST + 1))
    return Checked(what, found[:MOST], len(found) > MOST)


async def _files(database: Database, cabinet: Cabinet) -> Checked:
    """Every content a row names must lie in the cabinet, whole."""
    found: list[str] = []
    after = 0
    while contents := await database.read(
        lambda session, after=after: soundness.contents_after(session, after, limit=CHUNK)
    ):
        after = contents[-1].id
        wrong = await asyncio.to_thread(lambda contents=contents: _wrong(cabinet, contents))
        still = await database.read(lambda session, wrong=wrong: soundness.still_named(session, list(wrong)))
        found += [said for content_id, said in wrong.items() if content_id in still]
    return _cut(FILES, iter(found))


def _wrong(cabinet: Cabinet, contents: list[Content]) -> dict[int, str]:
    found: dict[int, str] = {}
    for each in contents:
        try:
            with cabinet.open(each.digest) as file:
                digest, size = hashlib.sha256(), 0
                while piece := file.read(PIECE):
                    digest.update(piece)
                    size += len(piece)
        except FileNotFoundError:
            found[each.id] = f"ファイル {each.digest} がありません。"
        except OSError as error:
            found[each.id] = f"ファイル {each.digest} が読めません（{reasons.of_file(error)}）。"
        else:
            if (digest.hexdigest(), size) != (each.digest, each.size):
                found[each.id] = f"ファイル {each.digest} の中身が、受け取ったときと違います。"
    return found
