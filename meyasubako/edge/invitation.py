"""Writes a meeting as iCalendar (RFC 5545): an invitation, its update and its cancelling (RFC 5546), or a file to keep.

Each reader gets one that names only the desk and themselves: nobody's address travels to the other side.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from meyasubako.core.dates import JAPAN

if TYPE_CHECKING:
    from icalendar import vCalAddress

PRODUCT: Final = "-//Meyasubako//Meetings//JA"


class Method(StrEnum):
    """What the reader's calendar is to do."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"


@dataclass(frozen=True, slots=True)
class Appointment:
    """A meeting as calendars know it. `uid` never changes, `sequence` counts its changes, `changed_at` is the last."""

    uid: str
    sequence: int
    changed_at: datetime
    begins_at: datetime
    ends_at: datetime
    summary: str
    description: str
    place: str


@dataclass(frozen=True, slots=True)
class Party:
    """Who takes part, by name and address."""

    name: str
    address: str


def calendar(method: Method, meeting: Appointment, organizer: Party, reader: Party | None = None) -> bytes:
    """The text of the calendar object. A file to keep names no reader."""
    from icalendar import Calendar, Event, Timezone, vText

    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", meeting.changed_at)
    event.add("dtstart", meeting.begins_at.astimezone(JAPAN))
    event.add("dtend", meeting.ends_at.astimezone(JAPAN))
    event.add("summary", meeting.summary)
    event.add("status", "CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    if meeting.description:
        event.add("description", meeting.description)
    if meeting.place:
        event.add("location", meeting.place)
    event.add("organizer", _address(organizer))
    if reader is not None:
        attendee = _address(reader)
        attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
        attendee.params["PARTSTAT"] = vText("ACCEPTED")
        attendee.params["RSVP"] = vText("FALSE")
        event.add("attendee", attendee)
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", method.value)
    made.add_component(Timezone.from_tzid(JAPAN.key))
    made.add_component(event)
    return made.to_ical()


def _address(party: Party) -> "vCalAddress":
    from icalendar import vCalAddress, vText

    made = vCalAddress(f"mailto:{party.address}")
    if name := " ".join(party.name.replace('"', "").split()):
        made.params["CN"] = vText(name)
    return made
