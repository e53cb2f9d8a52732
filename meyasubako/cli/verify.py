"""The command that looks at a whole installation and says what does not agree."""

import sys

from sqlalchemy.exc import DatabaseError

from meyasubako import verifying
from meyasubako.cli.commands import Commands
from meyasubako.cli.installation import Arguments, Installation, with_installation
from meyasubako.edge.files import open_cabinet
from meyasubako.verifying import Checked


def add(commands: Commands) -> None:
    """Add the command of this module."""
    commands.add(
        "verify",
        _verify,
        "データのつじつまが合っているかを確かめます",
        "何も変えません。動いている間も使えます。合わないところを文で出し、あれば、終わりの値は 1 です。"
        "\n確かめるもの: データベースのファイル（SQLite）、表のつながり、案件と履歴、台帳と履歴、集計の合計と台帳、"
        "検索の索引と文、届いたファイルの中身。索引の見出しの1つ1つまでは search verify で確かめます。",
    )


def _verify(_: Arguments) -> int:
    try:
        # A question about a million cases takes its time.
        return with_installation(verify, answer_seconds=None)
    except DatabaseError as error:
        # So broken that nobody can even ask it which version it is of.
        tell(verifying.broken(error))
        return 1


async def verify(installation: Installation) -> int:
    """Look at an installation and print what does not agree; the exit code is 1 if anything was found."""
    cabinet = open_cabinet(installation.settings)
    checked = await verifying.verify(installation.database, cabinet, told=tell)
    if wrong := [each for each in checked if each.differences]:
        names = "、".join(each.what for each in wrong)
        print(f"合わないところがあります（{names}）。", file=sys.stderr)
        return 1
    print("合わないところは、ありません。")
    return 0


def tell(checked: Checked) -> None:
    """Print what a check found."""
    for each in checked.differences:
        print(each)
    if checked.is_cut:
        print(f"{checked.what}：はじめの{len(checked.differences):,}か所だけを出しました。")
    result = "合わないところがあります" if checked.differences else "よし"
    print(f"{checked.what}：{result}", file=sys.stderr, flush=True)
