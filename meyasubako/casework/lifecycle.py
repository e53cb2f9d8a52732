"""The life of a case: the only place where its status changes, each time with the event that says what happened.

TRANSITIONS is the rule; what it does not name is refused and leaves nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from meyasubako.casework import appointments, cases, ledger, notices, outbox, pausing
from meyasubako.core import seen
from meyasubako.core.areas import place_of
from meyasubako.core.conditions import Queue
from meyasubako.core.errors import WrongState
from meyasubako.core.policy import SYSTEM, Actor
from meyasubako.core.seen import Happened, Sight
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import ActorKind, EventKind, Message, OfferState, Status
from meyasubako.store.inserting import draw_ids, insert_unless_taken
from meyasubako.store.models import (
    Case,
    CaseNews,
    Event,
    Meeting,
    Offer,
    Provider,
    Receipt,
    Referral,
    Requester,
    table_of,
)

S = Status

TRANSITIONS: Mapping[Status | None, frozenset[Status]] = {
    None: frozenset({S.RECEIVED, S.QUARANTINED}),
    S.QUARANTINED: frozenset({S.RECEIVED, S.DECLINED}),
    S.RECEIVED: frozenset({S.TRIAGED, S.WAITING, S.DECLINED, S.WITHDRAWN, S.MERGED}),
    S.TRIAGED: frozenset(
        {S.OFFERED, S.IN_PROGRESS, S.WAITING, S.ANSWERED, S.DECLINED, S.WITHDRAWN, S.MERGED}
    ),
    S.OFFERED: frozenset({S.IN_PROGRESS, S.TRIAGED, S.WAITING, S.ANSWERED, S.WITHDRAWN}),
    S.IN_PROGRESS: frozenset({S.ANSWERED, S.OFFERED, S.TRIAGED, S.WAITING, S.WITHDRAWN, S.MERGED}),
    S.WAITING: frozenset({S.WITHDRAWN, S.CLOSED}),
    S.ANSWERED: frozenset({S.CLOSED, S.IN_PROGRESS}),
    S.CLOSED: frozenset({S.IN_PROGRESS}),
    S.DECLINED: frozenset(),
    S.MERGED: frozenset(),
    S.WITHDRAWN: frozenset(),
}
"""From each status (None: not yet received) to those it may move to."""

RETURNING = frozenset({S.WAITING, S.DECLINED, S.MERGED, S.WITHDRAWN})
"""Statuses that may also move back to where the case came from."""

LEAVES_OTHERS = frozenset({S.DECLINED, S.WITHDRAWN})
"""What ends a case without an answer: what was merged into it goes on by itself."""

OFFER_LIVES_IN: Mapping[OfferState, frozenset[Status]] = {
    OfferState.OPEN: frozenset({S.OFFERED, S.IN_PROGRESS, S.WAITING}),
    OfferState.ACCEPTED: frozenset({S.OFFERED, S.IN_PROGRESS, S.WAITING, S.ANSWERED}),
}
"""The statuses of a case in which an offer can still be answered or worked on; in all others its link is dead."""


IS_OVER = say("相談の対応が終わったため")
STARTS_ANEW = say("窓口で進め方を決めなおすため")
"""Why meetings are called off when nobody works on a case any more."""

NEWS: Mapping[Queue, frozenset[EventKind]] = {
    Queue.ADDED: frozenset({EventKind.ADDED, EventKind.DATES_REFUSED}),
    Queue.OFFER_ANSWERED: frozenset(
        {
            EventKind.ACCEPTED,
            EventKind.TURNED_DOWN,
            EventKind.EXPIRED,
            EventKind.NOBODY_LEFT,
            EventKind.ACCEPTANCE_STOPPED,
        }
    ),
    Queue.ADVISED: frozenset({EventKind.ADVISED, EventKind.MET, EventKind.REPORTED}),
    Queue.MAIL: frozenset({EventKind.BOUNCED, EventKind.MAIL_KEPT}),
}
"""What others do that the staff should react to, and the queue it waits in."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A case just stored; `with_receipt` for the first of its receipt."""

    case_id: int
    status: Status
    counted: ledger.CaseFacts
    with_receipt: bool
    received_at: datetime
    by: Actor
    at: datetime


