"""Deadlines of a desk of the demonstration: some due today, some overdue, one that stands still, one put off by a notice.

What came in lately got its day afterwards, some of it so that it is due now.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import deadlines, desks, replies
from meyasubako.core.calendar import is_office_day, office_day_after
from meyasubako.core.dates import japan_day, start_of_day
from meyasubako.core.vocabulary import Role, Status
from meyasubako.demo import material
from meyasubako.demo.story import OFFICE_DAYS, Scene
from meyasubako.store.models import Case

DESK: Final = "mie-dx-center"
WHY: Final = "受け付けたときに期限を付けていなかったため、期限を付けました。"
NOTICE: Final = (
    "ご相談いただき、ありがとうございます。\n"
    "詳しい専門家を探していて、お答えまでもうしばらくかかります。お待たせして申し訳ありません。"
)
QUESTION: Final = "いまお使いのパソコンの台数と、インターネットの回線の種類を教えてください。"
OPENS: Final = timedelta(hours=9)


def set_deadlines(session: Session, scene: Scene) -> None:
    """Let the desk promise answers from now on, and give their days to cases that are being worked on."""
    if scene.applied.code != DESK:
        return
    filed = next(each for each in material.desk_definitions() if each.code == DESK)
    desks.apply(session, replace(filed, answer_within_office_days=OFFICE_DAYS[DESK]), at=scene.today)
    desk = desks.find(session, DESK).desk
    today = japan_day(scene.today)
    due_today = office_day_after(today, 1, desk.is_closed_on)
    overdue = _office_day_before(today, desk.is_closed_on)
    soon, later = (office_day_after(today, count, desk.is_closed_on) for count in (4, 9))
    days = (soon, due_today, overdue, overdue, due_today)
    by = next(each for each in scene.staff if each.roles[scene.applied.id] is Role.COORDINATOR)
    begun = start_of_day(overdue) + OPENS
    asked, *moved, told = session.scalars(
        select(Case.id)
        .where(
            Case.desk_id == scene.applied.id,
            Case.status.in_((Status.RECEIVED, Status.TRIAGED, Status.IN_PROGRESS)),
            Case.changed_at < begun,
        )
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(len(days) + 1)
    ).all()
    for case_id, day in zip((asked, *moved), days, strict=False):
        deadlines.move_due(session, desk, case_id, day.isoformat(), WHY, by=by, at=begun)
    replies.ask(session, asked, QUESTION, by=by, at=_ago(scene, 45))
    deadlines.send_interim(session, desk, told, NOTICE, later.isoformat(), by=by, at=_ago(scene, 35))


def _ago(scene: Scene, minutes: int) -> datetime:
    return scene.today - timedelta(minutes=minutes)


def _office_day_before(day: date, is_closed_on: Callable[[date], bool]) -> date:
    before = day - timedelta(days=1)
    while not is_office_day(before, is_closed_on):
        before -= timedelta(days=1)
    return before
