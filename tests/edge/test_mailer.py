"""A mail as the server gets it, and what is made of each of the server's answers."""

import asyncio
import email
import email.header
import email.policy
import logging
import re
import ssl
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from meyasubako.core.settings import Smtp, read_settings
from meyasubako.edge import mailer, trust
from meyasubako.edge.mailer import Mail, Outcome, UnusableAddress, Verdict
from tests.harness import certificates
from tests.harness.mail_server import MailServer
from tests.harness.server import listening_socket

SENT_AT = datetime(2026, 7, 3, 1, 12, tzinfo=UTC)
SUBJECT = "【みえDXセンター】受付番号 M7K-4TX-9PA のご相談に、事務局からおたずねがあります。ご確認ください"
PATIENCE = 2.0


def a_mail(**changes: Any) -> Mail:
    values: dict[str, Any] = {
        "message_id": "0123456789abcdef@desk.example.jp",
        "date": SENT_AT,
        "to": "sample@example.jp",
        "from_name": "みえDXセンター, 事務局",
        "from_address": "no-reply@desk.example.jp",
        "subject": SUBJECT,
        "body": "サンプル様\n\n.\n𠮷野家と髙橋さん\nFrom 長い行" + "あ" * 2000 + "\n",
        "reply_to": "desk@example.lg.jp",
        "headers": {"Content-Language": "ja"},
    }
    return Mail(**{**values, **changes})


def smtp_of(server: MailServer) -> Smtp:
    return Smtp("127.0.0.1", server.port, "starttls", None, None)


async def send(mail: Mail, server: MailServer, patience: float = PATIENCE) -> Outcome:
    return await mailer.send(mail, smtp=smtp_of(server), folder=Path("nowhere"), patience=patience)


