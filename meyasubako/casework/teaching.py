"""Which cases are to be looked at: a unit that changes the text or the codes of a case leaves a mark."""

import secrets
from collections.abc import Collection

from sqlalchemy.orm import Session

from meyasubako.store.inserting import insert_or_renew
from meyasubako.store.models import LearningDue


def mark_due(session: Session, case_ids: Collection[int]) -> None:
    """These cases changed in this unit: what was decided about them is learned soon, what was taken back is unlearned."""
    if case_ids:
        # Drawn at random, so that a mark set again meanwhile is never taken for the one that was read.
        rows = [{"case_id": case_id, "mark": secrets.randbits(62)} for case_id in sorted(set(case_ids))]
        insert_or_renew(session, LearningDue, rows, key="case_id", renewed="mark")
