"""Accounts: which staff (職員) may sign in and with which role at which desk, and the browsers people are signed in on.

Advisers and partners have no account: the link of an offer is exchanged for a short session.
"""

import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from meyasubako.casework import audit
from meyasubako.core import text
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import ALPHABET, draw_token, grouped, token_hash
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import ActorKind, AuditAction, Role
from meyasubako.store.models import Provider, ProviderSession, Staff, StaffGrant, StaffSession

SESSION_LASTS: Final = timedelta(hours=12)
SESSION_RESTS: Final = timedelta(hours=1)
SEEN_EVERY: Final = timedelta(minutes=1)
PROVIDER_SESSION_LASTS: Final = timedelta(hours=2)
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 200

_DRAWN_LENGTH: Final = 15

_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,118}[a-z0-9])?")
_HASHES = PasswordHash((Argon2Hasher(),))
# Verified for a login nobody has, so that the answer takes as long as for one that exists.
_NOBODYS_HASH: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4$wLzmaMR7GqEdQQBYpgRgLw$q3Kf3gfwr/ekSd8IS6LqDNtdMLDWTvjhiTtmd/ccPyw"
)


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


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a typed password is compared with."""

    staff_id: int
    password_hash: str


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser somebody is signed in on. `uses_keys`: single keys do something on the pages of the desk."""

    id: int
    staff_id: int
    login: str
    uses_keys: bool
    actor: Actor
    created_at: datetime
    seen_at: datetime
    expires_at: datetime

    def is_due(self, at: datetime) -> bool:
        """Whether `seen_at` is old enough to be written again."""
        return at - self.seen_at >= SEEN_EVERY


@dataclass(frozen=True, slots=True)
class OpenProviderSession:
    """A browser in which a provider followed the link of an offer, at `began_at`."""

    offer_id: int
    actor: Actor
    began_at: datetime


def clean_login(typed: str) -> str:
    """A login as typed in any width and case."""
    return unicodedata.normalize("NFKC", text.clean_line(typed)).casefold()


def hash_password(password: str) -> str:
    """The argon2id hash of a password. Slow by intent: call it outside a unit, in a thread."""
    return _HASHES.hash(password)


def is_password(credentials: Credentials | None, password: str) -> bool:
    """Whether the password is right, after the same time for somebody who does not exist. As slow as hashing."""
    is_right = _HASHES.verify(password, credentials.password_hash if credentials else _NOBODYS_HASH)
    return is_right and credentials is not None


def check_new_password(password: str, *, login: str, field: str = "password") -> None:
    """Raises InvalidInput if a password is too easy to guess."""
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput(FieldError(field, f"パスワードは{SHORTEST_PASSWORD}文字以上にしてください。"))
    if len(password) > LONGEST_PASSWORD:
        raise InvalidInput(FieldError(field, f"パスワードは{LONGEST_PASSWORD}文字までにしてください。"))
    if len(set(password)) < 5:
        raise InvalidInput(FieldError(field, "パスワードに、もっといろいろな文字を使ってください。"))
    if login and login in password.casefold():
        raise InvalidInput(FieldError(field, "パスワードに、利用者IDを入れないでください。"))


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
    member = Staff(login=login, name=name, password_hash=password_hash, is_active=True, created_at=at)
    session.add(member)
    session.flush()
    set_mail(session, member.id, email)
    audit.record(session, AuditAction.STAFF_ADDED, by=by, at=at, staff_id=member.id, subject=_called(member))
    return member.id


def colleague(session: Session, staff_id: int, desk_id: int) -> StaffMember:
    """Somebody with a role at a desk. Raises NotFound."""
    member = session.get(Staff, staff_id)
    roles, divisions = _grants(session, staff_id)
    if member is None or desk_id not in roles:
        raise NotFound
    return _member(member, roles, divisions)


def draw_password() -> str:
    """A password to begin with, easy to read over the telephone."""
    return grouped("".join(secrets.choice(ALPHABET.lower()) for _ in range(_DRAWN_LENGTH)))


def find_staff(session: Session, login: str) -> StaffMember:
    """The member of staff with this login. Raises NotFound."""
    member = session.scalar(select(Staff).where(Staff.login == clean_login(login)))
    if member is None:
        raise NotFound("この利用者IDの職員はいません。")
    return _member(member, *_grants(session, member.id))


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
    member = _find(session, staff_id)
    member.password_hash = password_hash
    sign_out_everywhere(session, staff_id, keeping=keeping)
    audit.record(session, AuditAction.PASSWORD_SET, by=by, at=at, staff_id=member.id, subject=_called(member))


