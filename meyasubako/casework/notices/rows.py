"""Who may be told of a case: the one condition everything here asks."""

from sqlalchemy import ColumnElement, and_

from meyasubako.core.policy import Need, roles_with
from meyasubako.core.vocabulary import Status
from meyasubako.store.models import Case, Staff, StaffGrant

MAY_OPEN: ColumnElement[bool] = and_(
    Staff.is_active,
    StaffGrant.staff_id == Staff.id,
    StaffGrant.desk_id == Case.desk_id,
    StaffGrant.role.in_(roles_with(Need.VIEW_CASES)),
)
"""A person with a role at the desk of a case, who has not left."""

IS_ADMITTED: ColumnElement[bool] = Case.status != Status.QUARANTINED
