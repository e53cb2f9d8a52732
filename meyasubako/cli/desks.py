"""Commands for desk files and what is made from them: check, apply, list, files, form."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path

from sqlalchemy.orm import Session

from meyasubako.casework import desks, papers, reply_templates
from meyasubako.casework.desks import Amended
from meyasubako.cli.commands import Commands, print_mistakes
from meyasubako.cli.installation import Arguments, Installation, with_installation
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Change, Desk, DeskFileError, as_file, parse_desk
from meyasubako.core.errors import NotAllowed, NotFound
from meyasubako.edge.print import qr_code, to_pdf


def add(commands: Commands) -> None:
    """Add the commands of this module."""
    command = commands.add("desks", _list, "窓口の定義ファイルを調べ、使い始めます")
    actions = command.add_subparsers(title="しごと", metavar="しごと")
    for name, run, text in (
        ("check", _check, "定義ファイルの間違いを、行と項目の名前で示します"),
        ("apply", _apply, "定義ファイルを使い始めます。使われている記号は、消さずに「廃止」にします"),
        ("list", _list, "いまある窓口を並べます"),
        ("show", _show, "職員の画面で改めたことと、開庁日などのいまの決まりを示します"),
        ("export", _export, "いまの窓口を定義ファイルの形で書き出します。画面で改めたことも入ります"),
        ("files", _files, "付属の定義ファイルの場所を並べます。写して手本にします"),
        ("form", _form, "手で書いて送る用紙（PDF）を書き出します"),
    ):
        action = actions.add_parser(name, help=text, description=f"{text}。")
        action.set_defaults(run=run)
        if run in {_check, _apply}:
            action.add_argument("files", nargs="+", metavar="ファイル", help="定義ファイル（.toml）")
        if run in {_show, _export, _form}:
            action.add_argument("desk", metavar="窓口", help="窓口の記号（desks list の1列め）")
        if run is _form:
            action.add_argument(
                "--output", required=True, metavar="ファイル", help="書き出すファイル（.pdf）"
            )


def _read_desk(name: str) -> Desk:
    try:
        written = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise NotFound(f"{name} を UTF-8 の文字として読めません。") from None
    return parse_desk(written, source=name)


def _check(arguments: Arguments) -> int:
    has_mistakes = False
    for name in arguments.files:
        try:
            desk = _read_desk(name)
        except DeskFileError as refused:
            has_mistakes = True
            print_mistakes(refused, name)
        else:
            print(f"{name}: 間違いはありません（{desk.name}）。")
    return int(has_mistakes)


def _apply(arguments: Arguments) -> int:
    definitions = []
    for name in arguments.files:
        try:
            definitions.append(_read_desk(name))
        except DeskFileError as refused:
            print_mistakes(refused, name)
    if len(definitions) < len(arguments.files):
        return 1

    async def run(installation: Installation) -> int:
        for desk in definitions:
            taken = await installation.database.write(
                lambda session, desk=desk: _take_into_use(session, desk, at=dates.now())
            )
            print(f"{desk.name}（{desk.code}）")
            for change in taken.changes:
                print(f"  {change.text}")
            if taken.adopted:
                print(f"  定型文を{taken.adopted}個入れました。このあとは、職員の画面で直します。")
            if not taken.changes and not taken.adopted:
                print("  変わったところはありません。")
            _print_amended("職員の画面で改めたことは、そのまま残しました。", taken.kept)
            _print_amended(
                "職員の画面で改めたことのうち、ファイルと同じになったか、対象がなくなったもの。", taken.ended
            )
        return 0

    return with_installation(run)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What taking a file into use did: to the desk, to its templates, and to what its pages changed over the file."""

    changes: tuple[Change, ...]
    adopted: int
    kept: tuple[Amended, ...]
    ended: tuple[Amended, ...]


def _take_into_use(session: Session, desk: Desk, *, at: datetime) -> _Taken:
    known = {applied.code: applied.id for applied in desks.every(session)}
    before = desks.amendments(session, known[desk.code]) if desk.code in known else ()
    changes = desks.apply(session, desk, at=at)
    applied = desks.find(session, desk.code)
    kept = desks.amendments(session, applied.id)
    ids = {each.id for each in kept}
    return _Taken(
        changes,
        reply_templates.adopt(session, applied, at=at),
        kept,
        tuple(each for each in before if each.id not in ids),
    )


def _print_amended(heading: str, amended: Iterable[Amended]) -> None:
    for number, each in enumerate(amended):
        if not number:
            print(f"  {heading}")
        print(f"    {dates.wareki(dates.japan_day(each.at))}　{each.by}　{each.text}")


def _show(arguments: Arguments) -> int:
    def unit(session: Session) -> tuple[AppliedDesk, tuple[Amended, ...]]:
        applied = desks.find(session, arguments.desk)
        return applied, desks.amendments(session, applied.id)

    async def look(installation: Installation) -> tuple[AppliedDesk, tuple[Amended, ...]]:
        return await installation.database.read(unit)

    applied, amended = with_installation(look)
    print(f"{applied.desk.name}（{applied.code}）　{applied.revision}回めの定義")
    _print_amended("職員の画面で改めたこと", amended)
    if not amended:
        print("  職員の画面で改めたことはありません。")
    for closed in applied.desk.closed_days:
        print(f"  休み　{dates.wareki(closed.on)}　{closed.reason}")
    return 0


def _export(arguments: Arguments) -> int:
    async def look(installation: Installation) -> Desk:
        return (await installation.database.read(lambda session: desks.find(session, arguments.desk))).desk

    print(as_file(with_installation(look)), end="")
    return 0


def _list(_: Arguments) -> int:
    async def run(installation: Installation) -> int:
        for applied in await installation.database.read(desks.every):
            print(f"{applied.code}\t{applied.desk.name}\t{applied.desk.office}")
        return 0

    return with_installation(run)


def _files(_: Arguments) -> int:
    for file in sorted(resources.files("meyasubako.desks").iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            print(file)
    return 0


def _form(arguments: Arguments) -> int:
    async def look(installation: Installation) -> tuple[Desk, str]:
        applied = await installation.database.read(lambda session: desks.find(session, arguments.desk))
        return applied.desk, f"{installation.settings.public_url}/desks/{applied.code}/new"

    desk, address = with_installation(look)
    content = to_pdf("form", {**asdict(papers.sheet(desk, address)), "qr": qr_code(address)})
    try:
        Path(arguments.output).write_bytes(content)
    except OSError:
        raise NotAllowed(f"{arguments.output} に書き出せません。") from None
    print(f"{desk.name}の用紙を {arguments.output} に書き出しました（QRコードの行き先 {address}）。")
    return 0
