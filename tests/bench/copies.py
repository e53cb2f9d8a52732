"""A large installation whose data agrees: the demonstration, every case of it many times over, with all that belongs to it.

Everything is copied by the engine itself, a statement a table, so that a hundred thousand cases take a minute.
"""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import (
    Column,
    Integer,
    String,
    Table,
    cast,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from meyasubako.casework.searching.index import BETWEEN
from meyasubako.casework.searching.parts import NUMBERING, Part, row_id
from meyasubako.core.codes import grouped
from meyasubako.insight.normal import normalise
from meyasubako.store.models import Base, Case, LedgerEntry, Receipt, SearchPart, TallyProgress, TallySum
from meyasubako.store.search import on_sqlite

LEFT_OUT: Final = {"bulk_act_case", "draft", "incoming_mail", "notice", "shared_reply"}
"""Tables that are of no use many times over, or whose rows belong to something that is not copied."""
SHIFTED: Final = {"outbox_message": {"again_of_id": "outbox_message"}, "search_part": {}}
"""Numbers of rows that no foreign key declares."""


NUMBER: Final = 12
"""The length of a column of receipt numbers; those there are leave room."""


TOKENS: Final = "ix_search_index_tokens"
MAKE_TOKENS: Final = (
    f"CREATE INDEX {TOKENS} ON search_index USING gin (bigrams, words) WITH (fastupdate = off)"
)


def multiply(session: Session, times: int) -> int:
    """Have every case `times` times, instead of once; returns how many there are then."""
    tables = list(_copied())
    offsets = {
        table.name: session.scalar(select(func.max(table.c.id))) or 0 for table in tables if "id" in table.c
    }
    for table in tables:
        _copy(session, table, offsets, times)
    _copy_index(session, offsets["case"], times)
    _number_anew(session)
    session.execute(update(TallySum).values(number=TallySum.number * times))
    newest = select(func.max(LedgerEntry.id)).where(LedgerEntry.desk_id == TallyProgress.desk_id)
    session.execute(update(TallyProgress).values(entry_id=newest.scalar_subquery()))
    if not on_sqlite(session):
        for table in tables:
            if table.c.get("id") is not None and table.c.id.autoincrement is True:
                last = select(func.max(table.c.id)).scalar_subquery()
                session.execute(
                    select(func.setval(func.pg_get_serial_sequence(f'"{table.name}"', "id"), last))
                )
    return session.scalar(select(func.count(Case.id))) or 0


def _copied() -> Iterator[Table]:
    """What belongs to a case, a receipt or a requester, those first that others name."""
    found = {"requester"}
    for table in Base.metadata.sorted_tables:
        named = {key.column.table.name for key in table.foreign_keys}
        if table.name in LEFT_OUT:
            continue
        if table.name in found or named & found:
            found.add(table.name)
            yield table


def _copy(session: Session, table: Table, offsets: dict[str, int], times: int) -> None:
    copy = _series(times)
    unique = {
        each.name
        for constraint in table.constraints | table.indexes
        for each in constraint.columns  # type: ignore[union-attr]
        if getattr(constraint, "unique", True) and constraint is not table.primary_key
    }

    def value(column: Column[Any]) -> Any:
        target = _target(table, column)
        if target in offsets and target not in LEFT_OUT:
            return column + copy.c.value * offsets[target]
        if (
            column.name in unique
            and isinstance(column.type, String)
            and column.type.length
            and not column.foreign_keys
        ):
            # As long as before at most: the end makes room for which copy it is, in a way no hash is written.
            mark = "-" if column.type.length > NUMBER else ""
            kept = func.substr(column, 1, column.type.length - 3 - len(mark), type_=String)
            return kept + mark + func.substr(cast(1000 + copy.c.value, String), 2, 3, type_=String)
        return column

    columns = list(table.c)
    own = "id" if "id" in table.c else next(each.name for each in columns if _target(table, each) in offsets)
    chosen = (
        select(*(value(each) for each in columns))
        .select_from(table)
        .join(copy, literal(value=True))
        # The copies would be copied too, were they read while they are written.
        .where(table.c[own] <= offsets[_target(table, table.c[own])])
    )
    session.execute(insert(table).from_select([each.name for each in columns], chosen))


def _target(table: Table, column: Column[Any]) -> str:
    """Whose numbers a column holds."""
    if column.name == "id" and column.primary_key:
        return table.name
    named = [key.column.table.name for key in column.foreign_keys]
    return next(iter(named), SHIFTED.get(table.name, {}).get(column.name, ""))


def _series(times: int) -> Any:
    begun = select(literal(1, Integer).label("value")).cte("copies", recursive=True)
    return begun.union_all(select(begun.c.value + 1).where(begun.c.value < times - 1))


def _copy_index(session: Session, cases: int, times: int) -> None:
    name = "rowid" if on_sqlite(session) else "id"
    shift = f"{cases} * CAST(copies.value AS bigint) << {NUMBERING.case_shift}"
    series = (
        f"(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {times - 1})"  # noqa: S608
        " SELECT value FROM n) AS copies"
    )
    if not on_sqlite(session):
        # Filling it row by row takes many times as long as making it of what is there.
        session.execute(text(f"DROP INDEX {TOKENS}"))
    for table, columns in (("search_part", "text, words"), ("search_index", "bigrams, words")):
        number = "id" if table == "search_part" else name
        session.execute(
            text(
                f"INSERT INTO {table} ({number}, {columns}) SELECT {table}.{number} + ({shift}), {columns}"  # noqa: S608
                f" FROM {table}, {series} WHERE {table}.{number} < {(cases + 1) << NUMBERING.case_shift}"
            )
        )
    if not on_sqlite(session):
        session.execute(text(MAKE_TOKENS))


def _number_anew(session: Session) -> None:
    """The texts under which the copies are found by their numbers."""
    rows = session.execute(
        select(Case.id, Case.ordinal, Receipt.number).join(Receipt, Receipt.id == Case.receipt_id)
    ).all()
    for start in range(0, len(rows), 5_000):
        session.execute(
            update(SearchPart),
            [
                {
                    "id": row_id(case_id, Part.NUMBER, 0),
                    "text": BETWEEN.join(
                        normalise(each)
                        for each in (
                            f"{grouped(number)}({ordinal})" if ordinal > 1 else grouped(number),
                            number,
                        )
                    ),
                }
                for case_id, ordinal, number in rows[start : start + 5_000]
            ],
        )