def grant(session: Session, staff_id: int, desk_id: int, role: Role, *, by: Actor, at: datetime) -> None:
    """Give somebody the one role they hold at a desk."""
    _may_manage(by, desk_id)
    member = _find(session, staff_id)
    held = session.get(StaffGrant, (staff_id, desk_id))
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
        subject=f"{_called(member)}：{role.label}",
    )


def set_division(
    session: Session, staff_id: int, applied: AppliedDesk, division: str | None, *, by: Actor, at: datetime
) -> None:
    """Say for which division (code) of a desk somebody speaks, or for none. Raises NotFound without a role there."""
    _may_manage(by, applied.id)
    held = session.get(StaffGrant, (staff_id, applied.id))
    if held is None:
        raise NotFound("この職員は、この窓口の役割を持っていません。")
    if division is not None and division not in {each.code for each in applied.desk.open_divisions}:
        raise InvalidInput(FieldError("division", "担当課を、一覧の中から選んでください。"))
    held.division = division
    label = applied.desk.division(division).label if division is not None else "なし"
    audit.record(
        session,
        AuditAction.DIVISION_SET,
        by=by,
        at=at,
        desk_id=applied.id,
        subject=f"{_called(_find(session, staff_id))}：{label}",
    )
    session.flush()


def revoke_grant(session: Session, staff_id: int, desk_id: int, *, by: Actor, at: datetime) -> None:
    """Take somebody's role at a desk away."""
    _may_manage(by, desk_id)
    held = session.get(StaffGrant, (staff_id, desk_id))
    if held is None:
        raise NotFound("この職員は、この窓口の役割を持っていません。")
    session.delete(held)
    subject = f"{_called(_find(session, staff_id))}：{held.role.label}"
    audit.record(
        session,
        AuditAction.ROLE_REVOKED,
        by=by,
        at=at,
        desk_id=desk_id,
        staff_id=staff_id,
        subject=subject,
    )


def set_mail(session: Session, staff_id: int, typed: str, *, wants_reminders: bool | None = None) -> None:
    """Say where the service writes to somebody, "" for nowhere, and whether each morning about what is due.

    Raises InvalidInput.
    """
    address = text.clean_email(typed)
    if address and not text.is_email(address):
        raise InvalidInput(
            FieldError("email", "メールアドレスは、name@example.jp のような形で書いてください。")
        )
    member = _find(session, staff_id)
    member.email = address or None
    if wants_reminders is not None:
        member.wants_reminders = wants_reminders
    session.flush()


def set_keys(session: Session, staff_id: int, *, uses_keys: bool) -> None:
    """Say whether single keys do something on the pages of the desk."""
    _find(session, staff_id).uses_keys = uses_keys
    session.flush()


def deactivate(session: Session, staff_id: int, *, by: Actor, at: datetime) -> None:
    """End an account: nobody can sign in with it any more, and whoever is signed in is out."""
    member = _find(session, staff_id)
    member.is_active = False
    sign_out_everywhere(session, staff_id)
    audit.record(
        session, AuditAction.STAFF_DEACTIVATED, by=by, at=at, staff_id=member.id, subject=_called(member)
    )


def credentials(session: Session, login: str) -> Credentials | None:
    """What to compare a password with; None for a login nobody may use."""
    found = session.execute(
        select(Staff.id, Staff.password_hash).where(Staff.login == clean_login(login), Staff.is_active)
    ).first()
    return Credentials(*found) if found else None


def sign_in(session: Session, staff_id: int, *, replacing: str = "", at: datetime) -> str:
    """Begin a session and return its token; the database holds only the token's hash.

    `replacing` is the token the browser had before; it and what has ended are removed.
    """
    ended = or_(
        StaffSession.expires_at <= at,
        StaffSession.seen_at <= at - SESSION_RESTS,
        StaffSession.token_hash == token_hash(replacing),
    )
    session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id, ended))
    token = draw_token()
    session.add(
        StaffSession(
            token_hash=token_hash(token),
            staff_id=staff_id,
            created_at=at,
            seen_at=at,
            expires_at=at + SESSION_LASTS,
        )
    )
    session.flush()
    return token


