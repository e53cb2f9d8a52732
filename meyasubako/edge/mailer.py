"""Hands one mail to the mail server, or lays it into a folder as a file where there is no server.

What became of it is one of four things: sent, worth another try later, refused for good, or the server is away, for
this mail as for any other.
"""

import asyncio
import base64
import ipaddress
import logging
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import aiosmtplib

from meyasubako.core import reasons
from meyasubako.core.dates import JAPAN
from meyasubako.core.settings import Smtp
from meyasubako.edge import trust

logger = logging.getLogger("meyasubako.mail")

ANSWER_SECONDS: Final = 15.0

NO_LOOPS: Final = {
    "Auto-Submitted": "auto-generated",
    "Precedence": "bulk",
    "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
}
"""No machine shall answer: the standard's header, what old vacation programs look for, and what Exchange does.

Bounces are not suppressed: somebody may look for them.
"""

# Dots may stand anywhere in the part before the @: Japanese carriers gave such addresses to millions.
_ADDRESS = re.compile(
    r"([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@([A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)"
)
_ENHANCED_CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z-]*")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9.-]+@[A-Za-z0-9.-]+")


class Verdict(StrEnum):
    """What became of a mail."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` names codes and kinds of errors only: what a server says may quote the address."""

    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """A calendar object that goes with a mail: mail programs offer it to the calendar, others show a file."""

    method: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person. `message_id` is without its brackets and the same for every try.

    `envelope_from` is where mail systems report to, the sender's own address unless given.
    `in_reply_to` is the first mail of the same matter, under which mail programs show this one.
    """

    message_id: str
    date: datetime
    to: str
    from_name: str
    from_address: str
    subject: str
    body: str
    envelope_from: str = ""
    reply_to: str | None = None
    in_reply_to: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    invitation: Attached | None = None


async def send(mail: Mail, *, smtp: Smtp | None, folder: Path, patience: float = ANSWER_SECONDS) -> Outcome:
    """Send a mail, or keep it in `folder` without a mail server. `patience`: seconds to wait for each answer.

    Raises UnusableAddress when one of our own addresses is none: a setting to be mended, no fault of the mail.
    """
    try:
        recipient = _quoted(mail.to)
    except UnusableAddress:
        return Outcome(Verdict.REFUSED, "address")
    content = as_bytes(mail)
    if smtp is None:
        _say_that_mails_become_files(folder)
        return await asyncio.to_thread(_keep, mail, content, folder)
    sender = _quoted(mail.envelope_from or mail.from_address)
    return await _hand_over(smtp, sender, recipient, content, patience)


def own_host(host: str) -> str:
    """What stands behind the @ in the identifiers of our mails."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", host)


def as_bytes(mail: Mail) -> bytes:
    """The mail as it travels. Raises UnusableAddress; no text given can add a header."""
    for each in filter(None, (mail.message_id, mail.in_reply_to)):
        if not _MESSAGE_ID.fullmatch(each):
            raise ValueError(each)
    thread = f"<{mail.in_reply_to}>"
    headers = {
        "Date": format_datetime(mail.date.astimezone(JAPAN)),
        "From": f"{_encoded(mail.from_name, after='From')}\r\n <{_quoted(mail.from_address)}>",
        "To": _quoted(mail.to),
        "Subject": _encoded(mail.subject, after="Subject"),
        "Message-ID": f"<{mail.message_id}>",
        **({"Reply-To": _quoted(mail.reply_to)} if mail.reply_to else {}),
        **({"In-Reply-To": thread, "References": thread} if mail.in_reply_to else {}),
        **NO_LOOPS,
        **{_header_name(name): _plain(value) for name, value in mail.headers.items()},
        "MIME-Version": "1.0",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    text = _part("text/plain; charset=utf-8", mail.body.replace("\r\n", "\n").replace("\n", "\r\n").encode())
    return head.encode("ascii") + (_with_invitation(mail, text, mail.invitation) if mail.invitation else text)


def _part(kind: str, content: bytes, disposition: str = "") -> bytes:
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
    head += f"Content-Disposition: {disposition}\r\n" if disposition else ""
    return f"{head}\r\n".encode("ascii") + base64.encodebytes(content).replace(b"\n", b"\r\n")


def _several(kind: str, boundary: str, *parts: bytes) -> bytes:
    # Base64 holds no such line, and every try of a mail is the same to the byte.
    line = f"--{boundary}".encode("ascii")
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode("ascii")
    return head + b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"


def _with_invitation(mail: Mail, text: bytes, invitation: Attached) -> bytes:
    """The words and the calendar object as two ways to say the same, and the object once more as a file (RFC 6047)."""
    mark = re.sub(r"[^A-Za-z0-9]", "", mail.message_id)[:40]
    inline = _part(f"text/calendar; charset=utf-8; method={invitation.method}", invitation.content)
    file = _part(
        'application/ics; name="meeting.ics"', invitation.content, 'attachment; filename="meeting.ics"'
    )
    return _several("mixed", f"=_m{mark}", _several("alternative", f"=_a{mark}", text, inline), file)


class UnusableAddress(ValueError):
    """No mail server could be given this address."""

    def __init__(self) -> None:
        super().__init__("not a mail address")


def _client(smtp: Smtp, sender: str, patience: float) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=smtp.host,
        port=smtp.port,
        username=smtp.user,
        password=smtp.password,
        local_hostname=_own_name(sender),
        timeout=patience,
        use_tls=smtp.security == "tls",
        # Whoever stands between could hide that the server offers TLS; a password is not sent in the clear for that.
        start_tls=(smtp.user is not None or None) if smtp.security == "starttls" else False,
        tls_context=None if smtp.security == "plain" else trust.authorities(),
    )


