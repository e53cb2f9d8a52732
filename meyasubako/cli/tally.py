"""The command that prints a tally or closes a month."""

import argparse
import sys
from datetime import date

from meyasubako.casework import desks, tallies
from meyasubako.cli.commands import Commands
from meyasubako.cli.installation import Arguments, Installation, with_installation
from meyasubako.core import dates
from meyasubako.core.errors import InvalidInput
from meyasubako.core.policy import SYSTEM


def add(commands: Commands) -> None:
    """Add the command of this module."""
    tally = commands.add(
        "tally",
        _tally,
        "月ごとの集計を出します",
        "\n例: meyasubako tally mie-dx-center --from 2021-09 --to 2022-05 --as-of 2022-05-31 --format csv",
    )
    tally.add_argument("desk", metavar="窓口", help="窓口の記号")
    tally.add_argument(
        "--from", dest="first", type=_month, metavar="月", help="初めの月。2022-05 か 令和4年5月 のように"
    )
    tally.add_argument("--to", dest="last", type=_month, metavar="月", help="終わりの月")
    tally.add_argument(
        "--as-of",
        type=_day,
        metavar="日付",
        help="この日の終わりに分かっていたとおりに数えます。2022-05-31 のように",
    )
    tally.add_argument("--format", choices=("csv", "json"), default="csv", help="形（既定 %(default)s）")
    tally.add_argument(
        "--close",
        type=_month,
        metavar="月",
        help="集計を出さずに、この月を締めて確定値にします。元に戻せません",
    )


def _month(text: str) -> dates.Month:
    try:
        return dates.read_month(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"「{text}」は月ではありません。2022-05 のように書いてください。"
        ) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"「{text}」は日付ではありません。2022-05-31 のように書いてください。"
        ) from None


def _tally(arguments: Arguments) -> int:
    async def close(installation: Installation) -> int:
        await installation.database.write(
            lambda session: tallies.close_month(
                session, desks.find(session, arguments.desk), arguments.close, by=SYSTEM, at=dates.now()
            )
        )
        print(
            f"{dates.wareki_month(arguments.close)}を締めました。これからの訂正は、開いている月に入ります。"
        )
        return 0

    async def show(installation: Installation) -> int:
        if arguments.first is None or arguments.last is None:
            raise InvalidInput(tallies.missing_range())
        as_of = dates.end_of_day(arguments.as_of) if arguments.as_of else None
        found = await installation.database.read(
            lambda session: tallies.tally(
                session,
                desks.find(session, arguments.desk),
                first=arguments.first,
                last=arguments.last,
                as_of=as_of,
            )
        )
        write = tallies.to_csv if arguments.format == "csv" else tallies.to_json
        sys.stdout.buffer.write(write(found, counted_on=dates.japan_day(dates.now())).encode("utf-8"))
        return 0

    return with_installation(close if arguments.close is not None else show)
