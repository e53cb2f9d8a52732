"""Who carries how much in a fiscal year, who is never asked, and which topics nobody can be asked about: whom to recruit."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework.directory import keeping
from meyasubako.casework.directory.entry import Listed
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Desk
from meyasubako.core.errors import NotAllowed
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import OfferState, Status
from meyasubako.store.models import Case, CaseTopic, Meeting, Offer

NOT_COUNTED = (Status.QUARANTINED, Status.DECLINED, Status.MERGED)
"""Cases nobody would have been asked about."""

OVER = (Status.CLOSED, Status.DECLINED, Status.WITHDRAWN, Status.MERGED)
"""Nobody has anything left to do with these."""


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody carried in the year: offers, what became of them, meetings. `live` are those of now."""

    listed: Listed
    asked: int
    accepted: int
    turned_down: int
    expired: int
    meetings: int
    minutes: int
    live: int
    last_asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Served:
    """A topic: cases of the year, and how many can be asked about it."""

    code: str
    label: str
    cases: int
    can_be_asked: int


@dataclass(frozen=True, slots=True)
class Workload:
    """A fiscal year of a desk; `never` are those who were not asked in it.

    `topics` begin with those nobody serves, the most asked about first.
    """

    year: int
    loads: tuple[Load, ...]
    never: tuple[Listed, ...]
    topics: tuple[Served, ...]

    @property
    def unserved(self) -> tuple[Served, ...]:
        """The topics nobody can be asked about."""
        return tuple(each for each in self.topics if not each.can_be_asked)


def workload(session: Session, applied: AppliedDesk, year: int, *, by: Actor) -> Workload:
    """The year in a constant number of queries: whoever carries most first. Raises NotAllowed."""
    if not by.may(Need.EDIT_DIRECTORY, applied.id):
        raise NotAllowed
    first, last = dates.fiscal_year_months(year)
    begins, ends = dates.start_of_month(first), dates.start_of_month(dates.next_month(last))
    listed = [each for each in keeping.entries(session, applied.id) if each.entry.kind in applied.desk.offers]
    states: dict[int, Counter[OfferState]] = {}
    for row in session.execute(
        select(Offer.provider_id, Offer.state, func.count().label("number"))
        .join(Case, Case.id == Offer.case_id)
        .where(Case.desk_id == applied.id, Offer.offered_at >= begins, Offer.offered_at < ends)
        .group_by(Offer.provider_id, Offer.state)
    ):
        states.setdefault(row.provider_id, Counter())[row.state] += row.number
    standing = {
        row.provider_id: (row.live, row.last_asked_at)
        for row in session.execute(
            select(
                Offer.provider_id,
                func.count()
                .filter(Offer.state.in_((OfferState.OPEN, OfferState.ACCEPTED)), Case.status.not_in(OVER))
                .label("live"),
                func.max(Offer.offered_at).label("last_asked_at"),
            )
            .join(Case, Case.id == Offer.case_id)
            .where(Case.desk_id == applied.id)
            .group_by(Offer.provider_id)
        )
    }
    met = {
        row.provider_id: (row.meetings, row.minutes)
        for row in session.execute(
            select(
                Offer.provider_id,
                func.count().label("meetings"),
                func.sum(Meeting.minutes).label("minutes"),
            )
            .join(Offer, Offer.id == Meeting.offer_id)
            .join(Case, Case.id == Meeting.case_id)
            .where(
                Case.desk_id == applied.id,
                Meeting.held_on >= dates.japan_day(begins),
                Meeting.held_on < dates.japan_day(ends),
            )
            .group_by(Offer.provider_id)
        )
    }
    loads = [
        _load(
            each, states.get(each.id, Counter()), met.get(each.id, (0, 0)), standing.get(each.id, (0, None))
        )
        for each in listed
    ]
    carrying = [each for each in loads if each.asked or each.meetings or each.live]
    carrying.sort(key=lambda each: (-each.accepted, -each.asked, each.listed.entry.name, each.listed.id))
    asked = {each.listed.id for each in loads if each.asked}
    asked_about = _asked_about(session, applied.id, begins, ends)
    return Workload(
        year,
        tuple(carrying),
        tuple(each for each in listed if each.entry.is_active and each.id not in asked),
        _topics(applied.desk, listed, asked_about),
    )


def _load(
    listed: Listed,
    states: Counter[OfferState],
    met: tuple[int, int],
    standing: tuple[int, datetime | None],
) -> Load:
    return Load(
        listed=listed,
        asked=states.total(),
        accepted=states[OfferState.ACCEPTED] + states[OfferState.ENDED],
        turned_down=states[OfferState.TURNED_DOWN],
        expired=states[OfferState.EXPIRED],
        meetings=met[0],
        minutes=met[1],
        live=standing[0],
        last_asked_at=standing[1],
    )


def _asked_about(session: Session, desk_id: int, begins: datetime, ends: datetime) -> dict[str, int]:
    rows = session.execute(
        select(CaseTopic.topic, func.count().label("number"))
        .join(Case, Case.id == CaseTopic.case_id)
        .where(
            Case.desk_id == desk_id,
            Case.received_at >= begins,
            Case.received_at < ends,
            Case.status.not_in(NOT_COUNTED),
        )
        .group_by(CaseTopic.topic)
    )
    return {row.topic: row.number for row in rows}


def _topics(desk: Desk, listed: Sequence[Listed], cases: dict[str, int]) -> tuple[Served, ...]:
    serving = Counter(
        topic for each in listed if each.can_be_offered for topic in dict.fromkeys(each.entry.topics)
    )
    found = [
        Served(leaf.code, "／".join(desk.topic_path(leaf.code)), cases.get(leaf.code, 0), serving[leaf.code])
        for leaf in desk.topic_leaves()
    ]
    return tuple(sorted(found, key=lambda each: (each.can_be_asked > 0, -each.cases)))
