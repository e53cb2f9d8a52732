"""The inbox (受付箱): which cases there are, what waits for the desk today, one page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, select
from sqlalchemy.orm import Session, aliased

from meyasubako.casework import cases
from meyasubako.casework.casefiles.loading import staff_of
from meyasubako.casework.casefiles.parts import UNANSWERED, Deadline, deadline, requester_type_label
from meyasubako.casework.casefiles.places import Cursor, leaf
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import NUMBER_LENGTH, clean_code
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import Desk
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, CaseKind, Channel, EventKind, Language, Status
from meyasubako.store.models import Case, Event, Receipt, Staff

PAGE_SIZE = 50


class Scope(StrEnum):
    """Which list: what is still being worked on, or everything."""

    INBOX = "inbox"
    ALL = "all"


class Queue(StrEnum):
    """きょうの仕事: what waits for the desk."""

    NEW = "new"
    DUE_TODAY = "due-today"
    OVERDUE = "overdue"
    ADDED = "added"
    OFFER_ANSWERED = "offer-answered"
    ADVISED = "advised"


UNFINISHED = (UNANSWERED | {Status.ANSWERED}) - {Status.QUARANTINED}
"""What the inbox holds: a case leaves it when it is closed, declined, withdrawn or merged.

What was put aside for checking has a list of its own, so that a flood does not bury the work.
"""

_NEWS: Mapping[Queue, tuple[EventKind, ...]] = {
    Queue.ADDED: (EventKind.ADDED,),
    Queue.OFFER_ANSWERED: (EventKind.ACCEPTED, EventKind.TURNED_DOWN, EventKind.EXPIRED),
    Queue.ADVISED: (EventKind.ADVISED, EventKind.MET),
}
"""What others did, and nobody of the staff has reacted to yet."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What to list. `assignee` 0 means nobody; `number` is a receipt number or its beginning."""

    scope: Scope = Scope.INBOX
    queue: Queue | None = None
    status: Status | None = None
    assignee: int | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One case of the list. `news` is what others did since the desk last acted; a finished case has none.

    `has_answer`: among it is the requester's answer to a question, not only something they added unasked.
    """

    id: int
    number: str
    received_at: datetime
    channel: Channel
    language: Language
    postmarked_on: date | None
    event_name: str
    deadline: Deadline | None
    kind_label: str
    requester_label: str
    title: str
    status: Status
    assignee: str
    news: tuple[Queue, ...]
    has_answer: bool


@dataclass(frozen=True, slots=True)
class WorkCounts:
    """How many cases wait in each queue, and how many were put aside for checking."""

    by_queue: Mapping[Queue, int]
    quarantined: int

    def __getitem__(self, queue: Queue) -> int:
        return self.by_queue[queue]


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A page of the list, newest first. `newer` and `older` lead on; None at either end."""

    rows: tuple[InboxRow, ...]
    counts: WorkCounts
    total: int
    newer: Cursor | None
    older: Cursor | None
    staff: tuple[tuple[int, str], ...]
    has_deadlines: bool


def inbox(
    session: Session,
    actor: Actor,
    applied: AppliedDesk,
    wanted: Filter,
    *,
    at: datetime,
    older_than: Cursor | None = None,
    newer_than: Cursor | None = None,
) -> InboxPage:
    """A page of a desk's cases and the counts of what waits; the number of queries does not depend on either."""
    today = japan_day(at)
    matching = (
        of_desk(actor, applied.id)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(*_conditions(wanted, today))
    )
    total = session.scalar(matching.with_only_columns(func.count())) or 0
    columns = matching.outerjoin(Staff, Staff.id == Case.assignee_id).with_only_columns(
        Case.id,
        Case.ordinal,
        Case.kind,
        Case.title,
        Case.status,
        Case.requester_type,
        Case.received_at,
        Case.due_on,
        Case.channel,
        Receipt.language,
        Receipt.number,
        Receipt.postmarked_on,
        Receipt.event_name,
        Staff.name.label("assignee"),
    )
    found = leaf(session, columns, PAGE_SIZE, older_than=older_than, newer_than=newer_than)
    news = _news(session, [row.id for row in found.rows if row.status in UNFINISHED])
    desk = applied.desk
    rows = tuple(
        InboxRow(
            id=row.id,
            number=cases.case_number(row.number, row.ordinal),
            received_at=row.received_at,
            channel=row.channel,
            language=row.language,
            postmarked_on=row.postmarked_on,
            event_name=row.event_name,
            deadline=deadline(row.due_on, row.status, today=today, is_closed_on=desk.is_closed_on),
            kind_label=_kind_label(desk, row.kind),
            requester_label=requester_type_label(desk, row.requester_type),
            title=row.title,
            status=row.status,
            assignee=row.assignee or "",
            news=tuple(queue for queue in Queue if queue in news.get(row.id, {})),
            has_answer=news.get(row.id, {}).get(Queue.ADDED, False),
        )
        for row in found.rows
    )
    return InboxPage(
        rows=rows,
        counts=_counts(session, actor, applied.id, today),
        total=total,
        newer=found.newer,
        older=found.older,
        staff=staff_of(session, applied.id),
        has_deadlines=desk.answer_within_office_days is not None or any(row.deadline for row in rows),
    )


