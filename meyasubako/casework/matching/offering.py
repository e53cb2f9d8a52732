"""Making one offer: whom the desk may ask, what stands against it, and the offer with its link."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, ledger, lifecycle, outbox
from meyasubako.core import conflicts
from meyasubako.core.codes import Keys, token_hash
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import Desk
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import EventKind, Measure, Message, OfferState, Status
from meyasubako.store.models import Case, Offer, Provider, Receipt, Requester

ASKABLE: Final = frozenset({Status.TRIAGED, Status.OFFERED, Status.IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Brief:
    """What the desk chose to show a provider before acceptance."""

    text: str
    shows_title: bool
    shows_requester_type: bool


def obstacle(desk: Desk, case: Case, provider: Provider | None) -> str:
    """Why somebody cannot be asked about a case now, "" when they can."""
    if provider is None or provider.desk_id != case.desk_id or not provider.is_active:
        return "打診する相手を、名簿の中から選んでください。"
    if not provider.email:
        return f"{provider.name}さんのメールアドレスが名簿にありません。"
    if provider.kind not in desk.offers:
        return f"この窓口では、{provider.kind.label}への打診をしていません。"
    return ""


def is_asked(session: Session, case: Case, provider_id: int) -> bool:
    """Whether somebody is asked about a case already, or works on it."""
    standing = session.scalar(
        select(Offer.id).where(
            Offer.case_id == case.id,
            Offer.provider_id == provider_id,
            Offer.state.in_((OfferState.OPEN, OfferState.ACCEPTED)),
        )
    )
    return standing is not None


def can_be_offered(case: Case) -> bool:
    """Whether somebody can be asked about a case as it stands."""
    # From 取下げ a case could move back to 打診中, but only by undoing that.
    return case.status in ASKABLE or _comes_back_offered(case)


def stops(session: Session, desk: Desk, case: Case, provider: Provider) -> tuple[str, ...]:
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


def new_stops(
    session: Session, desk: Desk, case: Case, provider: Provider, known: Iterable[str]
) -> tuple[str, ...]:
    """The conflicts of interest nobody has overridden yet: somebody may have become conflicted since."""
    known = set(known)
    return tuple(each for each in stops(session, desk, case, provider) if each not in known)


def ask(
    session: Session,
    desk: Desk,
    case: Case,
    provider: Provider,
    brief: Brief,
    *,
    keys: Keys,
    by: Actor,
    at: datetime,
    known_stops: Iterable[str] = (),
    reason: str = "",
) -> Offer:
    """Make the offer; a mail with the link goes out. `known_stops` were overridden, which `reason` tells the history."""
    row = Offer(
        case_id=case.id,
        provider_id=provider.id,
        state=OfferState.OPEN,
        # The token is derived from the row's number, which is not known before the row is stored.
        token_hash=f"new {case.id} {provider.id}",
        brief=brief.text,
        shows_title=brief.shows_title,
        shows_requester_type=brief.shows_requester_type,
        offered_at=at,
        answer_by=japan_day(at) + timedelta(days=desk.offer_valid_days),
        reason="",
        stops=list(known_stops),
    )
    session.add(row)
    session.flush()
    row.token_hash = token_hash(keys.offer_token(row.id))
    data: dict[str, Any] = {
        "offer_id": row.id,
        "provider_kind": provider.kind.value,
        "provider_name": provider.name,
    }
    if reason:
        data["reason"] = reason
    if case.status is Status.OFFERED or _comes_back_offered(case):
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
    return row


def overridden(stops: Iterable[str], why: str) -> str:
    """What the history says of conflicts of interest in spite of which somebody is asked, "" where there are none."""
    told = "".join(stops)
    return f"利害の恐れ：{told}\nそれでも打診したわけ：{why}" if told else ""


def _comes_back_offered(case: Case) -> bool:
    """While the requester is asked something the case goes on waiting; it will come back as 打診中."""
    return case.status is Status.WAITING and case.came_from[-1:] == [Status.OFFERED.value]
