"""The index of tokens: FTS5 on SQLite, text vectors with a GIN index on PostgreSQL, holding the same tokens and finding the same.

It has one row for each `search_part`, with two columns: `bigrams` and `words`. Positions are not kept: what must stand
beside each other is compared with the text itself, so that no limit of either engine matters.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from meyasubako.store.models import SearchPart

TABLE: Final = "search_index"
"""The table is made by a migration, not from the models: a virtual table is none of their kind."""

_index = table(TABLE)


@dataclass(frozen=True, slots=True)
class Row:
    """The tokens of one part."""

    id: int
    bigrams: Sequence[str]
    words: Sequence[str]


def on_sqlite(session: Session) -> bool:
    """Which of the two engines it is."""
    return session.get_bind().dialect.name == "sqlite"


def add(session: Session, rows: Sequence[Row]) -> None:
    """Index parts that are not in the index."""
    if not rows:
        return
    if on_sqlite(session):
        statement = text("INSERT INTO search_index (rowid, bigrams, words) VALUES (:id, :bigrams, :words)")
        values = [
            {"id": row.id, "bigrams": " ".join(row.bigrams), "words": " ".join(row.words)} for row in rows
        ]
    else:
        statement = text(
            "INSERT INTO search_index (id, bigrams, words) VALUES"
            " (:id, array_to_tsvector(CAST(:bigrams AS text[])), array_to_tsvector(CAST(:words AS text[])))"
        )
        values = [{"id": row.id, "bigrams": list(row.bigrams), "words": list(row.words)} for row in rows]
    session.execute(statement, values)


def remove(session: Session, ids: Collection[int]) -> None:
    """Take parts out of the index."""
    if ids:
        name = "rowid" if on_sqlite(session) else "id"
        session.execute(text(f"DELETE FROM search_index WHERE {name} = :id"), [{"id": each} for each in ids])  # noqa: S608


def rows_between(session: Session, first: int, last: int) -> dict[int, tuple[frozenset[str], frozenset[str]]]:
    """The tokens the index holds, by the number of their part, for `first` to `last` (included)."""
    limits = {"first": first, "last": last}
    if on_sqlite(session):
        found = session.execute(
            text("SELECT rowid, bigrams, words FROM search_index WHERE rowid BETWEEN :first AND :last"),
            limits,
        )
        return {row[0]: (frozenset(row[1].split(" ")), frozenset(row[2].split(" ")) - {""}) for row in found}
    found = session.execute(
        text(
            "SELECT id, tsvector_to_array(bigrams), tsvector_to_array(words)"
            " FROM search_index WHERE id BETWEEN CAST(:first AS bigint) AND CAST(:last AS bigint)"
        ),
        limits,
    )
    return {row[0]: (frozenset(row[1]), frozenset(row[2])) for row in found}


def rows_without_text(session: Session) -> list[int]:
    """Rows of the index of which there is no part."""
    name = "rowid" if on_sqlite(session) else "id"
    without = f"SELECT {name} FROM search_index WHERE {name} NOT IN (SELECT id FROM search_part)"  # noqa: S608
    return list(session.scalars(text(without)))


def is_sound(session: Session) -> bool:
    """Whether the index agrees with itself; a unit that writes nothing, but must be allowed to."""
    if not on_sqlite(session):
        return True
    try:
        session.execute(text("INSERT INTO search_index (search_index) VALUES ('integrity-check')"))
    except DatabaseError:
        return False
    return True


def mend(session: Session) -> None:
    """Make the engine's own structure anew from the tokens it holds."""
    if on_sqlite(session):
        session.execute(text("INSERT INTO search_index (search_index) VALUES ('rebuild')"))
    else:
        session.execute(text("REINDEX INDEX ix_search_index_tokens"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a part must hold: `literal`, or these words beside each other (`sequence`; none for "").

    `bigrams` and `words` are the tokens that are there wherever it is; `is_settled` says that they are there nowhere else.
    """

    literal: str
    bigrams: Sequence[str]
    sequence: str = ""
    words: Sequence[str] = ()
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class Numbering:
    """How the number of a part is made: the case above `case_shift`, the kind of part above `kind_shift`."""

    case_shift: int
    kind_shift: int

    @property
    def kind_mask(self) -> int:
        """What cuts a kind out of a number shifted down."""
        return (1 << self.case_shift - self.kind_shift) - 1


def cases_with(
    session: Session, wanted: Wanted, *, numbering: Numbering, kinds: Collection[int] | None
) -> Select[Any]:
    """The cases one of whose parts holds what is wanted; `kinds` limits it to some kinds of parts."""
    is_sqlite = on_sqlite(session)
    name = "search_index.rowid" if is_sqlite else "search_index.id"
    found = select(literal_column(f"{name} >> {numbering.case_shift}")).select_from(_index)
    found = found.where(_fts5(wanted) if is_sqlite else _vectors(wanted))
    if kinds is not None:
        kind = literal_column(f"({name} >> {numbering.kind_shift}) & {numbering.kind_mask}", Integer)
        found = found.where(kind.in_(sorted(kinds)))
    if not wanted.is_settled:
        found = found.join(SearchPart, SearchPart.id == literal_column(name))
        position = func.instr if is_sqlite else func.strpos
        there = position(SearchPart.text, wanted.literal) > 0
        if wanted.words:
            there = or_(there, position(SearchPart.words, wanted.sequence) > 0)
        found = found.where(there)
    return found


def _fts5(wanted: Wanted) -> ColumnElement[bool]:
    def every(column: str, tokens: Sequence[str]) -> str:
        listed = " AND ".join(f'"{token}"' for token in tokens)
        return f"{column} : ({listed})"

    asked = every("bigrams", wanted.bigrams)
    if wanted.words:
        asked = f"({asked}) OR ({every('words', wanted.words)})"
    return literal_column("search_index", String).op("MATCH", is_comparison=True)(asked)


def _vectors(wanted: Wanted) -> ColumnElement[bool]:
    def every(column: str, tokens: Sequence[str]) -> ColumnElement[bool]:
        asked = " & ".join(f"'{token}'" for token in tokens)
        return literal_column(f"search_index.{column}", TSVECTOR).op("@@", is_comparison=True)(
            cast(bindparam(None, asked, Text), TSQUERY)
        )

    found = every("bigrams", wanted.bigrams)
    return or_(found, every("words", wanted.words)) if wanted.words else found
