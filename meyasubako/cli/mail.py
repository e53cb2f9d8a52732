"""The command a mail server hands mails to."""

import asyncio
import os
import sys

from meyasubako import mailroom
from meyasubako.cli.commands import Commands
from meyasubako.cli.installation import Arguments, Installation, settings_of_environment, with_installation
from meyasubako.core import dates, log
from meyasubako.core.errors import DeskError


def add(commands: Commands) -> None:
    """Add the command of this module."""
    mail_in = commands.add(
        "mail-in",
        _mail_in,
        "届いたメール1通を、標準入力から受けます",
        "メールサーバーから渡すときに使います。保存できないときは 75 で終わり、メールサーバーがあとでもう一度渡します。",
    )
    mail_in.add_argument(
        "--to",
        action="append",
        default=[],
        metavar="アドレス",
        help="だれあてに届いたか（Postfix なら ${original_recipient}）。何度でも書けます",
    )


def _mail_in(arguments: Arguments) -> int:
    try:
        log.configure(settings_of_environment().log_level, sys.stderr)
        return with_installation(lambda installation: _take(installation, arguments.to))
    except Exception as error:  # noqa: BLE001 - whatever it is, the mail server keeps the mail and tries again
        said = (
            error.message
            if isinstance(error, DeskError)
            else f"受け取れませんでした（{type(error).__name__}）。"
        )
        print(f"meyasubako: {said}", file=sys.stderr)
        return os.EX_TEMPFAIL


async def _take(installation: Installation, envelope_to: list[str]) -> int:
    settings = installation.settings
    # One byte more tells a mail that just fits from one that does not.
    raw = await asyncio.to_thread(sys.stdin.buffer.read, settings.mail_bytes + 1)
    await mailroom.take(
        installation.database, settings, installation.keys, raw, envelope_to=envelope_to, at=dates.now()
    )
    return 0
