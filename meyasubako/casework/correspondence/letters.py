"""One mail before it is worded, and where it can lead."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from meyasubako.core.desk import Desk, from_json
from meyasubako.core.vocabulary import Language, Message
from meyasubako.edge.invitation import Appointment, Method
from meyasubako.store.models import DeskRow


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail before it is worded: to whom, about what. `is_notice`: only that there is something to read.

    `thread` is the message under which mail programs show it, None for the first of its receipt or offer.
    `takes_answers`: what is written back belongs to the case. `invitation` goes into the reader's calendar.
    `facts` holds what the wording of its kind needs, already in the form people read.
    """

    kind: Message
    is_notice: bool
    to: str
    greeting: str
    desk: Desk
    thread: str | None
    facts: Mapping[str, Any]
    language: Language = Language.JAPANESE
    takes_answers: bool = False
    invitation: tuple[Method, Appointment] | None = None


def desk_of(session: Session, desk_id: int) -> Desk:
    """The desk that writes."""
    return from_json(session.get_one(DeskRow, desk_id).definition)
