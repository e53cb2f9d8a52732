"""Every command of the service. Each explains itself with --help."""

import sys
from collections.abc import Sequence

from meyasubako import __version__
from meyasubako.cli import desks, door, mail, search, service, staff, tally
from meyasubako.cli.commands import Commands, Parser
from meyasubako.core.errors import DeskError
from meyasubako.core.settings import DESCRIPTIONS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, or 1 with a sentence on standard error."""
    parsed = _parser().parse_args(arguments)
    try:
        return parsed.run(parsed)
    except DeskError as refused:
        print(f"meyasubako: {refused.message}", file=sys.stderr)
    except (BrokenPipeError, KeyboardInterrupt):
        return 130
    return 1


def _parser() -> Parser:
    settings = "\n".join(f"  {name}\n      {meaning}。" for name, meaning in DESCRIPTIONS.items())
    parser = Parser(
        prog="meyasubako",
        description="県が声を聞き、助ける窓口（目安箱・相談窓口）を動かします。",
        epilog=f"設定（環境変数）:\n{settings}\n\nはじめは migrate、desks apply、staff add、serve の順に使います。"
        "試すだけなら migrate、demo、serve です。",
    )
    parser.add_argument(
        "--version", action="version", version=f"meyasubako {__version__}", help="この版の番号を出します"
    )
    commands = Commands(parser.add_subparsers(title="コマンド", required=True, metavar="コマンド"))
    for part in (service, mail, door, desks, staff, tally, search):
        part.add(commands)
    return parser
