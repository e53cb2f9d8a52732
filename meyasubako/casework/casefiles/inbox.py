"""The inbox (受付箱): which cases there are, what waits for the desk today, one page at a time."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, selection
from meyasubako.casework.casefiles.counts import MOST_COUNTED, Count, WorkCounts, count_up, work_counts
from meyasubako.casework.casefiles.loading import staff_of
from meyasubako.casework.casefiles.parts import Deadline, deadline
from meyasubako.casework.casefiles.places import PLACED, Cursor, leaf
from meyasubako.casework.selection import Standpoint
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.conditions import BY_DEADLINE, NEWS, UNFINISHED, Conditions, Queue, Scope, Sorting
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import kind_label, requester_type_label
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import Channel, Language, Priority, Status
from meyasubako.store.models import Case, CaseNews, Receipt, Staff

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One case of the list. `news` is what others did since the desk last acted; a finished case has none.

    `has_answer`: among it is the requester's answer to a question, not only something they added unasked.
    `is_unseen`: something happened that this person has not seen. `is_high`: its 優先度 is 高.
    `place` is where it stands in the list.
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
    is_high: bool
    assignee: str
    news: tuple[Queue, ...]
    has_answer: bool
    is_unseen: bool
    place: Cursor


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A page of the list. `before` and `after` lead on; None at either end.

    `is_cut`: there are more cases than are put in this order; those that press most are.
    """

    rows: tuple[InboxRow, ...]
    counts: WorkCounts
    total: Count
    is_cut: bool
    before: Cursor | None
    after: Cursor | None
    staff: tuple[tuple[int, str], ...]
    has_deadlines: bool


def inbox(
    session: Session,
    actor: Actor,
    applied: AppliedDesk,
    wanted: Conditions,
    *,
    at: datetime,
    sorting: Sorting = Sorting.NEWEST,
    after: Cursor | None = None,
    before: Cursor | None = None,
) -> InboxPage:
    """A page of a desk's cases and the counts of what waits; the number of queries does not depend on either."""
    today = japan_day(at)
    matching = _listed(actor, applied, wanted, sorting, at=at)
    columns = (
        matching.join(Receipt, Receipt.id == Case.receipt_id)
        .outerjoin(Staff, Staff.id == Case.assignee_id)
        .with_only_columns(
            *PLACED,
            Case.ordinal,
            Case.kind,
            Case.title,
            Case.status,
            Case.priority,
            Case.requester_type,
            Case.due_on,
            Case.channel,
            Receipt.language,
            Receipt.number,
            Receipt.postmarked_on,
            Receipt.event_name,
            Staff.name.label("assignee"),
            selection.is_unseen(Standpoint.of(actor, applied.id, today)).label("is_unseen"),
        )
    )
    order = {"sorting": sorting, "holds_finished": _holds_finished(wanted)}
    found = leaf(session, columns, PAGE_SIZE, **order, after=after, before=before)
    news = _news(session, [row.id for row in found.rows if row.status in UNFINISHED])
    counts = work_counts(session, actor, applied.id, today)
    if not (found.before or found.after or after or before):
        total = Count(len(found.rows))
    elif wanted == Conditions(scope=wanted.scope, queue=wanted.queue) and wanted.queue is not None:
        total = counts[wanted.queue]
    else:
        in_order = _is_read_in_order(wanted, sorting)
        total = count_up(
            session, matching if in_order else selection.select_cases(actor, applied, wanted, at=at)
        )
    desk = applied.desk
    # Many cases of a page are due on one day, and counting office days goes day by day.
    left = cache(partial(deadline, today=today, is_closed_on=desk.is_closed_on))
    rows = tuple(
        InboxRow(
            id=row.id,
            number=cases.case_number(row.number, row.ordinal),
            received_at=row.received_at,
            channel=row.channel,
            language=row.language,
            postmarked_on=row.postmarked_on,
            event_name=row.event_name,
            deadline=left(row.due_on, row.status),
            kind_label=kind_label(desk, row.kind),
            requester_label=requester_type_label(desk, row.requester_type),
            title=row.title,
            status=row.status,
            is_high=row.priority is Priority.HIGH and desk.priorities.enabled,
            assignee=row.assignee or "",
            news=tuple(queue for queue in NEWS if queue in news[row.id]) if row.id in news else (),
            has_answer=row.id in news and news[row.id].get(Queue.ADDED, False),
            is_unseen=row.is_unseen and row.status in UNFINISHED,
            place=Cursor.of(row, sorting),
        )
        for row in found.rows
    )
    return InboxPage(
        rows=rows,
        counts=counts,
        total=total,
        is_cut=total.is_more and not _is_read_in_order(wanted, sorting),
        before=found.before,
        after=found.after,
        staff=staff_of(session, applied.id),
        has_deadlines=desk.answer_within_office_days is not None or any(row.deadline for row in rows),
    )


