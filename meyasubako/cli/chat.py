"""Commands for the chat of a desk."""

from meyasubako.casework import desks
from meyasubako.cli.commands import Commands
from meyasubako.cli.installation import Arguments, Installation, with_installation
from meyasubako.core.chat import SETTING
from meyasubako.core.errors import WrongState
from meyasubako.edge import chat
from meyasubako.edge.chat import Line, Post
from meyasubako.edge.mailer import Verdict


def add(commands: Commands) -> None:
    """Add the commands of this module."""
    command = commands.add("chat", _list, "窓口のチャットを確かめます", f"アドレスは {SETTING} で決めます。")
    actions = command.add_subparsers(title="しごと", metavar="しごと")
    actions.add_parser("list", help="チャットのある窓口を並べます").set_defaults(run=_list)
    test = actions.add_parser("test", help="チャットに試しの知らせを書きます")
    test.set_defaults(run=_test)
    test.add_argument("desk", metavar="窓口", help="窓口の記号")


def _list(_: Arguments) -> int:
    async def run(installation: Installation) -> int:
        for code, place in installation.settings.chats.items():
            print(f"{code}  {place.kind.label}")
        return 0

    return with_installation(run)


def _test(arguments: Arguments) -> int:
    async def run(installation: Installation) -> int:
        applied = await installation.database.read(lambda session: desks.find(session, arguments.desk))
        place = installation.settings.chats.get(applied.code)
        if place is None:
            raise WrongState(f"{SETTING} に、窓口「{applied.code}」のチャットがありません。")
        line = Line("これは試しの知らせです", "職員の画面", f"{installation.settings.staff_url}/staff/")
        outcome = await chat.send(place, Post(f"【{applied.desk.name}】お知らせ", (line,)))
        if outcome.verdict is not Verdict.SENT:
            raise WrongState(
                f"{place.kind.label}に書けませんでした（{outcome.reason}）。アドレスを確かめてください。"
            )
        print(f"{place.kind.label}に書きました。")
        return 0

    return with_installation(run)
