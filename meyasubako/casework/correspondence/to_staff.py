"""Mails to staff: numbers, counts and links. What a case is about does not travel."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import notices
from meyasubako.casework.correspondence.letters import Letter
from meyasubako.casework.correspondence.links import Links
from meyasubako.casework.duties import Duties, duties_of, end_of_week
from meyasubako.casework.outbox import Claimed
from meyasubako.core.dates import day_text, japan_day
from meyasubako.store.models import Reminder, Staff


def reminder(session: Session, claimed: Claimed, links: Links, at: datetime) -> Letter | None:
    """What is due, on the day it was to be said."""
    row, member = session.execute(
        select(Reminder, Staff)
        .join(Staff, Staff.id == Reminder.staff_id)
        .where(Reminder.id == claimed.subject_id)
    ).one()
    today = japan_day(at)
    is_wanted = member.is_active and member.wants_reminders and member.email
    duties = duties_of(session, member.id, today) if is_wanted and row.day == today else ()
    if not duties:
        return None
    return Letter(
        kind=claimed.kind,
        is_notice=False,
        to=member.email or "",
        greeting="",
        desk=duties[0].desk,
        thread=None,
        facts={
            "duties": duties,
            "links": links,
            "week_ends_on": day_text(end_of_week(today)),
            "counted": _counted(duties),
        },
    )


def notice(session: Session, claimed: Claimed, links: Links) -> Letter | None:
    """That cases moved."""
    found = notices.letter(session, claimed.subject_id or 0)
    if found is None:
        return None
    return Letter(
        kind=claimed.kind,
        is_notice=False,
        to=found.to,
        greeting="",
        desk=found.desk,
        thread=None,
        facts={"lines": found.lines, "more": found.more, "links": links},
    )


def _counted(duties: tuple[Duties, ...]) -> str:
    """期限切れ1件、きょう2件."""
    due = [each for desk in duties for each in (desk.own, desk.unassigned)]
    counts = (
        ("期限切れ", sum(len(each.overdue) for each in due)),
        ("きょう", sum(len(each.today) for each in due)),
        ("今週", sum(len(each.this_week) for each in due)),
    )
    return "、".join(f"{when}{count}件" for when, count in counts if count)
