"""Desks as they stand, and what makes a new one of them: the only place that writes a desk's rows."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Amendment, Change, Desk, amended, differences, from_json, to_json
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor
from meyasubako.store.models import DeskAmendment, DeskRevision, DeskRow


def find(session: Session, code: str) -> AppliedDesk:
    """The desk with this code. Raises NotFound."""
    row = session.scalar(select(DeskRow).where(DeskRow.code == code))
    if row is None:
        raise NotFound("この窓口は見つかりませんでした。")
    return _applied(row)


def find_by_id(session: Session, desk_id: int) -> AppliedDesk:
    """The desk of a row that points at it. Raises NotFound."""
    row = session.get(DeskRow, desk_id)
    if row is None:
        raise NotFound("この窓口は見つかりませんでした。")
    return _applied(row)


def every(session: Session) -> tuple[AppliedDesk, ...]:
    """All desks, in the order they were first applied."""
    return tuple(_applied(row) for row in session.scalars(select(DeskRow).order_by(DeskRow.id)))


def revisions(session: Session) -> dict[str, int]:
    """The revision of each desk by its code; cheap, so that a kept definition can be checked."""
    return {row.code: row.revision for row in session.execute(select(DeskRow.code, DeskRow.revision))}


def layer(session: Session, desk_id: int) -> list[DeskAmendment]:
    """What a desk's pages changed over its file, in the order in which it was changed."""
    return list(
        session.scalars(
            select(DeskAmendment).where(DeskAmendment.desk_id == desk_id).order_by(DeskAmendment.id)
        )
    )


def amendment_of(row: DeskAmendment) -> Amendment:
    """An amendment as the core knows it."""
    return Amendment(row.category, row.code, row.part, row.value)


def begin(session: Session, desk: Desk, *, by: Actor, at: datetime) -> tuple[Change, ...]:
    """A desk there has not been yet."""
    change = Change(kind="added", what="desk", code=desk.code, text=f"窓口「{desk.name}」を作りました。")
    definition = to_json(desk)
    row = DeskRow(code=desk.code, definition=definition, filed=definition, revision=1, applied_at=at)
    session.add(row)
    session.flush()
    _keep(session, row, [change], by=by, at=at)
    return (change,)


def settle(
    session: Session, row: DeskRow, filed: Desk, *, by: Actor, at: datetime
) -> tuple[tuple[Change, ...], tuple[Amendment, ...]]:
    """Make the desk out of what its file says and what its pages changed; returns the changes, and which amendments ended.

    An amendment ends when it changes nothing any more: the file says the same by now, or speaks no longer of the entry.
    """
    rows = layer(session, row.id)
    desk, idle = amended(filed, map(amendment_of, rows))
    ended = [each for each in rows if amendment_of(each) in idle]
    if ended:
        session.execute(delete(DeskAmendment).where(DeskAmendment.id.in_([each.id for each in ended])))
    before = from_json(row.definition)
    row.filed = to_json(filed)
    changes = tuple(differences(before, desk))
    definition = to_json(desk)
    if definition != row.definition:
        row.definition = definition
        row.revision += 1
        row.applied_at = at
        session.flush()
        _keep(session, row, changes, by=by, at=at)
    session.flush()
    return changes, idle


def _keep(session: Session, row: DeskRow, changes: Iterable[Change], *, by: Actor, at: datetime) -> None:
    session.add(
        DeskRevision(
            desk_id=row.id,
            revision=row.revision,
            definition=row.definition,
            changes=[asdict(each) for each in changes],
            made_at=at,
            made_by=by.name,
        )
    )
    session.flush()


def _applied(row: DeskRow) -> AppliedDesk:
    return AppliedDesk(row.id, row.revision, from_json(row.definition))
