"""The rows of staff and of what they may do, as every part of accounts reads them."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from meyasubako.core.errors import NotFound
from meyasubako.core.vocabulary import Role
from meyasubako.store.models import Staff, StaffGrant

_HELD: Final = select(StaffGrant.desk_id, StaffGrant.role, StaffGrant.division).where(
    StaffGrant.staff_id == bindparam("staff")
)


def find_row(session: Session, staff_id: int) -> Staff:
    """A member of staff. Raises NotFound."""
    member = session.get(Staff, staff_id)
    if member is None:
        raise NotFound("この職員はいません。")
    return member


def called(member: Staff) -> str:
    """How the record names somebody."""
    return f"{member.name}（{member.login}）"


def held_by(session: Session, staff_id: int) -> tuple[dict[int, Role], dict[int, str]]:
    """The roles somebody holds, and the divisions they speak for, by desk."""
    return held(session.execute(_HELD, {"staff": staff_id}).all())


def held(grants: Sequence[Any]) -> tuple[dict[int, Role], dict[int, str]]:
    """The same, of rows that have the columns of somebody's grants."""
    return {each.desk_id: each.role for each in grants}, {
        each.desk_id: each.division for each in grants if each.division is not None
    }
