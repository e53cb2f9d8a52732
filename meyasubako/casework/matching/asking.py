"""Asking: the desk offers a case to a provider, takes an unanswered offer back, and time ends the others."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle, outbox
from meyasubako.casework.matching import offering, rows, turns
from meyasubako.casework.matching.offering import Brief
from meyasubako.core import text
from meyasubako.core.calendar import is_office_morning, office_days_until
from meyasubako.core.codes import Keys
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import Desk, from_json
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.policy import SYSTEM, Actor, Need
from meyasubako.core.vocabulary import EventKind, Message, OfferState, ShortlistState, Status
from meyasubako.store.models import Case, DeskRow, Offer, Provider

LONGEST_REASON: Final = 1_000


def offer(
    session: Session,
    desk: Desk,
    case_id: int,
    provider_id: int,
    brief: Brief,
    *,
    keys: Keys,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
    override: str = "",
) -> int:
    """Offer a case to one provider of the desk; a mail with the link goes out. Returns the offer's id.

    A conflict of interest stops it, unless `override` says why it is offered all the same.
    """
    case = cases.open_case(session, case_id, Need.OFFER, by=by, expected_version=expected_version)
    if not offering.can_be_offered(case):
        raise WrongState(f"「{case.status.label}」の案件は、打診できません。")
    provider = session.get(Provider, provider_id)
    if obstacle := offering.obstacle(desk, case, provider):
        raise InvalidInput(FieldError("provider", obstacle))
    assert provider is not None
    written = Brief(
        text.needed(brief.text, field="brief", message="相手に伝える内容を書いてください。"),
        brief.shows_title,
        brief.shows_requester_type,
    )
    stops = offering.stops(session, desk, case, provider)
    why = given_reason(stops, override)
    if offering.is_asked(session, case, provider_id):
        raise WrongState(f"{provider.name}さんには、すでに打診しています。")
    return offering.ask(
        session,
        desk,
        case,
        provider,
        written,
        keys=keys,
        by=by,
        at=at,
        known_stops=stops,
        reason=offering.overridden(stops, why),
    ).id


def given_reason(stops: Iterable[str], typed: str) -> str:
    """Why somebody is asked in spite of conflicts of interest, "" where there are none. Raises InvalidInput."""
    told = "".join(stops)
    if not told:
        return ""
    needed = f"利害の恐れがあります。{told}それでも打診するときは、わけを書いてください。"
    return text.needed(typed, field="override", message=needed, limit=LONGEST_REASON)


def revoke(
    session: Session, offer_id: int, *, by: Actor, at: datetime, expected_version: int | None = None
) -> None:
    """The desk takes an unanswered offer back and tells the provider."""
    row = session.get(Offer, offer_id)
    if row is None:
        raise NotFound
    case = cases.open_case(session, row.case_id, Need.OFFER, by=by, expected_version=expected_version)
    if row.state is not OfferState.OPEN:
        raise WrongState(f"この打診は「{row.state.label}」です。")
    rows.end_open_offer(session, row, case, OfferState.REVOKED, EventKind.REVOKED, by=by, at=at)
    turns.tell_ended(session, row, case, at=at)


def hand_back(
    session: Session, case_id: int, *, by: Actor, at: datetime, expected_version: int | None = None
) -> None:
    """Put a case that is being worked on back to be matched again: whoever was asked or had accepted is free."""
    case = cases.open_case(session, case_id, Need.TRIAGE, by=by, expected_version=expected_version)
    if case.status is not Status.IN_PROGRESS:
        raise WrongState(f"「{case.status.label}」の案件は、振分けに戻せません。")
    lifecycle.move(session, case, Status.TRIAGED, EventKind.HANDED_BACK, by=by, at=at)
    live = select(Offer).where(
        Offer.case_id == case.id, Offer.state.in_((OfferState.OPEN, OfferState.ACCEPTED))
    )
    for row in session.scalars(live.order_by(Offer.id)).all():
        if row.state is OfferState.ACCEPTED:
            row.state = OfferState.ENDED
        else:
            rows.end_open_offer(session, row, case, OfferState.REVOKED, EventKind.REVOKED, by=by, at=at)
            turns.tell_ended(session, row, case, at=at)
    if shortlist := turns.running_of(session, case.id):
        shortlist.state = ShortlistState.DROPPED
    session.flush()


def remind_open(session: Session, *, at: datetime) -> int:
    """On the morning of an office day, remind once of offers whose day is near; returns how many."""
    today, reminded = japan_day(at), 0
    for desk_row in session.scalars(select(DeskRow).order_by(DeskRow.id)).all():
        desk = from_json(desk_row.definition)
        days = desk.offering.reminder_office_days
        if not days or not is_office_morning(desk.reminder_at, at, desk.is_closed_on):
            continue
        near = session.execute(
            select(Offer.id, Offer.case_id, Offer.answer_by, Offer.offered_at)
            .join(Case, Case.id == Offer.case_id)
            .where(
                Case.desk_id == desk_row.id,
                Offer.state == OfferState.OPEN,
                Offer.reminded_at.is_(None),
                Offer.answer_by >= today,
            )
            .order_by(Case.receipt_id, Offer.id)
        ).all()
        for found in near:
            is_near = office_days_until(today, found.answer_by, desk.is_closed_on) <= days
            # Nobody is reminded on the day they were asked.
            if is_near and japan_day(found.offered_at) < today:
                reminded += _remind(session, found.id, found.case_id, at=at)
    return reminded


def _remind(session: Session, offer_id: int, case_id: int, *, at: datetime) -> bool:
    case = cases.lock_case(session, case_id)
    row = session.get_one(Offer, offer_id, populate_existing=True)
    if row.state is not OfferState.OPEN or row.reminded_at is not None or not rows.is_live(row, case, at):
        return False
    row.reminded_at = at
    provider = session.get_one(Provider, row.provider_id)
    data = {"offer_id": row.id, "provider_kind": provider.kind.value, "provider_name": provider.name}
    lifecycle.remark(session, case, EventKind.OFFER_REMINDED, by=SYSTEM, at=at, data=data)
    about = {"receipt_id": case.receipt_id, "case_id": case.id, "subject_id": row.id}
    outbox.enqueue(session, Message.OFFER_REMINDER, at=at, **about)
    return True


def expire_overdue(session: Session, *, keys: Keys, at: datetime, limit: int = 100) -> int:
    """End offers whose day has passed, and those whose case no longer waits for an answer; returns how many.

    Where the desk goes on by itself, the next in turn is asked in the same moment.
    """
    today = japan_day(at)
    moved_on = Case.status.not_in(lifecycle.OFFER_LIVES_IN[OfferState.OPEN])
    found = session.execute(
        select(Offer.id, Offer.case_id)
        .join(Case, Case.id == Offer.case_id)
        .where(Offer.state == OfferState.OPEN, (Offer.answer_by < today) | moved_on)
        # Receipts are locked in one order, or two processes at it would wait for each other.
        .order_by(Case.receipt_id, Offer.id)
        .limit(limit)
    ).all()
    for offer_id, case_id in found:
        case = cases.lock_case(session, case_id)
        row = session.get_one(Offer, offer_id, populate_existing=True)
        # Somebody may have answered while we waited for the lock.
        if row.state is not OfferState.OPEN or rows.is_live(row, case, at):
            continue
        if rows.is_overdue(row, at):
            ended = (OfferState.EXPIRED, EventKind.EXPIRED)
            turns.end(session, row, case, *ended, keys=keys, by=SYSTEM, at=at)
        else:
            ended = (OfferState.REVOKED, EventKind.REVOKED)
            rows.end_open_offer(session, row, case, *ended, by=SYSTEM, at=at)
        turns.tell_ended(session, row, case, at=at)
    return len(found)
