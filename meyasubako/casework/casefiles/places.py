"""A long list of cases, one page at a time: pages are led to by a place between two cases, not by a number that shifts."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import Session

from meyasubako.store.models import Case

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list, between two cases."""

    received_at: datetime
    case_id: int

    def __str__(self) -> str:
        return f"{(self.received_at - _EPOCH) // timedelta(microseconds=1)}-{self.case_id}"

    @classmethod
    def read(cls, typed: str) -> Self | None:
        """The place an address names; None if it names none."""
        moment, dash, number = typed.partition("-")
        if not (dash and _is_number(moment) and _is_number(number)):
            return None
        return cls(_EPOCH + timedelta(microseconds=int(moment)), int(number))


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a list, newest first. `newer` and `older` lead on; None at either end."""

    rows: list[Any]
    newer: Cursor | None
    older: Cursor | None


def leaf(
    session: Session,
    listed: Select[*tuple[Any, ...]],
    size: int,
    *,
    older_than: Cursor | None,
    newer_than: Cursor | None,
) -> Leaf:
    """A page of `listed`, whose rows name `Case.id` and `Case.received_at`."""
    if newer_than is not None:
        listed = listed.where(_beyond(newer_than, is_newer=True)).order_by(Case.received_at, Case.id)
    else:
        if older_than is not None:
            listed = listed.where(_beyond(older_than, is_newer=False))
        listed = listed.order_by(Case.received_at.desc(), Case.id.desc())
    rows = list(session.execute(listed.limit(size + 1)).all())
    goes_on = len(rows) > size
    rows = rows[:size]
    if newer_than is not None:
        rows.reverse()
    has_newer = goes_on if newer_than is not None else older_than is not None
    has_older = newer_than is not None or goes_on
    return Leaf(
        rows,
        newer=Cursor(rows[0].received_at, rows[0].id) if rows and has_newer else None,
        older=Cursor(rows[-1].received_at, rows[-1].id) if rows and has_older else None,
    )


def _beyond(cursor: Cursor, *, is_newer: bool) -> ColumnElement[bool]:
    if is_newer:
        return or_(
            Case.received_at > cursor.received_at,
            and_(Case.received_at == cursor.received_at, Case.id > cursor.case_id),
        )
    return or_(
        Case.received_at < cursor.received_at,
        and_(Case.received_at == cursor.received_at, Case.id < cursor.case_id),
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
