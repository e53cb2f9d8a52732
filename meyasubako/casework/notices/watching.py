"""Watching (見守る): somebody wishes to know what happens to a case that is not theirs to work on."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.casework.notices.rows import MAY_OPEN
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor
from meyasubako.store.inserting import insert_unless_taken
from meyasubako.store.models import Case, CaseWatch, Staff, StaffGrant


def watch(session: Session, case_id: int, *, on: bool, by: Actor, at: datetime) -> None:
    """Begin or stop watching a case one may see; a form opened before stays good. Raises NotFound."""
    seen = cases.visible_cases(by).where(Case.id == case_id).with_only_columns(Case.id)
    if session.scalar(seen) is None:
        raise NotFound
    if on:
        values = {"case_id": case_id, "staff_id": by.id, "since": at}
        session.execute(insert_unless_taken(session, CaseWatch).values(values))
    else:
        own = CaseWatch.case_id == case_id, CaseWatch.staff_id == by.id
        session.execute(delete(CaseWatch).where(*own))


def watchers(session: Session, case_id: int) -> tuple[tuple[int, str], ...]:
    """Who watches a case and may open it: (id, name), who began first."""
    rows = session.execute(
        select(Staff.id, Staff.name)
        .join(CaseWatch, CaseWatch.staff_id == Staff.id)
        .join(Case, Case.id == CaseWatch.case_id)
        .join(StaffGrant, StaffGrant.staff_id == Staff.id)
        .where(CaseWatch.case_id == case_id, MAY_OPEN)
        .order_by(CaseWatch.since, Staff.id)
    )
    return tuple((staff_id, name) for staff_id, name in rows)


def is_watching(session: Session, case_id: int, *, by: Actor) -> bool:
    """Whether somebody watches a case."""
    own = CaseWatch.case_id == case_id, CaseWatch.staff_id == by.id
    return session.scalar(select(CaseWatch.case_id).where(*own)) is not None
