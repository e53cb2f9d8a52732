"""Meetings (面談) and the times proposed for them: the only writer of their rows, and how many count against the quota.

A meeting that is planned has an invitation (RFC 5545): its number never changes, and every change of it counts up.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from meyasubako.core.vocabulary import DatesState, MeetingState, MeetingWay, ProviderKind
from meyasubako.store.models import Meeting, Offer, ProposedDates, Provider

COUNTED = (MeetingState.PLANNED, MeetingState.HELD)
"""What uses up the quota: a meeting that was called off or struck frees its place."""


@dataclass(frozen=True, slots=True)
class Account:
    """A meeting as it was held; `proceedings` are its written record."""

    held_on: date
    way: MeetingWay
    minutes: int
    summary: str = ""
    persons: str = ""
    proceedings: str = ""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How one is to meet: `place` is where, or the address of the online room."""

    begins_at: datetime
    way: MeetingWay
    minutes: int
    place: str

    @property
    def ends_at(self) -> datetime:
        """When it is over."""
        return self.begins_at + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Planned:
    """A meeting to come, with whom."""

    id: int
    case_id: int
    offer_id: int
    arrangement: Arrangement
    uid: str
    sequence: int
    changed_at: datetime
    provider_name: str
    provider_kind: ProviderKind


@dataclass(frozen=True, slots=True)
class Proposed:
    """Times a requester can choose one of."""

    id: int
    offer_id: int
    choices: tuple[datetime, ...]
    way: MeetingWay
    minutes: int
    place: str
    proposed_at: datetime
    provider_name: str
    provider_kind: ProviderKind


@dataclass(frozen=True, slots=True)
class Arranged:
    """What is arranged and what is still to be chosen."""

    planned: tuple[Planned, ...] = ()
    proposed: tuple[Proposed, ...] = ()


def counted(session: Session, case_id: int) -> int:
    """How many meetings of a case are planned or were held, with whomever."""
    of_case = Meeting.case_id == case_id, Meeting.state.in_(COUNTED)
    return session.scalar(select(func.count()).select_from(Meeting).where(*of_case)) or 0


def arranged(session: Session, case_id: int, *, offer_id: int | None = None) -> Arranged:
    """What is arranged for a case, with everybody or on one offer."""
    meetings = session.execute(
        select(Meeting, Provider)
        .join(Offer, Offer.id == Meeting.offer_id)
        .join(Provider, Provider.id == Offer.provider_id)
        .where(Meeting.case_id == case_id, Meeting.state == MeetingState.PLANNED)
        .order_by(Meeting.begins_at, Meeting.id)
    ).all()
    proposals = session.execute(
        select(ProposedDates, Provider)
        .join(Offer, Offer.id == ProposedDates.offer_id)
        .join(Provider, Provider.id == Offer.provider_id)
        .where(ProposedDates.case_id == case_id, ProposedDates.state == DatesState.OPEN)
        .order_by(ProposedDates.id)
    ).all()
    return Arranged(
        tuple(
            Planned(
                each.id,
                each.case_id,
                each.offer_id,
                arrangement_of(each),
                each.uid or "",
                each.sequence,
                each.changed_at or each.recorded_at,
                provider.name,
                provider.kind,
            )
            for each, provider in meetings
            if offer_id in {None, each.offer_id}
        ),
        tuple(
            Proposed(
                each.id,
                each.offer_id,
                choices_of(each),
                each.way,
                each.minutes,
                each.place,
                each.proposed_at,
                provider.name,
                provider.kind,
            )
            for each, provider in proposals
            if offer_id in {None, each.offer_id}
        ),
    )


def arrangement_of(meeting: Meeting) -> Arrangement:
    """How one is to meet, of a meeting that was planned."""
    assert meeting.begins_at is not None
    return Arrangement(meeting.begins_at, meeting.way, meeting.minutes, meeting.place)


def choices_of(proposal: ProposedDates) -> tuple[datetime, ...]:
    """The times to choose from, the earliest first."""
    return tuple(datetime.fromisoformat(each) for each in proposal.choices)


def is_taken(session: Session, offer: Offer, wanted: Arrangement, *, but: int | None = None) -> bool:
    """Whether the case, or whoever accepted it, has another meeting planned for that time.

    Units that ask the same of one provider take turns from here on.
    """
    whoever = select(Provider.id).where(Provider.id == offer.provider_id)
    # Offers made to them meanwhile, which point at the same row, need not wait.
    session.execute(whoever.with_for_update(key_share=True))
    of_either: ColumnElement[bool] = (Meeting.case_id == offer.case_id) | (
        Offer.provider_id == offer.provider_id
    )
    near = session.scalars(
        select(Meeting)
        .join(Offer, Offer.id == Meeting.offer_id)
        .where(
            Meeting.state == MeetingState.PLANNED,
            of_either,
            Meeting.begins_at > wanted.begins_at - timedelta(days=1),
            Meeting.begins_at < wanted.ends_at,
        )
    )
    return any(arrangement_of(each).ends_at > wanted.begins_at for each in near if each.id != but)


