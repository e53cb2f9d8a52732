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
from meyasubako.core import places
from meyasubako.core.errors import Unavailable, WrongState
from meyasubako.core.settings import Settings, read_settings
from meyasubako.edge.files import Cabinet, DiskCabinet, open_cabinet
from meyasubako.moving import Progress
from meyasubako.store import copying, migrations
from meyasubako.store.database import Database

IN_USE: Final = (
    "serve か deliver が動いています。止めてから、もう一度実行してください。データは何も変えていません。"
)

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
    if copying.is_open_elsewhere(here.database):
        raise WrongState(IN_USE)
    if arguments.to:
        there = _settings("MEYASUBAKO_DATABASE", arguments.to)
        if copying.is_open_elsewhere(there.database):
            raise WrongState(IN_USE)
        migrations.upgrade(places.migrations_folder(), there.database)

    async def run() -> bool:
        differs = False
        async with AsyncExitStack() as stack:
            if arguments.to:
                # Whoever starts something on the old data meanwhile can read, and is told that nothing can be kept.
                differs = await _move_data(here.database, there.database, stack)
            elif not arguments.files_from:
                await stack.enter_async_context(copying.held_still(here.database))
            if arguments.files_to:
                source = _cabinet(arguments.files_from) if arguments.files_from else open_cabinet(here)
                differs |= await _move_files(source, _cabinet(arguments.files_to))
        return differs

    if asyncio.run(run()):
        return 1
    _say_what_to_set(arguments)
    return 0


def _say_what_to_set(arguments: Arguments) -> None:
    lines = []
    if arguments.to:
        lines.append(f"MEYASUBAKO_DATABASE={moving.name_of(arguments.to)}")
    if arguments.files_to:
        is_bucket = arguments.files_to.startswith(BUCKETS)
        folder = "MEYASUBAKO_FILES を消し、MEYASUBAKO_DATA の files をこのフォルダにします"
        lines.append(f"MEYASUBAKO_FILES={moving.name_of(arguments.files_to)}" if is_bucket else folder)
    print("引っ越しました。設定を次のように書き換えて、始めてください。鍵のファイルは、そのまま使います。")
    for line in lines:
        print(f"  {line}")
    if any(HIDDEN in line for line in lines):
        print(f"{HIDDEN} のところには、パスワードや鍵を書きます。")


async def _move_data(source_url: str, target_url: str, stack: AsyncExitStack) -> bool:
    """Move the data; whether the sides differ. The source is held still until the stack is left."""
    name = migrations.calls_itself(migrations.newest(places.migrations_folder()))
    source, target = (Database(url, pool_size=1, name=name) for url in (source_url, target_url))
    for database in (source, target):
        stack.push_async_callback(database.close)
    shape = await source.read(migrations.present)
    if shape is None or shape != await target.read(migrations.present):
        raise WrongState(
            "元のデータベースがこの版の形になっていません。先に meyasubako migrate を実行してください。"
        )
    await stack.enter_async_context(copying.held_still(source_url))
    moved = await moving.move_data(source, target, name=moving.name_of(source_url), tell=_tell)
    for table, extent in moved.here.items():
        word = "違います" if table in moved.differing else "同じです"
        print(f"{table}：{extent.rows:,}行、{word}（{extent.sum:032x}）")
    if moved.differing:
        print(
            f"元と行き先が違います（{'、'.join(moved.differing)}）。"
            "行き先を空にして、もう一度実行してください。",
            file=sys.stderr,
        )
    return bool(moved.differing)


async def _move_files(source: Cabinet, target: Cabinet) -> bool:
    """Move the files; whether one of them did not arrive."""
    try:
        count, broken = await moving.move_files(source, target, tell=_tell)
    except OSError as error:
        raise Unavailable(
            f"ファイルの置き場所が答えません（{error.strerror}）。もう一度実行すると、続きから行います。"
        ) from error
    print(f"ファイル：{count:,}件、行き先で読みなおして、同じです")
    for digest in broken:
        print(f"ファイル {digest} は、元の置き場所でこわれているか、なくなっています。", file=sys.stderr)
    return bool(broken)


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
