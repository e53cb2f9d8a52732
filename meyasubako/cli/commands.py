"""How a command is added to the command line, and how the mistakes of a desk file are printed."""

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from meyasubako.core.desk import DeskFileError

HEADINGS: Final[Mapping[str, str]] = {"positional arguments": "引数", "options": "オプション"}

MISTAKES: Final[Mapping[str, str]] = {
    r"the following arguments are required: (.+)": r"\1 を書いてください。",
    r"unrecognized arguments: (.+)": r"\1 という引数はありません。",
    r"ambiguous option: (\S+) could match (.+)": r"\1 は、\2 のどれのことか分かりません。",
    r"argument (.+?): invalid choice: (.+) \(choose from (.+)\)": r"\1 に \2 は選べません。\3 のどれかを書いてください。",
    r"argument (.+?): expected .*argument.*": r"\1 のあとに、値を書いてください。",
    r"argument (.+?): not allowed with argument (.+)": r"\1 と \2 は、いっしょに使えません。",
    r"argument (.+?): invalid int value: (.+)": r"\1 の \2 は、数ではありません。",
    r"argument (.+?): ignored explicit argument (.+)": r"\1 に、値（\2）は書けません。",
    r"argument (.+?): (.+)": r"\1：\2",
}
"""What argparse says of a command line it cannot read, and how we say it."""


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Help with Japanese headings."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: "Iterable[argparse._MutuallyExclusiveGroup]",
        prefix: str | None = None,
    ) -> None:
        """The first line of the help."""
        super().add_usage(usage, actions, groups, "使い方: " if prefix is None else prefix)

    def start_section(self, heading: str | None) -> None:
        """One heading of the help."""
        super().start_section(HEADINGS.get(heading or "", heading))


class Parser(argparse.ArgumentParser):
    """A parser that explains itself in Japanese; so do the parsers of its commands."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", Formatter)
        super().__init__(**options, add_help=False)
        self.add_argument("-h", "--help", action="help", help="この説明を出します")

    def error(self, message: str) -> NoReturn:
        """Refuse the command line, with how it is to be written."""
        self.print_usage(sys.stderr)
        matches = ((re.fullmatch(pattern, message), said) for pattern, said in MISTAKES.items())
        says = next((match.expand(said) for match, said in matches if match), message)
        self.exit(2, f"{self.prog}: {says}\n")


@dataclass(frozen=True, slots=True)
class Commands:
    """The commands of the command line."""

    parsers: "argparse._SubParsersAction[Parser]"

    def add(
        self, name: str, run: Callable[[argparse.Namespace], int], text: str, more: str = ""
    ) -> argparse.ArgumentParser:
        """Add a command; `text` stands in the list of commands, `more` follows it in its own help."""
        command = self.parsers.add_parser(name, help=text, description=f"{text}。{more}")
        command.set_defaults(run=run)
        return command


def print_mistakes(refused: DeskFileError, source: str) -> None:
    """One line a mistake: file, line, key and what to do."""
    for mistake in refused.mistakes:
        print(f"{source}:{mistake.line}: {mistake.key}: {mistake.message}", file=sys.stderr)
