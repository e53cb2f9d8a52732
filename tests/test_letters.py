"""What a mail says, and to whom: never content to an address nobody confirmed, never contact data, nothing out of date."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from meyasubako import worker
from meyasubako.casework import desks, directory, matching, outbox, replies, tracking, triage
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import grouped
from meyasubako.core.desk import Desk
from meyasubako.core.settings import Settings
from meyasubako.core.vocabulary import Message, ProviderKind
from meyasubako.store.database import Database
from meyasubako.store.models import OutboxMessage, Requester
from meyasubako.worker import Delivered
from tests.harness.letters import (
    all_kinds,
    answer,
    ask,
    correct,
    decline,
    deliver,
    interim,
    wording,
    wordings,
)
from tests.harness.mail_server import Delivery, MailServer
from tests.harness.site import settings_for
from tests.harness.story import ADDRESS, ADVISER_ADDRESS, MIE, REQUESTER_DETAILS, TOYAMA, Story, open_story

# Nothing of these may reach an address nobody has confirmed.
CONTENT = ("IT導入", "日報", "見本太郎", "サンプル製作所", "ないしょの回答")


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


@pytest.fixture
def settings(tmp_path: Path, mail_server: MailServer) -> Settings:
    return settings_for(tmp_path, smtp=mail_server.url)


async def test_the_first_mail_to_an_address_says_the_number_and_how_to_confirm(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    case_id = await story.receive(confirmed=False)
    assert await deliver(story, settings) == Delivered(sent=1)
    (mail,) = mail_server.to(ADDRESS)
    number = story.numbers[case_id]
    assert mail.subject == (
        f"【みえDXセンター】受付番号 {grouped(number)} で受け付けました（アドレスの確認のお願い）"
    )
    assert f"https://testserver/confirm/{story.keys.confirm_token(number, ADDRESS)}\n" in mail.text
    assert "https://testserver/status\n" in mail.text
    assert grouped(story.keys.passcode(number, 1)) not in mail.text
    assert not [word for word in CONTENT if word in mail.text]
    assert mail.message["From"].addresses[0].display_name == "みえDXセンター"
    assert mail.message["From"].addresses[0].addr_spec == "no-reply@testserver"
    assert mail.message["Reply-To"] == "dxcenter@pref.mie.lg.jp"
    assert "059-224-3086" in mail.text
    assert "dxcenter@pref.mie.lg.jp" in mail.text


@pytest.mark.parametrize(
    ("days", "wanted", "said"),
    [("6", True, "7月10日（金）までに、お返事します。\n"), ("6", False, ""), ("", True, "")],
)
async def test_the_first_mail_says_what_happens_next_and_by_when(
    story: Story, settings: Settings, days: str, wanted: bool, said: str
) -> None:
    if days:
        desk = replace(story.applied.desk, answer_within_office_days=int(days))
        story.applied = await story.do(promise, desk)
    await story.receive(confirmed=False, reply_wanted=wanted)
    text = await wording(story, Message.CONFIRM, settings)
    assert "までに、お返事します" not in text.replace(said or "-", "")
    assert said in text
    unfolded = text.replace("\n", "")
    assert [step for step in story.applied.desk.steps if step not in unfolded] == []


def promise(session: Session, desk: Desk, *, at: datetime) -> AppliedDesk:
    desks.apply(session, desk, at=at)
    return desks.find(session, desk.code)


async def test_mails_stand_under_the_first_of_their_receipt_or_offer(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    case_id, other = await story.triaged(), await story.triaged()
    adviser = await story.list_provider()
    await story.accept(await story.offer(case_id, adviser), adviser)
    await answer(story, case_id)
    await answer(story, other)
    story.pass_time(minutes=1)
    await deliver(story, settings)
    threads: dict[str, list[str | None]] = {}
    for mail in mail_server.deliveries:
        root = mail.message["In-Reply-To"] or mail.message["Message-ID"]
        assert mail.message["References"] == mail.message["In-Reply-To"]
        threads.setdefault(root, []).append(mail.message["To"])
    requester, provider = [ADDRESS, ADDRESS], [ADVISER_ADDRESS]
    assert sorted(threads.values()) == sorted([requester, requester, provider])


async def test_an_address_that_was_corrected_is_asked_and_the_former_one_told(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    case_id = await story.receive()
    await deliver(story, settings)
    mail_server.reset()
    await correct(story, case_id, email="new@example.jp", phone="059-111-2222")
    await deliver(story, settings)
    number = story.numbers[case_id]
    [asked], [told] = mail_server.to("new@example.jp"), mail_server.to(ADDRESS)
    assert f"https://testserver/confirm/{story.keys.confirm_token(number, 'new@example.jp')}\n" in asked.text
    assert "受け付けました" not in asked.subject
    assert "メールアドレスが変わりました" in told.subject
    assert grouped(number) in told.text
    for mail in (asked, told):
        assert not [word for word in (*CONTENT, "059-111-2222") if word in mail.text]
    assert "new@example.jp" not in told.text
    assert "/confirm/" not in told.text
    # The former address was kept for this one mail.
    assert await story.see(lambda session: session.scalars(select(Requester.email)).all()) == [
        "new@example.jp"
    ]


async def test_a_former_address_that_refuses_is_forgotten_as_well(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    case_id = await story.receive()
    await deliver(story, settings)
    await correct(story, case_id, email="")
    mail_server.refuse = "550 5.1.1 unknown"
    assert await deliver(story, settings) == Delivered(given_up=1)
    assert await story.see(lambda session: session.scalars(select(Requester.email)).all()) == [""]


async def test_who_took_the_old_address_back_is_not_told_of_it(story: Story, settings: Settings) -> None:
    case_id = await story.receive()
    await correct(story, case_id, email="new@example.jp")
    await correct(story, case_id, email=ADDRESS)
    assert await wordings(story, Message.ADDRESS_CHANGED, settings) == [None]


async def test_somebody_who_wrote_a_letter_learns_where_to_get_the_passcode(
    story: Story, settings: Settings
) -> None:
    await story.receive(confirmed=False, by=story.clerk)
    text = await wording(story, Message.CONFIRM, settings)
    assert "合言葉は、アドレスを\n確かめたあと、このページからお取り寄せになれます。" in text
    assert "受付の画面で" not in text


async def test_the_passcode_goes_to_a_confirmed_address_only_and_is_the_newest(
    story: Story, settings: Settings
) -> None:
    case_id = await story.receive()
    number = story.numbers[case_id]
    for _ in range(2):
        await story.do(tracking.reissue_passcode, number, ADDRESS)
    third = grouped(story.keys.passcode(number, 3))
    for text in await wordings(story, Message.PASSCODE, settings):
        assert text is not None
        assert (grouped(number) in text, third in text) == (True, True)
    await story.database.write(
        lambda session: session.execute(update(Requester).values(email_confirmed_at=None))
    )
    assert await wordings(story, Message.PASSCODE, settings) == [None, None]


TO_REQUESTERS = [
    pytest.param(Message.INTERIM, interim, "調べて\nいます。", id="interim"),
    pytest.param(Message.ASKED, ask, "何人でお使いですか。\n日報は何枚ですか。", id="asked"),
    pytest.param(Message.REPLIED, answer, "ないしょの回答です。\n\n2行目です。", id="replied"),
    pytest.param(Message.DECLINED, decline, "", id="declined"),
]


@pytest.mark.parametrize(("kind", "act", "content"), TO_REQUESTERS)
async def test_a_confirmed_address_gets_the_content(
    story: Story, settings: Settings, kind: Message, act: Callable[..., Any], content: str
) -> None:
    case_id = await story.triaged()
    await act(story, case_id)
    text = await wording(story, kind, settings)
    content = content or story.applied.desk.open_decline_reasons[0].text.strip()
    assert content in text
    assert "見本太郎 様\n" in text
    assert grouped(story.numbers[case_id]) in text
    assert "https://testserver/status\n" in text


@pytest.mark.parametrize(("kind", "act", "content"), TO_REQUESTERS)
async def test_an_unconfirmed_address_learns_only_that_there_is_something(
    story: Story, settings: Settings, kind: Message, act: Callable[..., Any], content: str
) -> None:
    case_id = await story.triaged(confirmed=False)
    await act(story, case_id)
    text = await wording(story, kind, settings)
    assert grouped(story.numbers[case_id]) in text
    assert "https://testserver/status\n" in text
    reason = story.applied.desk.open_decline_reasons[0].text.strip()
    assert not [word for word in (*CONTENT, "何人", reason) if word in text]


@pytest.mark.parametrize(("kind", "act", "content"), TO_REQUESTERS)
async def test_confirming_in_time_is_enough(
    story: Story, settings: Settings, kind: Message, act: Callable[..., Any], content: str
) -> None:
    case_id = await story.triaged(confirmed=False)
    await act(story, case_id)
    await story.confirm(case_id)
    assert content in await wording(story, kind, settings)


@pytest.mark.parametrize(("kind", "act", "content"), TO_REQUESTERS)
async def test_without_an_address_nobody_is_written_to(
    story: Story, settings: Settings, kind: Message, act: Callable[..., Any], content: str
) -> None:
    case_id = await story.triaged(requester=replace(REQUESTER_DETAILS, email=""))
    await act(story, case_id)
    assert await wordings(story, kind, settings) == [None]
    assert await deliver(story, settings) == Delivered(moot=1)
    assert await deliver(story, settings) == Delivered()
    # Nor does their own page say that they were.
    number = story.numbers[case_id]
    assert (await story.see(lambda session: tracking.held(session, number, 1))).mails == ()


async def test_an_erased_address_is_no_longer_written_to(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    case_id = await story.triaged()
    await answer(story, case_id)
    await story.database.write(lambda session: session.execute(update(Requester).values(email="")))
    assert await deliver(story, settings) == Delivered(moot=2)
    assert mail_server.deliveries == []


async def test_who_wished_for_no_answer_gets_none_but_is_asked(story: Story, settings: Settings) -> None:
    case_id = await story.triaged(reply_wanted=False)
    await ask(story, case_id)
    assert "何人" in await wording(story, Message.ASKED, settings)
    await answer(story, case_id)
    await story.close(case_id)
    assert await wordings(story, Message.REPLIED, settings) == [None]
    assert await wordings(story, Message.SURVEY, settings) == []


async def test_what_events_overtook_is_not_sent(story: Story, settings: Settings) -> None:
    asked, declined = await story.triaged(), await story.triaged()
    await ask(story, asked)
    await story.do(replies.resume, asked, by=story.clerk)
    assert await wordings(story, Message.ASKED, settings) == [None]
    await decline(story, declined)
    await story.do(triage.undo, declined, "取り違えました。", by=story.clerk)
    assert await wordings(story, Message.DECLINED, settings) == [None]


async def test_the_survey_asks_the_question_of_the_desk_until_it_is_too_late(
    story: Story, settings: Settings
) -> None:
    case_id = await story.triaged()
    await answer(story, case_id)
    await story.close(case_id)
    text = await wording(story, Message.SURVEY, settings)
    assert "今回のご相談は、役に立ちましたか。" in text
    assert "https://testserver/survey/" in text
    assert "9月1日（火）まで" in text
    story.pass_time(days=61)
    assert await wordings(story, Message.SURVEY, settings) == [None]
    story.pass_time(days=-61)
    await story.do(replies.reopen, case_id, "続きがありました。", by=story.clerk)
    assert await wordings(story, Message.SURVEY, settings) == [None]


async def test_an_offer_says_what_the_desk_chose_and_by_when_to_answer(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    case_id = await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    await deliver(story, settings)
    (mail,) = mail_server.to(ADVISER_ADDRESS)
    assert "7月10日（金）までにお返事ください" in mail.subject
    assert "サンプル専門家 様\n" in mail.text
    assert "件名　　現場作業員へのIT導入を進めたい\n相談者　県内の事業者\n希望　　オンライン\n" in mail.text
    assert "工場の日報を紙から" in mail.text
    assert f"https://testserver/offers/{story.keys.offer_token(offer_id)}\n" in mail.text
    assert not [word for word in ("見本太郎", "サンプル製作所", ADDRESS, "059-000-0000") if word in mail.text]


async def test_an_offer_hides_what_the_desk_did_not_choose(story: Story, settings: Settings) -> None:
    case_id = await story.triaged(meeting_way=None, wished_dates="")
    office = await story.list_provider("サンプル商工会", kind=ProviderKind.SUPPORT_ORGANISATION)
    await story.offer(case_id, office, matching.Brief("ご助言をお願いします。", False, False))
    text = await wording(story, Message.OFFER, settings)
    assert "サンプル商工会 御中\n" in text
    assert not [
        word for word in ("件名", "相談者", "希望　", "日時", "IT導入", "県内の事業者") if word in text
    ]


async def test_who_accepted_learns_the_next_steps_but_no_contact_data(
    story: Story, settings: Settings
) -> None:
    adviser = await story.list_provider()
    for consent in (True, False):
        case_id = await story.triaged(share_consent=consent)
        await story.accept(await story.offer(case_id, adviser), adviser)
    with_consent, without = await wordings(story, Message.OFFER_ACCEPTED, settings)
    assert with_consent is not None
    assert without is not None
    assert "連絡先も、このページにあります" in with_consent
    assert "連絡先の共有を希望していません" in without
    for text in (with_consent, without):
        assert "3回まで" in text
        assert "https://testserver/offers/" in text
        assert not [word for word in ("見本太郎", ADDRESS, "059-000-0000") if word in text]
    assert await wordings(story, Message.OFFER, settings) == [None, None]


async def test_offers_that_ended_say_why_and_ask_for_nothing(story: Story, settings: Settings) -> None:
    adviser = await story.list_provider()
    await story.offer(await story.triaged(), adviser)
    revoked = await story.offer(await story.triaged(), adviser)
    await story.do(matching.revoke, revoked, by=story.clerk)
    assert "取り下げます" in await wording(story, Message.OFFER_ENDED, settings)
    story.pass_time(days=8)
    assert await wordings(story, Message.OFFER, settings) == [None, None]
    await worker.sweep(story.database, story.keys, at=story.at)
    texts = await wordings(story, Message.OFFER_ENDED, settings)
    assert "期限（7月10日（金））が過ぎました" in (texts[-1] or "")
    assert all("/offers/" not in (text or "") for text in texts)


@pytest.mark.parametrize(
    "entry",
    [
        directory.Entry(ProviderKind.ADVISER, "サンプル専門家", email=""),
        directory.Entry(ProviderKind.ADVISER, "サンプル専門家", email=ADVISER_ADDRESS, is_active=False),
    ],
)
async def test_who_left_the_directory_is_not_written_to(
    story: Story, settings: Settings, entry: directory.Entry
) -> None:
    adviser = await story.list_provider()
    await story.offer(await story.triaged(), adviser)
    await story.database.write(
        lambda session: directory.change(
            session, story.applied, adviser.id or 0, entry, by=story.clerk, at=story.at
        )
    )
    assert await wordings(story, Message.OFFER, settings) == [None]


@pytest.mark.parametrize("code", [TOYAMA, MIE])
async def test_every_kind_of_mail_reads_well_at_every_desk(
    database: Database, settings: Settings, mail_server: MailServer, code: str
) -> None:
    story = await open_story(database, code)
    await all_kinds(story)
    kinds = await story.see(lambda session: set(session.scalars(select(OutboxMessage.kind))))
    assert kinds == set(Message) - {
        Message.REMINDER,
        Message.SIGN_IN,
        Message.NOTICE,
        Message.CHAT,
        Message.FOLLOW_UP,
        Message.REPORT_DUE,
    }
    waiting = await story.see(outbox.waiting)
    done = await deliver(story, settings)
    # Offers that were accepted or revoked need no invitation any more, nor times that did not fit, nor both sides of a
    # meeting that was called off.
    assert (done.sent, done.moot, done.postponed, done.given_up) == (waiting - 7, 7, 0, 0)
    desk = story.applied.desk
    for mail in mail_server.deliveries:
        assert mail.subject.startswith(f"【{desk.name}】")
        assert len(mail.subject) <= 60
        assert desk.office in mail.text
        assert desk.phone is None or f"電話　{desk.phone}\n" in mail.text
        assert "None" not in mail.text
        assert "{" not in mail.text
        assert "\n\n\n" not in mail.text
        assert mail.text.startswith(
            ("見本太郎 様\n\n", "サンプル専門家 様\n\n", "お送りいただいた", "お知らせ")
        )
        for line in own_lines(mail, desk.office):
            assert len(line) <= 35, line


def own_lines(mail: Delivery, office: str) -> list[str]:
    """The lines we wrapped ourselves: no addresses, no names, nothing people wrote."""
    written = re.sub(r"----- (.+?) -----\n.*?\n-{10,}\n", "", mail.text, flags=re.DOTALL)
    return [
        line for line in written.splitlines() if "http" not in line and line != office and set(line) != {"-"}
    ]
