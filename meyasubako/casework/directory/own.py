"""What somebody listed keeps up to date themselves: what they know, where, how and when they help. The rest is staff's to say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import audit
from meyasubako.casework.directory import keeping
from meyasubako.casework.directory.entry import Listed, check, form_of
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import japan_day
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, AuditAction
from meyasubako.store.models import AuditEntry, Provider

OWN: Final = (
    "position",
    "profile",
    "topics",
    "purposes",
    "areas",
    "ways",
    "languages",
    "capacity",
    "absences",
)
"""Their own fields. Kind, name, address, what they sell and whom they must not meet stay as staff wrote them."""
MOST_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """A change of an entry: when, by whom, what, in sentences."""

    at: datetime
    who: str
    what: str
    changes: tuple[str, ...]


def own_entry(session: Session, *, by: Actor) -> Listed:
    """The entry of whoever asks. Raises NotFound for anybody who is not listed."""
    desk_id = session.scalar(select(Provider.desk_id).where(Provider.id == by.id, Provider.is_active))
    if by.kind is not ActorKind.PROVIDER or by.id is None or desk_id is None:
        raise NotFound
    return keeping.get(session, desk_id, by.id)


def change_own(
    session: Session,
    applied: AppliedDesk,
    values: Mapping[str, Sequence[str]],
    *,
    by: Actor,
    at: datetime,
    seen: str,
) -> None:
    """Change one's own entry as its form says. Raises InvalidInput, and WrongState when somebody changed it since `seen`."""
    listed = own_entry(session, by=by)
    if listed.desk_id != applied.id:
        raise NotFound
    form = {**form_of(listed.entry), **{name: list(values.get(name, ())) for name in OWN}}
    entry = check(applied.desk, form, today=japan_day(at), standing=listed.entry)
    keeping.replace_entry(session, applied, listed.id, entry, "本人が改めた", by=by, at=at, seen=seen)


def history(session: Session, desk_id: int, provider_id: int) -> tuple[Kept, ...]:
    """The latest changes of an entry, the newest first."""
    rows = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.desk_id == desk_id,
            AuditEntry.action == AuditAction.DIRECTORY_KEPT,
            AuditEntry.details["provider_id"].as_integer() == provider_id,
        )
        .order_by(AuditEntry.id.desc())
        .limit(MOST_TOLD)
    )
    return tuple(
        Kept(
            row.at,
            row.actor_name or row.actor_kind.label,
            row.subject.rpartition("：")[2],
            tuple(row.details.get(audit.CHANGES, ())),
        )
        for row in rows
    )
