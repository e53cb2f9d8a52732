"""What the history of a case says of its meetings, in words."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from meyasubako.casework.casefiles.parts import MeetingOnFile
from meyasubako.core import meeting_words
from meyasubako.core.dates import day_text
from meyasubako.core.meeting_words import MEETING_WORDS
from meyasubako.core.vocabulary import EventKind
from meyasubako.store.models import Event

TOLD: Final = frozenset(MEETING_WORDS) | {EventKind.MET, EventKind.MET_CORRECTED, EventKind.MET_STRUCK}
"""The events that are about meetings."""


def said(event: Event, meeting: MeetingOnFile | None) -> str:
    """What was recorded, or why it was changed."""
    return "\n".join(_lines(event, meeting))


def _lines(event: Event, meeting: MeetingOnFile | None) -> Iterator[str]:
    data = event.data
    if event.kind in MEETING_WORDS:
        # The same words as on the page of the requester.
        yield meeting_words.said(event.kind, data)
    elif event.kind is EventKind.MET_STRUCK and "before" in data:
        yield f"{_day(data['before'])}の面談"
    elif meeting is not None:
        moved = (
            f"{_day(data['before'])} → "
            if data.get("before", "") != data.get("held_on", "") and "before" in data
            else ""
        )
        when = f"{_day(data['held_on'])}　" if "held_on" in data else ""
        yield f"{moved}{when}{meeting.way.label}　{meeting.minutes}分"
        if event.kind is EventKind.MET:
            if meeting.persons:
                yield f"いた人：{meeting.persons}"
            if meeting.summary:
                yield meeting.summary
    if data.get("override"):
        yield f"決められた回数を超えて行うわけ：{data['override']}"
    if data.get("reason") and event.kind not in MEETING_WORDS:
        yield f"わけ：{data['reason']}"


def _day(written: str) -> str:
    return day_text(date.fromisoformat(written))
