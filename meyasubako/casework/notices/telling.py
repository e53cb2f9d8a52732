"""Telling: for each thing that happens to a case, whom it concerns and by which way they wish to know."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from meyasubako.casework import outbox
from meyasubako.casework.notices.choosing import way_of
from meyasubako.casework.notices.rows import MAY_OPEN
from meyasubako.core.desk import from_json
from meyasubako.core.notices import FOR_ASSIGNEE, UNREMARKABLE
from meyasubako.core.policy import Actor, Need, roles_with
from meyasubako.core.vocabulary import (
    ActorKind,
    DraftState,
    EventKind,
    Message,
    NoticeKind,
    NoticeWay,
    Status,
)
from meyasubako.store.models import (
    AnswerDraft,
    AnswerVersion,
    Case,
    CaseWatch,
    Contribution,
    DeskRow,
    Notice,
    NoticeChoice,
    Staff,
    StaffGrant,
)

_MOVES_ANSWER = frozenset({EventKind.SUBMITTED, EventKind.REVIEWED, EventKind.APPROVED, EventKind.SENT_BACK})


@dataclass(frozen=True, slots=True)
class Happened:
    """An event just recorded."""

    id: int
    kind: EventKind
    from_status: Status | None
    to_status: Status | None
    data: Mapping[str, Any]
    by: Actor
    at: datetime


def tell(session: Session, case: Case, event: Happened) -> None:
    """Leave a notice for everybody an event concerns; mails and chat messages go out after the unit."""
    if _is_put_aside(case, event):
        return
    concerned = _concerned(session, case, event)
    if event.by.kind is ActorKind.STAFF:
        concerned.pop(event.by.id or 0, None)
    if not concerned:
        return
    told = session.execute(
        select(Staff.id, Staff.email, NoticeChoice.kind, NoticeChoice.way)
        .join(StaffGrant, StaffGrant.staff_id == Staff.id)
        .join(Case, Case.desk_id == StaffGrant.desk_id)
        .outerjoin(NoticeChoice, NoticeChoice.staff_id == Staff.id)
        .where(Staff.id.in_(concerned), Case.id == case.id, MAY_OPEN)
        .order_by(Staff.id)
    ).all()
    addresses = {row.id: row.email for row in told}
    chosen: dict[int, dict[NoticeKind, NoticeWay]] = {}
    for row in told:
        if row.kind is not None:
            chosen.setdefault(row.id, {})[row.kind] = row.way
    ways = {each: way_of(chosen.get(each, {}), concerned[each]) for each in addresses}
    _leave(
        session,
        case,
        event,
        concerned,
        {each: way for each, way in ways.items() if way is not NoticeWay.NONE},
    )
    by_mail = [each for each, way in ways.items() if way is NoticeWay.MAIL and addresses[each]]
    _send(session, case, event, by_mail, by_chat=NoticeWay.CHAT in ways.values())


def _is_put_aside(case: Case, event: Happened) -> bool:
    """Whether the case waits to be checked, or was declined right from there."""
    return Status.QUARANTINED in {
        case.status,
        event.from_status if event.to_status is Status.DECLINED else None,
    }


def _leave(
    session: Session,
    case: Case,
    event: Happened,
    concerned: Mapping[int, NoticeKind],
    ways: Mapping[int, NoticeWay],
) -> None:
    if not ways:
        return
    rows = [
        {
            "staff_id": staff_id,
            "event_id": event.id,
            "case_id": case.id,
            "desk_id": case.desk_id,
            "kind": concerned[staff_id],
            "way": way,
            "at": event.at,
            "read_at": None,
        }
        for staff_id, way in ways.items()
    ]
    session.execute(insert(Notice), rows)


def _send(session: Session, case: Case, event: Happened, by_mail: Iterable[int], *, by_chat: bool) -> None:
    """One mail for each person and one message to the chat for all that happens in one act, however many cases it is about."""
    of_act = Notice.at == event.at
    for staff_id in by_mail:
        own = (of_act, Notice.staff_id == staff_id, Notice.way == NoticeWay.MAIL)
        _enqueue_first(session, case, event, Message.NOTICE, own)
    if by_chat:
        own = (of_act, Notice.desk_id == case.desk_id, Notice.way == NoticeWay.CHAT)
        _enqueue_first(session, case, event, Message.CHAT, own)


def _enqueue_first(
    session: Session, case: Case, event: Happened, kind: Message, own: tuple[ColumnElement[bool], ...]
) -> None:
    first = session.execute(select(Notice.id, Notice.event_id).where(*own).order_by(Notice.id).limit(1)).one()
    if first.event_id == event.id:
        outbox.enqueue(session, kind, case_id=case.id, subject_id=first.id, at=event.at)


def _concerned(session: Session, case: Case, event: Happened) -> dict[int, NoticeKind]:
    """Whom an event concerns and why; the more it is meant for a person, the earlier it is found."""
    found: dict[int, NoticeKind] = {}

    def add(kind: NoticeKind, staff_ids: Iterable[int | None]) -> None:
        for staff_id in staff_ids:
            if staff_id is not None:
                found.setdefault(staff_id, kind)

    data = event.data
    if event.kind is EventKind.NOTED:
        add(NoticeKind.MENTIONED, data.get("mentioned", ()))
    if event.kind is EventKind.ASSIGNED:
        add(NoticeKind.ASSIGNED, [data.get("assignee_id")])
    if event.kind is EventKind.CONTRIBUTION_ASKED:
        add(NoticeKind.CONTRIBUTION, _of_division(session, case, data.get("asked_code")))
    if event.kind is EventKind.CONTRIBUTION_GIVEN and "contribution_id" in data:
        row = session.get_one(Contribution, data["contribution_id"])
        add(NoticeKind.CAME_BACK, [row.asked_by_id])
    if event.kind in _MOVES_ANSWER and "draft_id" in data:
        for kind, staff_ids in _waited_for(session, case, data["draft_id"]):
            add(kind, staff_ids)
    if event.kind in FOR_ASSIGNEE:
        add(FOR_ASSIGNEE[event.kind], [case.assignee_id])
    if event.kind not in UNREMARKABLE:
        watching = select(CaseWatch.staff_id).where(CaseWatch.case_id == case.id)
        add(NoticeKind.WATCHED, session.scalars(watching))
    return found


def _of_division(session: Session, case: Case, code: str | None) -> list[int]:
    at_desk = StaffGrant.desk_id == case.desk_id, StaffGrant.division == code
    return list(session.scalars(select(StaffGrant.staff_id).where(*at_desk))) if code else []


def _waited_for(
    session: Session, case: Case, draft_id: int
) -> Iterable[tuple[NoticeKind, Sequence[int | None]]]:
    """Who acts next on an answer as it stands now."""
    draft = session.get_one(AnswerDraft, draft_id)
    needs = {
        DraftState.IN_REVIEW: (NoticeKind.REVIEW, Need.REVIEW_ANSWERS),
        DraftState.IN_APPROVAL: (NoticeKind.APPROVAL, Need.APPROVE_ANSWERS),
    }
    if draft.state not in needs:
        yield NoticeKind.CAME_BACK, [draft.submitted_by_id]
        return
    kind, need = needs[draft.state]
    at_desk = StaffGrant.desk_id == case.desk_id, StaffGrant.role.in_(roles_with(need))
    may = set(session.scalars(select(StaffGrant.staff_id).where(*at_desk)))
    if not from_json(session.get_one(DeskRow, case.desk_id).definition).answering.own_approval:
        newest = session.get(AnswerVersion, (draft.id, draft.version))
        may -= {draft.submitted_by_id, draft.reviewed_by_id, newest.author_id if newest else None}
    yield kind, sorted(may)
