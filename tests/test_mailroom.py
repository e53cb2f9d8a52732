"""Mails that come in: whose they are, what they change, and that each is stored once."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from meyasubako import mailroom
from meyasubako.casework import mailbox, tracking, triage
from meyasubako.casework.mailbox import MailRow
from meyasubako.core.mail_address import Way
from meyasubako.core.settings import Settings
from meyasubako.core.vocabulary import (
    Bounce,
    Channel,
    EventKind,
    MailState,
    Message,
    QuarantineReason,
    Status,
)
from meyasubako.edge.files import DiskCabinet
from meyasubako.store.models import (
    Addition,
    Attachment,
    Case,
    Event,
    IncomingMail,
    OutboxMessage,
    Receipt,
    Requester,
    StoredFile,
)
from tests.harness.came_in import IN, count
from tests.harness.files import jpeg, pdf
from tests.harness.letters import answer, ask, deliver, rows
from tests.harness.mail_server import MailServer
from tests.harness.mailbox import MailboxServer
from tests.harness.mails import mail, of_carrier, report
from tests.harness.site import settings_for
from tests.harness.story import ADDRESS, MIE, Story, open_story

S = MailState


QUOTED = "\n\n2026年7月3日(金) 10:12 みえDXセンター <no-reply@testserver>:\n> 何人でお使いですか。\n"


BOTH = pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def story(database: Any) -> Story:
    return await open_story(database)


@pytest.fixture
def settings(tmp_path: Path, mail_server: MailServer) -> Settings:
    return settings_for(tmp_path, smtp=mail_server.url, mail_in=IN)


async def come(story: Story, settings: Settings, raw: bytes, **options: Any) -> MailState | None:
    done = await mailroom.take(story.database, settings, story.keys, raw, at=story.at, **options)
    return done.state


async def sent(story: Story, kind: Message) -> int:
    return (await rows(story, kind))[-1].id


async def reply_address(story: Story, settings: Settings, kind: Message, way: Way = Way.REPLY) -> str:
    assert settings.mail_in
    return settings.mail_in.address(way, await sent(story, kind), keys=story.keys)


async def additions(story: Story, case_id: int) -> list[str]:
    found = select(Addition.body).where(Addition.case_id == case_id).order_by(Addition.id)
    return await story.see(lambda session: list(session.scalars(found)))


async def events(story: Story, case_id: int) -> list[EventKind]:
    found = select(Event.kind).where(Event.case_id == case_id).order_by(Event.id)
    return await story.see(lambda session: list(session.scalars(found)))


async def mails_of(story: Story, case_id: int) -> tuple[MailRow, ...]:
    return await story.see(lambda session: mailbox.of_case(session, story.clerk, case_id))


# ---- Our mails and the addresses they carry ----


async def test_each_mail_of_ours_carries_addresses_of_its_own(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    case_id = await story.triaged()
    await ask(story, case_id)
    await story.offer(await story.triaged(), await story.list_provider())
    await deliver(story, settings)
    [asked] = [
        each for each in mail_server.to(ADDRESS) if "おたずね" in each.subject or "問" in each.subject
    ][:1]
    assert asked.message["Reply-To"] == await reply_address(story, settings, Message.ASKED)
    assert asked.sender == await reply_address(story, settings, Message.ASKED, Way.BOUNCE)
    assert "このメールに返信すると、この件の追記として届きます。" in asked.text
    assert asked.message["From"].addresses[0].addr_spec == settings.mail_from
    [offered] = mail_server.to("adviser@example.jp")
    # What an adviser writes goes to the desk's people, not into a case.
    assert not str(offered.message["Reply-To"] or "").startswith("voice")
    mail_server.reset()
    await answer(story, case_id)
    await deliver(story, replace(settings, mail_in=None))
    [replied] = mail_server.to(ADDRESS)
    assert replied.sender == settings.mail_from
    assert replied.message["Reply-To"] == story.applied.desk.email


def test_an_address_is_read_in_any_case_and_only_with_its_signature(story: Story, settings: Settings) -> None:
    box, keys = settings.mail_in, story.keys
    assert box
    address = box.address(Way.REPLY, 12, keys=keys)
    assert len(address.partition("@")[0]) <= 64
    meant = box.read(address.upper(), keys=keys)
    assert meant is not None
    assert (meant.way, meant.outbox_id) == (Way.REPLY, 12)
    local, _, host = address.partition("@")
    wrong = (
        address.replace("+r12-", "+r13-"),
        address.replace("+r12-", "+b12-"),
        f"{local[:-1]}@{host}",
        f"{local}@example.com",
        "voice+r12-@example.lg.jp",
        "voice@example.lg.jp",
    )
    assert [box.read(each, keys=keys) for each in wrong] == [None] * len(wrong)


# ---- Answers ----


@BOTH
async def test_the_answer_of_the_requester_goes_on_with_the_case(story: Story, settings: Settings) -> None:
    case_id = await story.triaged()
    await ask(story, case_id)
    raw = mail(
        f"3人です。写真を送ります。{QUOTED}",
        to=await reply_address(story, settings, Message.ASKED),
        files=(("工場.jpg", jpeg(), "image/jpeg"), ("道具.zip", b"PK\x03\x04", "application/zip")),
    )
    assert await come(story, settings, raw) is S.ADDED
    case = await story.case(case_id)
    assert case.status is Status.TRIAGED
    assert await additions(story, case_id) == ["3人です。写真を送ります。"]
    assert (await events(story, case_id))[-1] is EventKind.ADDED
    [names] = await story.see(
        lambda session: session.execute(
            select(Attachment.name, StoredFile.digest).join(StoredFile, StoredFile.id == Attachment.file_id)
        ).all()
    )
    assert names.name == "工場.jpg"
    [row] = await mails_of(story, case_id)
    file = await story.see(lambda session: mailbox.mail_file(session, story.clerk, story.applied.id, row.id))
    assert "> 何人でお使いですか。" in file.body
    assert (file.about, file.row.is_open, len(file.refused)) == (Message.ASKED, False, 1)
    kept = await story.see(lambda session: mailbox.original(session, story.clerk, story.applied.id, row.id))
    assert DiskCabinet(settings.files_folder).local(kept.content.digest).read_bytes() == raw


async def test_the_same_mail_is_stored_once_whatever_servers_added(story: Story, settings: Settings) -> None:
    case_id = await story.triaged()
    await ask(story, case_id)
    to = await reply_address(story, settings, Message.ASKED)
    assert await come(story, settings, mail("3人です。", to=to)) is S.ADDED
    assert await come(story, settings, mail("3人です。", to=to, received="by mx2")) is None
    assert await come(story, settings, mail("3人です。", to=to, message_id="")) is S.ADDED
    assert await come(story, settings, mail("3人です。", to=to, message_id="")) is None
    # A stranger who uses the identifier first keeps nobody's mail out.
    assert await come(story, settings, mail("4人です。", to=to, sender="x@example.com")) is S.OTHER_SENDER
    assert await come(story, settings, mail("4人です。", to=to)) is S.ADDED
    assert await additions(story, case_id) == ["3人です。", "3人です。", "4人です。"]


@BOTH
async def test_two_that_take_in_the_same_mail_store_it_once(story: Story, settings: Settings) -> None:
    raw = mail("はじめまして。", subject="相談")
    done = await asyncio.gather(*(come(story, settings, raw) for _ in range(4)))
    assert sorted(done, key=str) == [None, None, None, S.RECEIVED]
    assert await count(story, Receipt) == 1


async def test_somebody_else_with_the_right_address_is_heard_and_changes_nothing(
    story: Story, settings: Settings
) -> None:
    case_id = await story.triaged()
    await ask(story, case_id)
    to = await reply_address(story, settings, Message.ASKED)
    raw = mail(
        "3人です。", to=to, sender="taro@office.example.jp", files=(("a.pdf", pdf(), "application/pdf"),)
    )
    assert await come(story, settings, raw) is S.OTHER_SENDER
    assert await come(story, settings, mail("x", to=to, sender=f"{ADDRESS}, x@example.com")) is S.OTHER_SENDER
    assert (await story.case(case_id)).status is Status.WAITING
    assert await additions(story, case_id) == []
    assert await count(story, Attachment) == 0
    assert (await events(story, case_id))[-1] is EventKind.MAIL_KEPT
    assert [(row.state, row.is_open) for row in await mails_of(story, case_id)] == [
        (S.OTHER_SENDER, True)
    ] * 2


async def test_an_address_nobody_confirmed_yet_is_another_one(story: Story, settings: Settings) -> None:
    case_id = await story.triaged(confirmed=False)
    to = await reply_address(story, settings, Message.CONFIRM)
    assert await come(story, settings, mail("追伸です。", to=to)) is S.OTHER_SENDER
    await story.confirm(case_id)
    assert await come(story, settings, mail("追伸の続きです。", to=to)) is S.ADDED


async def test_a_number_in_the_subject_decides_nothing(story: Story, settings: Settings) -> None:
    case_id = await story.triaged()
    await ask(story, case_id)
    number = story.numbers[case_id]
    quoted = f"<{(await rows(story, Message.ASKED))[0].message_id}@testserver>"
    raw = mail("3人です。", subject=f"Re: 受付番号 {number}", in_reply_to=quoted, references=quoted)
    assert await come(story, settings, raw) is S.RECEIVED
    assert (await story.case(case_id)).status is Status.WAITING


async def test_an_answer_to_a_finished_case_waits_for_a_person(story: Story, settings: Settings) -> None:
    case_id = await story.triaged()
    await answer(story, case_id)
    await story.close(case_id)
    to = await reply_address(story, settings, Message.REPLIED)
    assert await come(story, settings, mail("ありがとうございました。", to=to)) is S.FINISHED
    assert (await story.case(case_id)).status is Status.CLOSED
    assert [row.is_open for row in await mails_of(story, case_id)] == [True]


async def test_a_long_answer_is_kept_whole_and_shown_in_part(story: Story, settings: Settings) -> None:
    case_id = await story.triaged()
    await ask(story, case_id)
    to = await reply_address(story, settings, Message.ASKED)
    assert await come(story, settings, mail("長" * 30_000, to=to)) is S.ADDED
    [body] = await additions(story, case_id)
    assert len(body) < 10_000
    assert body.endswith("（長いため、ここまでを載せています）")
    size = await story.see(lambda session: session.scalar(select(func.length(IncomingMail.body))))
    assert size == 30_000


# ---- Machines ----


@pytest.mark.parametrize(
    "headers",
    [{"auto_submitted": "auto-replied"}, {"precedence": "bulk"}, {"subject": "自動応答：不在にしています"}],
)
async def test_absent_peoples_programs_are_noted_and_never_answered(
    story: Story, settings: Settings, headers: dict[str, Any]
) -> None:
    case_id = await story.triaged()
    await ask(story, case_id)
    before = await count(story, OutboxMessage)
    to = await reply_address(story, settings, Message.ASKED)
    assert await come(story, settings, mail("不在です。", to=to, **headers)) is S.AUTOMATIC
    assert (await story.case(case_id)).status is Status.WAITING
    assert (await events(story, case_id))[-1] is EventKind.AUTO_REPLIED
    assert await additions(story, case_id) == []
    assert await count(story, OutboxMessage) == before


@BOTH
async def test_a_bounce_is_told_beside_the_mail_it_is_about(story: Story, settings: Settings) -> None:
    case_id = await story.triaged()
    await ask(story, case_id)
    to = await reply_address(story, settings, Message.ASKED, Way.BOUNCE)
    assert await come(story, settings, report(to=to, action="delayed", status="4.4.1")) is S.DELAYED
    assert (await events(story, case_id))[-1] is EventKind.ASKED
    assert (
        await come(story, settings, of_carrier("メールボックスがいっぱいのため配信できませんでした。", to=to))
        is S.BOUNCED
    )
    assert await come(story, settings, report(to=to)) is S.BOUNCED
    assert await come(story, settings, report(to=to, text="again")) is S.BOUNCED
    assert (await events(story, case_id))[-3:] == [EventKind.ASKED, EventKind.BOUNCED, EventKind.BOUNCED]
    [row] = await rows(story, Message.ASKED)
    assert (row.bounce, row.bounced_at) == (Bounce.HARD, story.at)
    assert (await story.case(case_id)).status is Status.WAITING


async def test_a_bounce_to_another_address_is_matched_by_the_mail_it_quotes(
    story: Story, settings: Settings
) -> None:
    case_id = await story.triaged()
    await ask(story, case_id)
    [row] = await rows(story, Message.ASKED)
    raw = report(to="no-reply@testserver", message_id=f"{row.message_id}@testserver")
    assert await come(story, settings, raw) is S.BOUNCED
    [row] = await rows(story, Message.ASKED)
    assert row.bounce is Bounce.HARD
    strange = report(to="no-reply@testserver", message_id=f"{row.message_id}@example.com", text="strange")
    assert await come(story, settings, strange) is S.AUTOMATIC


async def test_machines_make_no_receipts(story: Story, settings: Settings) -> None:
    assert await come(story, settings, mail("お知らせ", auto_submitted="auto-generated")) is S.AUTOMATIC
    assert await come(story, settings, report(to=IN)) is S.AUTOMATIC
    assert await count(story, Receipt) == 0


# ---- Mails nobody asked for ----


async def test_a_new_mail_waits_to_be_checked_and_is_counted_when_admitted(
    story: Story, settings: Settings
) -> None:
    before = await count(story, OutboxMessage)
    raw = mail(
        "紙の日報をやめたいです。", subject="相談です", sender="花子 <Hanako@example.jp>",
        files=(("図.pdf", pdf(), "application/pdf"),),
    )  # fmt: skip
    assert await come(story, settings, raw) is S.RECEIVED
    receipt, requester, case = await story.see(
        lambda session: session.execute(
            select(Receipt, Requester, Case)
            .join(Requester, Requester.id == Receipt.requester_id)
            .join(Case, Case.receipt_id == Receipt.id)
        ).one()
    )
    assert (receipt.channel, receipt.quarantine_reason) == (Channel.EMAIL, QuarantineReason.MAIL)
    assert (case.title, case.body, case.status) == (
        "相談です",
        "紙の日報をやめたいです。",
        Status.QUARANTINED,
    )
    assert (requester.name, requester.email, requester.email_confirmed_at) == (
        "花子",
        "hanako@example.jp",
        None,
    )
    assert await count(story, Attachment) == 1
    assert await count(story, OutboxMessage) == before
    await story.do(triage.admit_many, story.applied, [case.id], by=story.clerk)
    assert (await story.case(case.id)).status is Status.RECEIVED
    assert await count(story, OutboxMessage) == before + 1
    # Whoever wrote a mail was never shown a passcode.
    to = await reply_address(story, settings, Message.CONFIRM)
    await story.do(tracking.confirm_email, story.keys.confirm_token(receipt.number, "hanako@example.jp"))
    assert await come(story, settings, mail("追伸", to=to, sender="HANAKO@example.jp")) is S.ADDED


async def test_a_mail_goes_to_the_desk_it_was_sent_to(story: Story, settings: Settings) -> None:
    other = await open_story(story.database, "toyama-meyasubako")

    def chosen(*recipients: str, usual: str = "") -> str:
        own = replace(other.applied, desk=replace(other.applied.desk, mail_in="Toyama@example.lg.jp"))
        return mailbox.desk_for((story.applied, own), recipients, usual).code

    assert chosen("x@example.jp", "toyama@example.lg.jp") == "toyama-meyasubako"
    assert chosen("x@example.jp") == MIE
    assert chosen("x@example.jp", usual="toyama-meyasubako") == "toyama-meyasubako"


async def test_what_cannot_be_read_is_kept_and_shown(story: Story, settings: Settings) -> None:
    for raw in (b"\xff\xfe\x00 no mail at all", b"", b"From: a@example.jp\r\n\r\n \r\n"):
        assert await come(story, settings, raw) is S.UNREADABLE
    page = await story.see(
        lambda session: mailbox.mails(session, story.clerk, story.applied.id, is_open=True)
    )
    assert (len(page.rows), page.to_look_at) == (3, 3)
    assert await count(story, Receipt) == 0


async def test_a_huge_mail_is_kept_in_part(story: Story, settings: Settings) -> None:
    small = replace(settings, mail_bytes=65_536)
    raw = mail("長い手紙です。" + "長" * 100, files=(("図.pdf", pdf() + b" " * 90_000, "application/pdf"),))
    assert await come(story, small, raw) is S.RECEIVED
    [row] = await story.see(lambda session: list(session.scalars(select(IncomingMail))))
    assert (row.is_cut, row.size) == (True, 65_536)
    assert row.body.startswith("長い手紙です。")


async def test_a_mail_about_a_receipt_goes_to_the_matter_it_was_about(
    story: Story, settings: Settings
) -> None:
    case_id = await story.triaged()
    await story.do(tracking.reissue_passcode, story.numbers[case_id], ADDRESS)
    to = await reply_address(story, settings, Message.PASSCODE)
    assert await come(story, settings, mail("届きました。", to=to)) is S.ADDED
    assert await additions(story, case_id) == ["届きました。"]


# ---- The mailbox ----


@pytest.fixture(scope="module")
def _mailbox() -> Iterator[MailboxServer]:
    with MailboxServer() as server:
        yield server


@pytest.fixture
def box(_mailbox: MailboxServer) -> MailboxServer:
    _mailbox.reset()
    return _mailbox