async def test_a_mail_arrives_as_it_was_written(mail_server: MailServer) -> None:
    mail = a_mail()
    assert await send(mail, mail_server) == Outcome(Verdict.SENT)
    (delivery,) = mail_server.deliveries
    message = delivery.message
    assert (delivery.sender, delivery.recipients) == ("no-reply@desk.example.jp", ("sample@example.jp",))
    assert delivery.subject == SUBJECT
    assert delivery.text == mail.body
    assert message["From"].addresses[0].addr_spec == "no-reply@desk.example.jp"
    assert message["From"].addresses[0].display_name == mail.from_name
    assert message["To"] == "sample@example.jp"
    assert message["Reply-To"] == "desk@example.lg.jp"
    assert message["Message-ID"] == "<0123456789abcdef@desk.example.jp>"
    assert message["Date"].datetime == SENT_AT
    assert message["Date"].endswith("+0900")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Precedence"] == "bulk"
    assert message["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"
    assert message["In-Reply-To"] is None
    assert message["Content-Language"] == "ja"
    assert message.get_content_type() == "text/plain"
    assert message.get_content_charset() == "utf-8"
    assert message["Content-Transfer-Encoding"] == "base64"


def test_every_line_travels_anywhere() -> None:
    """Old relays know seven bits and short lines: the text is base64, 76 symbols a line."""
    head, _, body = mailer.as_bytes(a_mail()).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert max(len(line) for line in lines) <= 78
    assert max(len(line) for line in body.split(b"\r\n")) == 76
    assert all(line.isascii() and b"\n" not in line and b"\r" not in line for line in lines)


def test_a_later_mail_stands_under_the_first_of_its_matter() -> None:
    mail = a_mail(in_reply_to="fedcba9876543210@desk.example.jp")
    message = email.message_from_bytes(mailer.as_bytes(mail), policy=email.policy.default)
    assert message["In-Reply-To"] == message["References"] == "<fedcba9876543210@desk.example.jp>"
    for broken in ("a@b>\r\nBcc: <c@d", "a b@c", "a"):
        with pytest.raises(ValueError, match=re.escape(broken)):
            mailer.as_bytes(a_mail(in_reply_to=broken))


def test_headers_are_split_between_characters() -> None:
    mail = a_mail(from_name="三重県デジタル社会推進局デジタル戦略企画課内みえDXセンター事務局, “サンプル”")
    head = mailer.as_bytes(mail).decode("ascii").partition("\r\n\r\n")[0]
    words = [word for word in head.split() if word.startswith("=?utf-8?b?")]
    assert len(words) > 3
    for word in words:
        assert len(word) <= 75
        email.header.decode_header(word)[0][0].decode()
    sender = email.message_from_string(head, policy=email.policy.compat32)["From"]
    assert str(email.header.make_header(email.header.decode_header(sender))) == (
        f"{mail.from_name} <{mail.from_address}>"
    )


@pytest.mark.parametrize(
    "field",
    ["subject", "from_name"],
)
@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u0085", "\u2028", "\x00"])
def test_no_text_can_add_a_header(field: str, break_: str) -> None:
    mail = a_mail(**{field: f"件名{break_}Bcc: other@example.jp{break_}{break_}本文"})
    message = email.message_from_bytes(mailer.as_bytes(mail), policy=email.policy.default)
    assert "Bcc" not in message
    assert message.get_content().replace("\r\n", "\n") == mail.body


@pytest.mark.parametrize(
    "address",
    [
        "a@example.jp\r\nBcc: other@example.jp",
        "a@example.jp\n",
        "a b@example.jp",
        "a@example.jp, b@example.jp",
        "<a@example.jp>",
        "a@",
        "@example.jp",
        "a",
        "",
        "日本@example.jp",
        "a@日本.jp",
    ],
)
@pytest.mark.parametrize("field", ["to", "from_address", "reply_to"])
async def test_an_address_that_is_none_is_refused(field: str, address: str, tmp_path: Path) -> None:
    if field == "reply_to" and not address:
        return
    mail = a_mail(**{field: address})
    with pytest.raises(UnusableAddress):
        mailer.as_bytes(mail)
    folder = tmp_path / "mail"
    if field == "to":
        assert await mailer.send(mail, smtp=None, folder=folder) == Outcome(Verdict.REFUSED, "address")
    else:
        # Our own addresses: mending the setting must be able to save the mail.
        with pytest.raises(UnusableAddress):
            await mailer.send(mail, smtp=None, folder=folder)
    assert not folder.exists()


async def test_addresses_with_dots_out_of_order_are_reached(mail_server: MailServer) -> None:
    outcome = await send(a_mail(to="sample..taro.@docomo.example.jp"), mail_server)
    assert outcome == Outcome(Verdict.SENT)
    (delivery,) = mail_server.deliveries
    assert delivery.recipients == ("sample..taro.@docomo.example.jp",)
    assert delivery.message["To"].addresses[0].username == "sample..taro."


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("451 4.3.0 later", Outcome(Verdict.LATER, "SMTPDataError 451 4.3.0")),
        ("452 full", Outcome(Verdict.LATER, "SMTPDataError 452")),
        ("550 5.1.1 unknown sample@example.jp", Outcome(Verdict.REFUSED, "SMTPDataError 550 5.1.1")),
        ("554 no", Outcome(Verdict.REFUSED, "SMTPDataError 554")),
    ],
)
async def test_refusals_are_told_apart(mail_server: MailServer, answer: str, expected: Outcome) -> None:
    mail_server.refuse = answer
    assert await send(a_mail(), mail_server) == expected
    assert mail_server.deliveries == []


async def test_a_server_that_does_not_answer_is_tried_later(mail_server: MailServer) -> None:
    mail_server.slow = 3.0
    began = asyncio.get_running_loop().time()
    assert await send(a_mail(), mail_server, patience=0.3) == Outcome(Verdict.AWAY, "SMTPReadTimeoutError")
    assert asyncio.get_running_loop().time() - began < 2.0


async def test_a_server_that_hangs_up_is_tried_later(mail_server: MailServer) -> None:
    mail_server.drop = "before"
    assert (await send(a_mail(), mail_server)).verdict is Verdict.AWAY
    assert mail_server.deliveries == []


