"""What mails say of meetings, to both sides. Contact data of the requester stands in none of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import appointments, lifecycle
from meyasubako.casework.outbox import Claimed
from meyasubako.core import marks
from meyasubako.core.dates import moment
from meyasubako.core.desk import Desk
from meyasubako.core.sentences import say
from meyasubako.core.tongues import Tongue
from meyasubako.core.vocabulary import DatesState, MeetingState, Message, OfferState
from meyasubako.edge.invitation import Appointment, Method
from meyasubako.store.models import Case, Meeting, Offer, ProposedDates, Provider

WANTED: Mapping[Message, MeetingState] = {
    Message.MEETING: MeetingState.PLANNED,
    Message.PROVIDER_MEETING: MeetingState.PLANNED,
    Message.MEETING_OFF: MeetingState.CANCELLED,
    Message.PROVIDER_MEETING_OFF: MeetingState.CANCELLED,
}
"""How a meeting stands as long as a mail about it is true."""


def offer_of(session: Session, kind: Message, subject_id: int | None) -> Offer:
    """The offer a mail to a provider is about."""
    if kind in WANTED:
        subject_id = session.get_one(Meeting, subject_id).offer_id
    elif kind is Message.DATES_ANSWERED:
        subject_id = session.get_one(ProposedDates, subject_id).offer_id
    return session.get_one(Offer, subject_id)


METHODS: Mapping[MeetingState, Method] = {
    MeetingState.PLANNED: Method.REQUEST,
    MeetingState.CANCELLED: Method.CANCEL,
}
"""What a calendar is to do with a meeting that stands so."""


def invitation(
    session: Session, claimed: Claimed, desk: Desk, speaker: Tongue, description: str
) -> tuple[Method, Appointment] | None:
    """What goes into the calendar of whoever reads a mail about a meeting; None for every other mail.

    What a case is about does not stand in calendars, which many people share.
    """
    if claimed.kind not in WANTED:
        return None
    meeting = session.get_one(Meeting, claimed.subject_id)
    if meeting.uid is None or meeting.changed_at is None:
        return None
    arranged = appointments.arrangement_of(meeting)
    return METHODS[meeting.state], Appointment(
        uid=meeting.uid,
        sequence=meeting.sequence,
        changed_at=meeting.changed_at,
        begins_at=arranged.begins_at,
        ends_at=arranged.ends_at,
        summary=marks.plain(speaker.tell(say("面談（%(desk)s）", desk=desk.name))),
        description=description,
        place=arranged.place,
    )


def of_meeting(
    session: Session, kind: Message, meeting_id: int | None, *, written_at: datetime, at: datetime
) -> dict[str, Any] | None:
    """What a mail says of a meeting; None when it is past, or something later is written about it."""
    meeting, provider = session.execute(
        select(Meeting, Provider)
        .join(Offer, Offer.id == Meeting.offer_id)
        .join(Provider, Provider.id == Offer.provider_id)
        .where(Meeting.id == meeting_id)
    ).one()
    if meeting.begins_at is None or meeting.changed_at is None:
        return None
    if meeting.state is not WANTED[kind] or written_at < meeting.changed_at or meeting.begins_at <= at:
        return None
    return {
        "when": moment(meeting.begins_at),
        "way": meeting.way.label,
        "minutes": meeting.minutes,
        "place": meeting.place,
        "provider": provider.name,
        # Some reasons are ours and can be said in every language.
        "reason": say(meeting.reason) if meeting.reason else "",
        "is_moved": meeting.sequence > 0,
    }


def of_dates(session: Session, dates_id: int | None, *, at: datetime) -> dict[str, Any] | None:
    """The times to choose from; None when nobody waits for that any more."""
    row, offer, provider, case = session.execute(
        select(ProposedDates, Offer, Provider, Case)
        .join(Offer, Offer.id == ProposedDates.offer_id)
        .join(Provider, Provider.id == Offer.provider_id)
        .join(Case, Case.id == ProposedDates.case_id)
        .where(ProposedDates.id == dates_id)
    ).one()
    ahead = [each for each in map(datetime.fromisoformat, row.choices) if each > at]
    is_awaited = offer.state is OfferState.ACCEPTED and lifecycle.offer_lives(offer.state, case.status)
    if row.state is not DatesState.OPEN or not ahead or not is_awaited:
        return None
    return {
        "times": [moment(each) for each in ahead],
        "way": row.way.label,
        "minutes": row.minutes,
        "place": row.place,
        "provider": provider.name,
    }


def of_answer(session: Session, dates_id: int | None) -> dict[str, Any] | None:
    """That none of the times fitted, and what was said to it; None when others were proposed meanwhile."""
    row = session.get_one(ProposedDates, dates_id)
    newer = select(ProposedDates.id).where(ProposedDates.offer_id == row.offer_id, ProposedDates.id > row.id)
    if row.state is not DatesState.NONE_FITS or session.scalar(newer.limit(1)) is not None:
        return None
    return {"words": row.answer}
