"""What asking, answering and working share: whose an offer is, whether it still lives, and how an unanswered one ends."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import Desk, from_json
from meyasubako.core.errors import NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import ActorKind, EventKind, OfferState, Status
from meyasubako.store.models import Advice, Case, DeskRow, Meeting, Offer, ProposedDates, Provider, Report

TAKEN: Final = "この画面を開いたあとに、1件受け取っています。下の「これまでの記録」を確かめてください。"

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


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
    goes_on: bool = False,
    told: Mapping[str, str] = NOTHING,
) -> None:
    """End an unanswered offer. When nobody else is asked, the case goes back: to whoever accepted, or to be matched.

    `goes_on`: somebody else is asked right after this. `told`: what the event holds besides.
    """
    row.state, row.answered_at = state, at
    session.flush()
    provider = session.get_one(Provider, row.provider_id)
    about = {"offer_id": row.id, "provider_kind": provider.kind.value, "provider_name": provider.name}
    data = {**about, **told}
    if row.reason:
        data["reason"] = row.reason
    standing = set(session.scalars(select(Offer.state).where(Offer.case_id == case.id)))
    if OfferState.OPEN not in standing and not goes_on:
        onward = Status.IN_PROGRESS if OfferState.ACCEPTED in standing else Status.TRIAGED
        if case.status is Status.OFFERED:
            lifecycle.move(session, case, onward, event, by=by, at=at, data=data)
            return
        lifecycle.redirect_return(session, case, onward, at=at)
    lifecycle.record(session, case, event, by=by, at=at, data=data)


def working(session: Session, offer_id: int, *, by: Actor, at: datetime) -> tuple[Offer, Case]:
    """An offer its provider accepted and works on, with its case, locked for this unit."""
    row, case = own_offer(session, offer_id, by=by)
    if row.state is not OfferState.ACCEPTED or not is_live(row, case, at):
        raise WrongState("引き受けている案件ではありません。")
    return row, case


def at_work(
    session: Session, offer_id: int, *, by: Actor, at: datetime, expected_version: int | None = None
) -> tuple[Offer, Case]:
    """The same for its provider or for staff of the desk."""
    if by.kind is ActorKind.PROVIDER:
        return working(session, offer_id, by=by, at=at)
    case_id = session.scalar(select(Offer.case_id).where(Offer.id == offer_id))
    if case_id is None:
        raise NotFound
    case = cases.open_case(session, case_id, Need.OFFER, by=by, expected_version=expected_version)
    row = session.get_one(Offer, offer_id, populate_existing=True)
    if row.state is not OfferState.ACCEPTED or not is_live(row, case, at):
        raise WrongState("この人は、いまこの案件を引き受けていません。")
    return row, case


def written(session: Session, kind: type[Advice] | type[Report], row: Offer) -> int:
    """How many of this kind a provider wrote on an offer."""
    return session.scalar(select(func.count()).select_from(kind).where(kind.offer_id == row.id)) or 0


def check_not_twice(
    session: Session, kind: type[Advice] | type[Report], row: Offer, expected: int | None
) -> None:
    """Raises WrongState when somebody sends a form again that was taken before."""
    if expected is not None and written(session, kind, row) != expected:
        raise WrongState(TAKEN)


def desk_of_case(session: Session, case: Case) -> Desk:
    """The desk of a case, as it is defined now."""
    return from_json(session.get_one(DeskRow, case.desk_id).definition)


def steps(session: Session, row: Offer) -> int:
    """How much was ever planned, proposed and recorded on an offer: it counts up with every form that was taken."""
    meetings = select(func.count(), func.count(Meeting.held_on), func.sum(Meeting.sequence))
    number, held, moved = session.execute(meetings.where(Meeting.offer_id == row.id)).one()
    proposed = select(func.count()).select_from(ProposedDates).where(ProposedDates.offer_id == row.id)
    return number + held + (moved or 0) + (session.scalar(proposed) or 0)


def check_steps(session: Session, row: Offer, expected: int | None) -> None:
    """The same for what is about meetings."""
    if expected is not None and steps(session, row) != expected:
        raise WrongState(TAKEN)
