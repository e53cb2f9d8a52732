"""Carries a whole installation to another database and another place for its files, and compares what arrived with what was there.

A move that was broken off goes on where it was. Until all of it is there and compared, nothing starts on the new database.
"""

import asyncio
import hashlib
import itertools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError

from meyasubako.core.errors import WrongState
from meyasubako.edge.files import PARTS, Cabinet
from meyasubako.store import copying, search
from meyasubako.store.copying import Extent, Row
from meyasubako.store.database import Database
from meyasubako.store.models import SearchPart, table_of

FILES_AT_ONCE: Final = 8
PIECE: Final = 256 * 1024

INDEX: Final = search.TABLE
FILES: Final = "files"

IN_USE: Final = (
    "serve か deliver が動いています。止めてから、もう一度実行してください。データは何も変えていません。"
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a table, the index of search or the files are: `done` of `total`."""

    what: str
    done: int
    total: int


Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Moved:
    """What was compared at the end: each table by name, on either side."""

    here: dict[str, Extent] = field(default_factory=dict)
    there: dict[str, Extent] = field(default_factory=dict)

    @property
    def differing(self) -> tuple[str, ...]:
        """The tables that are not the same on both sides."""
        return tuple(name for name in self.here if self.here[name] != self.there.get(name))


async def move_data(source: Database, target: Database, *, name: str, tell: Tell) -> Moved:
    """Copy every row, then read both sides again and compare them. `name` is where the data comes from.

    Nothing starts on the new database before `finish`. Raises WrongState when somebody is at work on either side, the target
    holds other data, or will not take a row.
    """
    for database in (source, target):
        await refuse_others(database)
    await _begin(target, name)
    for table in copying.every_table():
        await _copy(source, target, table, tell)
    await _copy_index(source, target, tell)
    await target.write(copying.go_on_counting)
    moved = Moved()
    for table in copying.every_table():
        moved.here[table.name] = await _extent(source, table)
        moved.there[table.name] = await _extent(target, table)
    moved.here[INDEX], moved.there[INDEX] = await _index_extent(source), await _index_extent(target)
    return moved


async def finish(target: Database) -> None:
    """Let programs start on the new database: everything is there, the files as well."""
    await target.take_stock(at_once=True)
    await target.write(copying.end_move)


async def look_at_target(target: Database) -> None:
    """Look before anything is changed there. Raises WrongState when it holds data that did not come by a move."""
    if await target.read(copying.moving_from) is None and await target.read(copying.holds_rows):
        raise WrongState(
            "行き先に、ほかのデータがあります。空のデータベースを用意してください。"
            "前の引っ越しが終わっていたのなら、設定を書き換え、meyasubako verify で確かめてください。"
        )


async def refuse_others(database: Database) -> None:
    """Raises WrongState when a program of ours is at work on a PostgreSQL database."""
    if await database.read(copying.others_at_work):
        raise WrongState(IN_USE)


async def _begin(target: Database, name: str) -> None:
    before = await target.read(copying.moving_from)
    if before == name:
        return
    if before is not None:
        raise WrongState(f"行き先には、{before} からの引っ越しの途中のデータがあります。")
    await look_at_target(target)
    await target.write(lambda session: copying.begin_move(session, name))


async def _count(database: Database, table: Table) -> int:
    return await database.read(lambda session: copying.count(session, table))


async def _copy(source: Database, target: Database, table: Table, tell: Tell) -> None:
    total, done = await _count(source, table), await _count(target, table)
    last: Row | None = None
    if done != total:
        last = await target.read(lambda session: copying.last_key(session, table))
        if done and last is None:
            await target.write(lambda session: copying.empty(session, table))
            done = 0
        while rows := await _piece(source, table, last):
            await _put(target, table, rows)
            done += len(rows)
            last = copying.key_of(table, rows[-1])
            tell(Progress(table.name, done, total))
    if copying.has_own_links(table):
        last = None
        while rows := await _piece(source, table, last):
            await target.write(lambda session, rows=rows: copying.tie(session, table, rows))
            last = copying.key_of(table, rows[-1])
    tell(Progress(table.name, total, total))


async def _put(target: Database, table: Table, rows: Sequence[Row]) -> None:
    try:
        await target.write(lambda session: copying.put(session, table, rows))
    except DBAPIError as error:
        # The engines differ in what they take: a text with a NUL, one that is too long.
        if len(rows) == 1:
            key = "、".join(map(str, copying.key_of(table, rows[0])))
            raise WrongState(
                f"{table.name} の {key} の行は、行き先のデータベースに入りません（{error.orig}）。"
                "元のその行を直して、もう一度実行してください。続きから行います。"
            ) from error
        middle = len(rows) // 2
        await _put(target, table, rows[:middle])
        await _put(target, table, rows[middle:])


async def _piece(database: Database, table: Table, last: Row | None) -> list[Row]:
    return await database.read(lambda session: copying.rows_after(session, table, last))


async def _extent(database: Database, table: Table) -> Extent:
    found, last = Extent(), None
    while rows := await _piece(database, table, last):
        found += copying.extent_of(rows)
        last = copying.key_of(table, rows[-1])
    return found


async def _copy_index(source: Database, target: Database, tell: Tell) -> None:
    parts = table_of(SearchPart)
    total, done, last = await _count(source, parts), 0, None
    while rows := await _piece(source, parts, last):
        last = copying.key_of(parts, rows[-1])
        ids = [copying.key_of(parts, row)[0] for row in rows]
        entries = await source.read(lambda session, ids=ids: copying.index_rows(session, ids))
        there = {
            row.id for row in await target.read(lambda session, ids=ids: copying.index_rows(session, ids))
        }
        missing = [row for row in entries if row.id not in there]
        await target.write(lambda session, missing=missing: search.add(session, missing))
        done += len(rows)
        tell(Progress(INDEX, done, total))


async def _index_extent(database: Database) -> Extent:
    parts = table_of(SearchPart)
    found, last = Extent(), None
    while rows := await _piece(database, parts, last):
        last = copying.key_of(parts, rows[-1])
        ids = [copying.key_of(parts, row)[0] for row in rows]
        entries = await database.read(lambda session, ids=ids: copying.index_rows(session, ids))
        found += copying.extent_of(copying.plain_index_rows(entries))
    return found


async def move_files(source: Cabinet, target: Cabinet, *, tell: Tell) -> tuple[int, tuple[str, ...]]:
    """Copy every content that is not there yet, and read each where it arrived.

    Returns how many lie there whole, and which do not. Raises WrongState when other files lie there, OSError when a side does
    not answer.
    """
    return await asyncio.to_thread(_move_files, source, target, tell)


def _move_files(source: Cabinet, target: Cabinet, tell: Tell) -> tuple[int, tuple[str, ...]]:
    here = [sorted(source.digests(part)) for part in range(PARTS)]
    there = {digest for part in range(PARTS) for digest in target.digests(part)}
    if not there.issubset(itertools.chain.from_iterable(here)):
        raise WrongState("行き先に、ほかのファイルがあります。空の置き場所を用意してください。")
    total, done, broken = sum(map(len, here)), 0, list[str]()

    def arrives(digest: str) -> bool:
        return (digest in there and _is_whole(target, digest)) or _carry(source, target, digest)

    with ThreadPoolExecutor(FILES_AT_ONCE, thread_name_prefix="move") as threads:
        for digests in filter(None, here):
            arrived = threads.map(arrives, digests)
            broken += [digest for digest, whole in zip(digests, arrived, strict=True) if not whole]
            done += len(digests)
            tell(Progress(FILES, done, total))
    return total - len(broken), tuple(broken)


def _carry(source: Cabinet, target: Cabinet, digest: str) -> bool:
    """Copy one content. False when it is not what it was when it came, or is gone; nothing is put there then."""
    arriving = target.begin()
    try:
        with source.open(digest) as file:
            for piece in _pieces(file.read):
                arriving.write(piece)
        if arriving.digest != digest:
            return False
        target.keep(arriving)
    except FileNotFoundError:
        return False
    finally:
        arriving.discard()
    return _is_whole(target, digest)


def _is_whole(cabinet: Cabinet, digest: str) -> bool:
    found = hashlib.sha256()
    with cabinet.open(digest) as file:
        for piece in _pieces(file.read):
            found.update(piece)
    return found.hexdigest() == digest


def _pieces(read: Callable[[int], bytes]) -> Iterable[bytes]:
    return iter(lambda: read(PIECE), b"")
