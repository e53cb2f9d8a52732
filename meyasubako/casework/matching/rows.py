"""What asking, answering and working share: whose an offer is, whether it still lives, and how an unanswered one ends."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle
from meyasubako.core.dates import japan_day
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, EventKind, OfferState, Status
from meyasubako.store.models import Case, Meeting, Offer, Provider


def own_offer(session: Session, offer_id: int, *, by: Actor) -> tuple[Offer, Case]:
    """The offer and its case, locked for this unit. Raises NotFound for anybody else's."""
    case_id = session.scalar(select(Offer.case_id).where(Offer.id == offer_id, Offer.provider_id == by.id))
    if case_id is None or by.kind is not ActorKind.PROVIDER:
        raise NotFound
    case = cases.lock_case(session, case_id)
    return session.get_one(Offer, offer_id, populate_existing=True), case


def is_live(row: Offer, case: Case, at: datetime) -> bool:
    """Whether an offer can be answered or worked on now; otherwise its link is dead."""
    return lifecycle.offer_lives(row.state, case.status) and not is_overdue(row, at)


def is_overdue(row: Offer, at: datetime) -> bool:
    """Whether the day to answer by is over."""
    return row.state is OfferState.OPEN and japan_day(at) > row.answer_by


def standing(row: Offer, case: Case, at: datetime) -> OfferState:
    """How an offer stands now: an unanswered one is over with its day or its case, before time writes that down."""
    if row.state is not OfferState.OPEN or is_live(row, case, at):
        return row.state
    return OfferState.EXPIRED if is_overdue(row, at) else OfferState.REVOKED


def end_open_offer(
    session: Session,
    row: Offer,
    case: Case,
    state: OfferState,
    event: EventKind,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """End an unanswered offer. When nobody else is asked, the case goes back: to whoever accepted, or to be matched."""
    row.state, row.answered_at = state, at
    session.flush()
    provider = session.get_one(Provider, row.provider_id)
    data = {"offer_id": row.id, "provider_kind": provider.kind.value, "provider_name": provider.name}
    if row.reason:
        data["reason"] = row.reason
    standing = set(session.scalars(select(Offer.state).where(Offer.case_id == case.id)))
    if OfferState.OPEN not in standing:
        onward = Status.IN_PROGRESS if OfferState.ACCEPTED in standing else Status.TRIAGED
        if case.status is Status.OFFERED:
            lifecycle.move(session, case, onward, event, by=by, at=at, data=data)
            return
        lifecycle.redirect_return(session, case, onward, at=at)
    lifecycle.record(session, case, event, by=by, at=at, data=data)


def meetings_held(session: Session, case_id: int) -> int:
    """How many meetings of a case were recorded, by whomever."""
    return session.scalar(select(func.count()).select_from(Meeting).where(Meeting.case_id == case_id)) or 0
