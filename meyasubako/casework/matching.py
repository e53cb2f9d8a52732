"""Matching (打診): a case is offered to advisers, partners or support organisations, who accept or turn down, advise and meet.

Until acceptance a provider sees only what the desk wrote for them; contact data only afterwards, with the requester's consent.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, ledger, lifecycle, outbox
from meyasubako.core import text
from meyasubako.core.codes import Keys, TokenPurpose, token_hash
from meyasubako.core.dates import end_of_day, japan_day
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.policy import SYSTEM, Actor, Need
from meyasubako.core.vocabulary import (
    ActorKind,
    EventKind,
    Measure,
    MeetingWay,
    Message,
    OfferState,
    Status,
)
from meyasubako.store.models import Advice, Case, Meeting, Offer, Provider, Receipt, Requester

LONGEST_MEETING = 24 * 60


@dataclass(frozen=True, slots=True)
class Brief:
    """What the desk chose to show a provider before acceptance."""

    text: str
    shows_title: bool
    shows_requester_type: bool


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
    summary: str


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer as its provider sees it. `title`, `requester_type`, `contact` are None when not shown."""

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
    contact: Contact | None
    has_consent: bool
    advices: tuple[AdviceView, ...]
    meetings: tuple[MeetingView, ...]
    meetings_left: int | None


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
) -> int:
    """Offer a case to one provider of the desk; a mail with the link goes out. Returns the offer's id."""
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
    row.token_hash = token_hash(offer_token(keys, row.id))
    data = {"offer_id": row.id, "provider_kind": provider.kind.value, "provider_name": provider.name}
    if case.status is Status.OFFERED:
        event_id = lifecycle.record(session, case, EventKind.OFFERED, by=by, at=at, data=data)
    else:
        event_id = lifecycle.move(session, case, Status.OFFERED, EventKind.OFFERED, by=by, at=at, data=data)
    ledger.record(
        session,
        cases.facts(session, case),
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


def offer_token(keys: Keys, offer_id: int) -> str:
    """The token of the link in the mail of an offer."""
    return keys.token(TokenPurpose.OFFER, str(offer_id))


def find_offer(session: Session, token: str) -> tuple[int, int]:
    """The offer and provider behind a link: (offer id, provider id). Raises NotFound once the link is dead."""
    row = session.scalar(select(Offer).where(Offer.token_hash == token_hash(token)))
    if row is None or not _is_live(session, row):
        raise NotFound("このリンクは使えません。期限が過ぎたか、案件が終わっています。")
    return row.id, row.provider_id


def view_offer(session: Session, desk: Desk, offer_id: int, *, by: Actor, at: datetime) -> OfferView:
    """An offer as its provider may see it now."""
    row, case = _own_offer(session, offer_id, by=by)
    provider = session.get_one(Provider, row.provider_id)
    is_accepted = row.state is OfferState.ACCEPTED and _is_live(session, row)
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
            _municipality_label(desk, requester.municipality),
            requester.email,
            requester.phone,
        )
    held = _meetings_held(session, case.id)
    return OfferView(
        id=row.id,
        case_id=case.id,
        desk_id=case.desk_id,
        provider_id=row.provider_id,
        provider_name=provider.name,
        state=row.state,
        is_live=_is_live(session, row) and not _is_overdue(row, at),
        brief=row.brief,
        title=case.title if row.shows_title or is_accepted else None,
        requester_type=_type_label(desk, case) if row.shows_requester_type or is_accepted else None,
        meeting_way=receipt.meeting_way,
        wished_dates=receipt.wished_dates,
        offered_at=row.offered_at,
        answer_by=row.answer_by,
        full_text=case.body if is_accepted else None,
        contact=contact,
        has_consent=receipt.share_consent,
        advices=tuple(
            AdviceView(advice.body, advice.written_at)
            for advice in session.scalars(select(Advice).where(Advice.offer_id == row.id).order_by(Advice.id))
        ),
        meetings=tuple(
            MeetingView(meeting.held_on, meeting.way, meeting.minutes, meeting.summary)
            for meeting in session.scalars(
                select(Meeting).where(Meeting.offer_id == row.id).order_by(Meeting.held_on, Meeting.id)
            )
        ),
        meetings_left=None if desk.meeting_quota is None else max(desk.meeting_quota - held, 0),
    )


def offers_of(session: Session, provider_id: int) -> list[int]:
    """The live offers of a provider, newest first: what their page lists."""
    rows = session.scalars(
        select(Offer)
        .where(Offer.provider_id == provider_id, Offer.state.in_((OfferState.OPEN, OfferState.ACCEPTED)))
        .order_by(Offer.id.desc())
    )
    return [row.id for row in rows if _is_live(session, row)]


