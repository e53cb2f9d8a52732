"""A form (様式) from the command line: set out for a month, a quarter, a year or a range, and written in the form wanted."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from meyasubako.casework import desks, tallies
from meyasubako.cli.installation import Arguments, Installation, with_installation
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.tabulation import Tabulation, Term, to_cross_csv, to_json, to_tidy_csv
from meyasubako.edge import workbook
from meyasubako.edge.print.report import report

WORKBOOK: Final = "xlsx"
PAPER: Final = "pdf"
WRITERS: Final[Mapping[str, Callable[[Tabulation, Sequence[Term]], str]]] = {
    "csv": lambda tabulation, _: to_tidy_csv(tabulation),
    "cross.csv": lambda tabulation, _: to_cross_csv(tabulation),
    "json": to_json,
}
FORMATS: Final = (*WRITERS, WORKBOOK, PAPER)


def add_arguments(command: argparse.ArgumentParser, month: Callable[[str], dates.Month]) -> None:
    """What says which form is wanted of which months, and where to."""
    command.add_argument(
        "--form", metavar="様式", help="この様式で出します。記号は tally-forms list の1列め（monthly など）"
    )
    command.add_argument(
        "--month",
        type=month,
        metavar="月",
        help="--form を出す月。四半期や年度の様式なら、その月の入る四半期や年度",
    )
    command.add_argument(
        "--output", metavar="ファイル", help="--form をこのファイルに書きます。xlsx と pdf には必要です"
    )


def print_form(arguments: Arguments) -> int:
    """Write a form to a file or to standard output. Raises NotFound, InvalidInput, WrongState, NotAllowed."""
    when = _when(arguments)
    if arguments.format in {WORKBOOK, PAPER} and not arguments.output:
        raise InvalidInput(FieldError("output", "ExcelとPDFのファイルは、--output で名前を決めてください。"))

    def unit(session: Any) -> tuple[Tabulation, tuple[Term, ...]]:
        applied = desks.find(session, arguments.desk)
        known = _form(session, applied, arguments.form)
        if known.problem:
            raise WrongState(known.problem)
        today = dates.japan_day(dates.now())
        found = tallies.set_out(session, applied, known.form, when, as_of=arguments.as_of, counted_on=today)
        return found, tallies.terms_of(applied.desk, known.form)

    async def run(installation: Installation) -> tuple[Tabulation, tuple[Term, ...]]:
        return await installation.database.read(unit)

    tabulation, terms = with_installation(run)
    if arguments.format == WORKBOOK:
        made = workbook.write_tabulation(tabulation, terms)
        content = made.read_bytes()
        made.unlink()
    elif arguments.format == PAPER:
        content = report(tabulation, terms)
    else:
        content = WRITERS[arguments.format](tabulation, terms).encode("utf-8")
    if not arguments.output:
        sys.stdout.buffer.write(content)
        return 0
    try:
        Path(arguments.output).write_bytes(content)
    except OSError:
        raise NotAllowed(f"{arguments.output} に書き出せません。") from None
    print(
        f"{tabulation.title}（{tabulation.span}、{tabulation.state_label}）を {arguments.output} に書きました。"
    )
    return 0


def _form(session: Any, applied: AppliedDesk, code: str) -> tallies.KnownForm:
    try:
        return tallies.find_form(session, applied, code)
    except NotFound:
        listed = f"meyasubako tally-forms list {applied.code}"
        raise NotFound(f"様式「{code}」はありません。記号は、{listed} の1列めにあります。") from None


def _when(arguments: Arguments) -> tallies.When:
    if arguments.month is not None:
        return arguments.month
    if arguments.first is None or arguments.last is None:
        message = (
            "出す月（--month）か、初めと終わりの月（--from と --to）を、2026-06 のような形で書いてください。"
        )
        raise InvalidInput(FieldError("month", message))
    return arguments.first, arguments.last
