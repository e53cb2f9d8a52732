"""What is said of meetings to come, to the requester and in the history: times to choose from, when and where, why not."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from meyasubako.core.dates import moment
from meyasubako.core.sentences import joined, say
from meyasubako.core.vocabulary import EventKind, MeetingWay

MEETING_WORDS: Final[Mapping[EventKind, str]] = {
    EventKind.DATES_PROPOSED: say("面談の日時の候補"),
    EventKind.DATES_REFUSED: say("面談の日時への返事"),
    EventKind.DATES_WITHDRAWN: say("面談の日時の候補の取下げ"),
    EventKind.MEETING_PLANNED: say("面談の日時"),
    EventKind.MEETING_MOVED: say("面談の予定の変更"),
    EventKind.MEETING_CALLED_OFF: say("面談の取りやめ"),
}
"""What each event is called on the page of the requester."""


def said(kind: EventKind, data: Mapping[str, Any]) -> str:
    """What an event about a meeting to come says."""
    return joined(_lines(kind, data), "\n")


def _lines(kind: EventKind, data: Mapping[str, Any]) -> Iterator[str]:
    if kind is EventKind.DATES_REFUSED:
        yield say("どの日時も合いません。")
        if data.get("reason"):
            yield data["reason"]
        return
    if kind is EventKind.DATES_WITHDRAWN:
        yield say("日時の候補を取り下げました。")
        return
    if kind is EventKind.DATES_PROPOSED:
        for each in data["moments"]:
            yield moment(datetime.fromisoformat(each))
        yield _how(data)
    elif kind is EventKind.MEETING_CALLED_OFF:
        yield say("%(when)sの面談を取りやめました。", when=moment(datetime.fromisoformat(data["begins_at"])))
    else:
        yield moment(datetime.fromisoformat(data["begins_at"]))
        yield _how(data)
        yield say("相手：%(name)sさん", name=data["provider_name"])
    if "before" in data:
        yield say("前の予定：%(when)s", when=moment(datetime.fromisoformat(data["before"])))
    if data.get("place") and kind is not EventKind.MEETING_CALLED_OFF:
        yield say("場所：%(place)s", place=data["place"])
    if data.get("reason"):
        # Some reasons are ours and can be said in every language.
        yield say("わけ：%(reason)s", reason=say(data["reason"]))


def _how(data: Mapping[str, Any]) -> str:
    way = MeetingWay(data["way"]).label
    return say("%(way)s、%(minutes)s分", way=way, minutes=data["minutes"])
