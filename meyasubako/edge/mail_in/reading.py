"""Any bytes as a mail. Python's parser takes the parts apart; what it hands over raw is read here, and nothing raises."""

import re
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from typing import Final

from meyasubako.core import text as texts
from meyasubako.edge.mail_in import machines
from meyasubako.edge.mail_in.charsets import decoded, header_text
from meyasubako.edge.mail_in.incoming import Automatic, File, Incoming
from meyasubako.edge.mail_in.markup import words_of

LONGEST_TEXT: Final = 100_000
LONGEST_HEADER: Final = 10_000
LONGEST_SUBJECT: Final = 300
LONGEST_ADDRESS: Final = 320
MOST_PARTS: Final = 200
MOST_RECIPIENTS: Final = 50

QUOTES: Final = '"'

NOT_READ: Final = Incoming("", (), "", (), "", "", (), Automatic.NO, None, is_broken=True)

_DELIVERED_TO: Final = (
    "x-original-to",
    "delivered-to",
    "envelope-to",
    "x-envelope-to",
    "to",
    "cc",
    "resent-to",
)
_MESSAGE_ID: Final = re.compile(r"<([^<>\s]{1,250})>")
_NOT_FILES: Final = re.compile(
    r"application/(x-)?pkcs7-signature|application/pgp-signature|message/.*|text/rfc822-headers"
)


def read(raw: bytes, *, envelope_to: Sequence[str] = ()) -> Incoming:
    """What this mail says. `envelope_to`: for whom it was handed over, where that is known."""
    try:
        return _read(raw, envelope_to)
    except Exception:  # noqa: BLE001 - the parser of the library fails in many ways, and a mail is kept all the same
        return NOT_READ


def _read(raw: bytes, envelope_to: Sequence[str]) -> Incoming:
    message = message_from_bytes(raw)
    headers: dict[str, str] = {}
    recipients: list[str] = list(envelope_to)
    named: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        headers.setdefault(name.lower(), value[:LONGEST_HEADER])
        named.setdefault(name.lower(), []).append(value[:LONGEST_HEADER])
    for name in _DELIVERED_TO:
        recipients += [address for _, address in _addresses(named.get(name, []))]
    senders = _addresses(named.get("from", []))
    subject = texts.clean_line(header_text(headers.get("subject", "")))[:LONGEST_SUBJECT]
    found = _MESSAGE_ID.search(headers.get("message-id", ""))
    parts = list(_parts(message))
    text, files = _contents(parts)
    addresses = tuple(dict.fromkeys(address for _, address in senders))
    return Incoming(
        message_id=found[1] if found and found[1].isascii() else "",
        senders=addresses,
        sender_name=senders[0][0] if senders else "",
        recipients=tuple(dict.fromkeys(_clean(each) for each in recipients))[:MOST_RECIPIENTS],
        subject=subject,
        text=text,
        files=tuple(files),
        automatic=machines.automatic(headers, subject),
        report=machines.report(headers, addresses, subject, text, parts),
        is_broken=not named.keys() & {"from", "subject", "to", "date", "message-id", "received"},
    )


def _addresses(values: list[str]) -> list[tuple[str, str]]:
    """Names and addresses of these headers; what is no address is left out."""
    found = []
    for name, address in getaddresses(values):
        clean = _clean(address)
        if clean.count("@") == 1 and len(clean) <= LONGEST_ADDRESS:
            found.append((texts.clean_line(header_text(name))[:LONGEST_SUBJECT], clean))
    return found


def _clean(address: str) -> str:
    local, at, host = texts.clean_email(address.encode("utf-8", "replace").decode()).rpartition("@")
    # Where dots stand out of order, programs put this part in quotes.
    return f"{local.strip(QUOTES)}{at}{host}".lower()


def _parts(message: Message) -> Iterator[Message]:
    """The parts that hold something, one after the other; what is attached as a whole mail is one of them."""
    waiting = [message]
    seen = 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop()
        seen += 1
        payload = part.get_payload()
        kind = part.get_content_type()
        if isinstance(payload, list) and not kind.startswith("message/"):
            inner = [each for each in payload if isinstance(each, Message)]
            if kind == "multipart/alternative":
                inner = _best(inner)
            waiting += reversed(inner)
        else:
            yield part


def _best(choices: list[Message]) -> list[Message]:
    """Of the same text in several forms the plain one, if it says anything; what comes with a form stays with it."""
    plain = [each for each in choices if each.get_content_type() == "text/plain"]
    others = [each for each in choices if each not in plain]
    if not any(_text(each).strip() for each in plain):
        return others[-1:] or plain
    files = [each for each in others if each.get_content_type() not in {"text/html", "text/plain"}]
    # Files that belong to the form for browsers are files of the mail all the same.
    return [
        *plain,
        *(part for each in files for part in _parts(each) if part.get_content_maintype() != "text"),
    ]


def _contents(parts: list[Message]) -> tuple[str, list[File]]:
    written: list[str] = []
    files: list[File] = []
    for part in parts:
        kind, name = part.get_content_type(), _file_name(part)
        if _NOT_FILES.fullmatch(kind):
            continue
        is_text = kind in {"text/plain", "text/html"}
        if is_text and part.get_content_disposition() != "attachment" and not name:
            written.append(words_of(_text(part)) if kind == "text/html" else _text(part))
        elif content := _bytes(part):
            files.append(File(name or "添付", content))
    text = texts.clean_text("\n\n".join(each.strip("\n") for each in written if each.strip()))
    return text[:LONGEST_TEXT], files


def _bytes(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 - a broken encoding of one part does not take the others along
        payload = str(part.get_payload()).encode("utf-8", "surrogateescape")
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message) -> str:
    found = decoded(_bytes(part)[: 8 * LONGEST_TEXT], _parameter(part, "charset")).replace("\r\n", "\n")
    if part.get_content_type() == "text/plain" and _parameter(part, "format").lower() == "flowed":
        return _unflowed(found, keeps_space=_parameter(part, "delsp").lower() != "yes")
    return found


def _unflowed(text: str, *, keeps_space: bool) -> str:
    """RFC 3676: a space at the end of a line says that the next one goes on with it."""
    lines: list[str] = []
    goes_on = False
    for line in text.split("\n"):
        if goes_on and not line.startswith(">"):
            lines[-1] += line
        else:
            lines.append(line)
        goes_on = line.endswith(" ") and line != "-- " and not line.startswith(">")
        if goes_on and not keeps_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)


def _parameter(part: Message, name: str) -> str:
    try:
        value = part.get_param(name)
    except Exception:  # noqa: BLE001 - as above
        return ""
    return value[2] if isinstance(value, tuple) else str(value or "")


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except Exception:  # noqa: BLE001 - as above
        name = ""
    return texts.clean_line(header_text(name[:LONGEST_HEADER]))[:LONGEST_SUBJECT]
