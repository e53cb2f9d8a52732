"""Reminders before an offer expires, and reasons for turning it down that the desk words."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from meyasubako.casework import matching
from meyasubako.core.desk.offering import OfferRules
from meyasubako.core.errors import InvalidInput
from meyasubako.core.vocabulary import EventKind, Message
from meyasubako.store.database import Database
from meyasubako.store.models import Offer, OutboxMessage
from tests.casework.offers import events
from tests.harness.shipped import shipped_desk
from tests.harness.story import MIE, Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


async def reminders(story: Story) -> int:
    kinds = await story.see(lambda session: session.scalars(select(OutboxMessage.kind)).all())
    return kinds.count(Message.OFFER_REMINDER)


def go_to(story: Story, day: int, hour: int) -> None:
    """An hour of a day of July 2026, in Japan."""
    story.at = datetime(2026, 7, day, hour - 9, 0, tzinfo=UTC)


async def test_an_open_offer_is_reminded_of_once_on_an_office_morning(story: Story) -> None:
    # Offered on Friday the 3rd, to be answered by Friday the 10th: two office days before is Wednesday.
    case_id, adviser = await story.triaged(), await story.list_provider()
    offer_id = await story.offer(case_id, adviser)
    version = (await story.case(case_id)).version
    for day, hour, sent in ((3, 10, 0), (7, 10, 0), (8, 17, 0), (8, 9, 1), (9, 9, 1)):
        go_to(story, day, hour)
        await story.do(matching.remind_open)
        assert await reminders(story) == sent, (day, hour)
    assert (await events(story, case_id)).count(EventKind.OFFER_REMINDED) == 1
    # A form that was opened before stays good.
    assert (await story.case(case_id)).version == version
    await story.accept(offer_id, adviser)


async def test_who_answered_or_was_asked_today_or_a_desk_that_does_not_remind(database: Database) -> None:
    rules = OfferRules(reminder_office_days=0)
    for desk in (None, replace(shipped_desk(MIE), offering=rules, code="quiet")):
        story = await open_story(database, desk=desk)
        adviser = await story.list_provider()
        if desk is None:
            await story.accept(await story.offer(await story.triaged(), adviser), adviser)
            go_to(story, 9, 9)
        await story.offer(await story.triaged(), adviser)
        if desk is not None:
            go_to(story, 9, 9)
        await story.do(matching.remind_open)
        assert await reminders(story) == 0


async def test_a_reason_is_chosen_or_written_or_both(story: Story) -> None:
    adviser = await story.list_provider()
    said = [("busy", ""), ("busy", "10月からなら。"), ("", "入院のため。")]
    for code, words in said:
        offer_id = await story.offer(await story.triaged(), adviser)
        await story.do(matching.turn_down, offer_id, words, code=code, keys=story.keys, by=adviser)
    found = await story.see(lambda session: session.scalars(select(Offer.reason).order_by(Offer.id)).all())
    assert found == ["いまは手がいっぱい", "いまは手がいっぱい：10月からなら。", "入院のため。"]
    offer_id = await story.offer(await story.triaged(), adviser)
    for code, field in (("", "reason"), ("nonsense", "reason_code")):
        with pytest.raises(InvalidInput) as refused:
            await story.do(matching.turn_down, offer_id, "", code=code, keys=story.keys, by=adviser)
        assert refused.value.field == field