# What every event asks of the database is put together once: doing so costs more than asking.
_EVENTS, _RECEIPTS, _REQUESTERS, _NEWS = map(table_of, (Event, Receipt, Requester, CaseNews))
_EVENT = insert(_EVENTS).returning(_EVENTS.c.id)
_EVENTS_RECEIVED = insert(_EVENTS)
_MUNICIPALITY = (
    select(_REQUESTERS.c.municipality)
    .join(_RECEIPTS, _RECEIPTS.c.requester_id == _REQUESTERS.c.id)
    .where(_RECEIPTS.c.id == bindparam("of_receipt"))
)
_OLD_NEWS = delete(_NEWS).where(_NEWS.c.case_id == bindparam("of_case"))


def offer_lives(state: OfferState, status: Status) -> bool:
    """Whether an offer in this state has a meaning while its case is in this status."""
    return status in OFFER_LIVES_IN.get(state, frozenset())


def can_move(case: Case, to: Status) -> bool:
    """Whether the table lets the case move to a status."""
    if case.status in RETURNING and case.came_from and case.came_from[-1] == to:
        return True
    return to in TRANSITIONS[case.status]


def move(
    session: Session,
    case: Case,
    to: Status,
    event: EventKind,
    *,
    by: Actor,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    **changes: Any,
) -> int:
    """Move a case and record the event; `changes` are columns that change with it. Returns the event's id.

    Raises WrongState when the table does not name the move.
    """
    if not can_move(case, to):
        raise WrongState(f"「{case.status.label}」の案件は「{to.label}」にできません。")
    before = case.status
    goes_back = before in RETURNING and bool(case.came_from) and case.came_from[-1] == to
    if goes_back:
        came_from = case.came_from[:-1]
    elif to in RETURNING:
        came_from = [*case.came_from, before.value]
    else:
        came_from = []
    deadline, told = pausing.deadline_changes(session, case, to, at=at)
    columns = {**deadline, **changes}
    cases.change(case, at=at, status=to, came_from=came_from, changed_by_id=_staff_id(by), **columns)
    session.flush()
    event_id = _record(session, case, event, before, to, by=by, at=at, data={**told, **(data or {})})
    if to in LEAVES_OTHERS:
        _release(session, case, at=at)
    if not offer_lives(OfferState.ACCEPTED, to):
        _call_off_meetings(session, case, to, at=at)
    return event_id


def record(
    session: Session,
    case: Case,
    event: EventKind,
    *,
    by: Actor,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    **changes: Any,
) -> int:
    """Record something that happened without a change of status; returns the event's id."""
    cases.change(case, at=at, changed_by_id=_staff_id(by), **changes)
    session.flush()
    return _record(session, case, event, None, None, by=by, at=at, data=data)


def remark(
    session: Session,
    case: Case,
    event: EventKind,
    *,
    by: Actor,
    at: datetime,
    data: Mapping[str, Any] | None = None,
) -> int:
    """Record something that changes nothing about the case: a form opened before stays good. Returns the event's id."""
    return _record(session, case, event, None, None, by=by, at=at, data=data)


