"""Commands for staff accounts and their roles."""

import argparse
import getpass
import sys
from collections.abc import Callable

from sqlalchemy.orm import Session

from meyasubako.casework import accounts, desks
from meyasubako.cli.commands import Commands
from meyasubako.cli.installation import Arguments, Installation, with_installation
from meyasubako.core import dates
from meyasubako.core.errors import WrongSetting
from meyasubako.core.policy import SYSTEM
from meyasubako.core.vocabulary import Role


def add(commands: Commands) -> None:
    """Add the commands of this module."""
    command = commands.add("staff", _list, "職員と役割を決めます")
    actions = command.add_subparsers(title="しごと", metavar="しごと")
    roles = "、".join(f"{role.value}={role.label}" for role in Role)
    rule = f"パスワードは{accounts.SHORTEST_PASSWORD}文字以上で、5種類以上の文字を使い、利用者IDを含まないものにします。"

    def action_of(
        name: str, run: Callable[[Arguments], int], text: str, more: str = ""
    ) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=text, description=f"{text}。{more}")
        action.set_defaults(run=run)
        if run is not _list:
            action.add_argument("login", metavar="利用者ID", help="英小文字や数字の利用者ID")
        return action

    new = action_of("add", _add, "職員を加えます。パスワードは画面でたずねます", rule)
    new.add_argument("--name", required=True, metavar="氏名", help="画面と履歴に出る氏名")
    new.add_argument("--role", action="append", default=[], metavar="窓口=役割", help=f"役割。{roles}")
    new.add_argument("--mail", default="", metavar="アドレス", help="お知らせを送るメールアドレス")
    new.add_argument("--password-stdin", action="store_true", help="パスワードを標準入力の1行目から読みます")
    password = action_of(
        "password", _password, "パスワードを改めます。入ったままの画面はすべて閉じます", rule
    )
    password.add_argument(
        "--password-stdin", action="store_true", help="パスワードを標準入力の1行目から読みます"
    )
    mail = action_of("mail", _mail, "お知らせを送るメールアドレスを決めます")
    mail.add_argument(
        "address", nargs="?", default="", metavar="アドレス", help="書かなければ、送らないようにします"
    )
    grant = action_of("grant", _grant, "窓口での役割を決めます")
    grant.add_argument("role", metavar="窓口=役割", help=roles)
    grant.add_argument("--division", metavar="担当課", help="この窓口で考え方を出す担当課の記号。なしは none")
    revoke = action_of("revoke", _revoke, "窓口での役割をなくします")
    revoke.add_argument("desk", metavar="窓口", help="窓口の記号")
    action_of("sign-out", _sign_out, "入ったままの画面をすべて閉じます")
    action_of("deactivate", _deactivate, "職員が入れないようにします。履歴の名前は残ります")
    action_of("list", _list, "職員と役割を並べます")


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


def _add(arguments: Arguments) -> int:
    roles = [_role(text) for text in arguments.role]
    password_hash = _checked_hash(_ask_password(arguments), arguments.login)

    async def run(installation: Installation) -> int:
        def unit(session: Session) -> None:
            at = dates.now()
            staff_id = accounts.add_staff(
                session,
                login=arguments.login,
                name=arguments.name,
                password_hash=password_hash,
                by=SYSTEM,
                at=at,
                email=arguments.mail,
            )
            for code, role in roles:
                accounts.grant(session, staff_id, desks.find(session, code).id, role, by=SYSTEM, at=at)

        await installation.database.write(unit)
        print(f"{arguments.name}（{arguments.login}）を加えました。")
        return 0

    return with_installation(run)


def _change_staff(arguments: Arguments, change: Callable[[Session, int], None], text: str) -> int:
    async def run(installation: Installation) -> int:
        await installation.database.write(
            lambda session: change(session, accounts.find_staff(session, arguments.login).id)
        )
        print(text)
        return 0

    return with_installation(run)


def _password(arguments: Arguments) -> int:
    password_hash = _checked_hash(_ask_password(arguments), arguments.login)
    return _change_staff(
        arguments,
        lambda session, staff_id: accounts.set_password(
            session, staff_id, password_hash, by=SYSTEM, at=dates.now()
        ),
        "パスワードを改めました。",
    )


def _mail(arguments: Arguments) -> int:
    return _change_staff(
        arguments,
        lambda session, staff_id: accounts.set_mail(
            session, staff_id, arguments.address, by=SYSTEM, at=dates.now()
        ),
        "メールアドレスを改めました。" if arguments.address else "メールを送らないようにしました。",
    )


def _grant(arguments: Arguments) -> int:
    code, role = _role(arguments.role)
    division = arguments.division

    def change(session: Session, staff_id: int) -> None:
        applied, at = desks.find(session, code), dates.now()
        accounts.grant(session, staff_id, applied.id, role, by=SYSTEM, at=at)
        if division is not None:
            accounts.set_division(
                session, staff_id, applied, None if division == "none" else division, by=SYSTEM, at=at
            )

    return _change_staff(arguments, change, f"役割を「{role.label}」にしました。")


def _revoke(arguments: Arguments) -> int:
    return _change_staff(
        arguments,
        lambda session, staff_id: accounts.revoke_grant(
            session, staff_id, desks.find(session, arguments.desk).id, by=SYSTEM, at=dates.now()
        ),
        "役割をなくしました。",
    )


def _sign_out(arguments: Arguments) -> int:
    return _change_staff(arguments, accounts.sign_out_everywhere, "入ったままの画面をすべて閉じました。")


def _deactivate(arguments: Arguments) -> int:
    return _change_staff(
        arguments,
        lambda session, staff_id: accounts.deactivate(session, staff_id, by=SYSTEM, at=dates.now()),
        "この利用者IDでは入れないようにしました。",
    )


def _list(_: Arguments) -> int:
    async def run(installation: Installation) -> int:
        names = {applied.id: applied.code for applied in await installation.database.read(desks.every)}
        for member in await installation.database.read(accounts.list_staff):
            roles = "、".join(f"{names[desk_id]}={role.value}" for desk_id, role in member.roles.items())
            marks = "".join(
                f"\t{mark}" for mark in (member.email or "", "" if member.is_active else "（停止中）") if mark
            )
            print(f"{member.login}\t{member.name}\t{roles}{marks}")
        return 0

    return with_installation(run)
