"""Keeping the directory: reading it, adding to it, changing it; every change is on record."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import audit, profiles
from meyasubako.casework.directory import telling
from meyasubako.casework.directory.entry import Entry, Listed
from meyasubako.core import absences
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import AuditAction, MeetingWay, Spoken
from meyasubako.store.models import Provider

OVERTAKEN = "この名簿の内容は、開いたあとに、ほかの人が変えました。"


def add(session: Session, desk_id: int, entry: Entry, *, by: Actor, at: datetime) -> int:
    """Add an entry; returns its number. Raises InvalidInput for one that is there already."""
    may_edit(by, desk_id)
    same = select(Provider.id).where(
        Provider.desk_id == desk_id,
        Provider.kind == entry.kind,
        Provider.name == entry.name,
        Provider.position == entry.position,
    )
    if session.scalar(same) is not None:
        raise InvalidInput(FieldError("name", f"{entry.name}さんは、もう名簿に載っています。"))
    row = Provider(desk_id=desk_id)
    _fill(row, entry)
    row.listed_on = entry.listed_on
    session.add(row)
    session.flush()
    profiles.mark_due(session, [row.id])
    _note(session, row, "加えた", by=by, at=at)
    return row.id


def change(
    session: Session,
    applied: AppliedDesk,
    provider_id: int,
    entry: Entry,
    *,
    by: Actor,
    at: datetime,
    seen: str | None = None,
) -> None:
    """Replace what an entry says. Raises WrongState when somebody changed it since it was `seen`."""
    may_edit(by, applied.id)
    replace_entry(session, applied, provider_id, entry, "改めた", by=by, at=at, seen=seen)


def replace_entry(
    session: Session,
    applied: AppliedDesk,
    provider_id: int,
    entry: Entry,
    what: str,
    *,
    by: Actor,
    at: datetime,
    seen: str | None,
) -> None:
    """The same for whoever was found to be allowed to; `what` is how the record calls it."""
    row = session.get(Provider, provider_id, with_for_update=True, populate_existing=True)
    if row is None or row.desk_id != applied.id:
        raise NotFound
    now = _listed(row)
    if replace(entry, listed_on=now.entry.listed_on) == now.entry:
        # The button was pressed twice, or nothing was changed.
        return
    if seen is not None and seen != now.seen:
        raise WrongState(OVERTAKEN)
    _fill(row, entry)
    session.flush()
    profiles.mark_due(session, [row.id])
    _note(session, row, what, telling.changes(applied.desk, now.entry, entry), by=by, at=at)


def get(session: Session, desk_id: int, provider_id: int) -> Listed:
    """One entry of a desk. Raises NotFound."""
    row = session.get(Provider, provider_id)
    if row is None or row.desk_id != desk_id:
        raise NotFound
    return _listed(row)


def entries(session: Session, desk_id: int, *, is_locked: bool = False) -> list[Listed]:
    """The whole directory of a desk: active ones first, by kind and name. `is_locked`: it stays so for this unit."""
    found = (
        select(Provider)
        .where(Provider.desk_id == desk_id)
        .order_by(Provider.is_active.desc(), Provider.kind, Provider.name, Provider.id)
    )
    rows = session.scalars(found.with_for_update() if is_locked else found)
    return [_listed(row) for row in rows]


def may_edit(by: Actor, desk_id: int) -> None:
    """Raises NotAllowed for whoever does not keep the directory of that desk."""
    if not by.may(Need.EDIT_DIRECTORY, desk_id):
        raise NotAllowed


def _note(
    session: Session, row: Provider, what: str, changes: Iterable[str] = (), *, by: Actor, at: datetime
) -> None:
    audit.record(
        session,
        AuditAction.DIRECTORY_KEPT,
        by=by,
        at=at,
        desk_id=row.desk_id,
        subject=f"{row.name}：{what}",
        changes=changes,
        details={"provider_id": row.id},
    )


def _fill(row: Provider, entry: Entry) -> None:
    row.kind = entry.kind
    row.name = entry.name
    row.position = entry.position
    row.profile = entry.profile
    row.topics = list(entry.topics)
    row.ways = [way.value for way in entry.ways]
    row.email = entry.email
    row.is_active = entry.is_active
    row.purposes = list(entry.purposes)
    row.areas = list(entry.areas)
    row.capacity = entry.capacity
    row.absences = absences.written(entry.absences)
    row.languages = [each.value for each in entry.languages]
    row.sells = entry.sells
    row.sold_topics = list(entry.sold_topics)
    row.avoids = list(entry.avoids)


def _listed(row: Provider) -> Listed:
    return Listed(
        row.id,
        row.desk_id,
        Entry(
            kind=row.kind,
            name=row.name,
            position=row.position,
            profile=row.profile,
            topics=tuple(row.topics),
            ways=tuple(MeetingWay(way) for way in row.ways),
            email=row.email,
            is_active=row.is_active,
            listed_on=row.listed_on,
            purposes=tuple(row.purposes),
            areas=tuple(row.areas),
            capacity=row.capacity,
            absences=absences.stored(row.absences),
            languages=tuple(Spoken(each) for each in row.languages),
            sells=row.sells,
            sold_topics=tuple(row.sold_topics),
            avoids=tuple(row.avoids),
        ),
    )
