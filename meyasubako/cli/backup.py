"""Commands that take a backup of an installation while it is at work, and make an installation of one again."""

import argparse
import sys
from pathlib import Path

from meyasubako import backing_up
from meyasubako.cli import verify
from meyasubako.cli.commands import Commands
from meyasubako.cli.installation import Arguments, Installation, settings_of_environment, with_installation
from meyasubako.core import dates, places
from meyasubako.core.errors import WrongSetting, WrongState
from meyasubako.core.numbers import things
from meyasubako.core.settings import Settings
from meyasubako.edge import backups
from meyasubako.edge.backups import Shelf
from meyasubako.store import migrations


def add(commands: Commands) -> None:
    """Add the commands of this module."""
    backup = commands.add(
        "backup",
        _backup,
        "データベースとファイルの控えをとります",
        "動いている間にとれます。控えは、日時（協定世界時）を名前にしたフォルダになります。"
        "前の控えと同じファイルは、場所を取りません。PostgreSQL では pg_dump が要ります。",
    )
    backup.add_argument(
        "folder", nargs="?", type=Path, metavar="フォルダ", help="控えを置く場所。既定は MEYASUBAKO_BACKUP"
    )
    backup.add_argument(
        "--keep", type=_number, metavar="数", help="新しいものからこの数だけを残し、古い控えを消します"
    )
    backup.add_argument(
        "--with-key",
        action="store_true",
        help="鍵（secret）も入れます。入れなければ、鍵は別に控えてください",
    )
    restore = commands.add(
        "restore",
        _restore,
        "控えから、データベースとファイルを戻します",
        "serve と deliver を止めてから実行します。はじめに控えをすべて読んで確かめ、壊れていれば何もしません。"
        "戻したあと、verify と同じことを確かめます。PostgreSQL では pg_restore と psql が要ります。",
    )
    restore.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="控え",
        help="控えのフォルダ。控えを置く場所なら、いちばん新しいもの。既定は MEYASUBAKO_BACKUP",
    )
    restore.add_argument("--replace", action="store_true", help="いまのデータを、控えのデータで置き換えます")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"「{text}」は、1 以上の整数ではありません。")
    return int(text)


def _folder(arguments: Arguments, settings: Settings) -> Path:
    folder: Path | None = arguments.folder or settings.backup
    if folder is None:
        raise WrongSetting("控えのフォルダを書くか、MEYASUBAKO_BACKUP で決めてください。")
    return folder.absolute()


def _backup(arguments: Arguments) -> int:
    async def run(installation: Installation) -> int:
        settings = installation.settings
        folder = _folder(arguments, settings)
        if folder.is_relative_to(settings.data):
            raise WrongState(f"控えは、データのフォルダ {settings.data} の外に置いてください。")
        made = await backing_up.back_up(
            installation.database,
            settings,
            installation.keys,
            Shelf(folder),
            with_key=arguments.with_key,
            keep=arguments.keep,
            at=dates.now(),
        )
        print(
            f"控え {made.backup.folder} をとりました（案件{made.manifest.cases:,}件、ファイル{made.files:,}個、"
            f"{made.backup.size / 1_000_000:,.1f}MB）。"
        )
        if made.gone:
            print(f"古い控えを{things(made.gone)}消しました。")
        _tell_of_key(made.manifest.has_key, settings)
        if folder.stat().st_dev == settings.data.stat().st_dev:
            print("注意：控えがデータと同じディスクにあります。別の機械にも写してください。", file=sys.stderr)
        for digest in made.manifest.lost:
            print(f"ファイル {digest} が読めないため、控えに入っていません。", file=sys.stderr)
        if made.manifest.lost:
            print("meyasubako verify で確かめてください。古い控えは消していません。", file=sys.stderr)
        return 1 if made.manifest.lost else 0

    return with_installation(run)


def _tell_of_key(has_key: bool, settings: Settings) -> None:
    if has_key:
        said = "鍵も入れました。この控えを読める人は、だれの合言葉とリンクでも作れます。人の手に渡らない場所に置いてください。"
    else:
        said = f"鍵（{settings.secret_file}）は入れていません。別の場所に控えてください。"
    print(f"注意：{said}", file=sys.stderr)


def _restore(arguments: Arguments) -> int:
    settings = settings_of_environment()
    backup = backups.find(_folder(arguments, settings))
    program = migrations.newest(places.migrations_folder())
    print(f"控え {backup.folder} を確かめています。", flush=True)
    restored = backing_up.restore(backup, settings, program=program, replaces=arguments.replace)
    print(
        f"{dates.instant_text(backup.made_at)}の控えを戻しました（案件{restored.manifest.cases:,}件、ファイル{restored.files:,}個）。",
        flush=True,
    )
    if not restored.has_key:
        print(
            f"鍵のファイル {settings.secret_file} がありません。控えておいた鍵を置いてから動かしてください。",
            file=sys.stderr,
        )
        return 1
    if restored.manifest.revision != program:
        print("この控えは、前の版でとったものです。meyasubako migrate を実行してから動かしてください。")
        return 0
    return with_installation(verify.verify, answer_seconds=None)
