"""The index of tokens: FTS5 on SQLite, text vectors with a GIN index on PostgreSQL, holding the same tokens and finding the same.

It has one row for each `search_part`, with two columns: `bigrams` and `words`. Positions are not kept: what must stand
beside each other is compared with the text itself, so that no limit of either engine matters.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    SelectBase,
    Text,
    bindparam,
    literal_column,
    or_,
    select,
    table,
    text,
    union_all,
)
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

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


def texts_without_row(session: Session) -> list[int]:
    """Parts of which there is no row in the index."""
    name = "rowid" if on_sqlite(session) else "id"
    without = f"SELECT id FROM search_part WHERE id NOT IN (SELECT {name} FROM search_index)"  # noqa: S608
    return list(session.scalars(text(without)))


def newest_with_any(session: Session, words: Collection[str], *, below: int, limit: int) -> list[int]:
    """The last rows before the number `below` that hold any of these words, the newest first."""
    if not words:
        return []
    wanted = {"below": below, "limit": limit}
    if on_sqlite(session):
        asked = "words : (" + " OR ".join(f'"{word}"' for word in sorted(words)) + ")"
        found = "SELECT rowid FROM search_index WHERE search_index MATCH :asked AND rowid < :below"
        return list(
            session.scalars(text(f"{found} ORDER BY rowid DESC LIMIT :limit"), {"asked": asked, **wanted})
        )
    asked = " | ".join(f"'{word}'" for word in sorted(words))
    found = "SELECT id FROM search_index WHERE words @@ CAST(CAST(:asked AS text) AS tsquery)"
    found += " AND id < CAST(:below AS bigint) ORDER BY id DESC LIMIT CAST(:limit AS integer)"
    return list(session.scalars(text(found), {"asked": asked, **wanted}))


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
    wanted: Wanted,
    *,
    numbering: Numbering,
    kinds: Collection[int] | None,
    among: tuple[int, int] | None = None,
) -> SelectBase:
    """The cases one of whose parts holds what is wanted; `kinds` limits it to some kinds of parts.

    `among` names the first and the last case that are looked at; what the others hold is not even read.
    """

    def rows(holding: type[_Holding]) -> Select[Any]:
        part = _PartId()
        found = select(part.op(">>")(_number(numbering.case_shift))).select_from(_index)
        if kinds is not None:
            kind = part.op(">>")(_number(numbering.kind_shift)).op("&")(_number(numbering.kind_mask))
            found = found.where(kind.in_(sorted(kinds)))
        if among is not None:
            first, last = among
            found = found.where(
                part >= first << numbering.case_shift, part < last + 1 << numbering.case_shift
            )
        return found.where(holding.of(wanted))

    if not wanted.words:
        found = rows(_Bigrams)
        return found if wanted.is_settled else _compared(found, wanted)
    if wanted.is_settled:
        return rows(_Either)
    if wanted.sequence == f" {wanted.words[0]} ":
        # One word is told by its token. Only where that is missing must texts be compared, which is hardly anywhere.
        return union_all(rows(_Words), _compared(rows(_BigramsOnly), wanted))
    return _compared(rows(_Either), wanted)


def _compared(found: Select[Any], wanted: Wanted) -> Select[Any]:
    """Only the rows whose text really holds what their tokens promise."""
    there = _Position(SearchPart.text, wanted.literal) > 0
    if wanted.words:
        there = or_(there, _Position(SearchPart.words, wanted.sequence) > 0)
    return found.join(SearchPart, SearchPart.id == _PartId()).where(there)


def looked_up(is_found: ColumnElement[bool]) -> ColumnElement[Any]:
    """The same for a few rows of which each is looked up in what was found once.

    PostgreSQL, which takes a stretch of the index for smaller than it is, would search it anew with each of them.
    """
    return _LookedUp(is_found)


class _LookedUp(FunctionElement[Any]):
    name = "looked_up"
    type = NullType()
    inherit_cache = True


class _PartId(FunctionElement[int]):
    """The number of a row of the index."""

    name = "part_id"
    type = BigInteger()
    inherit_cache = True


class _Position(FunctionElement[int]):
    """Where a text stands in another, counted from 1; 0 for nowhere."""

    name = "position"
    type = Integer()
    inherit_cache = True


class _Holding(FunctionElement[Any]):
    """Whether a row of the index holds tokens: what FTS5 is asked, and what is asked of text vectors."""

    name = "holding"
    # Called a boolean it would be compared with 1 on SQLite, and FTS5 answers no such comparison.
    type = NullType()
    inherit_cache = True
    fts5: ClassVar[str]
    vectors: ClassVar[str]

    @classmethod
    def of(cls, wanted: Wanted) -> Self:
        """What is asked, with the tokens of what is wanted."""
        # Tokens hold letters only: no sign in them has to be told apart from the quotation marks.
        bigrams, words = (
            " AND ".join(f'"{token}"' for token in tokens) for tokens in (wanted.bigrams, wanted.words)
        )
        asked = [cls.fts5.format(bigrams=bigrams, words=words)]
        asked += [" & ".join(f"'{token}'" for token in tokens) for tokens in (wanted.bigrams, wanted.words)]
        return cls(*(bindparam(None, each, Text) for each in asked))


class _Bigrams(_Holding):
    inherit_cache = True
    fts5 = "bigrams : ({bigrams})"
    vectors = "search_index.bigrams @@ {bigrams}"


class _Words(_Holding):
    inherit_cache = True
    fts5 = "words : ({words})"
    vectors = "search_index.words @@ {words}"


class _Either(_Holding):
    inherit_cache = True
    fts5 = "(bigrams : ({bigrams})) OR (words : ({words}))"
    vectors = "(search_index.bigrams @@ {bigrams} OR search_index.words @@ {words})"


class _BigramsOnly(_Holding):
    inherit_cache = True
    fts5 = "(bigrams : ({bigrams})) NOT (words : ({words}))"
    vectors = "(search_index.bigrams @@ {bigrams} AND NOT search_index.words @@ {words})"


@compiles(_LookedUp)
def _looked_up(element: Any, compiler: Any, **options: Any) -> str:
    is_found = compiler.process(element.clauses, **options)
    return is_found if compiler.dialect.name == "sqlite" else f"({is_found}) IS TRUE"


@compiles(_PartId)
def _part_id(_element: Any, compiler: Any, **_: Any) -> str:
    return "search_index.rowid" if compiler.dialect.name == "sqlite" else "search_index.id"


@compiles(_Position)
def _position(element: Any, compiler: Any, **options: Any) -> str:
    name = "instr" if compiler.dialect.name == "sqlite" else "strpos"
    return f"{name}({compiler.process(element.clauses, **options)})"


@compiles(_Bigrams)
@compiles(_Words)
@compiles(_Either)
@compiles(_BigramsOnly)
def _holding(element: Any, compiler: Any, **options: Any) -> str:
    # What is worked out here becomes a parameter: only what this engine is asked may be.
    fts5, bigrams, words = element.clauses

    def asked(clause: Any) -> str:
        return f"CAST(CAST({compiler.process(clause, **options)} AS text) AS tsquery)"

    if compiler.dialect.name == "sqlite":
        return f"search_index MATCH {compiler.process(fts5, **options)}"
    named = {"bigrams": bigrams, "words": words}
    used = {name: asked(clause) for name, clause in named.items() if f"{{{name}}}" in element.vectors}
    return element.vectors.format(**used)


def _number(value: int) -> ColumnElement[int]:
    # PostgreSQL shifts by an integer only, and a parameter would come as a bigger one.
    return literal_column(str(value), Integer)