async def test_a_mail_whose_fate_is_unknown_is_tried_again_under_the_same_name(
    mail_server: MailServer,
) -> None:
    mail_server.drop = "after"
    assert (await send(a_mail(), mail_server)).verdict is Verdict.AWAY
    mail_server.drop = ""
    assert await send(a_mail(), mail_server) == Outcome(Verdict.SENT)
    first, second = mail_server.deliveries
    assert first.message["Message-ID"] == second.message["Message-ID"]


async def test_nobody_there_is_tried_later() -> None:
    listener = listening_socket()
    port = listener.getsockname()[1]
    listener.close()
    smtp = Smtp("127.0.0.1", port, "starttls", None, None)
    outcome = await mailer.send(a_mail(), smtp=smtp, folder=Path("nowhere"), patience=PATIENCE)
    assert outcome == Outcome(Verdict.AWAY, "SMTPConnectError")


async def test_a_host_without_address_is_tried_later() -> None:
    smtp = Smtp("mail.invalid", 25, "plain", None, None)
    outcome = await mailer.send(a_mail(), smtp=smtp, folder=Path("nowhere"), patience=PATIENCE)
    assert outcome.verdict is Verdict.AWAY


class Conversation:
    """A server of this test's own: `answers` replaces the answer to a step, `hangs_up_at` breaks off there."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.hangs_up_at = ""
        self.greetings: list[str] = []
        self.secured: list[bool] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.taken = 0

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.greetings.append(hostname)
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.hangs_up_at == "RCPT" and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        answer = self.answers.get("RCPT", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken += 1
        transport = server.transport
        assert transport is not None
        self.secured.append(transport.get_extra_info("ssl_object") is not None)
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hangs_up_at == "QUIT" and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return "221 Bye"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss/word")


@asynccontextmanager
async def talking(conversation: Conversation, **options: Any) -> AsyncIterator[int]:
    tls = options.pop("tls", None)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(conversation, hostname="mail.example.jp", loop=loop, **options),
        "127.0.0.1",
        0,
        ssl=tls,
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("step", "answer", "expected"),
    [
        ("RCPT", "550 5.1.1 no such user", Outcome(Verdict.REFUSED, "SMTPRecipientRefused 550 5.1.1")),
        ("RCPT", "450 4.2.0 greylisted", Outcome(Verdict.LATER, "SMTPRecipientRefused 450 4.2.0")),
        # The sender is ours: a wrong setting must not cost the mails that wait.
        ("MAIL", "550 5.7.1 not you", Outcome(Verdict.AWAY, "SMTPSenderRefused 550 5.7.1")),
    ],
)
async def test_only_the_recipient_is_refused_for_good(step: str, answer: str, expected: Outcome) -> None:
    conversation = Conversation()
    conversation.answers[step] = answer
    async with talking(conversation) as port:
        smtp = Smtp("127.0.0.1", port, "plain", None, None)
        outcome = await mailer.send(a_mail(), smtp=smtp, folder=Path("nowhere"), patience=PATIENCE)
    assert (outcome, conversation.taken) == (expected, 0)


@pytest.mark.parametrize(("step", "verdict"), [("RCPT", Verdict.AWAY), ("QUIT", Verdict.SENT)])
async def test_hanging_up_counts_until_the_mail_is_taken(step: str, verdict: Verdict) -> None:
    conversation = Conversation()
    conversation.hangs_up_at = step
    async with talking(conversation) as port:
        smtp = Smtp("127.0.0.1", port, "plain", None, None)
        outcome = await mailer.send(a_mail(), smtp=smtp, folder=Path("nowhere"), patience=PATIENCE)
    assert outcome.verdict is verdict


@pytest.fixture
def certificate(tmp_path: Path) -> Iterator[ssl.SSLContext]:
    """A certificate for this machine from an authority the machine is told to trust."""
    with certificates.certificate(tmp_path) as context:
        yield context


def smtp_from(address: str) -> Smtp:
    smtp = read_settings({"MEYASUBAKO_SMTP": address}).smtp
    assert smtp is not None
    return smtp


async def test_tls_is_begun_when_the_server_offers_it(certificate: ssl.SSLContext) -> None:
    conversation = Conversation()
    options = {"tls_context": certificate, "auth_required": True, "authenticator": conversation.authenticate}
    async with talking(conversation, **options) as port:
        smtp = smtp_from(f"smtp://desk%40example.jp:p%40ss%2Fword@127.0.0.1:{port}")
        outcome = await mailer.send(a_mail(), smtp=smtp, folder=Path("nowhere"), patience=PATIENCE)
    assert outcome == Outcome(Verdict.SENT)
    assert conversation.secured == [True]
    assert conversation.logins == [(b"desk@example.jp", b"p@ss/word")]
    assert set(conversation.greetings) == {"desk.example.jp"}


async def test_a_wrong_password_is_tried_later(certificate: ssl.SSLContext) -> None:
    conversation = Conversation()
    options = {"tls_context": certificate, "auth_required": True, "authenticator": conversation.authenticate}
    async with talking(conversation, **options) as port:
        smtp = smtp_from(f"smtp://desk:wrong@127.0.0.1:{port}")
        outcome = await mailer.send(a_mail(), smtp=smtp, folder=Path("nowhere"), patience=PATIENCE)
    assert outcome.verdict is Verdict.AWAY


async def test_a_password_is_not_sent_to_a_server_that_offers_no_tls() -> None:
    conversation = Conversation()
    options = {"auth_require_tls": False, "authenticator": conversation.authenticate}
    async with talking(conversation, **options) as port:
        smtp = smtp_from(f"smtp://desk:p%40ss%2Fword@127.0.0.1:{port}")
        outcome = await mailer.send(a_mail(), smtp=smtp, folder=Path("nowhere"), patience=PATIENCE)
    assert (outcome.verdict, conversation.logins) == (Verdict.AWAY, [])


async def test_tls_from_the_first_byte(certificate: ssl.SSLContext) -> None:
    conversation = Conversation()
    async with talking(conversation, tls=certificate) as port:
        smtp = smtp_from(f"smtps://127.0.0.1:{port}")
        outcome = await mailer.send(a_mail(), smtp=smtp, folder=Path("nowhere"), patience=PATIENCE)
    assert outcome == Outcome(Verdict.SENT)
    assert conversation.secured == [True]


async def test_a_certificate_of_nobody_we_trust_gets_no_mail(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    trust.authorities.cache_clear()
    conversation = Conversation()
    async with talking(conversation, tls_context=certificate) as port:
        smtp = smtp_from(f"smtp://127.0.0.1:{port}")
        outcome = await mailer.send(a_mail(), smtp=smtp, folder=Path("nowhere"), patience=PATIENCE)
    assert (outcome.verdict, conversation.taken) == (Verdict.AWAY, 0)


async def test_plain_stays_plain(certificate: ssl.SSLContext) -> None:
    conversation = Conversation()
    async with talking(conversation, tls_context=certificate) as port:
        smtp = smtp_from(f"smtp+plain://127.0.0.1:{port}")
        outcome = await mailer.send(a_mail(), smtp=smtp, folder=Path("nowhere"), patience=PATIENCE)
    assert outcome == Outcome(Verdict.SENT)
    assert conversation.secured == [False]


async def test_without_a_mail_server_mails_become_files(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "data" / "mail"
    with caplog.at_level(logging.INFO, logger="meyasubako.mail"):
        for _ in range(2):
            assert await mailer.send(a_mail(), smtp=None, folder=folder) == Outcome(Verdict.SENT)
        await mailer.send(a_mail(message_id="fedcba@desk.example.jp"), smtp=None, folder=folder)
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["20260703-101200-0123456789abcdef.eml", "20260703-101200-fedcba.eml"]
    message = email.message_from_bytes((folder / names[0]).read_bytes(), policy=email.policy.default)
    assert message["Subject"] == SUBJECT
    assert stat.S_IMODE((folder / names[0]).stat().st_mode) == 0o600
    assert len([record for record in caplog.records if "kept as files" in record.message]) == 1


async def test_a_folder_that_cannot_be_written_is_tried_later(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    outcome = await mailer.send(a_mail(), smtp=None, folder=tmp_path / "mail")
    assert outcome.verdict is Verdict.AWAY
