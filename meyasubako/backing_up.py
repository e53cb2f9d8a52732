"""Takes a copy of a whole installation while it is at work, and makes an installation of such a copy again.

The files are copied first and the database after them, then the few files that came between: whatever its rows name is
there, however much was received meanwhile.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from errno import EDQUOT, ENOSPC
from itertools import islice
from pathlib import Path
from typing import Final

from sqlalchemy import func, make_url, select
from sqlalchemy.orm import Session

from meyasubako import __version__
from meyasubako.casework import soundness
from meyasubako.casework.soundness import Content
from meyasubako.core import reasons
from meyasubako.core.codes import Keys
from meyasubako.core.errors import WrongState
from meyasubako.core.settings import Settings
from meyasubako.edge import backups
from meyasubako.edge.backups import Backup, Manifest, Shelf, Unfinished
from meyasubako.edge.files import Cabinet, open_cabinet
from meyasubako.edge.keyfile import keep_key, open_keys
from meyasubako.store import migrations, snapshots
from meyasubako.store.database import Database
from meyasubako.store.models import Case

CHUNK: Final = 1_000
PIECE: Final = 1024 * 1024
MOST: Final = 5
"""So much of what is wrong with a broken backup is said."""

_ENGINES: Final[Mapping[str, str]] = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_OTHER_ENGINE: Final = (
    "この控えは {held} のものですが、MEYASUBAKO_DATABASE は {here} です。"
    "{held} に戻してから、meyasubako move で移してください。"
)


@dataclass(frozen=True, slots=True)
class Made:
    """A backup just made, how many cases and files it holds, and how many older ones went."""

    backup: Backup
    manifest: Manifest
    files: int
    gone: int


async def back_up(
    database: Database,
    settings: Settings,
    keys: Keys,
    shelf: Shelf,
    *,
    with_key: bool,
    keep: int | None,
    at: datetime,
) -> Made:
    """Make a backup and, where nothing is missing in it, remove all but the newest `keep`.

    Raises WrongState when it cannot be made; then nothing of it is left.
    """
    cabinet = open_cabinet(settings)
    try:
        with shelf.begin(at) as unfinished:
            await _copy_files(database, cabinet, unfinished)
            name = snapshots.NAMES[database.engine_name]

            def unit(session: Session) -> tuple[str, int, list[Content]]:
                snapshots.copy_out(session, settings.database, unfinished.folder / name)
                shape = migrations.present(session)
                assert shape is not None
                number = session.scalar(select(func.count(Case.id))) or 0
                return shape.revision, number, soundness.contents(session)

            revision, cases, contents = await database.read(unit)
            lost = await _settle_files(database, cabinet, unfinished, contents)
            manifest = Manifest(
                version=__version__,
                made_at=at.isoformat(timespec="seconds"),
                engine=database.engine_name,
                revision=revision,
                database=name,
                cases=cases,
                key_mark=mark_of(keys),
                has_key=with_key,
                lost=tuple(lost),
            )
            made = await asyncio.to_thread(_finish, unfinished, manifest, settings)
    except OSError as error:
        raise WrongState(_why(error, shelf.folder)) from error
    gone = shelf.keep(keep, made) if keep and not lost else 0
    return Made(made, manifest, len(unfinished.contents()), gone)


def mark_of(keys: Keys) -> str:
    """What tells this key from another, and nothing about it."""
    return keys.secret_for("mark of the key").hex()[:16]


@dataclass(frozen=True, slots=True)
class Restored:
    """What an installation was made of, how many files came with it, and whether there is a key."""

    manifest: Manifest
    files: int
    has_key: bool


def restore(backup: Backup, settings: Settings, *, program: str, replaces: bool) -> Restored:
    """Make the installation of these settings what it was when the backup was made. `program` is our newest migration.

    Everything is read and compared first; what is there is only replaced when told. Must not be called inside a running
    loop. Raises WrongState; until the database itself is put back, the installation is as it was.
    """
    manifest = backup.manifest()
    engine = make_url(settings.database).get_backend_name()
    if manifest.engine != engine:
        raise WrongState(_OTHER_ENGINE.format(held=_ENGINES[manifest.engine], here=_ENGINES[engine]))
    if manifest.revision > program:
        raise WrongState(
            "この控えは、いまの版より新しい版でとったものです。新しい版を入れてから戻してください。"
        )
    if wrong := list(islice(backup.check(), MOST)):
        raise WrongState("この控えは壊れているため、戻しません。" + "".join(wrong))
    stored = backup.folder / manifest.database
    snapshots.check(stored)
    _check_key(backup, manifest, settings)
    if not replaces and snapshots.holds_anything(settings.database):
        raise WrongState(
            "データベースに、もうデータがあります。置き換えてよければ --replace を付けてください。いまのデータは失われます。"
        )
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = _put_files_back(backup, open_cabinet(settings))
        if manifest.has_key:
            keep_key(settings.secret_file, (backup.folder / backups.KEY).read_text(encoding="ascii"))
        snapshots.put_back(stored, settings.database)
    except OSError as error:
        raise WrongState(_why(error, settings.data)) from error
    return Restored(manifest, files, settings.secret_file.exists())


async def _copy_files(database: Database, cabinet: Cabinet, unfinished: Unfinished) -> None:
    """Copy the files there are by now, as long as that takes."""
    after = 0
    while contents := await database.read(
        lambda session, after=after: soundness.contents_after(session, after, limit=CHUNK)
    ):
        after = contents[-1].id
        await asyncio.to_thread(_take, cabinet, unfinished, contents)


async def _settle_files(
    database: Database, cabinet: Cabinet, unfinished: Unfinished, contents: list[Content]
) -> list[str]:
    """Hold just the files the copied database names; returns those nobody can read."""
    wanted = {each.digest for each in contents}
    for digest in set(unfinished.contents()) - wanted:
        unfinished.drop(digest)
    missing = await asyncio.to_thread(_take, cabinet, unfinished, contents)
    still = await database.read(lambda session: soundness.still_named(session, [each.id for each in missing]))
    # What nobody names any more was removed in this moment, as it should be.
    return [each.digest for each in missing if each.id in still]


def _take(cabinet: Cabinet, unfinished: Unfinished, contents: list[Content]) -> list[Content]:
    """Put contents into the backup; returns those that cannot be read."""
    missing: list[Content] = []
    for each in contents:
        if unfinished.has(each.digest) or unfinished.take_from_former(each.digest):
            continue
        try:
            with cabinet.open(each.digest) as source:
                is_whole = unfinished.copy(each.digest, source)
        except FileNotFoundError:
            is_whole = False
        if not is_whole:
            missing.append(each)
    return missing


def _finish(unfinished: Unfinished, manifest: Manifest, settings: Settings) -> Backup:
    unfinished.add(manifest.database)
    if manifest.has_key:
        unfinished.write(backups.KEY, settings.secret_file.read_text(encoding="ascii"))
    return unfinished.finish(manifest)


def _check_key(backup: Backup, manifest: Manifest, settings: Settings) -> None:
    """The key that is there must be the one this data was made with."""
    if manifest.has_key and mark_of(open_keys(backup.folder / backups.KEY)) != manifest.key_mark:
        raise WrongState("控えに入っている鍵が、データの鍵と違います。")
    if settings.secret_file.exists() and mark_of(open_keys(settings.secret_file)) != manifest.key_mark:
        raise WrongState(
            f"鍵のファイル {settings.secret_file} は、この控えをとったときの鍵と違います。"
            "このまま戻すと、渡してある合言葉とリンクが使えなくなります。正しい鍵を置くか、いまの鍵を別の場所に移してください。"
        )


def _put_files_back(backup: Backup, cabinet: Cabinet) -> int:
    number = 0
    for digest in backup.digests():
        arriving = cabinet.begin()
        try:
            with backup.open(digest) as source:
                while piece := source.read(PIECE):
                    arriving.write(piece)
            cabinet.keep(arriving)
        finally:
            arriving.discard()
        number += 1
    return number


def _why(error: OSError, place: Path) -> str:
    if error.errno in {ENOSPC, EDQUOT}:
        return f"{place} に、空きが足りません。場所をあけてから、もう一度実行してください。"
    return f"{error.filename or place} に書けないか、読めません（{reasons.of_file(error)}）。"
