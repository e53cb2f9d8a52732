"""Taking a desk file into use: no code that is in use is lost, and what the desk's pages changed stays."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import audit
from meyasubako.casework.desks import standing
from meyasubako.casework.desks.using import is_used
from meyasubako.core.desk import Change, Desk, from_json, merge
from meyasubako.core.policy import SYSTEM
from meyasubako.core.vocabulary import AuditAction
from meyasubako.store.models import DeskRow


def apply(session: Session, desk: Desk, *, at: datetime) -> tuple[Change, ...]:
    """Take a desk file into use and return what changed; a file applied twice changes nothing."""
    row = session.scalar(select(DeskRow).where(DeskRow.code == desk.code).with_for_update())
    if row is None:
        changes = standing.begin(session, desk, by=SYSTEM, at=at)
        _tell(session, desk.code, (), at=at)
        return changes
    desk_id, revision = row.id, row.revision
    merged, _ = merge(
        from_json(row.filed), desk, used=lambda category, code: is_used(session, desk_id, category, code)
    )
    changes, _ = standing.settle(session, row, merged, by=SYSTEM, at=at)
    if row.revision != revision:
        _tell(session, desk.code, changes, at=at)
    return changes


def _tell(session: Session, code: str, changes: tuple[Change, ...], *, at: datetime) -> None:
    audit.record(
        session,
        AuditAction.DESK_APPLIED,
        by=SYSTEM,
        at=at,
        desk_id=standing.find(session, code).id,
        subject=f"{len(changes)}か所を改めた" if changes else "",
        changes=[each.text for each in changes],
    )