def of_desk(actor: Actor, desk_id: int) -> Select[Any]:
    """The cases of a desk as far as this person sees them."""
    return cases.visible_cases(actor).select_from(Case).where(Case.desk_id == desk_id)


def _conditions(wanted: Filter, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    # Who knows a number looks for that case, wherever it stands.
    if (wanted.scope is Scope.INBOX and not wanted.number) or wanted.queue is not None:
        found.append(Case.status.in_(UNFINISHED))
    elif wanted.status is None and not wanted.number:
        found.append(Case.status != Status.QUARANTINED)
    if wanted.queue is not None:
        found.append(_waits(wanted.queue, today))
    if wanted.status is not None:
        found.append(Case.status == wanted.status)
    if wanted.assignee is not None:
        found.append(Case.assignee_id == wanted.assignee if wanted.assignee else Case.assignee_id.is_(None))
    if wanted.number:
        # A beginning is enough, and what follows the number names the matter: M7K-4TX-9PA（2）.
        beginning = clean_code(wanted.number)[:NUMBER_LENGTH]
        found.append(Receipt.number.startswith(beginning, autoescape=True) if beginning else false())
    return found


def _waits(queue: Queue, today: date) -> ColumnElement[bool]:
    if queue is Queue.NEW:
        return Case.status == Status.RECEIVED
    if queue is Queue.DUE_TODAY:
        return and_(Case.due_on == today, Case.status.in_(UNANSWERED))
    if queue is Queue.OVERDUE:
        return and_(Case.due_on < today, Case.status.in_(UNANSWERED))
    event, by_staff = aliased(Event), aliased(Event)
    last_of_ours = (
        select(func.coalesce(func.max(by_staff.id), 0))
        .where(by_staff.case_id == Case.id, by_staff.actor_kind == ActorKind.STAFF)
        .correlate(Case)
        .scalar_subquery()
    )
    return (
        select(event.id)
        .where(event.case_id == Case.id, event.kind.in_(_NEWS[queue]), event.id > last_of_ours)
        .correlate(Case)
        .exists()
    )


def _counts(session: Session, actor: Actor, desk_id: int, today: date) -> WorkCounts:
    put_aside = (
        of_desk(actor, desk_id)
        .where(Case.status == Status.QUARANTINED)
        .with_only_columns(func.count())
        .scalar_subquery()
    )
    sums = [func.coalesce(func.sum(case((_waits(queue, today), 1), else_=0)), 0) for queue in Queue]
    row = session.execute(
        of_desk(actor, desk_id).where(Case.status.in_(UNFINISHED)).with_only_columns(put_aside, *sums)
    ).one()
    return WorkCounts(dict(zip(Queue, (int(each) for each in row[1:]), strict=True)), row[0])


def _news(session: Session, case_ids: list[int]) -> dict[int, dict[Queue, bool]]:
    """For each of these cases, what others did since the last event of the staff; True where it ended 返事待ち."""
    since: dict[int, dict[Queue, bool]] = {}
    for case_id, kind, actor_kind, from_status in session.execute(
        select(Event.case_id, Event.kind, Event.actor_kind, Event.from_status)
        .where(Event.case_id.in_(case_ids))
        .order_by(Event.id)
    ):
        if actor_kind is ActorKind.STAFF:
            since.pop(case_id, None)
            continue
        found = since.setdefault(case_id, {})
        for queue, kinds in _NEWS.items():
            if kind in kinds:
                found[queue] = found.get(queue, False) or from_status is Status.WAITING
    return since


def _kind_label(desk: Desk, kind: CaseKind) -> str:
    return next((each.short_label for each in desk.kinds if each.code == kind), kind.label)
