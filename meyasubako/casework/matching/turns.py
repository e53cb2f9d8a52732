"""Several candidates: whom to ask next, what happens when an offer ends, and when somebody has accepted."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle, outbox
from meyasubako.casework.matching import offering, rows
from meyasubako.casework.matching.offering import Brief
from meyasubako.casework.matching.rows import NOTHING
from meyasubako.core.codes import Keys
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import Desk
from meyasubako.core.policy import SYSTEM, Actor
from meyasubako.core.vocabulary import EventKind, Message, OfferState, ShortlistManner, ShortlistState, Status
from meyasubako.store.models import Case, Offer, Provider, Shortlist, Shortlisted

RUNNING: Final = (ShortlistState.RANKING, ShortlistState.READY, ShortlistState.ASKING)
LIVES_IN: Final = frozenset({Status.TRIAGED, Status.OFFERED, Status.IN_PROGRESS, Status.WAITING})
"""The statuses of a case in which somebody can still be asked, now or later."""
IS_ASKED: Final = "すでに打診しています。"

Chosen = tuple[Shortlisted, Provider]


def running_of(session: Session, case_id: int) -> Shortlist | None:
    """The candidates of a case that are asked now, or will be."""
    return session.scalar(select(Shortlist).where(Shortlist.case_id == case_id, Shortlist.state.in_(RUNNING)))


def begin(
    session: Session, desk: Desk, case: Case, shortlist: Shortlist, *, keys: Keys, by: Actor, at: datetime
) -> None:
    """Ask the first, or all of them at once; later, where the case cannot be offered as it stands."""
    if not offering.can_be_offered(case):
        shortlist.state = ShortlistState.READY
        return
    shortlist.state = ShortlistState.ASKING
    passed, willing = _sifted(session, desk, case, _untried(session, shortlist))
    if shortlist.manner is ShortlistManner.IN_TURN:
        go_on(session, desk, case, shortlist, passed, willing, keys=keys, by=by, at=at)
        return
    _pass_over(session, case, passed, at=at)
    for chosen in willing:
        _ask(session, desk, case, shortlist, chosen, keys=keys, by=by, at=at)
    if not willing:
        _exhaust(session, case, shortlist, at=at)


def begin_waiting(session: Session, *, keys: Keys, at: datetime, limit: int = 100) -> int:
    """Begin where a case can be offered by now, or where the requester gave no order in time; let go where a case is over.

    Returns how many were looked at.
    """
    # Of the few that run, not of the many cases that are over.
    over = select(Case.id).where(Case.id == Shortlist.case_id, Case.status.not_in(LIVES_IN)).exists()
    session.execute(
        update(Shortlist)
        .where(Shortlist.state.in_(RUNNING), over)
        .values(state=ShortlistState.DROPPED)
        .execution_options(synchronize_session=False)
    )
    waiting = session.execute(
        select(Shortlist.id, Shortlist.case_id)
        .join(Case, Case.id == Shortlist.case_id)
        .where(
            (Shortlist.state == ShortlistState.READY) & (Case.status != Status.WAITING)
            | (Shortlist.state == ShortlistState.RANKING) & (Shortlist.rank_by < japan_day(at))
        )
        .order_by(Case.receipt_id, Shortlist.id)
        .limit(limit)
    ).all()
    for shortlist_id, case_id in waiting:
        case = cases.lock_case(session, case_id)
        shortlist = session.get_one(Shortlist, shortlist_id, populate_existing=True)
        # Somebody may have been quicker while we waited for the lock.
        if shortlist.state in {ShortlistState.RANKING, ShortlistState.READY}:
            desk = rows.desk_of_case(session, case)
            begin(session, desk, case, shortlist, keys=keys, by=SYSTEM, at=at)
    return len(waiting)


def go_on(
    session: Session,
    desk: Desk,
    case: Case,
    shortlist: Shortlist,
    passed: Iterable[tuple[Shortlisted, str]],
    willing: Sequence[Chosen],
    *,
    keys: Keys,
    by: Actor,
    at: datetime,
) -> None:
    """Ask the next in turn, of those `_sifted` found."""
    _pass_over(session, case, passed, at=at)
    if willing:
        _ask(session, desk, case, shortlist, willing[0], keys=keys, by=by, at=at)
    else:
        _exhaust(session, case, shortlist, at=at)


def next_in_turn(
    session: Session, desk: Desk, case: Case, shortlist: Shortlist
) -> tuple[list[tuple[Shortlisted, str]], list[Chosen]]:
    """Those before the next who cannot be asked, with the reason, and the next one, if there is one."""
    return _sifted(session, desk, case, _untried(session, shortlist), only_first=True)


def end(
    session: Session,
    row: Offer,
    case: Case,
    state: OfferState,
    event: EventKind,
    *,
    keys: Keys,
    by: Actor,
    at: datetime,
    told: Mapping[str, str] = NOTHING,
) -> None:
    """End an unanswered offer, and ask the next in turn where the desk goes on by itself."""
    desk, shortlist = rows.desk_of_case(session, case), _asking_with(session, row)
    if shortlist is None or not offering.can_be_offered(case):
        rows.end_open_offer(session, row, case, state, event, by=by, at=at, told=told)
        return
    passed: list[tuple[Shortlisted, str]] = []
    willing: list[Chosen] = []
    if shortlist.manner is ShortlistManner.IN_TURN:
        passed, willing = next_in_turn(session, desk, case, shortlist)
    goes_on = bool(willing) and desk.offering.goes_on_after(state)
    rows.end_open_offer(session, row, case, state, event, by=by, at=at, goes_on=goes_on, told=told)
    if goes_on:
        go_on(session, desk, case, shortlist, passed, willing, keys=keys, by=SYSTEM, at=at)
    elif not willing and not _open_offers(session, shortlist):
        _pass_over(session, case, passed, at=at)
        _exhaust(session, case, shortlist, at=at)


def tell_ended(session: Session, row: Offer, case: Case, *, at: datetime) -> None:
    """Tell a provider who had not answered that there is nothing left to do."""
    outbox.enqueue(
        session, Message.OFFER_ENDED, receipt_id=case.receipt_id, case_id=case.id, subject_id=row.id, at=at
    )


def settle(session: Session, row: Offer, case: Case, *, at: datetime) -> None:
    """Somebody accepted: nobody else is asked, and whoever was asked at the same time is told."""
    shortlist = running_of(session, case.id)
    if shortlist is None:
        return
    shortlist.state = ShortlistState.TAKEN
    if shortlist.manner is ShortlistManner.AT_ONCE:
        for other in _open_offers(session, shortlist):
            if other.id != row.id:
                ended = (OfferState.TAKEN_ELSEWHERE, EventKind.TAKEN_ELSEWHERE)
                rows.end_open_offer(session, other, case, *ended, by=SYSTEM, at=at)
                tell_ended(session, other, case, at=at)
    session.flush()


def _asking_with(session: Session, row: Offer) -> Shortlist | None:
    """The running candidates an offer belongs to."""
    return session.scalar(
        select(Shortlist)
        .join(Shortlisted, Shortlisted.shortlist_id == Shortlist.id)
        .where(Shortlisted.offer_id == row.id, Shortlist.state == ShortlistState.ASKING)
    )


def _open_offers(session: Session, shortlist: Shortlist) -> Sequence[Offer]:
    return session.scalars(
        select(Offer)
        .join(Shortlisted, Shortlisted.offer_id == Offer.id)
        .where(Shortlisted.shortlist_id == shortlist.id, Offer.state == OfferState.OPEN)
        .order_by(Offer.id)
    ).all()


def is_asking(session: Session, shortlist: Shortlist) -> bool:
    """Whether one of them has not answered yet."""
    return bool(_open_offers(session, shortlist))


def _untried(session: Session, shortlist: Shortlist) -> list[Chosen]:
    """Those who were neither asked nor passed over, in their order."""
    found = session.execute(
        select(Shortlisted, Provider)
        .join(Provider, Provider.id == Shortlisted.provider_id)
        .where(
            Shortlisted.shortlist_id == shortlist.id,
            Shortlisted.offer_id.is_(None),
            Shortlisted.passed_over == "",
        )
    )
    return sorted(((each, provider) for each, provider in found), key=lambda chosen: place(chosen[0]))


def place(each: Shortlisted) -> tuple[bool, int, int]:
    """Where somebody stands in the order: as the requester wished, and after that as the desk put them."""
    return each.wished is None, each.wished or 0, each.position


def _sifted(
    session: Session, desk: Desk, case: Case, untried: Iterable[Chosen], *, only_first: bool = False
) -> tuple[list[tuple[Shortlisted, str]], list[Chosen]]:
    """Those who cannot be asked any more, with the reason, and those who can."""
    passed: list[tuple[Shortlisted, str]] = []
    willing: list[Chosen] = []
    for each, provider in untried:
        if why := _why_not(session, desk, case, each, provider):
            passed.append((each, why))
            continue
        willing.append((each, provider))
        if only_first:
            break
    return passed, willing


def _why_not(session: Session, desk: Desk, case: Case, each: Shortlisted, provider: Provider) -> str:
    if not provider.is_active:
        return "名簿で使わないことになりました。"
    if obstacle := offering.obstacle(desk, case, provider):
        return obstacle
    if offering.is_asked(session, case, provider.id):
        return IS_ASKED
    told = "".join(offering.new_stops(session, desk, case, provider, each.stops))
    return f"利害の恐れ：{told}" if told else ""


def _pass_over(
    session: Session, case: Case, passed: Iterable[tuple[Shortlisted, str]], *, at: datetime
) -> None:
    for each, why in passed:
        each.passed_over = why
        provider = session.get_one(Provider, each.provider_id)
        data = {"provider_name": provider.name, "provider_kind": provider.kind.value, "reason": why}
        lifecycle.record(session, case, EventKind.PASSED_OVER, by=SYSTEM, at=at, data=data)


def _ask(
    session: Session,
    desk: Desk,
    case: Case,
    shortlist: Shortlist,
    chosen: Chosen,
    *,
    keys: Keys,
    by: Actor,
    at: datetime,
) -> None:
    each, provider = chosen
    brief = Brief(shortlist.brief, shortlist.shows_title, shortlist.shows_requester_type)
    reason = offering.overridden(each.stops, each.override)
    options = {"keys": keys, "by": by, "at": at, "known_stops": each.stops, "reason": reason}
    each.offer_id = offering.ask(session, desk, case, provider, brief, **options).id
    session.flush()


def _exhaust(session: Session, case: Case, shortlist: Shortlist, *, at: datetime) -> None:
    shortlist.state = ShortlistState.EXHAUSTED
    lifecycle.record(session, case, EventKind.NOBODY_LEFT, by=SYSTEM, at=at)
