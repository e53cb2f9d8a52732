"""The record of what was done with the desk itself (操作の記録): administration, exports, looks at contact data.

Entries are written in the unit of what they tell of and are never changed. They hold no contact data themselves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.core import dates
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed
from meyasubako.core.policy import Actor, Need
from meyasubako.core.sheets import Cell, Column
from meyasubako.core.vocabulary import ActorKind, AuditAction
from meyasubako.store.models import AuditEntry, Case, Receipt, StaffGrant

PAGE_SIZE: Final = 100
CHANGES: Final = "changes"
"""Under which key the details of an entry say what changed."""
_LONGEST_SHOWN: Final = 120
PIECE: Final = 500
COLUMNS: Final = (
    Column("at", "日時", "日本の日付と時刻"),
    Column("who", "だれが", "職員の氏名。自動のものは「自動」"),
    Column("action", "したこと", "操作の種類"),
    Column("case_number", "番号", "案件についての操作なら、その番号"),
    Column("subject", "何に", "だれや何についての操作か"),
    Column("changes", "変わったところ", "変える前と変えたあと。2つ以上は「／」で区切る。連絡先は入らない"),
)
"""The columns of the record as a table."""
SAME_LOOK: Final = timedelta(minutes=15)
"""Whoever opens a case again within this time is still looking at it: working on it loads its page many times."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries to list. `staff_id` is whoever acted."""

    action: AuditAction | None = None
    staff_id: int | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, the newest first in a list. `case_number` is "" where no case is concerned."""

    id: int
    at: datetime
    action: AuditAction
    who: str
    case_id: int | None
    case_number: str
    subject: str
    details: Mapping[str, Any]

    @property
    def changes(self) -> tuple[str, ...]:
        """What it changed, in sentences."""
        return tuple(self.details.get(CHANGES, ()))


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the record. `older` leads on, None at its end."""

    entries: tuple[Entry, ...]
    older: int | None
    staff: tuple[tuple[int, str], ...]


def from_to(what: str, before: str, after: str) -> tuple[str, ...]:
    """What a change did, before → after, as the record says it; nothing where nothing changed."""
    if before == after:
        return ()
    return (f"{what}：{_shown(before)} → {_shown(after)}",)


def record(
    session: Session,
    action: AuditAction,
    *,
    by: Actor,
    at: datetime,
    desk_id: int | None = None,
    case_id: int | None = None,
    staff_id: int | None = None,
    subject: str = "",
    changes: Iterable[str] = (),
    details: Mapping[str, Any] | None = None,
) -> None:
    """Say that something was done, and what it changed, in the unit in which it is done."""
    told = {CHANGES: changes} if (changes := list(changes)) else {}
    session.add(
        AuditEntry(
            at=at,
            action=action,
            desk_id=desk_id,
            case_id=case_id,
            staff_id=staff_id,
            actor_kind=by.kind,
            actor_id=by.id,
            actor_name=by.name,
            subject=subject,
            details={**(details or {}), **told},
        )
    )
    session.flush()


_LOOKED: Final = (
    select(AuditEntry.id)
    .where(
        AuditEntry.case_id == bindparam("of_case"),
        AuditEntry.actor_id == bindparam("by"),
        AuditEntry.actor_kind == bindparam("as"),
        AuditEntry.action == AuditAction.CONTACT_SEEN,
        AuditEntry.at > bindparam("looked_after"),
    )
    .limit(1)
)
_NOT_LOOKED_AT: Final = select(Case.desk_id).where(Case.id == bindparam("of_case"), ~_LOOKED.exists())


def note_look(session: Session, case_id: int, *, by: Actor, at: datetime) -> None:
    """Say that somebody looked at the contact data of a case, once for as long as they look."""
    desk_id = session.scalar(_NOT_LOOKED_AT, _look(case_id, by, at))
    if desk_id is not None:
        record(session, AuditAction.CONTACT_SEEN, by=by, at=at, desk_id=desk_id, case_id=case_id)


def is_looking(session: Session, case_id: int, *, by: Actor, at: datetime) -> bool:
    """Whether somebody's look at a case is recorded already."""
    return session.scalar(_LOOKED, _look(case_id, by, at)) is not None


def _look(case_id: int, by: Actor, at: datetime) -> dict[str, Any]:
    return {"of_case": case_id, "by": by.id, "as": by.kind, "looked_after": at - SAME_LOOK}


