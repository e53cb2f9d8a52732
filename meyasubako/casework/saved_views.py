"""Saved views (保存した一覧): lists under a name, one's own or everybody's at the desk, in an order of one's choice."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from meyasubako.casework import audit
from meyasubako.core import text
from meyasubako.core.conditions import Conditions, Sorting
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import AuditAction
from meyasubako.store.models import SavedView

LONGEST_NAME: Final = 40
MOST_VIEWS: Final = 30
_SORT: Final = "sort"
_SEEN_BY: Final = (
    select(SavedView)
    .where(
        SavedView.desk_id == bindparam("desk"),
        or_(SavedView.owner_id.is_(None), SavedView.owner_id == bindparam("seen_by")),
    )
    .order_by(SavedView.position, SavedView.id)
)


@dataclass(frozen=True, slots=True)
class View:
    """A list under a name; `is_shared` when it is everybody's at the desk."""

    id: int
    name: str
    conditions: Conditions
    sorting: Sorting
    is_shared: bool


def views_for(session: Session, actor: Actor, desk_id: int) -> tuple[View, ...]:
    """The saved views a person has at a desk: those of the desk first, each group in its order."""
    if not actor.may(Need.VIEW_CASES, desk_id):
        return ()
    found = [_view(row) for row in session.scalars(_SEEN_BY, {"desk": desk_id, "seen_by": actor.id})]
    return tuple(sorted(found, key=lambda view: not view.is_shared))


def save(
    session: Session,
    desk_id: int,
    name: str,
    conditions: Conditions,
    sorting: Sorting,
    *,
    is_shared: bool,
    by: Actor,
    at: datetime,
) -> int:
    """Save a list under a name; returns its id.

    Raises NotFound without a role at the desk, NotAllowed for a desk's list by those who may not share one, and
    InvalidInput for a name that is empty, too long or taken.
    """
    if by.id is None or not by.may(Need.VIEW_CASES, desk_id):
        raise NotFound
    if is_shared and not by.may(Need.SHARE_VIEWS, desk_id):
        raise NotAllowed
    owner_id = None if is_shared else by.id
    beside = _beside(session, desk_id, owner_id)
    if len(beside) >= MOST_VIEWS:
        raise InvalidInput(
            FieldError("name", f"保存できる一覧は{MOST_VIEWS}個までです。使わないものを削除してください。")
        )
    row = SavedView(
        desk_id=desk_id,
        owner_id=owner_id,
        name=_checked(name, beside),
        conditions={**conditions.to_json(), _SORT: [sorting.value]},
        position=1 + max((each.position for each in beside), default=0),
        saved_at=at,
    )
    session.add(row)
    session.flush()
    _note(session, row, "保存した", by=by, at=at)
    return row.id


def rename(session: Session, desk_id: int, view_id: int, name: str, *, by: Actor, at: datetime) -> None:
    """Give a saved view another name. Raises NotFound, NotAllowed, InvalidInput."""
    row = _open(session, desk_id, view_id, by=by)
    beside = [each for each in _beside(session, desk_id, row.owner_id) if each.id != row.id]
    before, row.name = row.name, _checked(name, beside)
    session.flush()
    _note(session, row, "名前を変えた", audit.from_to("名前", before, row.name), by=by, at=at)


def move_up(session: Session, desk_id: int, view_id: int, *, by: Actor, at: datetime) -> None:
    """Put a saved view before the one above it. Raises NotFound, NotAllowed."""
    row = _open(session, desk_id, view_id, by=by)
    beside = _beside(session, desk_id, row.owner_id)
    order = [each.id for each in beside]
    place = order.index(row.id)
    if place:
        beside[place - 1 : place + 1] = [beside[place], beside[place - 1]]
    for position, each in enumerate(beside, start=1):
        each.position = position
    session.flush()
    if place:
        _note(session, row, "並べ替えた", by=by, at=at)


def delete(session: Session, desk_id: int, view_id: int, *, by: Actor, at: datetime) -> None:
    """Delete a saved view; its cases stay. Raises NotFound, NotAllowed."""
    row = _open(session, desk_id, view_id, by=by)
    _note(session, row, "削除した", by=by, at=at)
    session.delete(row)
    session.flush()


def _open(session: Session, desk_id: int, view_id: int, *, by: Actor) -> SavedView:
    row = session.scalar(
        select(SavedView).where(SavedView.id == view_id, SavedView.desk_id == desk_id).with_for_update()
    )
    if row is None or not by.may(Need.VIEW_CASES, desk_id) or row.owner_id not in {None, by.id}:
        raise NotFound
    if row.owner_id is None and not by.may(Need.SHARE_VIEWS, desk_id):
        raise NotAllowed
    return row


def _note(
    session: Session, row: SavedView, what: str, changes: tuple[str, ...] = (), *, by: Actor, at: datetime
) -> None:
    """What happens to a list of the desk is on record; one's own is nobody else's business."""
    if row.owner_id is None:
        audit.record(
            session,
            AuditAction.VIEWS_KEPT,
            by=by,
            at=at,
            desk_id=row.desk_id,
            subject=f"{row.name}：{what}",
            changes=changes,
        )


def _beside(session: Session, desk_id: int, owner_id: int | None) -> list[SavedView]:
    is_its = SavedView.owner_id.is_(None) if owner_id is None else SavedView.owner_id == owner_id
    return list(
        session.scalars(
            select(SavedView)
            .where(SavedView.desk_id == desk_id, is_its)
            .order_by(SavedView.position, SavedView.id)
        )
    )


def _checked(name: str, beside: list[SavedView]) -> str:
    name = text.needed(
        text.clean_line(name), field="name", message="一覧の名前を書いてください。", limit=LONGEST_NAME
    )
    if name in {each.name for each in beside}:
        raise InvalidInput(FieldError("name", f"「{name}」という一覧は、もうあります。"))
    return name


def _view(row: SavedView) -> View:
    sorting = row.conditions.get(_SORT, [""])[0]
    return View(
        id=row.id,
        name=row.name,
        conditions=Conditions.from_json(row.conditions),
        sorting=Sorting(sorting) if sorting in set(Sorting) else Sorting.NEWEST,
        is_shared=row.owner_id is None,
    )