def accept(session: Session, offer_id: int, *, by: Actor, at: datetime) -> None:
    """The provider takes the case on; it is then 対応中."""
    row, case = _answerable(session, offer_id, by=by, at=at)
    row.state, row.answered_at = OfferState.ACCEPTED, at
    session.flush()
    provider = session.get_one(Provider, row.provider_id)
    data = {"offer_id": row.id, "provider_kind": provider.kind.value, "provider_name": provider.name}
    if case.status is Status.OFFERED:
        event_id = lifecycle.move(
            session, case, Status.IN_PROGRESS, EventKind.ACCEPTED, by=by, at=at, data=data
        )
    else:
        if case.status is Status.WAITING:
            lifecycle.redirect_return(session, case, Status.IN_PROGRESS, at=at)
        event_id = lifecycle.record(session, case, EventKind.ACCEPTED, by=by, at=at, data=data)
    ledger.record(
        session,
        cases.facts(session, case),
        Measure.ACCEPTANCES,
        happened_at=at,
        at=at,
        event_id=event_id,
        provider_kind=provider.kind,
    )
    outbox.enqueue(
        session, Message.OFFER_ACCEPTED, receipt_id=case.receipt_id, case_id=case.id, subject_id=row.id, at=at
    )


def turn_down(session: Session, offer_id: int, reason: str, *, by: Actor, at: datetime) -> None:
    """The provider cannot take it; when nobody else is asked, the case is 振分済 again."""
    row, case = _answerable(session, offer_id, by=by, at=at)
    written = text.needed(
        reason, field="reason", message="難しい理由を、ひとことお書きください。", limit=1_000
    )
    row.reason = written
    _end_open_offer(session, row, case, OfferState.TURNED_DOWN, EventKind.TURNED_DOWN, by=by, at=at)


def revoke(session: Session, offer_id: int, *, by: Actor, at: datetime) -> None:
    """The desk takes an unanswered offer back and tells the provider."""
    row = session.get(Offer, offer_id)
    if row is None:
        raise NotFound
    case = cases.open_case(session, row.case_id, Need.OFFER, by=by)
    if row.state is not OfferState.OPEN:
        raise WrongState(f"この打診は「{row.state.label}」です。")
    _end_open_offer(session, row, case, OfferState.REVOKED, EventKind.REVOKED, by=by, at=at)
    outbox.enqueue(
        session, Message.OFFER_ENDED, receipt_id=case.receipt_id, case_id=case.id, subject_id=row.id, at=at
    )


def expire_overdue(session: Session, *, at: datetime, limit: int = 100) -> int:
    """End offers whose day has passed, and those whose case no longer waits for an answer; returns how many."""
    today = japan_day(at)
    moved_on = Case.status.in_(
        (Status.ANSWERED, Status.CLOSED, Status.DECLINED, Status.WITHDRAWN, Status.MERGED)
    )
    rows = session.execute(
        select(Offer.id, Offer.case_id)
        .join(Case, Case.id == Offer.case_id)
        .where(Offer.state == OfferState.OPEN, (Offer.answer_by < today) | moved_on)
        .order_by(Offer.id)
        .limit(limit)
    ).all()
    for offer_id, case_id in rows:
        case = cases.lock_case(session, case_id)
        row = session.get_one(Offer, offer_id, populate_existing=True)
        if row.state is not OfferState.OPEN:
            continue
        if row.answer_by < today:
            _end_open_offer(session, row, case, OfferState.EXPIRED, EventKind.EXPIRED, by=SYSTEM, at=at)
        else:
            _end_open_offer(session, row, case, OfferState.REVOKED, EventKind.REVOKED, by=SYSTEM, at=at)
        outbox.enqueue(
            session,
            Message.OFFER_ENDED,
            receipt_id=case.receipt_id,
            case_id=case.id,
            subject_id=row.id,
            at=at,
        )
    return len(rows)


def advise(session: Session, offer_id: int, body: str, *, by: Actor, at: datetime) -> None:
    """The provider writes advice to the desk."""
    row, case = _working(session, offer_id, by=by)
    written = text.needed(body, field="body", message="助言の内容を書いてください。")
    advice = Advice(case_id=case.id, offer_id=row.id, body=written, written_at=at)
    session.add(advice)
    session.flush()
    lifecycle.record(session, case, EventKind.ADVISED, by=by, at=at, data={"advice_id": advice.id})


