"""One's own page: what is asked of a provider now, what they work on, whom they meet next, and how they helped so far.

Nothing of a case is told that is not theirs to work on now, and never whom to call: that stands with the case itself.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from meyasubako.casework.matching import reporting, viewing
from meyasubako.casework.matching.viewing import OfferLine
from meyasubako.core.dates import japan_day, start_of_day
from meyasubako.core.desk import Desk
from meyasubako.core.numbers import share
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import Helpfulness, MeetingState, MeetingWay, OfferState, SurveyQuestion
from meyasubako.store.models import Advice, Meeting, Offer, Report, Survey

LEAST_ANSWERS: Final = 5
"""Of fewer answers no share is told: it would say what single people answered."""
TAKEN_ON: Final = (OfferState.ACCEPTED, OfferState.ENDED)
HELPFUL: Final = (Helpfulness.HELPED, Helpfulness.HELPED_SOMEWHAT)


@dataclass(frozen=True, slots=True)
class Appointment:
    """A meeting to come. `place` is an address or that of an online room; "" where it is not settled."""

    offer_id: int
    title: str
    begins_at: datetime
    minutes: int
    way: MeetingWay
    place: str


@dataclass(frozen=True, slots=True)
class AtWork:
    """A case somebody works on. `due_on`: by when its report is owed, None where none is."""

    offer_id: int
    title: str
    advices: int
    meetings: int
    is_reported: bool
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Helped:
    """How many of those who answered say that it helped; of how many cases taken on so far."""

    cases: int
    answers: int
    good: int

    @property
    def share(self) -> Decimal | None:
        """What part of the answers it is; None as long as there are too few."""
        return share(self.good, self.answers) if self.answers >= LEAST_ANSWERS else None


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything of one's own page. `owed` are those of `working` whose report is owed, the most pressing first."""

    asked: tuple[OfferLine, ...]
    owed: tuple[AtWork, ...]
    appointments: tuple[Appointment, ...]
    working: tuple[AtWork, ...]
    helped: Helped


def overview(session: Session, desk: Desk, *, by: Actor, at: datetime) -> Overview:
    """What a provider finds on their own page now."""
    lines = viewing.live_offers(session, by=by, at=at)
    accepted = [line for line in lines if line.state is OfferState.ACCEPTED]
    titles = {line.id: line.title or "" for line in accepted}
    due = reporting.owed(session, desk, at, Offer.provider_id == by.id)
    advices = _counted(session, select(Advice.offer_id).where(Advice.offer_id.in_(titles)))
    is_held = Meeting.offer_id.in_(titles), Meeting.state == MeetingState.HELD
    held = _counted(session, select(Meeting.offer_id).where(*is_held))
    reported = _counted(session, select(Report.offer_id).where(Report.offer_id.in_(titles)))
    working = tuple(
        AtWork(each, title, advices[each], held[each], reported[each] > 0, due.get(each))
        for each, title in titles.items()
    )
    owing = [(each.due_on, each) for each in working if each.due_on is not None]
    return Overview(
        asked=tuple(line for line in lines if line.state is OfferState.OPEN),
        owed=tuple(each for _, each in sorted(owing, key=lambda pair: pair[0])),
        appointments=_appointments(session, titles, at),
        working=working,
        helped=_helped(session, by),
    )


def _counted(session: Session, offers: Select[int]) -> Counter[int]:
    return Counter(session.scalars(offers))


def _appointments(session: Session, titles: dict[int, str], at: datetime) -> tuple[Appointment, ...]:
    found = session.scalars(
        select(Meeting)
        .where(
            Meeting.offer_id.in_(titles),
            Meeting.state == MeetingState.PLANNED,
            # What began earlier today may still be sought.
            Meeting.begins_at >= start_of_day(japan_day(at)),
        )
        .order_by(Meeting.begins_at, Meeting.id)
    )
    return tuple(
        Appointment(each.offer_id, titles[each.offer_id], each.begins_at, each.minutes, each.way, each.place)
        for each in found
        if each.begins_at is not None
    )


def _helped(session: Session, by: Actor) -> Helped:
    taken = Offer.provider_id == by.id, Offer.state.in_(TAKEN_ON)
    cases = session.scalar(select(func.count(Offer.case_id.distinct())).where(*taken)) or 0
    answers = session.execute(
        select(Survey.grade, func.count())
        .where(
            Survey.question == SurveyQuestion.HELPED,
            Survey.grade.is_not(None),
            Survey.case_id.in_(select(Offer.case_id).where(*taken)),
        )
        .group_by(Survey.grade)
    ).all()
    good = sum(count for grade, count in answers if grade in HELPFUL)
    return Helped(cases, sum(count for _, count in answers), good)