def open_session(session: Session, token: str, *, at: datetime) -> OpenSession | None:
    """The session a token opens, with the roles its person holds now; None when it has ended."""
    found = session.execute(
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(
            StaffSession.token_hash == token_hash(token),
            StaffSession.expires_at > at,
            StaffSession.seen_at > at - SESSION_RESTS,
            Staff.is_active,
        )
    ).first()
    if found is None:
        return None
    row, member = found
    roles, divisions = _grants(session, member.id)
    actor = Actor(ActorKind.STAFF, id=member.id, name=member.name, roles=roles, divisions=divisions)
    return _open(row, member, actor)


def open_sessions(session: Session, actor: Actor, *, at: datetime) -> tuple[OpenSession, ...]:
    """Everywhere somebody is signed in, the latest used first."""
    rows = session.execute(
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(
            StaffSession.staff_id == actor.id,
            StaffSession.expires_at > at,
            StaffSession.seen_at > at - SESSION_RESTS,
        )
        .order_by(StaffSession.seen_at.desc(), StaffSession.id.desc())
    )
    return tuple(_open(row, member, actor) for row, member in rows)


def keep_open(session: Session, session_id: int, *, at: datetime) -> None:
    """Note that a session is in use."""
    session.execute(update(StaffSession).where(StaffSession.id == session_id).values(seen_at=at))


def sign_out(session: Session, token: str) -> None:
    """End the session of a token, if there is one."""
    session.execute(delete(StaffSession).where(StaffSession.token_hash == token_hash(token)))


def may_administer(by: Actor, member: StaffMember) -> bool:
    """Whether somebody may set a person's password or end their account: only who manages every desk they serve."""
    return bool(member.roles) and all(by.may(Need.MANAGE_STAFF, desk_id) for desk_id in member.roles)


def sign_out_everywhere(session: Session, staff_id: int, *, keeping: int | None = None) -> None:
    """End every session of a person, but for `keeping`."""
    ended = delete(StaffSession).where(StaffSession.staff_id == staff_id)
    if keeping is not None:
        ended = ended.where(StaffSession.id != keeping)
    session.execute(ended)


def begin_provider_session(session: Session, provider_id: int, offer_id: int, *, at: datetime) -> str:
    """Exchange the link of an offer for a session and return its token."""
    session.execute(
        delete(ProviderSession).where(
            ProviderSession.provider_id == provider_id, ProviderSession.expires_at <= at
        )
    )
    token = draw_token()
    session.add(
        ProviderSession(
            token_hash=token_hash(token),
            provider_id=provider_id,
            offer_id=offer_id,
            expires_at=at + PROVIDER_SESSION_LASTS,
        )
    )
    session.flush()
    return token


def open_provider_session(session: Session, token: str, *, at: datetime) -> OpenProviderSession | None:
    """The session a provider's token opens; None when it has ended or the provider left the directory."""
    found = session.execute(
        select(ProviderSession.offer_id, ProviderSession.expires_at, Provider.id, Provider.name)
        .join(Provider, Provider.id == ProviderSession.provider_id)
        .where(
            ProviderSession.token_hash == token_hash(token),
            ProviderSession.expires_at > at,
            Provider.is_active,
        )
    ).first()
    if found is None:
        return None
    offer_id, expires_at, provider_id, name = found
    actor = Actor(ActorKind.PROVIDER, id=provider_id, name=name)
    return OpenProviderSession(offer_id, actor, expires_at - PROVIDER_SESSION_LASTS)


def _find(session: Session, staff_id: int) -> Staff:
    member = session.get(Staff, staff_id)
    if member is None:
        raise NotFound("この職員はいません。")
    return member


def _called(member: Staff) -> str:
    return f"{member.name}（{member.login}）"


def _may_manage(by: Actor, desk_id: int) -> None:
    if by.kind != ActorKind.SYSTEM and not by.may(Need.MANAGE_STAFF, desk_id):
        raise NotAllowed


def _grants(session: Session, staff_id: int) -> tuple[dict[int, Role], dict[int, str]]:
    """The roles somebody holds, and the divisions they speak for, by desk."""
    held = session.execute(
        select(StaffGrant.desk_id, StaffGrant.role, StaffGrant.division).where(
            StaffGrant.staff_id == staff_id
        )
    ).all()
    return {each.desk_id: each.role for each in held}, {
        each.desk_id: each.division for each in held if each.division is not None
    }


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


def _open(row: StaffSession, member: Staff, actor: Actor) -> OpenSession:
    return OpenSession(
        row.id,
        row.staff_id,
        member.login,
        member.uses_keys,
        actor,
        row.created_at,
        row.seen_at,
        row.expires_at,
    )