def plan(session: Session, offer: Offer, wanted: Arrangement, *, at: datetime) -> Meeting:
    """Store a meeting to come."""
    meeting = Meeting(
        case_id=offer.case_id,
        offer_id=offer.id,
        state=MeetingState.PLANNED,
        summary="",
        recorded_at=at,
        uid=str(uuid.uuid4()),
        sequence=0,
        changed_at=at,
        reason="",
    )
    _arrange(meeting, wanted)
    session.add(meeting)
    session.flush()
    return meeting


def move(session: Session, meeting: Meeting, wanted: Arrangement, reason: str, *, at: datetime) -> None:
    """Store that one will meet at another time or place."""
    _arrange(meeting, wanted)
    _change(session, meeting, reason, at=at)


def call_off(session: Session, meeting: Meeting, reason: str, *, at: datetime) -> None:
    """A meeting that was planned will not be."""
    meeting.state = MeetingState.CANCELLED
    _change(session, meeting, reason, at=at)


def propose(
    session: Session, offer: Offer, wanted: Sequence[Arrangement], *, override: str, at: datetime
) -> ProposedDates:
    """Store times to choose from; those proposed on this offer before are withdrawn."""
    withdraw(session, offer.case_id, offer_id=offer.id, at=at)
    first = wanted[0]
    row = ProposedDates(
        case_id=offer.case_id,
        offer_id=offer.id,
        state=DatesState.OPEN,
        choices=[each.begins_at.isoformat() for each in wanted],
        way=first.way,
        minutes=first.minutes,
        place=first.place,
        override=override,
        proposed_at=at,
        answer="",
    )
    session.add(row)
    session.flush()
    return row


def answer(session: Session, row: ProposedDates, state: DatesState, words: str = "", *, at: datetime) -> None:
    """The requester chose, or none of the times fits."""
    row.state, row.answered_at, row.answer = state, at, words
    session.flush()


def withdraw(session: Session, case_id: int, *, offer_id: int | None = None, at: datetime) -> int:
    """Nobody has to choose any more; returns how many proposals that were."""
    rows = session.scalars(
        select(ProposedDates).where(ProposedDates.case_id == case_id, ProposedDates.state == DatesState.OPEN)
    ).all()
    wanted = [each for each in rows if offer_id in {None, each.offer_id}]
    for each in wanted:
        each.state, each.answered_at = DatesState.WITHDRAWN, at
    session.flush()
    return len(wanted)


def call_off_all(session: Session, case_id: int, reason: str, *, at: datetime) -> list[Meeting]:
    """Nobody works on the case any more: what was planned will not be. Returns those meetings."""
    withdraw(session, case_id, at=at)
    planned = session.scalars(
        select(Meeting)
        .where(Meeting.case_id == case_id, Meeting.state == MeetingState.PLANNED)
        .order_by(Meeting.id)
    ).all()
    for each in planned:
        call_off(session, each, reason, at=at)
    return list(planned)


def keep(session: Session, offer: Offer, account: Account, *, at: datetime) -> Meeting:
    """Store a meeting nobody had planned."""
    meeting = Meeting(case_id=offer.case_id, offer_id=offer.id, recorded_at=at, place="", reason="")
    _tell(meeting, account)
    session.add(meeting)
    session.flush()
    return meeting


def correct(session: Session, meeting: Meeting, account: Account) -> None:
    """Store how a meeting was after all, or that one that was planned was held."""
    _tell(meeting, account)
    session.flush()


def strike(session: Session, meeting: Meeting, reason: str) -> None:
    """A meeting was not held after all."""
    meeting.state, meeting.held_on, meeting.reason = MeetingState.CANCELLED, None, reason
    session.flush()


def _arrange(meeting: Meeting, wanted: Arrangement) -> None:
    for name in Arrangement.__dataclass_fields__:
        setattr(meeting, name, getattr(wanted, name))


def _change(session: Session, meeting: Meeting, reason: str, *, at: datetime) -> None:
    meeting.sequence += 1
    meeting.reason, meeting.changed_at = reason, at
    session.flush()


def _tell(meeting: Meeting, account: Account) -> None:
    meeting.state = MeetingState.HELD
    for name in Account.__dataclass_fields__:
        setattr(meeting, name, getattr(account, name))
