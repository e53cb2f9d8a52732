"""Notices on their way: what a mail and the chat of a desk say, and what the desk sees when its chat takes nothing."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import accounts, notices, triage
from meyasubako.core import log
from meyasubako.core.codes import grouped
from meyasubako.core.notices import USUAL
from meyasubako.core.policy import SYSTEM
from meyasubako.core.settings import Settings
from meyasubako.core.vocabulary import Message, NoticeKind, NoticeWay, Role
from meyasubako.store.database import Database
from meyasubako.store.models import OutboxMessage
from meyasubako.worker import Delivered
from tests.harness.chat_server import ChatServer
from tests.harness.letters import deliver, wordings
from tests.harness.site import settings_for
from tests.harness.story import MIE, Story, open_story

SECRET = "T0/B1/verysecret"


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


@pytest.fixture
def chat_server() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, chat_server: ChatServer) -> Settings:
    return settings_for(tmp_path, chat=f"{MIE}=slack:{chat_server.url}/{SECRET}")


async def join(story: Story, login: str, way: NoticeWay) -> int:
    """A colleague who wishes to be told by this way when called."""

    def unit(session: Any) -> int:
        email = f"{login}@example.jp"
        staff_id = accounts.add_staff(
            session, login=login, name=f"見本{login}", password_hash="-", by=SYSTEM, at=story.at, email=email
        )
        accounts.grant(session, staff_id, story.applied.id, Role.CLERK, by=SYSTEM, at=story.at)
        chosen = {**USUAL, NoticeKind.MENTIONED: way}
        notices.choose(session, staff_id, {kind.value: each.value for kind, each in chosen.items()})
        return staff_id

    return await story.database.write(unit)


async def call(story: Story, case_id: int, *staff_ids: int) -> None:
    story.pass_time(minutes=1)
    await story.do(triage.note, case_id, "本文は出ない", tell=staff_ids, by=story.clerk)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_mail_says_number_and_link_and_nothing_of_the_case(story: Story, settings: Settings) -> None:
    sato = await join(story, "sato", NoticeWay.MAIL)
    case_id = await story.triaged()
    await call(story, case_id, sato)
    (worded,) = await wordings(story, Message.NOTICE, settings)
    assert worded == (
        "【みえDXセンター】メモで呼ばれました\n"
        "メモで呼ばれました\n"
        f"　{grouped(story.numbers[case_id])}\n"
        f"　https://testserver/staff/cases/{case_id}\n\n"
        "----------------------------------------\n"
        "みえDXセンター\n"
        "どのようなときに、どう知らせるかは、次のページで選べます。\n"
        "https://testserver/staff/account\n"
    )


async def test_the_chat_is_told_once_for_everybody_who_wishes_it(
    story: Story, settings: Settings, chat_server: ChatServer
) -> None:
    ids = [await join(story, login, NoticeWay.CHAT) for login in ("sato", "suzuki")]
    ids.append(await join(story, "tanaka", NoticeWay.SCREEN))
    case_id = await story.triaged()
    await call(story, case_id, *ids)
    await deliver(story, settings)
    ((path, body),) = chat_server.posts
    link = f"<https://testserver/staff/cases/{case_id}|{grouped(story.numbers[case_id])}>"
    assert path == f"/{SECRET}"
    assert body["text"] == (
        "【みえDXセンター】お知らせ\n"
        f"• 見本satoさん：メモで呼ばれました　{link}\n"
        f"• 見本suzukiさん：メモで呼ばれました　{link}"
    )
    # Once is enough.
    story.pass_time(minutes=10)
    assert await deliver(story, settings) == Delivered()


async def test_a_chat_that_is_away_is_tried_again_and_one_that_refuses_is_shown(
    story: Story, settings: Settings, chat_server: ChatServer
) -> None:
    sato = await join(story, "sato", NoticeWay.CHAT)
    case_id = await story.triaged()

    async def trouble() -> notices.ChatTrouble | None:
        return await story.see(lambda session: notices.trouble_of(session, story.applied.id))

    chat_server.answers = [503, 200, 404]
    await call(story, case_id, sato)
    assert (await deliver(story, settings)).postponed == 1
    assert await trouble() == notices.ChatTrouble(story.at, gave_up=False, error="HTTP 503")
    story.pass_time(minutes=2)
    assert (await deliver(story, settings)).sent == 1
    assert await trouble() is None
    await call(story, case_id, sato)
    assert (await deliver(story, settings)).given_up == 1
    assert await trouble() == notices.ChatTrouble(story.at, gave_up=True, error="HTTP 404")
    story.pass_time(days=1)
    assert await deliver(story, settings) == Delivered()
    assert len(chat_server.posts) == 3


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_who_left_is_not_named_and_a_desk_without_a_chat_writes_nowhere(
    story: Story, settings: Settings, chat_server: ChatServer, tmp_path: Path
) -> None:
    sato = await join(story, "sato", NoticeWay.CHAT)
    case_id = await story.triaged()
    await call(story, case_id, sato)
    assert (await deliver(story, settings_for(tmp_path))).moot == 1
    await call(story, case_id, sato)
    await story.database.write(lambda session: accounts.deactivate(session, sato, by=SYSTEM, at=story.at))
    assert (await deliver(story, settings)).moot == 1
    assert chat_server.posts == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_address_of_a_chat_stands_in_no_record(
    story: Story, settings: Settings, chat_server: ChatServer
) -> None:
    stream = io.StringIO()
    before, level = logging.root.handlers[:], logging.root.level
    log.configure("debug", stream)
    try:
        sato = await join(story, "sato", NoticeWay.CHAT)
        case_id = await story.triaged()
        chat_server.answers = [404]
        for _ in range(2):
            await call(story, case_id, sato)
            await deliver(story, settings)
    finally:
        logging.root.handlers[:], logging.root.level = before, level
    assert "a message was not sent" in stream.getvalue()
    assert "verysecret" not in stream.getvalue() + repr(settings)
    held = await story.see(lambda session: session.scalars(select(OutboxMessage.last_error)).all())
    assert "verysecret" not in repr(held)