def remark_on_each(
    session: Session,
    event: EventKind,
    told: Mapping[int, Mapping[str, Any]],
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Record of many cases at once what changes nothing about any of them, of each with what is told of it."""
    rows = [
        _event_row(case_id, event, None, None, data, happened_at=at, by=by, at=at)
        for case_id, data in told.items()
    ]
    if rows:
        session.execute(insert(_EVENTS), rows)


def begin(
    session: Session,
    case_id: int,
    status: Status,
    *,
    counted: ledger.CaseFacts,
    with_receipt: bool,
    received_at: datetime,
    by: Actor,
    at: datetime,
) -> int:
    """Record that a case just stored was received, and count it; returns the event's id."""
    new = Begun(case_id, status, counted, with_receipt, received_at, by, at)
    [event_id] = begin_each(session, [new])
    return event_id


def begin_each(session: Session, new: Sequence[Begun]) -> Sequence[int]:
    """The same for many; returns the ids of the events in this order."""
    event_ids = draw_ids(session, Event, len(new))
    rows = [{"id": event_id, **_received_row(each)} for event_id, each in zip(event_ids, new, strict=True)]
    session.execute(_EVENTS_RECEIVED, rows)
    ledger.count_new(
        session,
        [
            ledger.New(each.counted, each.with_receipt, each.at, event_id)
            for each, event_id in zip(new, event_ids, strict=True)
        ],
    )
    return event_ids


def step_back(
    session: Session,
    case: Case,
    event: EventKind,
    *,
    by: Actor,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    **changes: Any,
) -> int:
    """Move a case back to where it came from. Raises WrongState when it is not in a status one returns from."""
    if case.status not in RETURNING or not case.came_from:
        raise WrongState(f"「{case.status.label}」の案件は、元に戻せません。")
    return move(session, case, Status(case.came_from[-1]), event, by=by, at=at, data=data, **changes)


def take_back(
    session: Session,
    case: Case,
    before: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    data: Mapping[str, Any] | None = None,
) -> int:
    """Undo what happened to a case last: `before` are the columns it changed, as they were. Returns the event's id.

    Its status can only become what it was before its last move. Raises WrongState otherwise.
    """
    status, to = case.status, before.get("status", case.status)
    if to is status:
        return record(session, case, EventKind.UNDONE, by=by, at=at, data=data, **before)
    last = session.execute(
        select(Event.from_status, Event.to_status)
        .where(Event.case_id == case.id, Event.to_status.is_not(None))
        .order_by(Event.id.desc())
        .limit(1)
    ).one()
    if (last.from_status, last.to_status) != (to, status):
        raise WrongState(f"「{status.label}」の案件は、元に戻せません。")
    cases.change(case, at=at, changed_by_id=_staff_id(by), **before)
    session.flush()
    return _record(session, case, EventKind.UNDONE, status, to, by=by, at=at, data=data)


def redirect_return(session: Session, case: Case, onward: Status, *, at: datetime) -> None:
    """An offer was accepted, or nobody is asked any more: a case that waits or was withdrawn will not return to 打診中."""
    came_from = [onward.value if each == Status.OFFERED else each for each in case.came_from]
    if came_from != case.came_from:
        cases.change(case, at=at, came_from=came_from)
        session.flush()


def facts(session: Session, case: Case) -> ledger.CaseFacts:
    """What the ledger counts of a case as it stands."""
    municipality = session.scalar(_MUNICIPALITY, {"of_receipt": case.receipt_id})
    return ledger.CaseFacts(
        desk_id=case.desk_id,
        receipt_id=case.receipt_id,
        case_id=case.id,
        kind=case.kind,
        channel=case.channel,
        requester_type=case.requester_type,
        municipality=place_of(case.requester_type, municipality or ""),
        purpose=case.purpose,
        topics=cases.topics_of(session, case.id),
        division=case.division_code,
        status=case.status,
        outcome=case.outcome,
        received_at=case.received_at,
        closed_at=case.closed_at,
        is_counted=cases.is_counted(case),
        priority=case.priority,
        answered_at=case.answered_at,
        answer_days=case.answer_days,
        answer_timeliness=case.answer_timeliness,
    )


_TIMELINE: Final = select(Event).where(Event.case_id == bindparam("of_case")).order_by(Event.id)


def timeline(session: Session, case_id: int) -> list[Event]:
    """Everything that happened to a case, oldest first."""
    return list(session.scalars(_TIMELINE, {"of_case": case_id}))


def sights(session: Session, case: Case, events: Sequence[Event], *, reply_wanted: bool) -> dict[int, Sight]:
    """What the requester sees of each of a case's events, by the event's id."""
    consented: set[int] = set()
    if any(event.kind is EventKind.REFERRAL_ACCEPTED for event in events):
        agreed = select(Referral.id).where(Referral.case_id == case.id, Referral.consented_on.is_not(None))
        consented = set(session.scalars(agreed))
    happened = [
        Happened(each.kind, each.from_status, each.to_status, each.data, each.actor_kind is ActorKind.STAFF)
        for each in events
    ]
    found = seen.sights(happened, case.status, consented=consented, sees_dates=reply_wanted)
    return {event.id: sight for event, sight in zip(events, found, strict=True)}


def _release(session: Session, head: Case, *, at: datetime) -> None:
    """What was merged into a case that got no answer is again where it came from."""
    merged = session.scalars(
        select(Case).where(Case.merged_into_id == head.id).order_by(Case.id).with_for_update()
    ).all()
    data = {"numbers": [cases.number_of(session, head)]} if merged else None
    for case in merged:
        step_back(session, case, EventKind.RELEASED, by=SYSTEM, at=at, data=data, merged_into_id=None)


def tell_of_meeting(
    session: Session,
    case: Case,
    meeting: Meeting,
    to_requester: Message,
    to_provider: Message,
    *,
    at: datetime,
) -> None:
    """Both sides are written to about a meeting."""
    for kind in (to_requester, to_provider):
        outbox.enqueue(
            session, kind, receipt_id=case.receipt_id, case_id=case.id, subject_id=meeting.id, at=at
        )


def meeting_data(session: Session, meeting: Meeting) -> dict[str, Any]:
    """What an event about a meeting says of it."""
    provider = session.execute(
        select(Provider.name, Provider.kind)
        .join(Offer, Offer.provider_id == Provider.id)
        .where(Offer.id == meeting.offer_id)
    ).one()
    return {
        "meeting_id": meeting.id,
        "begins_at": meeting.begins_at.isoformat() if meeting.begins_at else "",
        "way": meeting.way.value,
        "minutes": meeting.minutes,
        "place": meeting.place,
        "provider_name": provider.name,
        "provider_kind": provider.kind.value,
    }


def _call_off_meetings(session: Session, case: Case, to: Status, *, at: datetime) -> None:
    """Whoever accepted is free: what was planned will not be. Of what is past already nobody needs to be told."""
    why = STARTS_ANEW if to is Status.TRIAGED else IS_OVER
    for meeting in appointments.call_off_all(session, case.id, why, at=at):
        is_past = meeting.begins_at is not None and meeting.begins_at <= at
        data = {**meeting_data(session, meeting), "reason": meeting.reason, "is_past": is_past}
        _record(session, case, EventKind.MEETING_CALLED_OFF, None, None, by=SYSTEM, at=at, data=data)
        if not is_past:
            tell_of_meeting(session, case, meeting, Message.MEETING_OFF, Message.PROVIDER_MEETING_OFF, at=at)


def _record(
    session: Session,
    case: Case,
    kind: EventKind,
    before: Status | None,
    after: Status | None,
    *,
    by: Actor,
    at: datetime,
    data: Mapping[str, Any] | None,
) -> int:
    counted = facts(session, case)
    told = {**_codes_as_they_are(counted), **(data or {})}
    event_id = _add_event(session, case.id, kind, before, after, told, happened_at=at, by=by, at=at)
    _tell_news(session, case, kind, before, by)
    notices.tell(session, case, notices.Happened(event_id, kind, before, after, told, by, at))
    ledger.count_case(session, counted, at=at, event_id=event_id)
    if before is Status.QUARANTINED and counted.is_counted:
        ledger.count_receipt(session, counted, at=at, event_id=event_id)
    return event_id


def _add_event(
    session: Session,
    case_id: int,
    kind: EventKind,
    before: Status | None,
    after: Status | None,
    data: Mapping[str, Any],
    *,
    happened_at: datetime,
    by: Actor,
    at: datetime,
) -> int:
    row = _event_row(case_id, kind, before, after, data, happened_at=happened_at, by=by, at=at)
    return session.execute(_EVENT, row).scalar_one()


def _received_row(new: Begun) -> dict[str, Any]:
    told = _codes_as_they_are(new.counted)
    return _event_row(
        new.case_id,
        EventKind.RECEIVED,
        None,
        new.status,
        told,
        happened_at=new.received_at,
        by=new.by,
        at=new.at,
    )


def _event_row(
    case_id: int,
    kind: EventKind,
    before: Status | None,
    after: Status | None,
    data: Mapping[str, Any],
    *,
    happened_at: datetime,
    by: Actor,
    at: datetime,
) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "kind": kind,
        "at": happened_at,
        "recorded_at": at,
        "actor_kind": by.kind,
        "actor_id": by.id,
        "actor_name": by.name,
        "from_status": before,
        "to_status": after,
        "data": data,
    }


