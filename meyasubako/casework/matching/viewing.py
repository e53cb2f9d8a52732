"""What a provider sees: their offers, each with as much of its case as they may know now."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import appointments, cases
from meyasubako.casework.appointments import Arranged
from meyasubako.casework.matching import rows
from meyasubako.core.codes import token_hash
from meyasubako.core.desk import Desk, municipality_label, requester_type_label
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, MeetingState, MeetingWay, OfferState
from meyasubako.store.models import (
    Advice,
    Case,
    Meeting,
    Offer,
    Provider,
    Receipt,
    Requester,
)


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom an accepted provider may call; only with the requester's consent."""

    name: str
    organisation: str
    municipality: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class AdviceView:
    """A piece of advice as written."""

    body: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A meeting as recorded; `minutes` is its length."""

    held_on: date
    way: MeetingWay
    minutes: int
    persons: str
    summary: str
    proceedings: str


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer as its provider sees it. Once it is dead nothing of the case is shown any more.

    `title`, `requester_type`, `full_text`, `contact` are None when not shown; `meetings_left` when there is no quota.
    `recorded` is how many meetings and proposals there are of any kind, so that a form sent twice is noticed.
    """

    id: int
    case_id: int
    desk_id: int
    provider_id: int
    provider_name: str
    state: OfferState
    is_live: bool
    brief: str
    title: str | None
    requester_type: str | None
    meeting_way: MeetingWay | None
    wished_dates: str
    offered_at: datetime
    answer_by: date
    full_text: str | None
    exchange: tuple[cases.Exchanged, ...]
    contact: Contact | None
    has_consent: bool
    advices: tuple[AdviceView, ...]
    meetings: tuple[MeetingView, ...]
    recorded: int
    arranged: Arranged
    meetings_left: int | None

    @property
    def is_open(self) -> bool:
        """Whether it waits for the answer."""
        return self.is_live and self.state is OfferState.OPEN

    @property
    def is_accepted(self) -> bool:
        """Whether its provider works on the case."""
        return self.is_live and self.state is OfferState.ACCEPTED


@dataclass(frozen=True, slots=True)
class OfferLine:
    """One offer in the list of its provider. `title` is None when not shown."""

    id: int
    state: OfferState
    title: str | None
    offered_at: datetime
    answer_by: date


@dataclass(frozen=True, slots=True)
class OfferLink:
    """Where the link of a mail leads, and whom to ask when it is dead.

    `standing` is how the offer stands now, even if nobody has written that down yet.
    """

    offer_id: int
    provider_id: int
    desk_id: int
    is_live: bool
    is_listed: bool
    standing: OfferState


def find_link(session: Session, token: str, *, at: datetime) -> OfferLink:
    """The offer behind a link. Raises NotFound for a link that never was."""
    found = session.execute(
        select(Offer, Case, Provider.is_active)
        .join(Case, Case.id == Offer.case_id)
        .join(Provider, Provider.id == Offer.provider_id)
        .where(Offer.token_hash == token_hash(token))
    ).one_or_none()
    if found is None:
        raise NotFound("リンクのアドレスが途中で切れていないか、確かめてください。")
    row, case, is_listed = found
    return OfferLink(
        offer_id=row.id,
        provider_id=row.provider_id,
        desk_id=case.desk_id,
        is_live=is_listed and rows.is_live(row, case, at),
        is_listed=is_listed,
        standing=rows.standing(row, case, at),
    )


def desk_of(session: Session, offer_id: int, *, by: Actor) -> int:
    """The desk that made an offer. Raises NotFound for anybody else's."""
    _, case = _own(session, offer_id, by)
    return case.desk_id


def view_offer(session: Session, desk: Desk, offer_id: int, *, by: Actor, at: datetime) -> OfferView:
    """An offer as its provider may see it now."""
    row, case = _own(session, offer_id, by)
    provider = session.get_one(Provider, row.provider_id)
    is_live = rows.is_live(row, case, at)
    is_accepted = is_live and row.state is OfferState.ACCEPTED
    receipt, requester = session.execute(
        select(Receipt, Requester)
        .join(Requester, Requester.id == Receipt.requester_id)
        .where(Receipt.id == case.receipt_id)
    ).one()
    contact = None
    if is_accepted and receipt.share_consent:
        contact = Contact(
            requester.name,
            requester.organisation,
            municipality_label(desk, requester.municipality),
            requester.email,
            requester.phone,
        )
    left = None
    if desk.meeting_quota is not None:
        left = max(desk.meeting_quota - appointments.counted(session, case.id), 0)
    return OfferView(
        id=row.id,
        case_id=case.id,
        desk_id=case.desk_id,
        provider_id=row.provider_id,
        provider_name=provider.name,
        state=row.state,
        is_live=is_live,
        brief=row.brief if is_live else "",
        title=_title(row, case) if is_live else None,
        requester_type=(
            requester_type_label(desk, case.requester_type)
            if is_live and (row.shows_requester_type or is_accepted)
            else None
        ),
        meeting_way=receipt.meeting_way if is_live else None,
        wished_dates=receipt.wished_dates if is_live else "",
        offered_at=row.offered_at,
        answer_by=row.answer_by,
        full_text=case.body if is_accepted else None,
        exchange=cases.exchange(session, case.id) if is_accepted else (),
        contact=contact,
        has_consent=receipt.share_consent,
        advices=_advices(session, row) if is_live else (),
        meetings=_meetings(session, row) if is_live else (),
        recorded=rows.steps(session, row),
        arranged=appointments.arranged(session, case.id, offer_id=row.id) if is_accepted else Arranged(),
        meetings_left=left,
    )


def live_offers(session: Session, *, by: Actor, at: datetime) -> tuple[OfferLine, ...]:
    """What a provider can answer or work on now: unanswered first, then by the day to answer."""
    found = session.execute(
        select(Offer, Case)
        .join(Case, Case.id == Offer.case_id)
        .where(Offer.provider_id == by.id, Offer.state.in_((OfferState.OPEN, OfferState.ACCEPTED)))
        .order_by(Offer.answer_by, Offer.id)
    )
    lines = [
        OfferLine(row.id, row.state, _title(row, case), row.offered_at, row.answer_by)
        for row, case in found
        if rows.is_live(row, case, at)
    ]
    return tuple(sorted(lines, key=lambda line: line.state is not OfferState.OPEN))


def _own(session: Session, offer_id: int, by: Actor) -> tuple[Offer, Case]:
    found = session.execute(
        select(Offer, Case)
        .join(Case, Case.id == Offer.case_id)
        .where(Offer.id == offer_id, Offer.provider_id == by.id)
    ).one_or_none()
    if found is None or by.kind is not ActorKind.PROVIDER:
        raise NotFound
    return found[0], found[1]


def _title(row: Offer, case: Case) -> str | None:
    return case.title if row.shows_title or row.state is OfferState.ACCEPTED else None


def _advices(session: Session, row: Offer) -> tuple[AdviceView, ...]:
    written = session.scalars(select(Advice).where(Advice.offer_id == row.id).order_by(Advice.id))
    return tuple(AdviceView(advice.body, advice.written_at) for advice in written)


def _meetings(session: Session, row: Offer) -> tuple[MeetingView, ...]:
    rows_held = session.scalars(
        select(Meeting)
        .where(Meeting.offer_id == row.id, Meeting.state == MeetingState.HELD)
        .order_by(Meeting.held_on, Meeting.id)
    )
    return tuple(
        MeetingView(each.held_on, each.way, each.minutes, each.persons, each.summary, each.proceedings)
        for each in rows_held
        if each.held_on is not None
    )
