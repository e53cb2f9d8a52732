"""How a command is added to the command line, and how the mistakes of a desk file are printed."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

from meyasubako.core.desk import DeskFileError


@dataclass(frozen=True, slots=True)
class Commands:
    """The commands of the command line."""

    parsers: "argparse._SubParsersAction[argparse.ArgumentParser]"

    def add(
        self, name: str, run: Callable[[argparse.Namespace], int], text: str, more: str = ""
    ) -> argparse.ArgumentParser:
        """Add a command; `text` stands in the list of commands, `more` follows it in its own help."""
        command = self.parsers.add_parser(
            name,
            help=text,
            description=f"{text}。{more}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(run=run)
        return command


def print_mistakes(refused: DeskFileError, source: str) -> None:
    """One line a mistake: file, line, key and what to do."""
    for mistake in refused.mistakes:
        print(f"{source}:{mistake.line}: {mistake.key}: {mistake.message}", file=sys.stderr)