def neighbours(
    session: Session,
    actor: Actor,
    applied: AppliedDesk,
    wanted: Conditions,
    place: Cursor,
    *,
    at: datetime,
    sorting: Sorting = Sorting.NEWEST,
) -> tuple[Cursor | None, Cursor | None]:
    """The cases before and after a place in a list, whether or not the case of that place is still in it."""
    listed = _listed(actor, applied, wanted, sorting, at=at).with_only_columns(*PLACED)
    order = {"sorting": sorting, "holds_finished": _holds_finished(wanted)}
    before = leaf(session, listed, 1, **order, before=place).rows
    after = leaf(session, listed, 1, **order, after=place).rows
    return (Cursor.of(before[0], sorting) if before else None), (
        Cursor.of(after[0], sorting) if after else None
    )


def _holds_finished(wanted: Conditions) -> bool:
    """Whether finished cases may be among these."""
    return wanted.queue is None and (wanted.scope is Scope.ALL or bool(wanted.number))


def _is_read_in_order(wanted: Conditions, sorting: Sorting) -> bool:
    """Whether one index holds these cases in this order, so that a page is read without looking at the others.

    Of what somebody puts together in the condition editor nothing is known, and it is left to the engine.
    """
    if wanted.queue in BY_DEADLINE or wanted.due:
        return sorting is Sorting.DUE
    if wanted.queue is Queue.UNSEEN:
        return sorting is Sorting.CHANGED
    if wanted.queue in NEWS:
        return False
    return wanted.queue is None or sorting in {Sorting.NEWEST, Sorting.OLDEST}


def _listed(
    actor: Actor, applied: AppliedDesk, wanted: Conditions, sorting: Sorting, *, at: datetime
) -> Select[Any]:
    """The cases of a list. Of a queue that is not kept in the order asked for, only so many are put in it."""
    if _is_read_in_order(wanted, sorting):
        return selection.select_cases(actor, applied, wanted, at=at)
    if wanted.queue is not None and wanted.queue in NEWS:
        newest = selection.with_news(wanted.queue, applied.id).order_by(CaseNews.case_id.desc())
        wanted = replace(wanted, queue=None, scope=Scope.ALL)
    else:
        newest = (
            selection.select_cases(actor, applied, wanted, at=at)
            .with_only_columns(Case.id)
            .order_by(*_pressing(wanted))
        )
        wanted = Conditions(scope=Scope.ALL)
    matching = selection.select_cases(actor, applied, wanted, at=at)
    return matching.where(Case.id.in_(newest.limit(MOST_COUNTED)))


def _pressing(wanted: Conditions) -> tuple[ColumnElement[Any], ...]:
    """The order in which what a queue holds is at hand, what presses most first."""
    if wanted.queue is Queue.UNSEEN:
        return Case.changed_at.desc(), Case.id.desc()
    by_receipt = Case.received_at.asc(), Case.id.asc()
    return (
        (Case.owed_on.asc(), Case.pressing.asc(), *by_receipt)
        if wanted.queue in BY_DEADLINE or wanted.due
        else by_receipt
    )


def _news(session: Session, case_ids: list[int]) -> dict[int, dict[Queue, bool]]:
    """For each of these cases, what others did since the staff last acted; True where it was awaited."""
    found: dict[int, dict[Queue, bool]] = {}
    columns = CaseNews.case_id, CaseNews.queue, CaseNews.ended_waiting
    for row in session.execute(select(*columns).where(CaseNews.case_id.in_(case_ids))):
        found.setdefault(row.case_id, {})[row.queue] = row.ended_waiting
    return found