async def reach(smtp: Smtp, sender: str, *, patience: float) -> str:
    """Connect and sign in as for a mail, and leave; "" or what went wrong, in words where there are any."""
    try:
        async with asyncio.timeout(2 * patience), _client(smtp, sender, patience):
            return ""
    except (aiosmtplib.SMTPException, OSError) as error:
        return reasons.in_words(error, otherwise=_judge(error).reason)


async def _hand_over(smtp: Smtp, sender: str, recipient: str, content: bytes, patience: float) -> Outcome:
    client = _client(smtp, sender, patience)
    is_taken = False
    try:
        # Servers that answer each command just in time may not hold a mail for longer than its lease.
        async with asyncio.timeout(2 * patience), client:
            await client.sendmail(sender, [recipient], content)
            is_taken = True
    except (aiosmtplib.SMTPException, OSError) as error:
        # Once the server took the mail, a bad farewell changes nothing.
        return Outcome(Verdict.SENT) if is_taken else _judge(error)
    return Outcome(Verdict.SENT)


def _judge(error: aiosmtplib.SMTPException | OSError) -> Outcome:
    """Only what the server says about this recipient or this text is about this mail; the rest is its own trouble."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if not isinstance(error, aiosmtplib.SMTPResponseException):
        return Outcome(Verdict.AWAY, type(error).__name__)
    is_about_mail = isinstance(error, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError)
    enhanced = _ENHANCED_CODE.match(error.message)
    reason = " ".join([type(error).__name__, str(error.code), *([enhanced.group()] if enhanced else [])])
    if not is_about_mail:
        return Outcome(Verdict.AWAY, reason)
    return Outcome(Verdict.REFUSED if error.code >= 500 else Verdict.LATER, reason)


def _keep(mail: Mail, content: bytes, folder: Path) -> Outcome:
    name = f"{mail.date.astimezone(JAPAN):%Y%m%d-%H%M%S}-{mail.message_id.partition('@')[0]}.eml"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = folder / f".{name}"
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(content)
        unfinished.replace(folder / name)
    except OSError as error:
        return Outcome(Verdict.AWAY, type(error).__name__)
    return Outcome(Verdict.SENT)


@cache
def _say_that_mails_become_files(folder: Path) -> None:
    logger.warning(
        "no mail server is set (MEYASUBAKO_SMTP): mails are kept as files",
        extra={"facts": {"folder": str(folder)}},
    )


def _own_name(address: str) -> str:
    """How we greet the server: the host we send from, addresses in brackets."""
    host = address.rpartition("@")[2]
    try:
        return f"[{ipaddress.ip_address(host)}]"
    except ValueError:
        return host


def _quoted(address: str) -> str:
    """An address as servers read it: the part before the @ in quotes where its dots stand out of order."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise UnusableAddress
    local, host = match.groups()
    return address if all(local.split(".")) else f'"{local}"@{host}'


def _encoded(text: str, *, after: str) -> str:
    """Text in a header by RFC 2047: encoded words that split between characters and fold at 76."""
    return Header(_plain(text), "utf-8", maxlinelen=76, header_name=after).encode(linesep="\r\n")


def _plain(text: str) -> str:
    return " ".join(
        "".join(" " if unicodedata.category(each) in {"Cc", "Cs"} else each for each in text).split()
    )


def _header_name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError(name)
    return name
