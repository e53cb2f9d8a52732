"""Commands for indicators: take a file into use, write them to a file, list them, show the files that come along."""

import argparse
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from meyasubako.casework import desks, indicators
from meyasubako.casework.indicators import Loaded, Table
from meyasubako.cli.commands import Commands, print_mistakes
from meyasubako.cli.installation import Arguments, Installation, with_installation
from meyasubako.core import dates, sheets
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import DeskFileError
from meyasubako.core.errors import NotAllowed, NotFound
from meyasubako.core.indicators import as_file, parse_indicators
from meyasubako.core.policy import SYSTEM, Actor
from meyasubako.core.vocabulary import Role
from meyasubako.edge.workbook import Workbook

FORMS = {"toml", "csv", "xlsx"}


def add(commands: Commands) -> None:
    """Add the commands of this module."""
    command = commands.add("indicators", _list, "指標（計画の目標と実績）を取り入れ、書き出し、並べます")
    actions = command.add_subparsers(title="しごと", metavar="しごと", required=True)
    for name, run, text in (
        ("load", _load, "指標のファイル（.toml）を取り入れます。前の値は履歴に残ります"),
        ("export", _export, "指標をファイル（.toml、.csv、.xlsx）に書き出します"),
        ("list", _list, "指標の、ある年度の目標と実績を並べます"),
        ("files", _files, "付属の指標のファイルの場所を並べます。写して手本にします"),
    ):
        action: argparse.ArgumentParser = actions.add_parser(name, help=text, description=f"{text}。")
        action.set_defaults(run=run)
        if run is not _files:
            action.add_argument("desk", metavar="窓口", help="窓口の記号（desks list の1列め）")
        if run in {_load, _export}:
            action.add_argument("file", metavar="ファイル", help="指標のファイル")
        if run is _list:
            action.add_argument(
                "--year", type=_year, metavar="年度", help="R8、2026 のように。無ければ今年度"
            )


def _year(text: str) -> int:
    try:
        return dates.read_fiscal_year(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"「{text}」は年度ではありません。R8 や 2026 のように書いてください。"
        ) from None


def _keeper(applied: AppliedDesk) -> Actor:
    """Whoever can use the command line may keep the indicators of any desk."""
    return replace(SYSTEM, name="ファイル", roles={applied.id: Role.ADMIN})


def _load(arguments: Arguments) -> int:
    try:
        written = Path(arguments.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise NotFound(f"{arguments.file} を UTF-8 の文字として読めません。") from None
    try:
        filed = parse_indicators(written, source=arguments.file)
    except DeskFileError as refused:
        print_mistakes(refused, arguments.file)
        return 1

    async def run(installation: Installation) -> Loaded:
        def unit(session: Any) -> Loaded:
            applied = desks.find(session, arguments.desk)
            return indicators.load(session, applied, filed, by=_keeper(applied), at=dates.now())

        return await installation.database.write(unit)

    done = with_installation(run)
    if done.did_anything:
        print(f"指標を{done.added}個加え、{done.changed}個を改め、{done.years}年度分の値を入れました。")
    else:
        print("変わったところはありません。")
    return 0


def _export(arguments: Arguments) -> int:
    path = Path(arguments.file)
    form = path.suffix.lstrip(".")
    if form not in FORMS:
        raise NotAllowed("ファイルの名前は、.toml か .csv か .xlsx で終わらせてください。")

    async def run(installation: Installation) -> tuple[str, Table]:
        def unit(session: Any) -> tuple[str, Table]:
            applied = desks.find(session, arguments.desk)
            written = as_file(indicators.as_filed(session, applied.id))
            return written, indicators.all_years(session, applied, at=dates.now())

        return await installation.database.read(unit)

    written, table = with_installation(run)
    rows = indicators.rows(table)
    try:
        if form == "toml":
            path.write_text(written, encoding="utf-8")
        elif form == "csv":
            head = sheets.csv_head(indicators.COLUMNS)
            path.write_text(head + sheets.csv_lines(rows), encoding="utf-8", newline="")
        else:
            book = Workbook(path, "指標", indicators.COLUMNS)
            book.add(rows)
            book.close()
    except OSError:
        raise NotAllowed(f"{arguments.file} に書き出せません。") from None
    print(f"{len(table.lines)}個の指標を {arguments.file} に書き出しました。")
    return 0


def _list(arguments: Arguments) -> int:
    now = dates.now()
    year = arguments.year if arguments.year is not None else dates.fiscal_year(dates.month_of(now))

    async def run(installation: Installation) -> Table:
        def unit(session: Any) -> Table:
            return indicators.of_year(session, desks.find(session, arguments.desk), year, at=now)

        return await installation.database.read(unit)

    for line in with_installation(run).lines:
        [each] = line.figures
        unit = line.definition.unit
        target = each.target.shown(unit) if each.target else "－"
        actual = each.actual.shown(unit) if each.actual else "－"
        print(f"{line.code}\t{line.definition.label}\t{target}\t{actual}\t{each.verdict.label}")
    return 0


def _files(_: Arguments) -> int:
    folder = resources.files("meyasubako.demo") / "indicators"
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            print(file)
    return 0
