"""Which cases meet conditions (条件): the one query behind lists, saved views, exports and work on many cases."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Self

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from meyasubako.casework import cases, searching
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import NUMBER_LENGTH, clean_code
from meyasubako.core.conditions import (
    ME,
    NEWS,
    NOBODY,
    Answered,
    Conditions,
    Due,
    Queue,
    Scope,
)
from meyasubako.core.dates import end_of_day, japan_day, start_of_day
from meyasubako.core.desk import Desk
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import Priority, Status
from meyasubako.store.models import Case, CaseLook, CaseNews, CaseTopic, DeskLook, Receipt, ReportDue

_BEFORE_ALL: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Who looks, where and when: each a value, or a parameter that gets one. A week ends on `sunday`."""

    staff_id: Any
    desk_id: Any
    today: Any
    sunday: Any

    @classmethod
    def of(cls, actor: Actor, desk_id: int, today: date) -> Self:
        """Where somebody stands."""
        return cls(actor.id or 0, desk_id, today, today + timedelta(days=6 - today.weekday()))


def select_cases(actor: Actor, applied: AppliedDesk, wanted: Conditions, *, at: datetime) -> Select[Any]:
    """The cases of a desk that meet all conditions, as far as this person sees them; in no order.

    It selects `Case` and nothing else is joined: `with_only_columns`, `order_by` and joins are for the caller.
    """
    return of_desk(actor, applied.id).where(*_criteria(actor, applied, wanted, japan_day(at)))


def of_desk(actor: Actor, desk_id: int) -> Select[Any]:
    """The cases of a desk as far as this person sees them."""
    return cases.visible_cases(actor).select_from(Case).where(Case.desk_id == desk_id)


def waits(queue: Queue, standpoint: Standpoint) -> ColumnElement[bool]:
    """Whether a case of the desk waits in a queue; what is finished waits in none.

    Each is written so that one index holds it: where a status or news already say that a case is unfinished, that is not
    said again, or the index would be one of all that is unfinished.
    """
    return _WAITS[queue](standpoint)


def with_news(queue: Queue, desk_id: Any) -> Select[int]:
    """The cases (their ids) that wait in one of the queues of what others did; their order is that of the ids."""
    return select(CaseNews.case_id).where(CaseNews.desk_id == desk_id, CaseNews.queue == queue)


def is_unseen(standpoint: Standpoint) -> ColumnElement[bool]:
    """Whether something happened to an unfinished case that this person neither did nor has seen, nor taken note of at once."""
    noted = (
        select(DeskLook.looked_at)
        .where(DeskLook.staff_id == standpoint.staff_id, DeskLook.desk_id == standpoint.desk_id)
        .scalar_subquery()
    )
    has_seen = (
        select(CaseLook.case_id)
        .where(
            CaseLook.case_id == Case.id,
            CaseLook.staff_id == standpoint.staff_id,
            CaseLook.changed_at >= Case.changed_at,
        )
        .correlate(Case)
        .exists()
    )
    return and_(
        Case.is_unfinished,
        Case.changed_at > func.coalesce(noted, _BEFORE_ALL, type_=Case.changed_at.type),
        func.coalesce(Case.changed_by_id, 0) != standpoint.staff_id,
        ~has_seen,
    )


def _has_news(queue: Queue) -> Callable[[Standpoint], ColumnElement[bool]]:
    return lambda standpoint: Case.id.in_(with_news(queue, standpoint.desk_id))


def _late_reports(standpoint: Standpoint) -> Select[int]:
    """The cases on which somebody owes a report since before today."""
    return select(ReportDue.case_id).where(
        ReportDue.desk_id == standpoint.desk_id, ReportDue.due_on < standpoint.today
    )


_WAITS: Final[Mapping[Queue, Callable[[Standpoint], ColumnElement[bool]]]] = {
    Queue.NEW: lambda _: Case.status == Status.RECEIVED,
    Queue.DUE_TODAY: lambda standpoint: _is_due(Due.TODAY, standpoint),
    Queue.OVERDUE: lambda standpoint: _is_due(Due.OVERDUE, standpoint),
    Queue.THIS_WEEK: lambda standpoint: _is_due(Due.THIS_WEEK, standpoint),
    **{queue: _has_news(queue) for queue in NEWS},
    Queue.REPORT_LATE: lambda standpoint: Case.id.in_(_late_reports(standpoint)),
    Queue.MINE: lambda standpoint: and_(Case.is_unfinished, Case.assignee_id == standpoint.staff_id),
    Queue.UNASSIGNED: lambda _: and_(Case.is_unfinished, Case.assignee_id.is_(None)),
    Queue.UNSEEN: is_unseen,
    Queue.ON_REQUESTER: lambda _: Case.status == Status.WAITING,
    Queue.ON_PROVIDER: lambda _: Case.status == Status.OFFERED,
}


