"""Commands for the directory: list it, write it to a file, take a file in after its changes were looked at."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from meyasubako.casework import desks, directory
from meyasubako.casework.directory import Fate, Plan
from meyasubako.cli.commands import Commands
from meyasubako.cli.installation import Arguments, Installation, with_installation
from meyasubako.core import dates, sheets
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import NotAllowed, NotFound
from meyasubako.core.policy import SYSTEM, Actor
from meyasubako.core.vocabulary import Role
from meyasubako.edge import tables
from meyasubako.edge.files.unfit import Unfit
from meyasubako.edge.tables import Row
from meyasubako.edge.workbook import Workbook

FATES = {Fate.NEW: "新しい", Fate.CHANGED: "変わる", Fate.REFUSED: "取り入れない"}


def add(commands: Commands) -> None:
    """Add the commands of this module."""
    command = commands.add("directory", _list, "名簿を並べ、書き出し、取り入れます")
    actions = command.add_subparsers(title="しごと", metavar="しごと", required=True)
    for name, run, text in (
        ("list", _list, "名簿の人を並べます"),
        ("export", _export, "名簿をファイル（.csv か .xlsx）に書き出します"),
        ("import", _import, "ファイルから変わるところを示します。--yes を付けると取り入れます"),
    ):
        action: argparse.ArgumentParser = actions.add_parser(name, help=text, description=f"{text}。")
        action.set_defaults(run=run)
        action.add_argument("desk", metavar="窓口", help="窓口の記号（desks list の1列め）")
        if run is not _list:
            action.add_argument("file", metavar="ファイル", help="名簿のファイル（.csv か .xlsx）")
        if run is _import:
            action.add_argument("--yes", action="store_true", help="示したとおりに取り入れます")


def _keeper(applied: AppliedDesk) -> Actor:
    """Whoever can use the command line may keep the directory of any desk."""
    return replace(SYSTEM, roles={applied.id: Role.ADMIN})


def _list(arguments: Arguments) -> int:
    async def run(installation: Installation) -> int:
        def unit(session: Any) -> list[directory.Listed]:
            return directory.entries(session, desks.find(session, arguments.desk).id)

        for each in await installation.database.read(unit):
            entry = each.entry
            state = "" if each.can_be_offered else "打診できない"
            print(f"{each.id}\t{entry.kind.label}\t{entry.name}\t{entry.position}\t{state}")
        return 0

    return with_installation(run)


def _export(arguments: Arguments) -> int:
    form = Path(arguments.file).suffix.lstrip(".")
    if form not in {"csv", "xlsx"}:
        raise NotAllowed("ファイルの名前は、.csv か .xlsx で終わらせてください。")

    async def run(installation: Installation) -> int:
        def unit(session: Any) -> list[tuple[str, ...]]:
            applied = desks.find(session, arguments.desk)
            return directory.take_along(session, applied, form=form, by=_keeper(applied), at=dates.now())

        rows = await installation.database.write(unit)
        _write(arguments.file, form, rows)
        print(f"{len(rows)}件を {arguments.file} に書き出しました。")
        return 0

    return with_installation(run)


def _write(name: str, form: str, rows: list[tuple[str, ...]]) -> None:
    try:
        if form == "xlsx":
            book = Workbook(Path(name), "名簿", directory.COLUMNS)
            book.add(rows)
            book.close()
        else:
            written = sheets.csv_head(directory.COLUMNS) + sheets.csv_lines_to_edit(rows)
            Path(name).write_text(written, encoding="utf-8", newline="")
    except OSError:
        raise NotAllowed(f"{name} に書き出せません。") from None


def _import(arguments: Arguments) -> int:
    lines = _read(arguments.file)

    async def run(installation: Installation) -> int:
        def look(session: Any) -> Plan:
            applied, today = desks.find(session, arguments.desk), dates.japan_day(dates.now())
            listed = directory.entries(session, applied.id)
            return directory.plan(applied.desk, listed, lines, today=today)

        found = await installation.database.read(look)
        for row in found.rows:
            if row.fate in FATES:
                print(f"{row.number}行め\t{FATES[row.fate]}\t{row.name}\t{'／'.join(row.told)}")
        if not found.does_anything:
            print("変わるところはありません。")
        elif not arguments.yes:
            print("まだ取り入れていません。--yes を付けると取り入れます。")
        else:

            def take_in(session: Any) -> Plan:
                applied = desks.find(session, arguments.desk)
                return directory.carry_out(
                    session, applied, lines, seen=found.seen, by=_keeper(applied), at=dates.now()
                )

            done = await installation.database.write(take_in)
            print(f"新しく{len(done.of(Fate.NEW))}件を加え、{len(done.of(Fate.CHANGED))}件を改めました。")
        return int(bool(found.of(Fate.REFUSED)))

    return with_installation(run)


def _read(name: str) -> tuple[Row, ...]:
    path = Path(name)
    try:
        with path.open("rb") as source:
            return tables.read(source, path.stat().st_size, path.name)
    except OSError:
        raise NotFound(f"{name} を読めません。") from None
    except Unfit as error:
        raise NotAllowed(f"{name} は、{error.reason}") from None
