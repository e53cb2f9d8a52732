"""The command that prints a tally, closes a month, or looks after the sums kept beside the ledger."""

import argparse
import sys
from datetime import date

from meyasubako import summing
from meyasubako.casework import desks, tallies
from meyasubako.casework.tallies import Reasons, Untriaged
from meyasubako.cli import tally_printing
from meyasubako.cli.commands import Commands
from meyasubako.cli.installation import Arguments, Installation, with_installation
from meyasubako.core import dates
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.numbers import things
from meyasubako.core.policy import SYSTEM


def add(commands: Commands) -> None:
    """Add the command of this module."""
    tally = commands.add(
        "tally",
        _tally,
        "月ごとの集計を出します",
        "\n例: meyasubako tally mie-dx-center --form monthly --month 2022-05 --as-of 2022-05-31 --format csv"
        "\n--form を書かなければ、区分ごとの数字を --from から --to まで月ごとに出します（csv か json）。"
        "\n窓口の記号の代わりに、次のどちらかも書けます。ふだんは要りません。"
        "\n  rebuild  速く出すためにとってある合計を、すべての窓口で作り直します。数字は、そのあいだも正しく出ます"
        "\n  verify   とってある合計を台帳と比べ、違うところを出します。違いがあれば、終わりの値は 1 です",
    )
    tally.add_argument("desk", metavar="窓口|rebuild|verify", help="窓口の記号か、すること")
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
    tally.add_argument(
        "--format",
        choices=tally_printing.FORMATS,
        default="csv",
        help="形（既定 %(default)s）。csv は1行に1つの数字、cross.csv は印刷の表のとおり",
    )
    tally_printing.add_arguments(tally, _month)
    tally.add_argument(
        "--close",
        type=_month,
        metavar="月",
        help="集計を出さずに、この月を締めて確定値にします。元に戻せません",
    )
    tally.add_argument(
        "--reason",
        metavar="理由",
        help="--close で、まだ振り分けていない案件を残して締める理由。記録に残ります",
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
        month, reason = arguments.close, (arguments.reason or "").strip()
        if not reason:
            left = await installation.database.read(
                lambda session: tallies.untriaged(session, desks.find(session, arguments.desk), month)
            )
            if left.number:
                _tell_untriaged(left, month)
                return 1
        await installation.database.write(
            lambda session: tallies.close_month(
                session,
                desks.find(session, arguments.desk),
                month,
                by=SYSTEM,
                at=dates.now(),
                reasons=Reasons(reason),
            )
        )
        print(
            f"{dates.wareki_month(arguments.close)}を締めました。これからの訂正は、開いている月に入ります。"
        )
        return 0

    async def show(installation: Installation) -> int:
        if arguments.format not in {"csv", "json"}:
            message = f"{arguments.format} で出すには、--form で様式を選んでください。"
            raise InvalidInput(FieldError("format", message))
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

    if run := {"rebuild": _rebuild, "verify": _verify}.get(arguments.desk):
        return with_installation(run)
    if arguments.form and arguments.close is None:
        return tally_printing.print_form(arguments)
    return with_installation(close if arguments.close is not None else show)


def _tell_untriaged(left: Untriaged, month: dates.Month) -> None:
    """Say which cases stand in the way of closing a month."""
    for line in left.oldest:
        received_on = dates.day_text(dates.japan_day(line.received_at))
        print(f"{line.number}\t{received_on}\t{line.status.label}\t{line.title}", file=sys.stderr)
    if left.number > len(left.oldest):
        print(f"ほか{left.number - len(left.oldest):,}件", file=sys.stderr)
    print(
        f"{dates.wareki_month(month)}までに受け付けて、まだ振り分けていない案件が{left.number:,}件あります。"
        "先に振り分けるか、残す理由を --reason に書いてください。",
        file=sys.stderr,
    )


async def _rebuild(installation: Installation) -> int:
    total = await summing.rebuild(installation.database)
    print(f"台帳の{total:,}行から、集計の合計を作り直しました。")
    return 0


async def _verify(installation: Installation) -> int:
    total, differences = await summing.verify(installation.database)
    for each in differences:
        print(each)
    if differences:
        print(
            f"合計に違いが{len(differences):,}か所あります。meyasubako tally rebuild で作り直せます。",
            file=sys.stderr,
        )
        return 1
    print(f"{things(total)}の窓口の合計に、違いはありません。")
    return 0