def _criteria(
    actor: Actor, applied: AppliedDesk, wanted: Conditions, today: date
) -> Iterable[ColumnElement[bool]]:
    standpoint = Standpoint.of(actor, applied.id, today)
    # Who knows a number looks for that case, wherever it stands.
    if wanted.queue is not None:
        yield waits(wanted.queue, standpoint)
    elif wanted.scope is Scope.INBOX and not wanted.number:
        yield and_(Case.is_unfinished)
    elif not wanted.statuses and not wanted.number:
        yield Case.status != Status.QUARANTINED
    yield from _in_words(actor, applied, wanted, today)
    for column, codes in (
        (Case.status, wanted.statuses),
        (Case.kind, wanted.kinds),
        (Case.requester_type, wanted.requester_types),
        (Case.purpose, wanted.purposes),
        (Case.channel, wanted.channels),
        (Case.outcome, wanted.outcomes),
    ):
        if codes:
            yield column.in_(codes)
    if wanted.topics:
        below = select(CaseTopic.case_id).where(CaseTopic.topic.in_(_with_below(applied.desk, wanted.topics)))
        yield Case.id.in_(below)
    if wanted.languages:
        yield Case.receipt_id.in_(select(Receipt.id).where(Receipt.language.in_(wanted.languages)))
    if wanted.divisions:
        yield _is_any(
            Case.division_code, [each for each in wanted.divisions if each != NOBODY], wanted.divisions
        )
    if wanted.priorities:
        # What nobody decided about takes its turn like any other.
        is_usual = Case.priority.is_(None) if Priority.NORMAL in wanted.priorities else false()
        yield or_(Case.priority.in_(wanted.priorities), is_usual)
    if wanted.assignees:
        people = [int(each) for each in wanted.assignees if each not in {ME, NOBODY}]
        if ME in wanted.assignees and actor.id is not None:
            people.append(actor.id)
        yield _is_any(Case.assignee_id, people, wanted.assignees)
    yield from _in_time(wanted, standpoint)


def _in_words(
    actor: Actor, applied: AppliedDesk, wanted: Conditions, today: date
) -> Iterable[ColumnElement[bool]]:
    if wanted.number:
        yield _is_numbered(wanted.number)
    if wanted.text:
        asked = searching.read(wanted.text, applied.desk, today=today)
        yield searching.condition(asked, actor=actor, desk_id=applied.id)


def _in_time(wanted: Conditions, standpoint: Standpoint) -> Iterable[ColumnElement[bool]]:
    if wanted.received_from:
        yield Case.received_at >= start_of_day(wanted.received_from)
    if wanted.received_to:
        yield Case.received_at <= end_of_day(wanted.received_to)
    if wanted.due:
        yield _is_due(wanted.due, standpoint)
    if wanted.due_from:
        yield Case.due_on >= wanted.due_from
    if wanted.due_to:
        yield Case.due_on <= wanted.due_to
    if wanted.answered:
        is_answered = Case.answered_at.is_not(None)
        yield is_answered if wanted.answered is Answered.YES else ~is_answered


def _is_due(due: Due, standpoint: Standpoint) -> ColumnElement[bool]:
    if due is Due.OVERDUE:
        return and_(Case.is_unfinished, Case.owed_on < standpoint.today)
    if due is Due.TODAY:
        # As a span: told that all are of one day, SQLite looks for that day among all that is unfinished.
        return and_(Case.is_unfinished, Case.owed_on >= standpoint.today, Case.owed_on <= standpoint.today)
    return and_(Case.is_unfinished, Case.owed_on >= standpoint.today, Case.owed_on <= standpoint.sunday)


def _is_any(column: Any, values: list[Any], wanted: tuple[str, ...]) -> ColumnElement[bool]:
    found = [column.in_(values)] if values else []
    if NOBODY in wanted:
        found.append(column.is_(None))
    return or_(false(), *found)


def _is_numbered(typed: str) -> ColumnElement[bool]:
    # A beginning is enough, and what follows the number names the matter: M7K-4TX-9PA（2）.
    beginning = clean_code(typed)[:NUMBER_LENGTH]
    if not beginning:
        return false()
    is_it = (
        Receipt.number == beginning
        if len(beginning) == NUMBER_LENGTH
        else Receipt.number.startswith(beginning, autoescape=True)
    )
    return Case.receipt_id.in_(select(Receipt.id).where(is_it))


def _with_below(desk: Desk, topics: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for code in topics:
        found[code] = None
        try:
            found.update(dict.fromkeys(each.code for each in desk.topic_and_below(code)))
        except KeyError:
            # A topic the desk does not have (any more) may still stand on cases.
            continue
    return list(found)
