"""Inserting a row unless or although one with the same unique value is there, in one statement on both engines."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from meyasubako.store.models import Base, table_of


def draw_ids(session: Session, table: type[Base], count: int) -> Sequence[int]:
    """Ids for rows that are to be inserted in bulk by this unit, one for each; nobody else gets them.

    Rows that say their id are written together; asking for each what it was given takes as long as writing it.
    """
    if session.get_bind().dialect.name == "sqlite":
        # The one writing transaction: what is the last now stays the last until we insert.
        last = session.execute(_last_id(table)).scalar() or 0
        return range(last + 1, last + 1 + count)
    drawn = session.execute(_DRAWN, {"table": f'"{table.__tablename__}"', "count": count})
    return list(drawn.scalars())


def insert_unless_taken(session: Session, table: type[Base]) -> Insert:
    """`INSERT … ON CONFLICT DO NOTHING`; with `returning`, no row comes back when a unique value was taken."""
    dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(table).on_conflict_do_nothing()


def insert_or_renew(
    session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], *, key: str, renewed: str
) -> None:
    """Insert rows; where the key is taken, only set the column `renewed` of the row that is there."""
    session.execute(_renewing(session.get_bind().dialect.name, table, key, renewed), rows)


def insert_or_add(
    session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], *, key: Sequence[str], added: str
) -> None:
    """Insert rows; where the key is taken, add the column `added` to what is there. Nobody's addition is lost."""
    session.execute(_adding(session.get_bind().dialect.name, table, tuple(key), added), rows)


_DRAWN = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")


@cache
def _last_id(table: type[Base]) -> Select[Any]:
    return select(func.max(table_of(table).c.id))


@cache
def _adding(engine_name: str, table: type[Base], key: tuple[str, ...], added: str) -> Insert:
    statement = _inserting(engine_name, table)
    held, more = table_of(table).c[added], statement.excluded[added]
    return statement.on_conflict_do_update(index_elements=list(key), set_={added: held + more})


@cache
def _renewing(engine_name: str, table: type[Base], key: str, renewed: str) -> Insert:
    statement = _inserting(engine_name, table)
    return statement.on_conflict_do_update(index_elements=[key], set_={renewed: statement.excluded[renewed]})


def _inserting(engine_name: str, table: type[Base]) -> Any:
    dialect: Any = sqlite if engine_name == "sqlite" else postgresql
    # The table itself: rows put together for objects take three times as long.
    return dialect.insert(table_of(table))