def meet(
    session: Session,
    desk: Desk,
    offer_id: int,
    *,
    held_on: date,
    way: MeetingWay,
    minutes: int,
    summary: str,
    by: Actor,
    at: datetime,
) -> None:
    """Record a meeting held. Raises WrongState when the desk's quota for the case is used up."""
    row, case = _working(session, offer_id, by=by)
    provider = session.get_one(Provider, row.provider_id)
    errors = []
    if held_on > japan_day(at):
        errors.append(FieldError("held_on", "面談の日は、きょうまでの日を書いてください。"))
    elif held_on < japan_day(row.offered_at):
        errors.append(FieldError("held_on", "面談の日が、打診の日より前になっています。"))
    if not 0 < minutes <= LONGEST_MEETING:
        errors.append(FieldError("minutes", "面談の長さを、分で書いてください。"))
    if errors:
        raise InvalidInput(*errors)
    if desk.meeting_quota is not None and _meetings_held(session, case.id) >= desk.meeting_quota:
        raise WrongState(f"この案件の面談は、決められた{desk.meeting_quota}回を終えています。")
    meeting = Meeting(
        case_id=case.id,
        offer_id=row.id,
        way=way,
        held_on=held_on,
        minutes=minutes,
        summary=text.fitting(summary, field="summary"),
        recorded_at=at,
    )
    session.add(meeting)
    session.flush()
    event_id = lifecycle.record(
        session,
        case,
        EventKind.MET,
        by=by,
        at=at,
        data={"meeting_id": meeting.id, "held_on": held_on.isoformat(), "provider_kind": provider.kind.value},
    )
    ledger.record(
        session,
        cases.facts(session, case),
        Measure.MEETINGS,
        happened_at=end_of_day(held_on),
        at=at,
        event_id=event_id,
        provider_kind=provider.kind,
    )


def _own_offer(session: Session, offer_id: int, *, by: Actor) -> tuple[Offer, Case]:
    case_id = session.scalar(select(Offer.case_id).where(Offer.id == offer_id, Offer.provider_id == by.id))
    if case_id is None or by.kind is not ActorKind.PROVIDER:
        raise NotFound
    case = cases.lock_case(session, case_id)
    return session.get_one(Offer, offer_id, populate_existing=True), case


def _answerable(session: Session, offer_id: int, *, by: Actor, at: datetime) -> tuple[Offer, Case]:
    row, case = _own_offer(session, offer_id, by=by)
    if row.state is not OfferState.OPEN:
        raise WrongState(f"この打診は、すでに「{row.state.label}」になっています。")
    if _is_overdue(row, at) or not _is_live(session, row):
        raise WrongState("この打診の期限は過ぎています。窓口にお問い合わせください。")
    return row, case


def _working(session: Session, offer_id: int, *, by: Actor) -> tuple[Offer, Case]:
    row, case = _own_offer(session, offer_id, by=by)
    if row.state is not OfferState.ACCEPTED or not _is_live(session, row):
        raise WrongState("引き受けている案件ではありません。")
    return row, case


def _is_live(session: Session, row: Offer) -> bool:
    status = session.scalar(select(Case.status).where(Case.id == row.case_id))
    if row.state is OfferState.OPEN:
        return status in {Status.OFFERED, Status.IN_PROGRESS, Status.WAITING}
    return row.state is OfferState.ACCEPTED and status in {
        Status.OFFERED,
        Status.IN_PROGRESS,
        Status.WAITING,
        Status.ANSWERED,
    }


def _is_overdue(row: Offer, at: datetime) -> bool:
    return row.state is OfferState.OPEN and japan_day(at) > row.answer_by


def _end_open_offer(
    session: Session,
    row: Offer,
    case: Case,
    state: OfferState,
    event: EventKind,
    *,
    by: Actor,
    at: datetime,
) -> None:
    row.state, row.answered_at = state, at
    session.flush()
    provider = session.get_one(Provider, row.provider_id)
    data = {"offer_id": row.id, "provider_kind": provider.kind.value, "provider_name": provider.name}
    if row.reason:
        data["reason"] = row.reason
    others = session.scalar(
        select(func.count())
        .select_from(Offer)
        .where(Offer.case_id == case.id, Offer.state.in_((OfferState.OPEN, OfferState.ACCEPTED)))
    )
    if others == 0 and case.status is Status.OFFERED:
        lifecycle.move(session, case, Status.TRIAGED, event, by=by, at=at, data=data)
        return
    if others == 0 and case.status is Status.WAITING and case.came_from[-1:] == [Status.OFFERED.value]:
        lifecycle.redirect_return(session, case, Status.TRIAGED, at=at)
    lifecycle.record(session, case, event, by=by, at=at, data=data)


def _meetings_held(session: Session, case_id: int) -> int:
    return session.scalar(select(func.count()).select_from(Meeting).where(Meeting.case_id == case_id)) or 0


def _type_label(desk: Desk, case: Case) -> str:
    for option in desk.requester_types:
        if option.code == case.requester_type:
            return option.label
    return case.requester_type.label


def _municipality_label(desk: Desk, code: str) -> str:
    if not code:
        return ""
    try:
        return desk.field("municipality").option(code).label
    except KeyError:
        return code
