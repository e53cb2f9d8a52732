"""The people who work at the desks: adding them, their accounts, and ending these."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import audit
from meyasubako.casework.accounts.passwords import Credentials
from meyasubako.casework.accounts.rows import called, find_row, held_by
from meyasubako.casework.accounts.sessions import sign_out_everywhere
from meyasubako.core import text
from meyasubako.core.errors import FieldError, InvalidInput, NotFound
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import AuditAction, Role
from meyasubako.store.models import Staff, StaffGrant

_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,118}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A member of staff; `roles` maps desk id to role, `divisions` to the division they speak for.

    `email` is None for whom the service does not write to.
    """

    id: int
    login: str
    name: str
    is_active: bool
    roles: Mapping[int, Role]
    divisions: Mapping[int, str]
    email: str | None
    wants_reminders: bool


def clean_login(typed: str) -> str:
    """A login as typed in any width and case."""
    return unicodedata.normalize("NFKC", text.clean_line(typed)).casefold()


def add_staff(
    session: Session,
    *,
    login: str,
    name: str,
    password_hash: str,
    by: Actor,
    at: datetime,
    email: str = "",
) -> int:
    """Add a member of staff, without any role yet, and return the row."""
    login, name = clean_login(login), text.clean_line(name)
    if not _LOGIN.fullmatch(login):
        raise InvalidInput(FieldError("login", "利用者IDは、半角の英数字と . _ - @ で書いてください。"))
    if not name:
        raise InvalidInput(FieldError("name", "氏名を書いてください。"))
    if session.scalar(select(Staff.id).where(Staff.login == login)) is not None:
        raise InvalidInput(FieldError("login", f"利用者ID「{login}」は、もう使われています。"))
    member = Staff(
        login=login,
        name=name,
        password_hash=password_hash,
        is_active=True,
        created_at=at,
        email=_checked_mail(email),
    )
    session.add(member)
    session.flush()
    audit.record(session, AuditAction.STAFF_ADDED, by=by, at=at, staff_id=member.id, subject=called(member))
    return member.id


def colleague(session: Session, staff_id: int, desk_id: int) -> StaffMember:
    """Somebody with a role at a desk. Raises NotFound."""
    member = session.get(Staff, staff_id)
    roles, divisions = held_by(session, staff_id)
    if member is None or desk_id not in roles:
        raise NotFound
    return _member(member, roles, divisions)


def find_staff(session: Session, login: str) -> StaffMember:
    """The member of staff with this login. Raises NotFound."""
    member = session.scalar(select(Staff).where(Staff.login == clean_login(login)))
    if member is None:
        raise NotFound("この利用者IDの職員はいません。")
    return _member(member, *held_by(session, member.id))


def list_staff(session: Session, *, desk_id: int | None = None) -> tuple[StaffMember, ...]:
    """The staff, of one desk or of all, by login."""
    members = select(Staff).order_by(Staff.login)
    if desk_id is not None:
        at_desk = select(StaffGrant.staff_id).where(StaffGrant.desk_id == desk_id)
        members = members.where(Staff.id.in_(at_desk))
    roles: dict[int, dict[int, Role]] = {}
    divisions: dict[int, dict[int, str]] = {}
    for held in session.scalars(select(StaffGrant)):
        roles.setdefault(held.staff_id, {})[held.desk_id] = held.role
        if held.division is not None:
            divisions.setdefault(held.staff_id, {})[held.desk_id] = held.division
    return tuple(
        _member(member, roles.get(member.id, {}), divisions.get(member.id, {}))
        for member in session.scalars(members)
    )


def set_password(
    session: Session,
    staff_id: int,
    password_hash: str,
    *,
    by: Actor,
    at: datetime,
    keeping: int | None = None,
) -> None:
    """Set a new password and end every session but `keeping`: whoever knew the old one is out."""
    member = find_row(session, staff_id)
    member.password_hash = password_hash
    sign_out_everywhere(session, staff_id, keeping=keeping)
    audit.record(session, AuditAction.PASSWORD_SET, by=by, at=at, staff_id=member.id, subject=called(member))


def set_mail(
    session: Session,
    staff_id: int,
    typed: str,
    *,
    by: Actor,
    at: datetime,
    wants_reminders: bool | None = None,
) -> None:
    """Say where the service writes to somebody, "" for nowhere, and whether each morning about what is due.

    Raises InvalidInput.
    """
    member = find_row(session, staff_id)
    before = member.email
    member.email = _checked_mail(typed)
    if wants_reminders is not None:
        member.wants_reminders = wants_reminders
    session.flush()
    if member.email != before:
        what = "消した" if member.email is None else "改めた" if before else "加えた"
        audit.record(
            session,
            AuditAction.STAFF_MAIL_SET,
            by=by,
            at=at,
            staff_id=staff_id,
            subject=f"{called(member)}：{what}",
        )


def set_keys(session: Session, staff_id: int, *, uses_keys: bool) -> None:
    """Say whether single keys do something on the pages of the desk."""
    find_row(session, staff_id).uses_keys = uses_keys
    session.flush()


def deactivate(session: Session, staff_id: int, *, by: Actor, at: datetime) -> None:
    """End an account: nobody can sign in with it any more, and whoever is signed in is out."""
    member = find_row(session, staff_id)
    member.is_active = False
    sign_out_everywhere(session, staff_id)
    audit.record(
        session, AuditAction.STAFF_DEACTIVATED, by=by, at=at, staff_id=member.id, subject=called(member)
    )


def may_administer(by: Actor, member: StaffMember) -> bool:
    """Whether somebody may set a person's password or end their account: only who manages every desk they serve."""
    return bool(member.roles) and all(by.may(Need.MANAGE_STAFF, desk_id) for desk_id in member.roles)


def credentials(session: Session, login: str) -> Credentials | None:
    """What to compare a password with; None for a login nobody may use."""
    found = session.execute(
        select(Staff.id, Staff.password_hash).where(Staff.login == clean_login(login), Staff.is_active)
    ).first()
    return Credentials(*found) if found else None


def _member(member: Staff, roles: Mapping[int, Role], divisions: Mapping[int, str]) -> StaffMember:
    return StaffMember(
        member.id,
        member.login,
        member.name,
        member.is_active,
        roles,
        divisions,
        member.email,
        member.wants_reminders,
    )


def _checked_mail(typed: str) -> str | None:
    address = text.clean_email(typed)
    if address and not text.is_email(address):
        raise InvalidInput(
            FieldError("email", "メールアドレスは、name@example.jp のような形で書いてください。")
        )
    return address or None
