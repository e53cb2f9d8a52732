"""A backup taken while the work goes on makes the whole installation again on an empty machine, or refuses in a sentence."""

import asyncio
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from stat import filemode

import pytest
from sqlalchemy import func, make_url, select, text

from meyasubako.casework import attachments
from meyasubako.edge.files import DiskCabinet
from meyasubako.store.database import Database
from meyasubako.store.models import Case, StoredFile
from tests.harness.commands import Run
from tests.harness.postgres import knows_sizes
from tests.harness.story import Story, open_story

pytestmark = pytest.mark.usefixtures("postgres_programs")

SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where backups go, which is not among the data."""
    return tmp_path_factory.mktemp("backups")


async def keep(story: Story, cabinet: DiskCabinet, content: bytes) -> Path:
    """A file comes in; where it lies."""
    arriving = cabinet.begin()
    arriving.write(content)
    digest = cabinet.keep(arriving)
    await story.do(attachments.keep, digest=digest, size=len(content), is_scanned=False)
    return cabinet.local(digest)


def backups_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("2*"))


def only_backup(folder: Path) -> Path:
    (found,) = backups_in(folder)
    return found


def rights_of_others(folder: Path) -> set[str]:
    """What somebody else may do with a folder and what is in it."""
    modes = {filemode(each.stat().st_mode) for each in (folder, *folder.rglob("*"))}
    return {mode for mode in modes if not mode.endswith("------")}


def newest(folder: Path) -> Path:
    return backups_in(folder)[-1]


async def test_a_backup_taken_under_load_makes_the_installation_again(
    database: Database,
    run: Run,
    empty_database_url: str,
    place: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story, cabinet = await open_story(database), DiskCabinet(tmp_path / "files")
    before = [await story.receive() for _ in range(3)]
    await keep(story, cabinet, b"before")

    async def work_on() -> None:
        for number in range(1_000):
            await story.receive()
            await keep(story, cabinet, b"meanwhile %d" % number)

    working = asyncio.create_task(work_on())
    try:
        code, out, error = await run("backup", str(place))
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert (code, "をとりました" in out) == (0, True), error
    assert "鍵" in error
    assert rights_of_others(only_backup(place)) == set()
    # An empty machine: nothing but the key, which was kept elsewhere.
    there = tmp_path_factory.mktemp("elsewhere")
    (there / "secret").write_bytes((tmp_path / "secret").read_bytes())
    monkeypatch.setenv("MEYASUBAKO_DATA", str(there))
    monkeypatch.setenv("MEYASUBAKO_DATABASE", empty_database_url)
    code, out, error = await run("restore", str(place))
    assert (code, "合わないところは、ありません。" in out) == (0, True), out + error
    restored = Database(empty_database_url)
    try:
        ids, files = await restored.read(
            lambda session: (
                set(session.scalars(select(Case.id))),
                session.scalar(select(func.count(StoredFile.id))),
            )
        )
        assert await restored.read(knows_sizes)
    finally:
        await restored.close()
    assert set(before) <= ids
    assert files == len(list((there / "files").glob("??/*")))
    assert (await run("restore", str(place)))[0] == 1
    code, out, error = await run("restore", "--replace", str(place))
    assert code == 0, out + error


def rot(name: str) -> Callable[[Path], None]:
    def spoil(backup: Path) -> None:
        (found,) = backup.glob(name)
        content = bytearray(found.read_bytes())
        content[len(content) // 2] ^= 1
        found.write_bytes(content)

    return spoil


def lose(name: str) -> Callable[[Path], None]:
    def remove(backup: Path) -> None:
        (found,) = backup.glob(name)
        found.unlink()

    return remove


def say_otherwise(**said: object) -> Callable[[Path], None]:
    def write(backup: Path) -> None:
        file = backup / "manifest.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **said}))

    return write


@SQLITE
async def test_what_is_broken_or_does_not_belong_is_refused_and_replaces_nothing(
    database: Database, run: Run, place: Path, tmp_path: Path, database_url: str
) -> None:
    story = await open_story(database)
    await story.receive()
    await keep(story, DiskCabinet(tmp_path / "files"), b"content")
    file = Path(database_url.removeprefix("sqlite:///"))

    async def refused(spoil: Callable[[Path], None], *options: str) -> str:
        assert (await run("backup", str(place), "--keep", "1"))[0] == 0
        backup = only_backup(place)
        spoil(backup)
        was = _bytes(file)
        code, _, error = await run("restore", *options, str(backup))
        assert code == 1
        assert _bytes(file) == was
        # Backups are named by the second.
        shutil.rmtree(backup)
        return error

    assert "もうデータがあります" in await refused(lambda _: None)
    assert "database.sqlite3 の中身が" in await refused(rot("database.sqlite3"), "--replace")
    assert "の中身が、控えをとったときと違います" in await refused(rot("files/*/*"), "--replace")
    assert "がありません。" in await refused(lose("files/*/*"), "--replace")
    assert "SHA256SUMS が読めません" in await refused(lose("SHA256SUMS"), "--replace")
    assert "manifest.json の中身が" in await refused(say_otherwise(cases=7), "--replace")
    assert "新しい版" in await refused(say_otherwise(revision="9999"), "--replace")
    assert "PostgreSQL のものです" in await refused(say_otherwise(engine="postgresql"), "--replace")
    # Whoever has the database open would go on writing into what was put aside.
    assert "止めてから" in await refused(lambda _: None, "--replace")
    await database.close()
    key = tmp_path / "secret"
    key.write_text("11" * 32)
    assert (await run("backup", str(place)))[0] == 0
    key.write_text("22" * 32)
    code, _, error = await run("restore", "--replace", str(place))
    assert (code, "控えをとったときの鍵と違います" in error) == (1, True)
    key.unlink()
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA user_version=7")
    code, _, error = await run("restore", "--replace", str(place))
    assert (code, "控えておいた鍵を置いて" in error) == (1, True)
    key.write_text("11" * 32)
    assert (await run("restore", "--replace", str(place)))[0] == 0
    with closing(sqlite3.connect(file)) as restored:
        assert restored.execute('SELECT count(*) FROM "case"').fetchone() == (1,)
    # The second time, perhaps with another backup, what was there at first is still what was put aside first.
    aside = f"{file}.before-restore"
    assert [_mark(each) for each in (file, aside, f"{aside}2")] == [0, 7, 0]


def _mark(file: str | Path) -> int:
    with closing(sqlite3.connect(file)) as opened:
        return opened.execute("PRAGMA user_version").fetchone()[0]


def _bytes(file: Path) -> bytes:
    return file.read_bytes()


@SQLITE
async def test_old_backups_go_and_what_is_kept_twice_takes_room_once(
    database: Database, run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = await open_story(database)
    content = await keep(story, DiskCabinet(tmp_path / "files"), b"content")
    monkeypatch.setenv("MEYASUBAKO_BACKUP", str(place))

    # As where the clock was set back: another one is newer by its name.
    later = place / "29990101T000000Z"
    later.mkdir()
    assert (await run("backup", "--with-key", "--keep", "1"))[0] == 0
    later.rmdir()
    first = only_backup(place).rename(place / "20260101T000000Z")
    assert (first / "secret").stat().st_mode & 0o777 == 0o600
    assert (await run("backup", "--keep", "2"))[0] == 0
    second = newest(place).rename(place / "20260102T000000Z")
    (kept,) = second.glob("files/*/*")
    assert kept.stat().st_nlink == 2
    assert not (second / "secret").exists()
    # A copy that rotted is not handed on.
    kept.write_bytes(b"tnetnoc")
    assert (await run("backup", "--keep", "2"))[0] == 0
    assert not first.exists()
    third = newest(place).rename(place / "20260103T000000Z")
    (fresh,) = third.glob("files/*/*")
    assert (fresh.read_bytes(), fresh.stat().st_nlink) == (b"content", 1)
    # What nobody can read any more is said, and nothing older goes.
    content.unlink()
    fresh.unlink()
    code, _, error = await run("backup", "--keep", "1")
    assert (code, "が読めないため、控えに入っていません" in error) == (1, True)
    assert second.exists()


def replace_program(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, script: str) -> None:
    """Let a script be found instead of a program; `{program}` in it is the program."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script.format(program=shutil.which(name))}\n", encoding="utf-8")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.full
