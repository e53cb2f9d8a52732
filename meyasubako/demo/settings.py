"""A desk whose office changed it on its pages: a topic that came, was renamed and is not offered any more, and a closed day."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from meyasubako.casework import desks
from meyasubako.core import calendar, dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import TOPIC
from meyasubako.core.policy import Actor

_FIRST_NAME: Final = "ウェブ会議の使い方"
_LATER_NAME: Final = "オンライン会議の使い方"
_ABOUT: Final = "離れた人と画面ごしに話し合うこと。いまは、ほかの分野に含めています。"
_KEYWORDS: Final = ("ウェブ会議", "オンライン会議", "テレビ会議")


def add_topic(session: Session, applied: AppliedDesk, *, by: Actor, at: datetime) -> str:
    """A topic as it came and was renamed later; returns its code."""
    began = dates.start_of_day(applied.desk.opened_on) + timedelta(hours=1)
    words = desks.TopicWords(_FIRST_NAME, _ABOUT, _KEYWORDS, applied.desk.open_topics[0].code)
    code = desks.add_topic(session, applied.id, words, by=by, at=began)
    renamed = desks.TopicWords(_LATER_NAME, words.description, words.keywords, words.parent)
    now = desks.find_by_id(session, applied.id)
    at = max(began, at - timedelta(days=400))
    desks.change_topic(session, applied.id, code, renamed, seen=now.revision, by=by, at=at)
    return code


def settle(session: Session, applied: AppliedDesk, topic: str, *, by: Actor, at: datetime) -> None:
    """Offer the topic no longer, and close the office on a day to come."""
    now = desks.find_by_id(session, applied.id)
    began = at - timedelta(days=40)
    desks.retire(session, applied.id, TOPIC, topic, seen=now.revision, by=by, at=began)
    day = dates.japan_day(at) + timedelta(days=45)
    closed = calendar.office_day_after(day, 1, applied.desk.is_closed_on)
    desks.close_days(session, applied.id, [closed], "庁舎の電気設備の点検", by=by, at=began)
