"""Commands for the forms (様式) of statistical tables: list them, write them to a file, take a file into use."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from meyasubako.casework import desks, tallies
from meyasubako.casework.tallies import KnownForm, LoadedForms
from meyasubako.cli.commands import Commands, print_mistakes
from meyasubako.cli.installation import Arguments, Installation, with_installation
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import DeskFileError
from meyasubako.core.errors import NotAllowed, NotFound
from meyasubako.core.numbers import things
from meyasubako.core.policy import SYSTEM, Actor
from meyasubako.core.tabulation.reading import as_file, parse_forms
from meyasubako.core.vocabulary import Role


def add(commands: Commands) -> None:
    """Add the commands of this module."""
    command = commands.add("tally-forms", _list, "集計の様式を並べ、書き出し、取り入れます")
    actions = command.add_subparsers(title="しごと", metavar="しごと", required=True)
    for name, run, text in (
        ("list", _list, "窓口で使える様式を並べます"),
        ("export", _export, "様式をファイル（.toml）に書き出します"),
        ("load", _load, "様式のファイル（.toml）を取り入れます。ファイルにない様式は、そのまま残ります"),
    ):
        action: argparse.ArgumentParser = actions.add_parser(name, help=text, description=f"{text}。")
        action.set_defaults(run=run)
        action.add_argument("desk", metavar="窓口", help="窓口の記号（desks list の1列め）")
        if run is not _list:
            action.add_argument("file", metavar="ファイル", help="様式のファイル")
        if run is _export:
            action.add_argument(
                "--form",
                metavar="様式",
                help="この記号の様式だけ。はじめからある様式も書き出せます。無ければ、窓口で作った様式のすべて",
            )


def _list(arguments: Arguments) -> int:
    for known in _known(arguments.desk):
        kind = "はじめから" if known.is_ready_made else "窓口で作った様式"
        print(f"{known.form.code}\t{known.form.title}\t{known.form.reach.label}\t{kind}")
    return 0


def _export(arguments: Arguments) -> int:
    known = _known(arguments.desk)
    if arguments.form:
        known = tuple(each for each in known if each.form.code == arguments.form)
    else:
        known = tuple(each for each in known if not each.is_ready_made)
    if not known:
        raise NotFound("書き出す様式がありません。")
    try:
        Path(arguments.file).write_text(as_file(each.form for each in known), encoding="utf-8")
    except OSError:
        raise NotAllowed(f"{arguments.file} に書き出せません。") from None
    print(f"{things(len(known))}の様式を {arguments.file} に書き出しました。")
    return 0


def _load(arguments: Arguments) -> int:
    try:
        written = Path(arguments.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise NotFound(f"{arguments.file} を UTF-8 の文字として読めません。") from None
    try:
        forms = parse_forms(written, source=arguments.file)
    except DeskFileError as refused:
        print_mistakes(refused, arguments.file)
        return 1

    async def run(installation: Installation) -> LoadedForms:
        def unit(session: Any) -> LoadedForms:
            applied = desks.find(session, arguments.desk)
            return tallies.load_forms(session, applied, forms, by=_keeper(applied), at=dates.now())

        return await installation.database.write(unit)

    done = with_installation(run)
    if done.added or done.changed:
        print(f"様式を{things(done.added)}加え、{things(done.changed)}を改めました。")
    else:
        print("変わったところはありません。")
    return 0


def _known(desk: str) -> tuple[KnownForm, ...]:
    async def run(installation: Installation) -> tuple[KnownForm, ...]:
        return await installation.database.read(
            lambda session: tallies.forms_of(session, desks.find(session, desk))
        )

    return with_installation(run)


def _keeper(applied: AppliedDesk) -> Actor:
    """Whoever can use the command line may keep the forms of any desk."""
    return replace(SYSTEM, name="ファイル", roles={applied.id: Role.ADMIN})
