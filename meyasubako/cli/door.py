"""Commands that close the service for a while and open it again; every process that serves notices within a second."""

import argparse
from datetime import datetime

from meyasubako.cli.commands import Commands
from meyasubako.cli.installation import Arguments, settings_of_environment
from meyasubako.core import dates
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.edge import closing
from meyasubako.edge.closing import Closing


def add(commands: Commands) -> None:
    """Add the commands of this module."""
    close = commands.add(
        "close",
        _close,
        "受付をいったん止めます",
        "動いている serve が1秒以内に気づき、ほかの送り方（電話、郵便、メール）を示します。"
        "職員の画面と、状況を確かめる画面は開いたままです。"
        "\n例: meyasubako close --until 2026-12-01T09:00 --message 'サーバーの入れ替えのため、受付を止めています。'",
    )
    close.add_argument(
        "--until",
        type=_instant,
        metavar="日時",
        help="この日時（日本の時刻）に、ひとりでに開きます。無ければ open するまで止めます",
    )
    close.add_argument("--message", default="", metavar="文", help="画面に出す文")
    close.add_argument("--all", action="store_true", help="職員の画面も、状況を確かめる画面も止めます")
    commands.add("open", _open, "止めていた受付を、また始めます")


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"「{text}」は日時ではありません。2026-12-01T09:00 のように書いてください。"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=dates.JAPAN)


def _close(arguments: Arguments) -> int:
    if arguments.until is not None and arguments.until <= dates.now():
        raise InvalidInput(FieldError("until", "開く日時には、これからの日時を書いてください。"))
    wanted = Closing(arguments.until, arguments.message.strip(), arguments.all)
    closing.close(settings_of_environment().data, wanted)
    until = f"{dates.instant_text(arguments.until)}まで" if arguments.until else "open を実行するまで"
    print(f"{until}、{'すべての画面' if arguments.all else '受付'}を止めます。")
    return 0


def _open(_: Arguments) -> int:
    was_closed = closing.reopen(settings_of_environment().data)
    print("受付を始めました。" if was_closed else "受付は止まっていません。")
    return 0
