"""Every command of the service. Each explains itself with --help."""

import argparse
import asyncio
import gc
import getpass
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import TypeVar

import uvicorn

from meyasubako import app, worker
from meyasubako.casework import accounts, desks, tallies
from meyasubako.core import dates, log, places
from meyasubako.core.codes import Keys
from meyasubako.core.desk import Desk, DeskFileError, parse_desk
from meyasubako.core.errors import DeskError, InvalidInput, NotFound, WrongSetting, WrongState
from meyasubako.core.policy import SYSTEM
from meyasubako.core.settings import DESCRIPTIONS, Settings, read_settings
from meyasubako.core.vocabulary import Role
from meyasubako.demo import build as demo
from meyasubako.edge.keyfile import open_keys
from meyasubako.store import migrations
from meyasubako.store.database import Database

Arguments = argparse.Namespace
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Installation:
    """What a command works on."""

    settings: Settings
    database: Database
    keys: Keys


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, or 1 with a sentence on standard error."""
    parsed = _parser().parse_args(arguments)
    try:
        return parsed.run(parsed)
    except DeskFileError as refused:
        for mistake in refused.mistakes:
            print(f"{parsed.reading}:{mistake.line}: {mistake.key}: {mistake.message}", file=sys.stderr)
    except DeskError as refused:
        print(f"meyasubako: {refused.message}", file=sys.stderr)
    except (BrokenPipeError, KeyboardInterrupt):
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    settings = "\n".join(f"  {name}\n      {meaning}。" for name, meaning in DESCRIPTIONS.items())
    parser = argparse.ArgumentParser(
        prog="meyasubako",
        description="県が声を聞き、助ける窓口（目安箱・相談窓口）を動かします。",
        epilog=f"設定（環境変数）:\n{settings}\n\nはじめは migrate、desks apply、staff add、serve の順に使います。"
        "試すだけなら migrate、demo、serve です。",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="コマンド")

    def add(name: str, run: Callable[[Arguments], int], text: str, more: str = "") -> argparse.ArgumentParser:
        command = commands.add_parser(
            name,
            help=text,
            description=f"{text}。{more}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(run=run)
        return command

    serve = add(
        "serve",
        _serve,
        "サービスを動かします",
        "止めるには Ctrl+C か SIGTERM。途中の要求を終えてから止まります。",
    )
    serve.add_argument("--host", default="127.0.0.1", help="待ち受けるアドレス（既定 %(default)s）")
    serve.add_argument("--port", type=int, default=8000, help="待ち受ける番号（既定 %(default)s）")
    serve.add_argument(
        "--no-deliver", action="store_true", help="メールの送信を、別に動かす deliver に任せます"
    )
    add(
        "migrate",
        _migrate,
        "データベースを、この版の形にします",
        "何度実行しても同じです。更新のたびに、serve の前に実行します。",
    )
    demo_command = add(
        "demo",
        _demo,
        "試すための窓口、職員、受付300件を入れます",
        "ほかのデータがあるときは、何もせずに断ります。",
    )
    demo_command.add_argument("--password", help="職員のパスワード。無ければ選んで表示します")
    demo_command.add_argument(
        "--if-empty", action="store_true", help="データがあるときは、断らずに何もしません"
    )
    deliver = add("deliver", _deliver, "たまったメールを送ります", "serve が送るので、ふだんは要りません。")
    deliver.add_argument("--watch", action="store_true", help="止めるまで送り続けます")
    _add_desks(add("desks", _desks_list, "窓口の定義ファイルを調べ、使い始めます"))
    _add_staff(add("staff", _staff_list, "職員と役割を決めます"))
    tally = add(
        "tally",
        _tally,
        "月ごとの集計を出します",
        "\n例: meyasubako tally mie-dx-center --from 2021-09 --to 2022-05 --as-of 2022-05-31 --format csv",
    )
    tally.add_argument("desk", help="窓口の記号")
    tally.add_argument("--from", dest="first", type=_month, metavar="YYYY-MM", help="初めの月")
    tally.add_argument("--to", dest="last", type=_month, metavar="YYYY-MM", help="終わりの月")
    tally.add_argument(
        "--as-of", type=_day, metavar="YYYY-MM-DD", help="この日の終わりに分かっていたとおりに数えます"
    )
    tally.add_argument("--format", choices=("csv", "json"), default="csv", help="形（既定 %(default)s）")
    tally.add_argument(
        "--close", type=_month, metavar="YYYY-MM", help="集計を出さずに、この月を締めて確定値にします"
    )
    return parser


def _add_desks(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(metavar="しごと")
    check = actions.add_parser("check", help="定義ファイルの間違いを、行と項目の名前で示します")
    check.add_argument("files", nargs="+", metavar="FILE", help="定義ファイル（.toml）")
    check.set_defaults(run=_desks_check)
    apply = actions.add_parser(
        "apply", help="定義ファイルを使い始めます。使われている記号は、消さずに「廃止」にします"
    )
    apply.add_argument("files", nargs="+", metavar="FILE", help="定義ファイル（.toml）")
    apply.set_defaults(run=_desks_apply)
    actions.add_parser("list", help="いまある窓口を並べます").set_defaults(run=_desks_list)
    actions.add_parser("files", help="付属の定義ファイルの場所を並べます。写して手本にします").set_defaults(
        run=_desks_files
    )


def _add_staff(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(metavar="しごと")
    roles = "、".join(f"{role.value}={role.label}" for role in Role)

    def add(name: str, run: Callable[[Arguments], int], text: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=text, description=f"{text}。")
        action.set_defaults(run=run)
        if run is not _staff_list:
            action.add_argument("login", help="利用者ID")
        return action

    new = add("add", _staff_add, "職員を加えます。パスワードは画面でたずねます")
    new.add_argument("--name", required=True, help="氏名")
    new.add_argument("--role", action="append", default=[], metavar="窓口=役割", help=f"役割。{roles}")
    new.add_argument("--password-stdin", action="store_true", help="パスワードを標準入力の1行目から読みます")
    password = add("password", _staff_password, "パスワードを改めます。入ったままの画面はすべて閉じます")
    password.add_argument(
        "--password-stdin", action="store_true", help="パスワードを標準入力の1行目から読みます"
    )
    grant = add("grant", _staff_grant, "窓口での役割を決めます")
    grant.add_argument("role", metavar="窓口=役割", help=roles)
    revoke = add("revoke", _staff_revoke, "窓口での役割をなくします")
    revoke.add_argument("desk", metavar="窓口")
    add("sign-out", _staff_sign_out, "入ったままの画面をすべて閉じます")
    add("deactivate", _staff_deactivate, "職員が入れないようにします。履歴の名前は残ります")
    add("list", _staff_list, "職員と役割を並べます")


def _month(text: str) -> dates.Month:
    try:
        return dates.parse_month(text)
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


def _settings() -> Settings:
    return read_settings(os.environ)


def _with(work: Callable[[Installation], Awaitable[T]]) -> T:
    """Run `work` on the installation the environment names, its database migrated."""

    async def run() -> T:
        settings = _settings()
        keys = open_keys(settings.secret_file)
        database = Database(settings.database)
        try:
            await _check_migrated(database)
            return await work(Installation(settings, database, keys))
        finally:
            await database.close()

    return asyncio.run(run())


async def _check_migrated(database: Database) -> None:
    has = await database.read(migrations.present)
    if has != migrations.newest(places.migrations_folder()):
        raise WrongState(
            "データベースがこの版の形になっていません。先に meyasubako migrate を実行してください。"
        )


def _serve(arguments: Arguments) -> int:
    settings = _settings()
    log.configure(settings.log_level, sys.stderr)

    async def run(installation: Installation) -> int:
        service = app.create_app(installation.settings, installation.database, installation.keys)
        config = uvicorn.Config(
            service,
            host=arguments.host,
            port=arguments.port,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=15,
        )
        delivering = None
        if not arguments.no_deliver:
            delivering = asyncio.create_task(
                worker.run(installation.database, installation.settings, installation.keys)
            )
        # What the start made lives as long as the process: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        print(f"http://{arguments.host}:{arguments.port} で動いています。止めるには Ctrl+C を押します。")
        try:
            await uvicorn.Server(config).serve()
        finally:
            if delivering:
                delivering.cancel()
                await asyncio.gather(delivering, return_exceptions=True)
        return 0

    return _with(run)


def _migrate(_: Arguments) -> int:
    settings = _settings()
    open_keys(settings.secret_file)
    Path(settings.data).mkdir(parents=True, exist_ok=True)
    migrations.upgrade(places.migrations_folder(), settings.database)
    print("データベースは、この版の形になっています。")
    return 0


def _demo(arguments: Arguments) -> int:
    async def run(installation: Installation) -> int:
        if await installation.database.read(demo.holds_data):
            if arguments.if_empty:
                return 0
            raise WrongState("データベースに、ほかのデータがあります。空のデータベースで試してください。")
        print("試すためのデータを入れています。")
        accounts_made = await demo.build(
            installation.database, installation.keys, password=arguments.password, at=dates.now()
        )
        print(accounts_made.text())
        return 0

    return _with(run)


def _deliver(arguments: Arguments) -> int:
    log.configure(_settings().log_level, sys.stderr)

    async def run(installation: Installation) -> int:
        if arguments.watch:
            await worker.run_until_told(installation.database, installation.settings, installation.keys)
        else:
            done = await worker.deliver_all(
                installation.database, installation.settings, installation.keys, at=dates.now()
            )
            print(
                f"送ったもの {done.sent}通、あとで送り直すもの {done.postponed}通、送れないもの {done.given_up}通"
            )
        return 0

    return _with(run)


def _read_desk(arguments: Arguments, name: str) -> Desk:
    arguments.reading = name
    try:
        written = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise NotFound(f"{name} を UTF-8 の文字として読めません。") from None
    return parse_desk(written, source=name)


def _desks_check(arguments: Arguments) -> int:
    has_mistakes = False
    for name in arguments.files:
        try:
            desk = _read_desk(arguments, name)
        except DeskFileError as refused:
            has_mistakes = True
            for mistake in refused.mistakes:
                print(f"{name}:{mistake.line}: {mistake.key}: {mistake.message}", file=sys.stderr)
        else:
            print(f"{name}: 間違いはありません（{desk.name}）。")
    return int(has_mistakes)


def _desks_apply(arguments: Arguments) -> int:
    definitions = [_read_desk(arguments, name) for name in arguments.files]

    async def run(installation: Installation) -> int:
        for desk in definitions:
            changes = await installation.database.write(
                lambda session, desk=desk: desks.apply(session, desk, at=dates.now())
            )
            print(f"{desk.name}（{desk.code}）")
            for change in changes:
                print(f"  {change.text}")
            if not changes:
                print("  変わったところはありません。")
        return 0

    return _with(run)


def _desks_list(_: Arguments) -> int:
    async def run(installation: Installation) -> int:
        for applied in await installation.database.read(desks.every):
            print(f"{applied.code}\t{applied.desk.name}\t{applied.desk.office}")
        return 0

    return _with(run)


def _desks_files(_: Arguments) -> int:
    for file in sorted(resources.files("meyasubako.desks").iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            print(file)
    return 0


def _ask_password(arguments: Arguments) -> str:
    if arguments.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("新しいパスワード: ")
    if first != getpass.getpass("もう一度: "):
        raise WrongSetting("2回のパスワードが違います。もう一度実行してください。")
    return first


def _checked_hash(password: str, login: str) -> str:
    accounts.check_new_password(password, login=accounts.clean_login(login))
    return accounts.hash_password(password)


def _role(text: str) -> tuple[str, Role]:
    desk, _, role = text.partition("=")
    if role not in list(Role):
        known = "、".join(role.value for role in Role)
        raise WrongSetting(f"役割は 窓口=役割 の形で書いてください。役割は {known} のどれかです。")
    return desk, Role(role)


def _staff_add(arguments: Arguments) -> int:
    roles = [_role(text) for text in arguments.role]
    password_hash = _checked_hash(_ask_password(arguments), arguments.login)

    async def run(installation: Installation) -> int:
        def unit(session: accounts.Session) -> None:
            staff_id = accounts.add_staff(
                session,
                login=arguments.login,
                name=arguments.name,
                password_hash=password_hash,
                at=dates.now(),
            )
            for code, role in roles:
                accounts.grant(session, staff_id, desks.find(session, code).id, role, by=SYSTEM)

        await installation.database.write(unit)
        print(f"{arguments.name}（{arguments.login}）を加えました。")
        return 0

    return _with(run)


def _change_staff(arguments: Arguments, change: Callable[[accounts.Session, int], None], text: str) -> int:
    async def run(installation: Installation) -> int:
        await installation.database.write(
            lambda session: change(session, accounts.find_staff(session, arguments.login).id)
        )
        print(text)
        return 0

    return _with(run)


def _staff_password(arguments: Arguments) -> int:
    password_hash = _checked_hash(_ask_password(arguments), arguments.login)
    return _change_staff(
        arguments,
        lambda session, staff_id: accounts.set_password(session, staff_id, password_hash),
        "パスワードを改めました。",
    )


def _staff_grant(arguments: Arguments) -> int:
    code, role = _role(arguments.role)
    return _change_staff(
        arguments,
        lambda session, staff_id: accounts.grant(
            session, staff_id, desks.find(session, code).id, role, by=SYSTEM
        ),
        f"役割を「{role.label}」にしました。",
    )


def _staff_revoke(arguments: Arguments) -> int:
    return _change_staff(
        arguments,
        lambda session, staff_id: accounts.revoke_grant(
            session, staff_id, desks.find(session, arguments.desk).id, by=SYSTEM
        ),
        "役割をなくしました。",
    )


def _staff_sign_out(arguments: Arguments) -> int:
    return _change_staff(arguments, accounts.sign_out_everywhere, "入ったままの画面をすべて閉じました。")


def _staff_deactivate(arguments: Arguments) -> int:
    return _change_staff(arguments, accounts.deactivate, "この利用者IDでは入れないようにしました。")


def _staff_list(_: Arguments) -> int:
    async def run(installation: Installation) -> int:
        names = {applied.id: applied.code for applied in await installation.database.read(desks.every)}
        for member in await installation.database.read(accounts.list_staff):
            roles = "、".join(f"{names[desk_id]}={role.value}" for desk_id, role in member.roles.items())
            print(f"{member.login}\t{member.name}\t{roles}" + ("" if member.is_active else "\t（停止中）"))
        return 0

    return _with(run)


def _tally(arguments: Arguments) -> int:
    async def close(installation: Installation) -> int:
        await installation.database.write(
            lambda session: tallies.close_month(
                session, desks.find(session, arguments.desk), arguments.close, by=SYSTEM, at=dates.now()
            )
        )
        print(
            f"{dates.wareki_month(arguments.close)}を締めました。これからの訂正は、開いている月に入ります。"
        )
        return 0

    async def show(installation: Installation) -> int:
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
        sys.stdout.buffer.write(write(found).encode("utf-8"))
        return 0

    return _with(close if arguments.close is not None else show)


if __name__ == "__main__":
    sys.exit(main())
