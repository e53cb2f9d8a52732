"""Every command of the service. Each explains itself with --help."""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final

from meyasubako import __version__
from meyasubako.cli.commands import Commands, Parser
from meyasubako.core.errors import DeskError, Unavailable
from meyasubako.core.settings import DESCRIPTIONS

PARTS: Final[Mapping[str, str]] = {
    "serve": "serving",
    **dict.fromkeys(("migrate", "demo", "deliver"), "service"),
    "mail-in": "mail",
    **dict.fromkeys(("close", "open"), "door"),
    "desks": "desks",
    "staff": "staff",
    "directory": "directory",
    "tally": "tally",
    "tally-forms": "tally_forms",
    "indicators": "indicators",
    "search": "search",
    "verify": "verify",
    "doctor": "doctor",
    **dict.fromkeys(("backup", "restore"), "backup"),
    "move": "move",
    "suggestions": "suggestions",
    "chat": "chat",
}
"""The module of each command. Only the one that is asked for is loaded: mail servers begin one for each mail."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, or 1 with a sentence on standard error."""
    typed = sys.argv[1:] if arguments is None else arguments
    parsed = parser(typed[0] if typed else "").parse_args(typed)
    try:
        return parsed.run(parsed)
    except DeskError as refused:
        reason = refused.reason if isinstance(refused, Unavailable) else ""
        print(f"meyasubako: {reason or refused.message}", file=sys.stderr)
    except (BrokenPipeError, KeyboardInterrupt):
        return 130
    return 1


def parser(command: str = "") -> Parser:
    """The parser of one command, or of all of them for what names none."""
    settings = "\n".join(f"  {name}\n      {meaning}。" for name, meaning in DESCRIPTIONS.items())
    found = Parser(
        prog="meyasubako",
        description="県が声を聞き、助ける窓口（目安箱・相談窓口）を動かします。",
        epilog=f"設定（環境変数）:\n{settings}\n\nはじめは migrate、desks apply、staff add、serve の順に使います。"
        "試すだけなら migrate、demo、serve です。",
    )
    found.add_argument(
        "--version", action="version", version=f"meyasubako {__version__}", help="この版の番号を出します"
    )
    commands = Commands(found.add_subparsers(title="コマンド", required=True, metavar="コマンド"))
    for part in dict.fromkeys([PARTS[command]] if command in PARTS else PARTS.values()):
        import_module(f"{__name__}.{part}").add(commands)
    return found
