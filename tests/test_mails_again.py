"""A mail that did not arrive is sent once more, by a real mail server, to the address somebody learned meanwhile."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako import mailroom
from meyasubako.casework import casefiles, correspondence, outbox, surveys, tracking
from meyasubako.core.errors import InvalidInput, NotFound, WrongState
from meyasubako.core.mail_address import Way
from meyasubako.core.settings import Settings
from meyasubako.core.vocabulary import Bounce, EventKind, MailState, Message
from meyasubako.store.database import Database
from meyasubako.store.models import Case, Event, OutboxMessage, Receipt, Requester
from tests.harness.letters import answer, deliver, rows
from tests.harness.mail_server import MailServer
from tests.harness.mails import report
from tests.harness.site import settings_for
from tests.harness.story import ADDRESS, ADVISER_ADDRESS, Story, open_story

NEW = "tarou@example.jp"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


@pytest.fixture
def settings(tmp_path: Path, mail_server: MailServer) -> Settings:
    return settings_for(tmp_path, smtp=mail_server.url, mail_in="voice@example.lg.jp")


async def bounce(story: Story, settings: Settings, outbox_id: int) -> None:
    assert settings.mail_in
    to = settings.mail_in.address(Way.BOUNCE, outbox_id, keys=story.keys)
    raw = report(to=to, message_id=str(outbox_id))
    done = await mailroom.take(story.database, settings, story.keys, raw, at=story.at)
    assert done.state is MailState.BOUNCED


async def again(story: Story, case_id: int, outbox_id: int, **options: Any) -> Message:
    places = {"keys": story.keys, "public_url": "https://testserver"}
    return await story.do(
        correspondence.send_again, case_id, outbox_id, **places, **{"by": story.clerk, **options}
    )


async def correct(story: Story, case_id: int, address: str) -> bool:
    desk = story.applied.desk
    of_case = select(Requester.email).join(Receipt).join(Case, Case.receipt_id == Receipt.id)
    seen = await story.see(lambda session: session.scalar(of_case.where(Case.id == case_id)))
    options = {"seen": seen, "keys": story.keys, "by": story.clerk}
    return await story.do(tracking.correct_address, desk, case_id, address, **options)


async def missing(story: Story, case_id: int) -> list[Message]:
    """What the page of the case says did not arrive."""
    file = await story.see(
        lambda session: casefiles.case_file(session, story.clerk, story.applied, case_id, at=story.at)
    )
    return [each.kind for each in file.mails if each.is_missing]


async def test_an_answer_reaches_the_right_address_as_a_mail_of_its_own(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    case_id = await story.triaged()
    await answer(story, case_id)
    await deliver(story, settings)
    [first] = await rows(story, Message.REPLIED)
    with pytest.raises(NotFound):
        await again(story, case_id, first.id)
    await bounce(story, settings, first.id)
    assert await missing(story, case_id) == [Message.REPLIED]

    mail_server.reset()
    assert await correct(story, case_id, NEW)
    assert await again(story, case_id, first.id) is Message.REPLIED
    assert not await correct(story, case_id, NEW)
    with pytest.raises(WrongState, match="もう一度送ってあります"):
        await again(story, case_id, first.id)
    assert await missing(story, case_id) == []
    before, after = await rows(story, Message.REPLIED)
    assert (before.sent_at, before.bounce) == (first.sent_at, Bounce.HARD)
    assert (after.again_of_id, after.subject_id, after.sent_at) == (before.id, before.subject_id, None)
    assert after.message_id != before.message_id
    kinds = select(Event.kind).where(Event.case_id == case_id).order_by(Event.id)
    assert (await story.see(lambda session: list(session.scalars(kinds))))[-2:] == [
        EventKind.CONTACT_CORRECTED,
        EventKind.MAIL_SENT_AGAIN,
    ]

    await deliver(story, settings)
    [told] = mail_server.to(ADDRESS)
    assert NEW not in told.text
    notice, confirming = sorted(mail_server.to(NEW), key=lambda each: "/confirm/" in each.text)
    assert "/confirm/" in confirming.text
    # Nobody has confirmed the new address yet: the mail says that there is something to read, and not what.
    assert "紙の日報" not in notice.text
    assert str(notice.message["Message-ID"]).strip("<>").startswith(after.message_id)

    await story.confirm(case_id)
    await bounce(story, settings, after.id)
    assert await missing(story, case_id) == [Message.REPLIED]
    mail_server.reset()
    await again(story, case_id, after.id)
    await deliver(story, settings)
    [whole] = mail_server.to(NEW)
    reply = await story.see(lambda session: session.get_one(OutboxMessage, after.id).subject_id)
    assert reply is not None
    assert "回答" in whole.subject
    assert whole.text != notice.text
    assert mail_server.to(ADDRESS) == []


async def test_what_no_mail_server_took_is_sent_again_to_providers_too(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    case_id, other = await story.triaged(), await story.triaged()
    adviser = await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    [offer] = await rows(story, Message.OFFER)
    mail_server.refuse = "550 5.1.1 unknown"
    await deliver(story, settings)
    assert Message.OFFER in await missing(story, case_id)
    with pytest.raises(NotFound):
        await again(story, other, offer.id)
    mail_server.reset()
    await again(story, case_id, offer.id)
    await deliver(story, settings)
    assert len(mail_server.to(ADVISER_ADDRESS)) == 1
    # Events overtook it: there is nothing to say any more, and nothing is kept of trying.
    _, offer = await rows(story, Message.OFFER)
    await bounce(story, settings, offer.id)
    await story.accept(offer_id, adviser)
    with pytest.raises(WrongState, match="いまは送れません"):
        await again(story, case_id, offer.id)
    assert len(await rows(story, Message.OFFER)) == 2


async def test_what_only_confirmed_addresses_get_waits_for_the_new_one(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    case_id = await story.triaged()
    await answer(story, case_id)
    await story.close(case_id)
    assert await story.see(lambda session: surveys.asked_of(session, case_id))
    await deliver(story, settings)
    [survey] = await rows(story, Message.SURVEY)
    await bounce(story, settings, survey.id)
    with pytest.raises(InvalidInput):
        await correct(story, case_id, "")
    await correct(story, case_id, NEW)
    with pytest.raises(WrongState, match="まだ確認されていません"):
        await again(story, case_id, survey.id)
    await story.confirm(case_id)
    mail_server.reset()
    await again(story, case_id, survey.id)
    await deliver(story, settings)
    assert any("/survey/" in each.text for each in mail_server.to(NEW))
    assert await story.see(outbox.waiting) == 0
