"""A long list of cases, one page at a time: pages are led to by a place between two cases, not by a number that shifts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum, auto
from typing import Any, Final, Self

from sqlalchemy import ColumnElement, Select, and_, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from meyasubako.core.conditions import FINISHED, PRESSING, Sorting
from meyasubako.store.models import Case

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"([0-9]{1,18})-([0-9]{1,9})(?:-([0-9]{1,7}))?(?:~([1-4]))?(?:\.([0-9]{1,18}))?")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: where one case stands, whether or not it is still in it."""

    received_at: datetime
    case_id: int
    owed_on: date | None = None
    changed_at: datetime | None = None
    pressing: int = PRESSING[None]

    def __str__(self) -> str:
        owed = f"-{self.owed_on.toordinal()}" if self.owed_on else ""
        pressing = f"~{self.pressing}" if self.pressing != PRESSING[None] else ""
        changed = f".{_microseconds(self.changed_at)}" if self.changed_at else ""
        return f"{_microseconds(self.received_at)}-{self.case_id}{owed}{pressing}{changed}"

    @classmethod
    def read(cls, typed: str) -> Self | None:
        """The place an address names; None if it names none."""
        found = _PLACE.fullmatch(typed)
        if found is None:
            return None
        moment, case_id, owed, pressing, changed = found.groups()
        try:
            on = date.fromordinal(int(owed)) if owed else None
            changed_at = _moment(changed) if changed else None
            where = int(pressing or PRESSING[None])
            return cls(_moment(moment), int(case_id), on, changed_at, where)
        except (OverflowError, ValueError):
            return None

    @classmethod
    def of(cls, row: Any, sorting: Sorting = Sorting.NEWEST) -> Self:
        """The place of a case, or of a row that has `PLACED`. What happened last says so only where it orders a list."""
        changed_at = row.changed_at if sorting is Sorting.CHANGED else None
        return cls(row.received_at, row.id, row.owed_on, changed_at, row.pressing)

    def is_in(self, sorting: Sorting) -> bool:
        """Whether it is a place in a list of this order."""
        return sorting is not Sorting.CHANGED or self.changed_at is not None


PLACED: Final = (Case.id, Case.received_at, Case.owed_on, Case.changed_at, Case.pressing)
"""What a row must have to be placed."""


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(typed: str) -> datetime:
    return _EPOCH + timedelta(microseconds=int(typed))


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a list. `before` and `after` lead on; None at either end."""

    rows: list[Any]
    before: Cursor | None
    after: Cursor | None


class _Of(Enum):
    """Which cases of a list a stretch is of: an answer is owed by a day, by no day, or not any more."""

    ALL = auto()
    OWED = auto()
    OPEN = auto()
    FINISHED = auto()

    def criteria(self) -> Iterator[ColumnElement[bool]]:
        if self is _Of.ALL:
            return
        yield Case.owed_on.is_not(None) if self is _Of.OWED else Case.owed_on.is_(None)
        # What is owed is unfinished; saying so lets it be read in order from one index.
        yield ~Case.is_unfinished if self is _Of.FINISHED else and_(Case.is_unfinished)

    def holds(self, place: Cursor) -> bool:
        """Whether a place lies there."""
        if self is _Of.ALL or place.owed_on is not None:
            return self in {_Of.ALL, _Of.OWED}
        return self is (_Of.FINISHED if place.pressing == FINISHED else _Of.OPEN)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of a list that is read from one index: which cases, and what they are ordered by."""

    columns: tuple[InstrumentedAttribute[Any], ...]
    descends: bool = False
    of: _Of = _Of.ALL

    def beyond(self, place: Cursor, *, descends: bool) -> ColumnElement[bool]:
        """What comes after a place."""
        values = {
            "received_at": place.received_at,
            "id": place.case_id,
            "owed_on": place.owed_on,
            "changed_at": place.changed_at,
            "pressing": place.pressing,
        }
        here = tuple_(*(literal(values[column.key], column.type) for column in self.columns))
        there = tuple_(*self.columns)
        return there < here if descends else there > here


_BY_RECEIPT = (Case.received_at, Case.id)

_STRETCHES: Final = {
    Sorting.NEWEST: (_Stretch(_BY_RECEIPT, descends=True),),
    Sorting.OLDEST: (_Stretch(_BY_RECEIPT),),
    Sorting.DUE: (
        _Stretch((Case.owed_on, Case.pressing, *_BY_RECEIPT), of=_Of.OWED),
        _Stretch((Case.pressing, *_BY_RECEIPT), of=_Of.OPEN),
        _Stretch(_BY_RECEIPT, of=_Of.FINISHED),
    ),
    Sorting.CHANGED: (_Stretch((Case.changed_at, Case.id), descends=True),),
}


def leaf(
    session: Session,
    listed: Select[*tuple[Any, ...]],
    size: int,
    *,
    sorting: Sorting = Sorting.NEWEST,
    after: Cursor | None = None,
    before: Cursor | None = None,
    holds_finished: bool = True,
) -> Leaf:
    """A page of `listed`, whose rows have `PLACED`: from the beginning, or the rows after or before a place in that order.

    Not `holds_finished`: it is known that nothing finished is among them.
    """
    after, before = (each if each is not None and each.is_in(sorting) else None for each in (after, before))
    backwards = before is not None
    rows: list[Any] = []
    stretches = [each for each in _STRETCHES[sorting] if holds_finished or each.of is not _Of.FINISHED]
    for criteria, order in _ways(stretches, before or after, backwards=backwards):
        wanted = listed.where(*criteria).order_by(*order).limit(size + 1 - len(rows))
        rows += session.execute(wanted).all()
        if len(rows) > size:
            break
    goes_on = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_before = goes_on if backwards else after is not None
    has_after = backwards or goes_on
    return Leaf(
        rows,
        before=Cursor.of(rows[0], sorting) if rows and has_before else None,
        after=Cursor.of(rows[-1], sorting) if rows and has_after else None,
    )


def _ways(
    stretches: Sequence[_Stretch], place: Cursor | None, *, backwards: bool
) -> Iterator[tuple[Sequence[ColumnElement[bool]], Sequence[ColumnElement[Any]]]]:
    """The stretches to read one after the other, each from the place on where it lies in it."""
    for stretch in reversed(stretches) if backwards else stretches:
        descends = stretch.descends is not backwards
        order = [column.desc() if descends else column.asc() for column in stretch.columns]
        criteria = list(stretch.of.criteria())
        if place is not None and stretch.of.holds(place):
            criteria.append(stretch.beyond(place, descends=descends))
            place = None
        elif place is not None:
            continue
        yield criteria, order