def _tell_news(session: Session, case: Case, kind: EventKind, before: Status | None, by: Actor) -> None:
    """What others did waits for the staff until one of them acts, or nobody needs to any more."""
    if by.kind is ActorKind.STAFF or not case.is_unfinished:
        session.execute(_OLD_NEWS, {"of_case": case.id})
        return
    for queue, kinds in NEWS.items():
        if kind in kinds:
            was_awaited = before is Status.WAITING
            session.execute(
                insert_unless_taken(session, CaseNews).values(
                    case_id=case.id, queue=queue, desk_id=case.desk_id, ended_waiting=was_awaited
                )
            )
            if was_awaited:
                its_own = (CaseNews.case_id == case.id, CaseNews.queue == queue)
                session.execute(update(CaseNews).where(*its_own).values(ended_waiting=True))


def _staff_id(by: Actor) -> int | None:
    return by.id if by.kind is ActorKind.STAFF else None


def _codes_as_they_are(counted: ledger.CaseFacts) -> dict[str, Any]:
    # Enough to recount the ledger from the events alone.
    return {
        "requester_type": counted.requester_type.value,
        "kind": counted.kind.value,
        "channel": counted.channel.value,
        "municipality": counted.municipality,
        "purpose": counted.purpose,
        "topics": list(counted.topics),
        "division": counted.division,
        "outcome": counted.outcome.value if counted.outcome else None,
    }