def page(
    session: Session, actor: Actor, desk_id: int, sought: Sought, *, older_than: int | None = None
) -> AuditPage:
    """The record of a desk, the newest first, with what was done to the accounts of its staff. Raises NotAllowed."""
    if not actor.may(Need.VIEW_AUDIT, desk_id):
        raise NotAllowed
    found = _select(desk_id, sought).order_by(AuditEntry.id.desc()).limit(PAGE_SIZE + 1)
    if older_than is not None:
        found = found.where(AuditEntry.id < older_than)
    rows = session.execute(found).all()
    people = session.execute(
        select(AuditEntry.actor_id, AuditEntry.actor_name)
        .where(_is_of(desk_id), AuditEntry.actor_kind == ActorKind.STAFF, AuditEntry.actor_id.is_not(None))
        .distinct()
        .order_by(AuditEntry.actor_name)
    ).all()
    return AuditPage(
        entries=tuple(_entry(row, number, ordinal) for row, number, ordinal in rows[:PAGE_SIZE]),
        older=rows[PAGE_SIZE - 1][0].id if len(rows) > PAGE_SIZE else None,
        staff=tuple((staff_id, name) for staff_id, name in people if staff_id is not None),
    )


def count(session: Session, actor: Actor, desk_id: int, sought: Sought) -> int:
    """How many entries would be taken along. Raises NotAllowed."""
    if not actor.may(Need.VIEW_AUDIT, desk_id):
        raise NotAllowed
    found = _select(desk_id, sought).with_only_columns(func.count())
    return session.scalar(found) or 0


def begin_taking_along(
    session: Session,
    desk_id: int,
    sought: Sought,
    *,
    form: str,
    by: Actor,
    at: datetime,
    most: int | None = None,
) -> int:
    """Record that the record is taken along; returns up to which entry it goes, so that this one does not.

    Raises NotAllowed, and InvalidInput for more entries than the form holds.
    """
    if not by.may(Need.EXPORT, desk_id):
        raise NotAllowed
    number = count(session, by, desk_id, sought)
    if most is not None and number > most:
        raise InvalidInput(FieldError("form", f"この形の表は{most:,}行までです。CSVを選んでください。"))
    last = session.scalar(select(func.max(AuditEntry.id))) or 0
    subject = f"操作の記録 {number:,}件"
    record(
        session,
        AuditAction.EXPORTED,
        by=by,
        at=at,
        desk_id=desk_id,
        subject=subject,
        details={"form": form},
    )
    return last


def piece(
    session: Session, actor: Actor, desk_id: int, sought: Sought, *, up_to: int, after: int = 0
) -> tuple[list[tuple[Cell, ...]], int | None]:
    """Rows of the record as a table, the oldest first, and after which entry the next ones come; None at the end."""
    if not actor.may(Need.VIEW_AUDIT, desk_id):
        raise NotAllowed
    found = _select(desk_id, sought).where(AuditEntry.id > after, AuditEntry.id <= up_to)
    rows = session.execute(found.order_by(AuditEntry.id).limit(PIECE)).all()
    entries = [_entry(row, number, ordinal) for row, number, ordinal in rows]
    cells: list[tuple[Cell, ...]] = [
        (
            each.at.astimezone(dates.JAPAN).strftime("%Y-%m-%d %H:%M:%S"),
            each.who,
            each.action.label,
            each.case_number,
            each.subject,
            "／".join(each.changes),
        )
        for each in entries
    ]
    return cells, entries[-1].id if len(entries) == PIECE else None


def _is_of(desk_id: int) -> ColumnElement[bool]:
    serving = select(StaffGrant.staff_id).where(StaffGrant.desk_id == desk_id)
    return or_(
        AuditEntry.desk_id == desk_id,
        and_(AuditEntry.desk_id.is_(None), AuditEntry.staff_id.in_(serving)),
    )


def _select(desk_id: int, sought: Sought) -> Select[AuditEntry, str, int]:
    """The entries of a desk that are sought, with the case each may be about."""
    found = (
        select(AuditEntry, Receipt.number, Case.ordinal)
        .outerjoin(Case, Case.id == AuditEntry.case_id)
        .outerjoin(Receipt, Receipt.id == Case.receipt_id)
        .where(_is_of(desk_id))
    )
    if sought.action is not None:
        found = found.where(AuditEntry.action == sought.action)
    if sought.staff_id is not None:
        found = found.where(AuditEntry.actor_kind == ActorKind.STAFF, AuditEntry.actor_id == sought.staff_id)
    if sought.first is not None:
        found = found.where(AuditEntry.at >= dates.start_of_day(sought.first))
    if sought.last is not None:
        found = found.where(AuditEntry.at <= dates.end_of_day(sought.last))
    return found


def _entry(row: AuditEntry, number: str | None, ordinal: int | None) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        action=row.action,
        who=row.actor_name or row.actor_kind.label,
        case_id=row.case_id,
        case_number=cases.case_number(number, ordinal) if number and ordinal else "",
        subject=row.subject,
        details=row.details,
    )


def _shown(said: str) -> str:
    line = " ".join(said.split())
    if len(line) > _LONGEST_SHOWN:
        line = f"{line[:_LONGEST_SHOWN]}…"
    return f"「{line}」" if line else "（なし）"
