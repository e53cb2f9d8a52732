"""What is due and for whom: the cases an answer is owed in, by the day it is owed."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.core.desk import Desk, from_json
from meyasubako.core.policy import Need, roles_with
from meyasubako.core.vocabulary import Status
from meyasubako.store.models import Case, DeskRow, Receipt, StaffGrant

OWED = frozenset({Status.RECEIVED, Status.TRIAGED, Status.OFFERED, Status.IN_PROGRESS})
"""Statuses in which it is the desk's turn, so that the days count."""


@dataclass(frozen=True, slots=True)
class DueCase:
    """A case that is due, by nothing but its number."""

    id: int
    number: str


@dataclass(frozen=True, slots=True)
class Due:
    """Cases by when their answer is owed; `this_week` are the days after today up to Sunday."""

    overdue: tuple[DueCase, ...]
    today: tuple[DueCase, ...]
    this_week: tuple[DueCase, ...]

    @property
    def total(self) -> int:
        return len(self.overdue) + len(self.today) + len(self.this_week)


@dataclass(frozen=True, slots=True)
class Duties:
    """What is due at one desk: one's own cases and, for who coordinates, those nobody looks after yet."""

    desk: Desk
    own: Due
    unassigned: Due


def end_of_week(day: date) -> date:
    """The Sunday that ends the week."""
    return day + timedelta(days=6 - day.weekday())


def duties_of(session: Session, staff_id: int, today: date) -> tuple[Duties, ...]:
    """What a member of staff should know of this morning, desk by desk; only desks at which something is due."""
    rows = session.execute(
        select(DeskRow.id, DeskRow.definition, StaffGrant.role)
        .join(StaffGrant, StaffGrant.desk_id == DeskRow.id)
        .where(StaffGrant.staff_id == staff_id, StaffGrant.role.in_(roles_with(Need.TRIAGE)))
        .order_by(DeskRow.id)
    ).all()
    found: list[Duties] = []
    for row in rows:
        coordinates = row.role in roles_with(Need.MOVE_DEADLINE)
        own = _due(session, row.id, staff_id, today)
        unassigned = _due(session, row.id, None, today) if coordinates else Due((), (), ())
        if own.total + unassigned.total:
            found.append(Duties(from_json(row.definition), own, unassigned))
    return tuple(found)


def _due(session: Session, desk_id: int, assignee_id: int | None, today: date) -> Due:
    rows = session.execute(
        select(Case.id, Case.ordinal, Case.due_on, Receipt.number)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(
            Case.desk_id == desk_id,
            Case.assignee_id == assignee_id,
            Case.due_on <= end_of_week(today),
            Case.status.in_(OWED),
        )
        .order_by(Case.due_on, Case.id)
    ).all()

    def those(first: date, last: date) -> tuple[DueCase, ...]:
        return tuple(
            DueCase(row.id, cases.case_number(row.number, row.ordinal))
            for row in rows
            if first <= row.due_on <= last
        )

    tomorrow = today + timedelta(days=1)
    return Due(
        overdue=those(date.min, today - timedelta(days=1)),
        today=those(today, today),
        this_week=those(tomorrow, end_of_week(today)),
    )
