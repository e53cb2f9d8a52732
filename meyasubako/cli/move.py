"""The command that carries an installation to another database, and its files to another place."""

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from meyasubako import moving
from meyasubako.cli.commands import Commands
from meyasubako.cli.installation import Arguments
from meyasubako.core import places, reasons
from meyasubako.core.errors import Unavailable, WrongState
from meyasubako.core.settings import Settings, read_settings
from meyasubako.edge.files import Cabinet, DiskCabinet, open_cabinet
from meyasubako.moving import Progress
from meyasubako.store import copying, migrations
from meyasubako.store.database import Database, name_of

BUCKETS: Final = ("s3:", "s3+plain:")
HIDDEN: Final = "***"
"""What stands for a password in an address."""


def add(commands: Commands) -> None:
    """Add the command of this module."""
    move = commands.add(
        "move",
        _move,
        "データとファイルを、別のデータベースや置き場所に引っ越します",
        "serve と deliver を止めてから使います。元のデータは変えません。途中で止まったら、同じ命令をもう一度実行すると、"
        "続きから行います。終わりに、表ごとの行の数と中身を、元と行き先の両方から読みなおして比べます。"
        "\nパスワードを書かずに、環境変数 PGPASSWORD や ~/.pgpass に置くこともできます。",
    )
    move.add_argument(
        "--from", dest="source", metavar="データベース", help="元のデータベース（既定は設定のもの）"
    )
    move.add_argument("--to", metavar="データベース", help="行き先のデータベース。空のもの")
    move.add_argument(
        "--files-from", metavar="置き場所", help="元のファイルのフォルダか s3://…（既定は設定のもの）"
    )
    move.add_argument("--files-to", metavar="置き場所", help="行き先のフォルダか s3://…")


def _move(arguments: Arguments) -> int:
    if not arguments.to and not arguments.files_to:
        raise WrongState("行き先を --to か --files-to で書いてください。")
    here = read_settings(os.environ | _set("MEYASUBAKO_DATABASE", arguments.source))
    there = _settings("MEYASUBAKO_DATABASE", arguments.to) if arguments.to else None
    for each in (here, there):
        if each and copying.is_open_elsewhere(each.database):
            raise WrongState(moving.IN_USE)
    if there:
        asyncio.run(_look_at_target(there.database))
        migrations.upgrade(places.migrations_folder(), there.database)
    is_whole = asyncio.run(_carry(arguments, here, there))
    _say_what_to_set(arguments)
    return 0 if is_whole else 1


async def _carry(arguments: Arguments, here: Settings, there: Settings | None) -> bool:
    """Move what was asked for; whether every file arrived. Raises WrongState, Unavailable."""
    async with AsyncExitStack() as stack:
        if there is None and arguments.files_from:
            return await _move_files(_cabinet(arguments.files_from), _cabinet(arguments.files_to))
        source, target = _open(here.database, stack), None
        await moving.refuse_others(source)
        if there:
            target = _open(there.database, stack)
            shape = await source.read(migrations.present)
            if shape is None or shape != await target.read(migrations.present):
                raise WrongState(
                    "元のデータベースがこの版の形になっていません。先に meyasubako migrate を実行してください。"
                )
        # Whoever starts something on the old data meanwhile can read, and is told that nothing can be kept.
        still_held = await stack.enter_async_context(copying.held_still(here.database))
        if target:
            await _move_data(source, target, name_of(here.database))
        is_whole = True
        if arguments.files_to:
            files = _cabinet(arguments.files_from) if arguments.files_from else open_cabinet(here)
            is_whole = await _move_files(files, _cabinet(arguments.files_to))
        await still_held()
        if target:
            await moving.finish(target)
    return is_whole


def _open(url: str, stack: AsyncExitStack) -> Database:
    name = migrations.calls_itself(migrations.newest(places.migrations_folder()))
    database = Database(url, pool_size=1, name=name, answer_seconds=None)
    stack.push_async_callback(database.close)
    return database


async def _look_at_target(url: str) -> None:
    async with AsyncExitStack() as stack:
        await moving.look_at_target(_open(url, stack))


def _say_what_to_set(arguments: Arguments) -> None:
    lines = []
    if arguments.to:
        lines.append(f"MEYASUBAKO_DATABASE={name_of(arguments.to)}")
    if arguments.files_to:
        is_bucket = arguments.files_to.startswith(BUCKETS)
        folder = "MEYASUBAKO_FILES を消し、MEYASUBAKO_DATA の files をこのフォルダにします"
        lines.append(f"MEYASUBAKO_FILES={name_of(arguments.files_to)}" if is_bucket else folder)
    print("引っ越しました。設定を次のように書き換えて、始めてください。鍵のファイルは、そのまま使います。")
    for line in lines:
        print(f"  {line}")
    if any(HIDDEN in line for line in lines):
        print(f"{HIDDEN} のところには、パスワードや鍵を書きます。")


async def _move_data(source: Database, target: Database, name: str) -> None:
    """Move the data. Raises WrongState when the sides differ."""
    moved = await moving.move_data(source, target, name=name, tell=_tell)
    for table, extent in moved.here.items():
        word = "違います" if table in moved.differing else "同じです"
        print(f"{table}：{extent.rows:,}行、{word}（{extent.sum:032x}）")
    if moved.differing:
        raise WrongState(
            f"元と行き先が違います（{'、'.join(moved.differing)}）。"
            "行き先を空にして、もう一度実行してください。"
        )


async def _move_files(source: Cabinet, target: Cabinet) -> bool:
    """Move the files; whether every one arrived. Raises WrongState, Unavailable."""
    try:
        count, broken = await moving.move_files(source, target, tell=_tell)
    except OSError as error:
        raise Unavailable(
            f"ファイルの置き場所が答えません（{reasons.of_file(error)}）。もう一度実行すると、続きから行います。"
        ) from error
    print(f"ファイル：{count:,}件、行き先で読みなおして、同じです")
    for digest in broken:
        print(f"ファイル {digest} は、元の置き場所でこわれているか、なくなっています。", file=sys.stderr)
    return not broken


def _settings(name: str, value: str) -> Settings:
    return read_settings(os.environ | _set(name, value))


def _set(name: str, value: str | None) -> dict[str, str]:
    return {name: value} if value else {}


def _cabinet(place: str) -> Cabinet:
    if place.startswith(BUCKETS):
        return open_cabinet(_settings("MEYASUBAKO_FILES", place))
    return DiskCabinet(Path(place).absolute())


def _tell(progress: Progress) -> None:
    if sys.stderr.isatty():
        end = "\n" if progress.done == progress.total else "\r"
        print(
            f"{progress.what}：{progress.done:,} / {progress.total:,}", end=end, file=sys.stderr, flush=True
        )
