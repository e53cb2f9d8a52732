"""Asking: the desk offers a case to a provider, takes an unanswered offer back, and time ends the others."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, ledger, lifecycle, outbox
from meyasubako.casework.matching import rows
from meyasubako.core import conflicts, text
from meyasubako.core.codes import Keys, token_hash
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.policy import SYSTEM, Actor, Need
from meyasubako.core.vocabulary import EventKind, Measure, Message, OfferState, Status
from meyasubako.store.models import Case, Offer, Provider, Receipt, Requester

LONGEST_REASON: Final = 1_000


@dataclass(frozen=True, slots=True)
class Brief:
    """What the desk chose to show a provider before acceptance."""

    text: str
    shows_title: bool
    shows_requester_type: bool


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
    provider = session.get(Provider, provider_id)
    if provider is None or provider.desk_id != case.desk_id or not provider.is_active:
        raise InvalidInput(FieldError("provider", "打診する相手を、名簿の中から選んでください。"))
    if not provider.email:
        raise InvalidInput(FieldError("provider", f"{provider.name}さんのメールアドレスが名簿にありません。"))
    if provider.kind not in desk.offers:
        raise InvalidInput(
            FieldError("provider", f"この窓口では、{provider.kind.label}への打診をしていません。")
        )
    written = text.needed(brief.text, field="brief", message="相手に伝える内容を書いてください。")
    reason = _overridden(_stops(session, desk, case, provider), override)
    standing = session.scalar(
        select(Offer.id).where(
            Offer.case_id == case.id,
            Offer.provider_id == provider_id,
            Offer.state.in_((OfferState.OPEN, OfferState.ACCEPTED)),
        )
    )
    if standing is not None:
        raise WrongState(f"{provider.name}さんには、すでに打診しています。")
    row = Offer(
        case_id=case.id,
        provider_id=provider_id,
        state=OfferState.OPEN,
        # The token is derived from the row's number, which is not known before the row is stored.
        token_hash=f"new {case.id} {provider_id}",
        brief=written,
        shows_title=brief.shows_title,
        shows_requester_type=brief.shows_requester_type,
        offered_at=at,
        answer_by=japan_day(at) + timedelta(days=desk.offer_valid_days),
        reason="",
    )
    session.add(row)
    session.flush()
    row.token_hash = token_hash(keys.offer_token(row.id))
    data = {"offer_id": row.id, "provider_kind": provider.kind.value, "provider_name": provider.name}
    if reason:
        data["reason"] = reason
    # While the requester is asked something the case goes on waiting; it will come back as 打診中.
    waits_offered = case.status is Status.WAITING and case.came_from[-1:] == [Status.OFFERED.value]
    if case.status is Status.OFFERED or waits_offered:
        event_id = lifecycle.record(session, case, EventKind.OFFERED, by=by, at=at, data=data)
    else:
        event_id = lifecycle.move(session, case, Status.OFFERED, EventKind.OFFERED, by=by, at=at, data=data)
    ledger.record(
        session,
        lifecycle.facts(session, case),
        Measure.OFFERS,
        happened_at=at,
        at=at,
        event_id=event_id,
        provider_kind=provider.kind,
    )
    outbox.enqueue(
        session, Message.OFFER, receipt_id=case.receipt_id, case_id=case.id, subject_id=row.id, at=at
    )
    return row.id


def _stops(session: Session, desk: Desk, case: Case, provider: Provider) -> tuple[str, ...]:
    """What conflicts of interest stand against bringing them together."""
    requester = session.scalars(
        select(Requester)
        .join(Receipt, Receipt.requester_id == Requester.id)
        .where(Receipt.id == case.receipt_id)
    ).one()
    known = {topic.code for topic in desk.all_topics()}
    topics = [topic for topic in cases.topics_of(session, case.id) if topic in known]
    return conflicts.stops(
        name=provider.name,
        avoids=provider.avoids,
        sells=provider.sells,
        sold=provider.sold_topics,
        wanted=[[(step.code, str(step.label)) for step in desk.topic_line(topic)] for topic in topics],
        requesters=(requester.organisation, requester.name),
    )


def _overridden(stops: tuple[str, ...], typed: str) -> str:
    """What the history says of a conflict that was overridden, "" where there is none. Raises InvalidInput without a reason."""
    if not stops:
        return ""
    told = "".join(stops)
    needed = f"利害の恐れがあります。{told}それでも打診するときは、わけを書いてください。"
    why = text.needed(typed, field="override", message=needed, limit=LONGEST_REASON)
    return f"利害の恐れ：{told}\nそれでも打診したわけ：{why}"


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
    _end(session, row, case, OfferState.REVOKED, EventKind.REVOKED, by=by, at=at)


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
            _end(session, row, case, OfferState.REVOKED, EventKind.REVOKED, by=by, at=at)
    session.flush()


def expire_overdue(session: Session, *, at: datetime, limit: int = 100) -> int:
    """End offers whose day has passed, and those whose case no longer waits for an answer; returns how many."""
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
            _end(session, row, case, OfferState.EXPIRED, EventKind.EXPIRED, by=SYSTEM, at=at)
        else:
            _end(session, row, case, OfferState.REVOKED, EventKind.REVOKED, by=SYSTEM, at=at)
    return len(found)


def _end(
    session: Session,
    row: Offer,
    case: Case,
    state: OfferState,
    event: EventKind,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """End an unanswered offer and tell the provider."""
    rows.end_open_offer(session, row, case, state, event, by=by, at=at)
    outbox.enqueue(
        session, Message.OFFER_ENDED, receipt_id=case.receipt_id, case_id=case.id, subject_id=row.id, at=at
    )