@POSTGRESQL
async def test_what_postgresql_cannot_restore_replaces_nothing(
    database: Database,
    run: Run,
    empty_database_url: str,
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = await open_story(database)
    case_ids = {await story.receive()}
    assert (await run("backup", str(place)))[0] == 0
    monkeypatch.setenv("MEYASUBAKO_DATABASE", empty_database_url)
    assert (await run("restore", str(place)))[0] == 0
    story.database = there = Database(empty_database_url)
    case_ids.add(await story.receive())

    async def do(*commands: str) -> None:
        for each in commands:
            await there.write(lambda session, each=each: session.execute(text(each)))
        await there.close()

    async def restore() -> tuple[int, str]:
        code, _, error = await run("restore", "--replace", str(place))
        return code, error

    # What somebody else keeps beside our tables is neither taken along nor touched.
    await do("CREATE SCHEMA other", "CREATE TABLE other.kept AS SELECT 7 AS id")
    only_backup(place).rename(place / "20260101T000000Z")
    assert (await run("backup", str(place)))[0] == 0
    await do("DROP TABLE guard_counter", "CREATE VIEW guard_counter AS SELECT 1")
    code, error = await restore()
    assert (code, "already exists" in error) == (1, True), error
    await do("DROP VIEW guard_counter")
    with monkeypatch.context() as broken_off:
        # As if it was killed between two of its commands.
        half = """case "$*" in *--list*) exec {program} "$@";; esac; {program} "$@" | sed '/^-- Data/,$d'; exit 1"""
        replace_program(tmp_path, broken_off, "pg_restore", half)
        code, error = await restore()
    assert (code, "pg_restore ができませんでした" in error) == (1, True), error
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("MEYASUBAKO_DATABASE", "postgresql://box:hush@127.0.0.1:1/box")
        code, error = await restore()
    assert (code, "が使えません" in error, "hush" in error) == (1, True, False), error
    ids = await there.read(lambda session: set(session.scalars(select(Case.id))))
    assert ids == case_ids
    await there.close()
    assert (await restore())[0] == 0
    kept = text("SELECT id FROM other.kept")
    assert await there.read(lambda session: session.scalars(kept).all()) == [7]
    await there.close()


@POSTGRESQL
async def test_a_backup_may_take_longer_than_the_server_lets_others_idle(
    database: Database, run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_program(tmp_path, monkeypatch, "pg_dump", 'sleep 0.5; exec {program} "$@"')
    timeout = "idle_in_transaction_session_timeout"

    async def on_the_server(change: str) -> None:
        name = await database.read(lambda session: session.scalar(select(func.current_database())))
        await database.write(lambda session: session.execute(text(f'ALTER DATABASE "{name}" {change}')))

    await open_story(database)
    await on_the_server(f"SET {timeout} = '100ms'")
    try:
        code, _, error = await run("backup", str(place))
    finally:
        await on_the_server(f"RESET {timeout}")
    assert code == 0, error


@POSTGRESQL
@pytest.mark.usefixtures("database")
async def test_the_password_may_lie_where_postgresql_looks_for_it(
    run: Run, database_url: str, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = make_url(database_url)
    passwords = tmp_path / "passwords"
    passwords.write_text(f"127.0.0.1:*:*:*:{address.password}\n", encoding="utf-8")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    monkeypatch.setenv("MEYASUBAKO_DATABASE", address._replace(password=None).render_as_string())
    code, _, error = await run("backup", str(place))
    assert code == 0, error


@POSTGRESQL
async def test_a_missing_program_is_named(
    database: Database, run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, error = await run("backup", str(place))
    assert (code, "pg_dump が見つかりません" in error) == (1, True)
    assert not backups_in(place)
