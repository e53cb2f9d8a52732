"""Invitations as they arrive: read back from a real mail server with the library, and held against RFC 5546."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from meyasubako.casework import matching
from meyasubako.core.dates import JAPAN
from meyasubako.core.settings import Settings
from meyasubako.core.vocabulary import MeetingWay, Message
from meyasubako.store.database import Database
from tests.harness.letters import deliver, rows
from tests.harness.mail_server import Delivery, MailServer
from tests.harness.site import settings_for
from tests.harness.story import ADDRESS, ADVISER_ADDRESS, Story, open_story


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


@pytest.fixture
def settings(tmp_path: Path, mail_server: MailServer) -> Settings:
    return settings_for(tmp_path, smtp=mail_server.url)


def wish(when: str, place: str = "https://example.jp/room") -> matching.Wish:
    return matching.Wish((when,), MeetingWay.ONLINE, 90, place)


def invited(mail: Delivery) -> tuple[Any, Any]:
    """The calendar object of a mail and the meeting in it; the file attached says the same."""
    parts = {part.get_content_type(): part for part in mail.message.walk()}
    assert list(parts) == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/calendar",
        "application/ics",
    ]
    inline, file = parts["text/calendar"], parts["application/ics"]
    content = inline.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert file.get_payload(decode=True) == content
    assert file.get_content_disposition() == "attachment"
    calendar = Calendar.from_ical(content.decode())
    assert inline.get_param("method") == calendar["METHOD"]
    (event,) = calendar.walk("VEVENT")
    return calendar, event


async def mailed(story: Story, settings: Settings, server: MailServer) -> dict[str, tuple[Any, Any]]:
    """The invitations of one round, by reader."""
    before = len(server.deliveries)
    await deliver(story, settings)
    new = [mail for mail in server.deliveries[before:] if mail.message.is_multipart()]
    return {mail.recipients[0]: invited(mail) for mail in new}


async def test_an_invitation_is_updated_and_cancelled(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    adviser = await story.list_provider()
    offer_id = await story.offer(await story.triaged(), adviser)
    await story.accept(offer_id, adviser)
    desk = story.applied.desk
    meeting_id = await story.do(matching.plan, desk, offer_id, wish("7/10 14:00"), by=adviser)
    first = await mailed(story, settings, mail_server)
    story.pass_time(hours=1)
    await story.do(matching.move, meeting_id, wish("7/13 10:30", "県庁\r\nATTENDEE:x"), "出張", by=adviser)
    second = await mailed(story, settings, mail_server)
    story.pass_time(hours=1)
    await story.do(matching.call_off, meeting_id, "体調", by=story.clerk)
    third = await mailed(story, settings, mail_server)

    for reader in (ADDRESS, ADVISER_ADDRESS):
        rounds = [each[reader] for each in (first, second, third)]
        assert [calendar["METHOD"] for calendar, _ in rounds] == ["REQUEST", "REQUEST", "CANCEL"]
        assert [event["SEQUENCE"] for _, event in rounds] == [0, 1, 2]
        assert [event["STATUS"] for _, event in rounds] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
        assert len({str(event["UID"]) for _, event in rounds}) == 1
        stamps = [event["DTSTAMP"].dt for _, event in rounds]
        assert stamps == sorted(stamps)
        for calendar, event in rounds:
            assert (calendar["VERSION"], bool(calendar["PRODID"])) == ("2.0", True)
            (zone,) = calendar.walk("VTIMEZONE")
            assert zone["TZID"] == event["DTSTART"].params["TZID"] == "Asia/Tokyo"
            assert zone.to_tz().utcoffset(event["DTSTART"].dt.replace(tzinfo=None)) == timedelta(hours=9)
            assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=90)
            assert str(event["ORGANIZER"]).startswith("mailto:")
            # One reader each: nobody learns the address of the other side.
            assert str(event["ATTENDEE"]) == f"mailto:{reader}"
            assert desk.name in event["SUMMARY"]
            said = calendar.to_ical().decode()
            others = {ADDRESS, ADVISER_ADDRESS} - {reader}
            assert not [each for each in (*others, "見本太郎", "059-000-0000", "IT導入") if each in said]
        begins = [event["DTSTART"].dt.astimezone(JAPAN).isoformat()[:16] for _, event in rounds]
        assert begins == ["2026-07-10T14:00", "2026-07-13T10:30", "2026-07-13T10:30"]
        assert rounds[1][1]["LOCATION"] == "県庁\nATTENDEE:x"


async def test_what_was_overtaken_is_not_sent(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    adviser = await story.list_provider()
    offer_id = await story.offer(await story.triaged(), adviser)
    await story.accept(offer_id, adviser)
    meeting_id = await story.do(matching.plan, story.applied.desk, offer_id, wish("7/10 14:00"), by=adviser)
    story.pass_time(hours=1)
    await story.do(matching.move, meeting_id, wish("7/13 10:30"), "出張", by=adviser)
    found = await mailed(story, settings, mail_server)
    assert {event["SEQUENCE"] for _, event in found.values()} == {1}
    for kind in (Message.MEETING, Message.PROVIDER_MEETING):
        assert len(await rows(story, kind)) == 1


async def test_an_unconfirmed_address_learns_nothing_of_the_meeting(
    story: Story, settings: Settings, mail_server: MailServer
) -> None:
    adviser = await story.list_provider()
    offer_id = await story.offer(await story.triaged(confirmed=False), adviser)
    await story.accept(offer_id, adviser)
    await story.do(matching.plan, story.applied.desk, offer_id, wish("7/10 14:00"), by=adviser)
    assert set(await mailed(story, settings, mail_server)) == {ADVISER_ADDRESS}
    assert not [mail for mail in mail_server.deliveries if ADDRESS in mail.recipients and "14時" in mail.text]
