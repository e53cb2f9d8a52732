"""The command that makes the index of search anew, or compares it with the cases."""

import sys

from meyasubako import indexing
from meyasubako.cli.commands import Commands
from meyasubako.cli.installation import Arguments, Installation, with_installation


def add(commands: Commands) -> None:
    """Add the command of this module."""
    search = commands.add(
        "search",
        _search,
        "検索の索引を作り直すか、確かめます",
        "索引は serve が1秒ほどで追いつくので、ふだんは要りません。"
        "\n  rebuild  すべての案件の索引を作り直します。検索は、そのあいだも使えます"
        "\n  verify   索引を案件と比べ、違うところを出します。違いがあれば、終わりの値は 1 です",
    )
    search.add_argument("what", choices=("rebuild", "verify"), metavar="rebuild|verify", help="何をするか")


def _search(arguments: Arguments) -> int:
    return with_installation(_rebuild if arguments.what == "rebuild" else _verify)


async def _rebuild(installation: Installation) -> int:
    total = await indexing.rebuild(installation.database)
    print(f"{total:,}件の案件の索引を作り直しました。")
    return 0


async def _verify(installation: Installation) -> int:
    found = await indexing.verify(installation.database)
    for each in found.differences:
        print(each)
    if found.waiting:
        print(f"{found.waiting:,}件の案件は、これから索引に入ります。", file=sys.stderr)
    if found.differences:
        print(
            f"索引に違いが{len(found.differences):,}か所あります。meyasubako search rebuild で作り直せます。",
            file=sys.stderr,
        )
        return 1
    print(f"{found.cases:,}件の案件の索引に、違いはありません。")
    return 0
