"""The reminder: on the morning of an office day each member of staff who wishes it gets one mail about what is due.

A row for each person and day makes it one, however many workers there are; the mail is worded when it is delivered.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from meyasubako.casework import outbox
from meyasubako.casework.duties import duties_of
from meyasubako.core.calendar import is_office_morning
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import Desk, from_json
from meyasubako.core.policy import Need, roles_with
from meyasubako.core.vocabulary import Message
from meyasubako.store.inserting import insert_unless_taken
from meyasubako.store.models import DeskRow, Reminder, Staff, StaffGrant

KEPT = timedelta(days=30)


def remind(session: Session, *, at: datetime) -> int:
    """Leave a mail for everybody whose hour has come and for whom something is due; returns how many."""
    today = japan_day(at)
    open_now = [row.id for row in session.scalars(select(DeskRow)) if _is_time(from_json(row.definition), at)]
    if not open_now:
        return 0
    is_told = select(Reminder.id).where(Reminder.staff_id == Staff.id, Reminder.day == today).exists()
    untold = session.scalars(
        select(Staff.id)
        .join(StaffGrant, StaffGrant.staff_id == Staff.id)
        .where(
            Staff.is_active,
            Staff.wants_reminders,
            Staff.email.is_not(None),
            StaffGrant.desk_id.in_(open_now),
            StaffGrant.role.in_(roles_with(Need.TRIAGE)),
            ~is_told,
        )
        .distinct()
        .order_by(Staff.id)
    ).all()
    return sum(_remind(session, staff_id, today, at) for staff_id in untold)


def forget_reminders(session: Session, *, at: datetime) -> None:
    """Let go of the rows of former days."""
    session.execute(delete(Reminder).where(Reminder.day < japan_day(at) - KEPT))


def _remind(session: Session, staff_id: int, today: date, at: datetime) -> bool:
    reminder_id = session.execute(
        insert_unless_taken(session, Reminder).values(staff_id=staff_id, day=today).returning(Reminder.id)
    ).scalar_one_or_none()
    if reminder_id is None or not duties_of(session, staff_id, today):
        return False
    outbox.enqueue(session, Message.REMINDER, subject_id=reminder_id, at=at)
    return True


def _is_time(desk: Desk, at: datetime) -> bool:
    return is_office_morning(desk.reminder_at, at, desk.is_closed_on)
