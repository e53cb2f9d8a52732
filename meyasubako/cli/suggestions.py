"""The command that learns the suggestions for triage anew, or compares what was learned with what is confirmed."""

import sys

from meyasubako import learning
from meyasubako.cli.commands import Commands
from meyasubako.cli.installation import Arguments, Installation, with_installation


def add(commands: Commands) -> None:
    """Add the command of this module."""
    suggestions = commands.add(
        "suggestions",
        _suggestions,
        "振分けの案が学んだことを作り直すか、確かめます",
        "案は serve が1秒ほどで学ぶので、ふだんは要りません。"
        "\n  rebuild  確かめた振分けから学び直します。案がどれだけ合っていたかの記録は残ります"
        "\n  verify   学んだことを確かめた振分けと比べ、違うところを出します。違いがあれば、終わりの値は 1 です",
    )
    suggestions.add_argument(
        "what", choices=("rebuild", "verify"), metavar="rebuild|verify", help="何をするか"
    )


def _suggestions(arguments: Arguments) -> int:
    return with_installation(_rebuild if arguments.what == "rebuild" else _verify)


async def _rebuild(installation: Installation) -> int:
    total = await learning.rebuild(installation.database)
    print(f"{total:,}件の案件から学び直しました。")
    return 0


async def _verify(installation: Installation) -> int:
    total, differences = await learning.verify(installation.database)
    for each in differences:
        print(each)
    if differences:
        print("違いがあります。meyasubako suggestions rebuild で作り直せます。", file=sys.stderr)
        return 1
    print(f"{total:,}件の振分けから学んだことに、違いはありません。")
    return 0
