"""The inbox (受付箱): which cases there are, what waits for the desk today, one page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, selection
from meyasubako.casework.casefiles.loading import staff_of
from meyasubako.casework.casefiles.parts import Deadline, deadline, kind_label, requester_type_label
from meyasubako.casework.casefiles.places import Cursor, leaf
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.conditions import UNFINISHED, Conditions, Queue
from meyasubako.core.dates import japan_day
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, Channel, Language, Status
from meyasubako.store.models import Case, Event, Receipt, Staff

PAGE_SIZE = 50


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
    wanted: Conditions,
    *,
    at: datetime,
    older_than: Cursor | None = None,
    newer_than: Cursor | None = None,
) -> InboxPage:
    """A page of a desk's cases and the counts of what waits; the number of queries does not depend on either."""
    today = japan_day(at)
    matching = selection.select_cases(actor, applied, wanted, at=at)
    total = session.scalar(matching.with_only_columns(func.count())) or 0
    columns = (
        matching.join(Receipt, Receipt.id == Case.receipt_id)
        .outerjoin(Staff, Staff.id == Case.assignee_id)
        .with_only_columns(
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
            kind_label=kind_label(desk, row.kind),
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


def _counts(session: Session, actor: Actor, desk_id: int, today: date) -> WorkCounts:
    put_aside = (
        selection.of_desk(actor, desk_id)
        .where(Case.status == Status.QUARANTINED)
        .with_only_columns(func.count())
        .scalar_subquery()
    )
    sums = [func.coalesce(func.sum(case((selection.waits(queue, today), 1), else_=0)), 0) for queue in Queue]
    row = session.execute(
        selection.of_desk(actor, desk_id)
        .where(Case.status.in_(UNFINISHED))
        .with_only_columns(put_aside, *sums)
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
        for queue, kinds in selection.NEWS.items():
            if kind in kinds:
                found[queue] = found.get(queue, False) or from_status is Status.WAITING
    return since
