"""Mails as people's programs and mail systems send them."""

from email.message import EmailMessage
from typing import Any

SUBJECT = "Re: 【みえDXセンター】おたずね"


def mail(
    text: str | bytes = "こんにちは。",
    *,
    to: str = "voice@example.lg.jp",
    sender: str = "見本太郎 <taro@example.jp>",
    subject: str = SUBJECT,
    charset: str = "utf-8",
    files: tuple[tuple[str, bytes, str], ...] = (),
    **headers: Any,
) -> bytes:
    """A mail; further headers by their names in lower case. Bytes as text travel as they are."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    for name, value in {"message_id": "<one@example.jp>", **headers}.items():
        if value:
            made[name.replace("_", "-")] = value
    if isinstance(text, str):
        made.set_content(text, charset=charset)
    else:
        made["Content-Type"] = f"text/plain; charset={charset}"
        made["Content-Transfer-Encoding"] = "8bit"
        made.set_payload(text.decode("ascii", "surrogateescape"))
    for name, content, kind in files:
        main, _, sub = kind.partition("/")
        made.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return made.as_bytes()


def report(
    *,
    to: str,
    action: str = "failed",
    status: str = "5.1.1",
    message_id: str = "",
    text: str = "",
    **headers: Any,
) -> bytes:
    """What a mail system sends back by the standard (RFC 3464)."""
    extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return (
        "From: MAILER-DAEMON@mx.example.jp (Mail Delivery System)\r\n"
        f"To: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n{extra}"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\n{text or 'I could not deliver your message.'}\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example.jp\r\n\r\n"
        f"Final-Recipient: rfc822; taro@example.jp\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{message_id}>\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()


def of_carrier(text: str, *, to: str, subject: str = "Mail System Error - Returned Mail") -> bytes:
    """What Japanese carriers send back: plain words, in ISO-2022-JP."""
    head = f"From: MAILER-DAEMON@docomo.example.jp\r\nTo: {to}\r\nSubject: {subject}\r\n"
    kind = "Content-Type: text/plain; charset=ISO-2022-JP\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
    return (head + kind).encode() + text.encode("iso2022_jp").replace(b"\n", b"\r\n")
