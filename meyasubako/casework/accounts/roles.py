"""What each member of staff may do at a desk, and the division they speak for there."""

from datetime import datetime

from sqlalchemy.orm import Session

from meyasubako.casework import audit
from meyasubako.casework.accounts.rows import called, find_row
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import ActorKind, AuditAction, Role
from meyasubako.store.models import StaffGrant


def grant(session: Session, staff_id: int, desk_id: int, role: Role, *, by: Actor, at: datetime) -> None:
    """Give somebody the one role they hold at a desk."""
    _may_manage(by, desk_id)
    member = find_row(session, staff_id)
    held = session.get(StaffGrant, (staff_id, desk_id))
    before = held.role.label if held is not None else ""
    if held is None:
        session.add(StaffGrant(staff_id=staff_id, desk_id=desk_id, role=role))
    else:
        held.role = role
    session.flush()
    audit.record(
        session,
        AuditAction.ROLE_GRANTED,
        by=by,
        at=at,
        desk_id=desk_id,
        staff_id=staff_id,
        subject=f"{called(member)}：{role.label}",
        changes=audit.from_to("役割", before, role.label),
    )


def set_division(
    session: Session, staff_id: int, applied: AppliedDesk, division: str | None, *, by: Actor, at: datetime
) -> None:
    """Say for which division (code) of a desk somebody speaks, or for none. Raises NotFound without a role there."""
    _may_manage(by, applied.id)
    held = session.get(StaffGrant, (staff_id, applied.id))
    if held is None:
        raise NotFound("この職員は、この窓口の役割を持っていません。")
    offered = {each.code for each in applied.desk.open_divisions} | {held.division, None}
    if division not in offered:
        raise InvalidInput(FieldError("division", "担当課を、一覧の中から選んでください。"))
    if division == held.division:
        return
    before, after = (applied.desk.division(code).label if code else "" for code in (held.division, division))
    held.division = division
    session.flush()
    audit.record(
        session,
        AuditAction.DIVISION_SET,
        by=by,
        at=at,
        desk_id=applied.id,
        staff_id=staff_id,
        subject=f"{called(find_row(session, staff_id))}：{after or 'なし'}",
        changes=audit.from_to("担当課", before, after),
    )


def revoke_grant(session: Session, staff_id: int, desk_id: int, *, by: Actor, at: datetime) -> None:
    """Take somebody's role at a desk away."""
    _may_manage(by, desk_id)
    held = session.get(StaffGrant, (staff_id, desk_id))
    if held is None:
        raise NotFound("この職員は、この窓口の役割を持っていません。")
    session.delete(held)
    subject = f"{called(find_row(session, staff_id))}：{held.role.label}"
    audit.record(
        session,
        AuditAction.ROLE_REVOKED,
        by=by,
        at=at,
        desk_id=desk_id,
        staff_id=staff_id,
        subject=subject,
    )


def _may_manage(by: Actor, desk_id: int) -> None:
    if by.kind != ActorKind.SYSTEM and not by.may(Need.MANAGE_STAFF, desk_id):
        raise NotAllowed
