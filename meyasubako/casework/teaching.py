"""Which cases are to be looked at: a unit that changes the text or the codes of a case leaves a mark."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from meyasubako.core.codes import draw_marks
from meyasubako.store.inserting import insert_or_renew
from meyasubako.store.models import LearningDue


def mark_due(session: Session, case_ids: Collection[int]) -> None:
    """These cases changed in this unit: what was decided about them is learned soon, what was taken back is unlearned."""
    if case_ids:
        # Drawn at random, so that a mark set again meanwhile is never taken for the one that was read.
        due = sorted(set(case_ids))
        rows = [
            {"case_id": case_id, "mark": mark}
            for case_id, mark in zip(due, draw_marks(len(due)), strict=True)
        ]
        insert_or_renew(session, LearningDue, rows, key="case_id", renewed="mark")
