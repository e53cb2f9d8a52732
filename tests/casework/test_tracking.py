"""Tracking: what number and passcode open, what a requester may do, and that nothing internal is shown."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from meyasubako.casework import desks, intake, replies, tracking, triage
from meyasubako.core import codes
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys
from meyasubako.core.errors import InvalidInput, NotFound, WrongState
from meyasubako.core.policy import REQUESTER, Actor
from meyasubako.core.vocabulary import (
    PUBLIC_STEP,
    ActorKind,
    Channel,
    EventKind,
    Message,
    ProviderKind,
    Role,
    Status,
    Step,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Addition, Case, Event, OutboxMessage, Staff
from tests.harness.shipped import shipped_desk
from tests.harness.story import TOYAMA, open_story

T = TypeVar("T")

AT = datetime(2026, 7, 3, 1, 12, tzinfo=UTC)
KEYS = Keys(b"a key for tests, 32 bytes long..")
EMAIL = "hanako@example.jp"


@dataclass
class Sent:
    """A receipt somebody may ask after, and the clerk who works on it."""

    database: Database
    desk: AppliedDesk
    clerk: Actor
    number: str
    case_id: int
    generation: int = 1

    async def read(self, unit: Callable[[Any], T]) -> T:
        return await self.database.read(unit)

    async def view(self) -> tracking.ReceiptView:
        return await self.read(lambda s: tracking.view(s, self.desk.desk, self.number, self.generation))

    async def matter(self) -> tracking.CaseView:
        return (await self.view()).cases[0]

    async def triage(self) -> None:
        decision = triage.check(
            self.desk.desk,
            {
                "requester_type": ["resident"],
                "purpose": ["opinion"],
                "topics": ["health"],
                "division": ["digital-office"],
            },
        )
        await self.database.write(
            lambda s: triage.triage(s, self.desk.desk, self.case_id, decision, by=self.clerk, at=AT)
        )

    async def ask(self, body: str) -> None:
        await self.database.write(lambda s: replies.ask(s, self.case_id, body, by=self.clerk, at=AT))

    async def reply(self, body: str) -> None:
        await self.database.write(lambda s: replies.reply(s, self.case_id, body, by=self.clerk, at=AT))

    async def decline(self, reason: str) -> None:
        await self.database.write(
            lambda s: triage.decline(s, self.desk.desk, self.case_id, reason, by=self.clerk, at=AT)
        )

    async def add(self, body: str, *, generation: int = 1, case_id: int | None = None) -> None:
        await self.database.write(
            lambda s: tracking.add(s, self.number, generation, case_id or self.case_id, body, at=AT)
        )

    async def withdraw(self) -> None:
        await self.database.write(
            lambda s: tracking.withdraw(s, self.number, self.generation, self.case_id, at=AT)
        )

    async def confirm(self) -> int:
        token = KEYS.confirm_token(self.number, EMAIL)
        return await self.database.write(lambda s: tracking.confirm_email(s, token, at=AT))

    async def reissue(self, number: str, email: str) -> None:
        await self.database.write(lambda s: tracking.reissue_passcode(s, number, email, at=AT))

    async def unlock(self, number: str, passcode: str) -> tuple[str, int] | None:
        return await self.read(lambda s: tracking.unlock(s, number, passcode, keys=KEYS))

    async def events(self) -> list[EventKind]:
        return await self.read(
            lambda s: list(
                s.scalars(select(Event.kind).where(Event.case_id == self.case_id).order_by(Event.id))
            )
        )

    async def messages(self) -> list[Message]:
        return await self.read(
            lambda s: list(s.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)))
        )


async def received(database: Database, desk: AppliedDesk, key: str) -> intake.Received:
    submission = intake.check(
        desk.desk,
        {
            "requester_type": ["resident"],
            "purpose": ["opinion"],
            "title": ["スマホ講座を増やしてほしい"],
            "body": ["公民館での講座が、いつも満員です。"],
            "reply_wanted": ["yes"],
            "email": [EMAIL],
            "publish_consent": ["yes"],
        },
    )
    return await database.write(
        lambda s: intake.receive(
            s,
            desk,
            submission,
            channel=Channel.WEB,
            received_at=AT,
            keys=KEYS,
            idempotency_key=key,
            by=REQUESTER,
            at=AT,
        )
    )


@pytest.fixture
async def sent(database: Database) -> Sent:
    definition = shipped_desk(TOYAMA)

    def prepare(session: Any) -> tuple[AppliedDesk, int]:
        desks.apply(session, definition, at=AT)
        staff = Staff(login="yamada", name="山田一郎", password_hash="x", is_active=True, created_at=AT)
        session.add(staff)
        session.flush()
        return desks.find(session, definition.code), staff.id

    desk, staff_id = await database.write(prepare)
    clerk = Actor(ActorKind.STAFF, staff_id, "山田一郎", {desk.id: Role.CLERK})
    result = await received(database, desk, "key")
    return Sent(database, desk, clerk, result.number, result.case_ids[0])


# ---- Opening ----


async def test_number_and_passcode_open_in_any_writing(sent: Sent) -> None:
    passcode = KEYS.passcode(sent.number, 1)
    for number, typed in [
        (sent.number, passcode),
        (codes.grouped(sent.number).lower(), codes.grouped(passcode).lower()),
        (" ".join(sent.number), codes.grouped(passcode).replace("-", "ー")),
    ]:
        assert await sent.unlock(number, typed) == (sent.number, 1)


async def test_whatever_does_not_fit_opens_nothing(sent: Sent) -> None:
    passcode = KEYS.passcode(sent.number, 1)
    other = codes.draw_receipt_number()
    for number, typed in [
        (sent.number, KEYS.passcode(sent.number, 2)),
        (sent.number, passcode[:-1]),
        (sent.number, ""),
        (other, passcode),
        (other, KEYS.passcode(other, 1)),
        ("", ""),
        ("\x00' or 1=1 --", passcode),
    ]:
        assert await sent.unlock(number, typed) is None


# ---- Seeing ----


async def test_what_was_sent_is_shown_with_where_it_stands(sent: Sent) -> None:
    view = await sent.view()
    assert (view.number, view.reply_wanted, view.publish_consent) == (sent.number, True, True)
    assert (view.has_email, view.email_confirmed) == (True, False)
    matter = view.cases[0]
    assert (matter.step, matter.sentence) == (Step.RECEIVED, "受け付けました。これから内容を確かめます。")
    assert (matter.conversation, matter.can_add, matter.can_withdraw) == ((), True, True)


async def test_the_conversation_names_offices_and_never_persons(sent: Sent) -> None:
    await sent.triage()
    await sent.ask("どちらの公民館ですか。")
    await sent.add("中央公民館です。")
    await sent.reply("回数を増やします。")
    matter = await sent.matter()
    assert [(said.what, said.who, said.body) for said in matter.conversation] == [
        ("おたずね", "富山県デジタル化推進室", "どちらの公民館ですか。"),
        ("書き足した内容", "あなた", "中央公民館です。"),
        ("回答", "デジタル化推進室", "回数を増やします。"),
    ]
    assert matter.step is Step.ANSWERED
    assert "山田" not in str(await sent.view())


async def test_whoever_was_declined_reads_why(sent: Sent) -> None:
    await sent.decline("not-dx")
    matter = await sent.matter()
    assert [said.body for said in matter.conversation] == [sent.desk.desk.decline_reason("not-dx").text]
    assert (matter.can_add, matter.can_withdraw) == (False, False)


async def test_every_status_has_a_step_and_a_sentence_without_internal_words() -> None:
    internal = [
        status.label for status in (Status.TRIAGED, Status.OFFERED, Status.MERGED, Status.QUARANTINED)
    ]
    for status in Status:
        step, sentence = PUBLIC_STEP[status]
        assert isinstance(step, Step)
        assert sentence.endswith("。")
        assert not [word for word in [*internal, "案件", "振分け"] if word in sentence]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (ProviderKind.ADVISER, "専門家（アドバイザー）が引き受けました。"),
        (ProviderKind.PARTNER, "企業（パートナー）が引き受けました。"),
        (ProviderKind.SUPPORT_ORGANISATION, "支援機関が引き受けました。"),
    ],
)
async def test_who_was_taken_on_reads_so_without_a_name(
    database: Database, kind: ProviderKind, told: str
) -> None:
    story = await open_story(database, "toyama-meyasubako")
    helper = await story.list_provider(kind=kind)
    case_id = await story.triaged()
    offer_id = await story.offer(case_id, helper)

    async def matter() -> tracking.CaseView:
        number = story.numbers[case_id]
        return (await story.see(lambda s: tracking.view(s, story.applied.desk, number, 1))).cases[0]

    assert (await matter()).sentence == "専門家に相談しています。"
    await story.accept(offer_id, helper)
    taken = await matter()
    assert taken.step is Step.WORKING
    assert taken.sentence.startswith(told)
    assert "サンプル" not in taken.sentence
    await story.do(replies.ask, case_id, "台数は何台ですか。", by=story.clerk)
    assert ((await matter()).step, (await matter()).sentence) == (Step.WORKING, "お返事をお待ちしています。")


# ---- Adding ----


async def test_an_answer_takes_a_waiting_case_back_to_where_it_came_from(sent: Sent) -> None:
    await sent.triage()
    await sent.ask("どちらの公民館ですか。")
    assert (await sent.matter()).waits_for_requester
    await sent.add("  中央公民館です。\r\n")
    status = await sent.read(lambda s: s.get_one(Case, sent.case_id).status)
    assert status is Status.TRIAGED
    assert await sent.events() == [EventKind.RECEIVED, EventKind.TRIAGED, EventKind.ASKED, EventKind.ADDED]
    bodies = await sent.read(lambda s: list(s.scalars(select(Addition.body))))
    assert bodies == ["中央公民館です。"]


async def test_pressing_twice_adds_once_but_the_same_word_answers_two_questions(sent: Sent) -> None:
    await sent.triage()
    for question in ("満員でしたか。", "いまもですか。"):
        await sent.ask(question)
        await sent.add("はい")
        await sent.add("はい")
    said = (await sent.matter()).conversation
    assert [each.body for each in said if each.who == "あなた"] == ["はい", "はい"]


@pytest.mark.parametrize("body", ["", " \n\u200b", "あ" * 4_001])
async def test_nothing_or_too_much_is_refused_and_leaves_nothing(sent: Sent, body: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await sent.add(body)
    assert refused.value.field == "body"
    assert await sent.events() == [EventKind.RECEIVED]


async def test_nobody_adds_to_what_is_over_or_not_theirs(sent: Sent) -> None:
    other = await received(sent.database, sent.desk, "another-key")
    with pytest.raises(NotFound):
        await sent.add("x", case_id=other.case_ids[0])
    with pytest.raises(NotFound):
        await sent.add("x", generation=2)
    await sent.withdraw()
    with pytest.raises(WrongState):
        await sent.add("x")
    assert await sent.read(lambda s: list(s.scalars(select(Addition)))) == []


# ---- Withdrawing ----


async def test_what_was_not_answered_can_be_withdrawn_once(sent: Sent) -> None:
    await sent.withdraw()
    matter = await sent.matter()
    assert (matter.step, matter.sentence, matter.can_withdraw) == (
        Step.RECEIVED,
        "取り下げました。対応は終わっています。",
        False,
    )
    assert matter.is_withdrawn
    assert [(said.at, said.who, said.body) for said in matter.conversation] == [
        (AT, "あなた", "取り下げました。")
    ]
    with pytest.raises(WrongState):
        await sent.withdraw()
    assert await sent.events() == [EventKind.RECEIVED, EventKind.WITHDRAWN]


async def test_what_was_answered_cannot_be_withdrawn(sent: Sent) -> None:
    await sent.triage()
    await sent.reply("回答")
    with pytest.raises(WrongState):
        await sent.withdraw()


async def test_consent_to_publish_is_taken_back_once(sent: Sent) -> None:
    for _ in range(2):
        await sent.database.write(
            lambda s: tracking.withdraw_publish_consent(s, sent.number, sent.generation, at=AT)
        )
    assert (await sent.view()).publish_consent is False
    assert await sent.events() == [EventKind.RECEIVED, EventKind.CONSENT_WITHDRAWN]


async def test_consent_taken_back_several_times_at_once_is_one_event(sent: Sent) -> None:
    def take_back(session: Any) -> None:
        tracking.withdraw_publish_consent(session, sent.number, sent.generation, at=AT)

    await asyncio.gather(*(sent.database.write(take_back) for _ in range(6)))
    assert await sent.events() == [EventKind.RECEIVED, EventKind.CONSENT_WITHDRAWN]


# ---- Address and passcode ----


async def test_a_link_confirms_the_address_as_often_as_it_is_pressed(sent: Sent) -> None:
    token = KEYS.confirm_token(sent.number, EMAIL)
    assert await sent.read(lambda s: tracking.desk_of_link(s, token)) == sent.desk.id
    assert [await sent.confirm(), await sent.confirm()] == [sent.desk.id] * 2
    assert (await sent.view()).email_confirmed
    for unit in (
        lambda s: tracking.desk_of_link(s, "none"),
        lambda s: tracking.confirm_email(s, "none", at=AT + timedelta(1)),
    ):
        with pytest.raises(NotFound, match="リンクは使えません"):
            await sent.database.write(unit)


async def test_a_new_passcode_goes_to_the_confirmed_address_and_ends_the_old_one(sent: Sent) -> None:
    await sent.confirm()
    await sent.reissue(codes.grouped(sent.number).lower(), " ＨＡＮＡＫＯ@example.jp ")
    assert await sent.messages() == [Message.CONFIRM, Message.PASSCODE]
    assert await sent.unlock(sent.number, KEYS.passcode(sent.number, 1)) is None
    assert await sent.unlock(sent.number, KEYS.passcode(sent.number, 2)) == (sent.number, 2)
    with pytest.raises(NotFound):
        await sent.view()


async def test_a_new_passcode_goes_nowhere_else(sent: Sent) -> None:
    await sent.reissue(sent.number, EMAIL)
    await sent.confirm()
    await sent.reissue(sent.number, "someone@example.jp")
    await sent.reissue(sent.number, "")
    await sent.reissue(codes.draw_receipt_number(), EMAIL)
    assert await sent.messages() == [Message.CONFIRM]
    assert await sent.unlock(sent.number, KEYS.passcode(sent.number, 1)) == (sent.number, 1)
