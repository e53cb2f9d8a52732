"""The index of what can be found: a unit marks the cases it changes, the worker makes their rows anew.

Reading what is due, taking its words apart and keeping the result are three steps, so that no unit waits for the second.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, insert, literal_column, select
from sqlalchemy.orm import Session

from meyasubako.casework.searching.parts import (
    MOST_ROWS,
    NUMBERING,
    Texts,
    case_of,
    first_id,
    row_id,
    rows_of,
    texts_of,
)
from meyasubako.core.codes import draw_marks
from meyasubako.insight import tokens
from meyasubako.insight.normal import normalise
from meyasubako.store import search
from meyasubako.store.inserting import insert_or_renew
from meyasubako.store.models import Case, SearchDue, SearchPart

BETWEEN = "\n"
"""Stands between two texts of a part. No text holds it once it is normalised, so nothing is found across it."""

ROW_LENGTH = 20_000
"""What one row holds; PostgreSQL's text vectors end at a megabyte."""

OVERLAP = 200
"""So much of a very long text stands in two rows. What is looked for is hardly ever longer."""


@dataclass(frozen=True, slots=True)
class Made:
    """A row of the index, made of texts."""

    id: int
    text: str
    words: str
    tokens: search.Row


@dataclass(frozen=True, slots=True)
class Due:
    """A case as it stood when it was read: its texts, and what is held of them."""

    case_id: int
    mark: int | None
    texts: Texts
    held: dict[int, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Indexed:
    """What is to be kept of a case: rows made anew, and the numbers of those that stay."""

    due: Due
    made: Sequence[Made]
    staying: Collection[int]


def mark_due(session: Session, case_ids: Collection[int]) -> None:
    """These cases changed in this unit: whoever looks for them soon finds them as they are then."""
    # One mark is enough for all that a unit does to a case, and it does a lot; what is done within may still be undone.
    marked: set[int] = session.info.setdefault("marked for search", set())
    unmarked = set(case_ids) if session.in_nested_transaction() else set(case_ids) - marked
    if unmarked:
        # Drawn at random, so that a mark set again meanwhile is never taken for the one that was read.
        rows = [
            {"case_id": case_id, "mark": mark}
            for case_id, mark in zip(sorted(unmarked), draw_marks(len(unmarked)), strict=True)
        ]
        insert_or_renew(session, SearchDue, rows, key="case_id", renewed="mark")
        if not session.in_nested_transaction():
            marked |= unmarked


def due(session: Session, limit: int) -> list[Due]:
    """Some of the cases that are marked."""
    marked = select(SearchDue.case_id, SearchDue.mark).limit(limit)
    return _as_they_stand(session, {case_id: mark for case_id, mark in session.execute(marked)})  # noqa: C416


def next_cases(session: Session, *, after: int, limit: int) -> list[Due]:
    """The next cases by their number, whether marked or not."""
    found = (
        select(Case.id, SearchDue.mark)
        .outerjoin(SearchDue, SearchDue.case_id == Case.id)
        .where(Case.id > after)
        .order_by(Case.id)
        .limit(limit)
    )
    return _as_they_stand(session, {case_id: mark for case_id, mark in session.execute(found)})  # noqa: C416


def next_ids(session: Session, *, after: int, limit: int) -> list[int]:
    """The numbers of the next cases."""
    return list(session.scalars(select(Case.id).where(Case.id > after).order_by(Case.id).limit(limit)))


def make(due: Due) -> Indexed:
    """Take the texts of a case apart; what has not changed is not taken apart again. Not for inside a unit."""
    made: list[Made] = []
    staying: list[int] = []
    for row, pieces in _rows(due):
        text = BETWEEN.join(pieces)
        if due.held.get(row, ("", ""))[0] == text:
            staying.append(row)
        else:
            made.append(_made(row, pieces))
    return Indexed(due, made, staying)


def holds(due: Due) -> bool:
    """Whether what is held of a case are its texts as they are."""
    return {row: BETWEEN.join(pieces) for row, pieces in _rows(due)} == {
        row: text for row, (text, _) in due.held.items()
    }


def keep(session: Session, made: Sequence[Indexed]) -> int:
    """Put cases into the index as they were read; returns how many. One that has changed since is left alone: it is still due."""
    ids = [each.due.case_id for each in made]
    # Whoever marks one of them waits until this is kept; whoever indexes them too, in the same order.
    marks = select(SearchDue.case_id, SearchDue.mark).where(SearchDue.case_id.in_(ids))
    standing = {  # noqa: C416
        case_id: mark
        for case_id, mark in session.execute(marks.order_by(SearchDue.case_id).with_for_update())
    }
    kept = [
        each for each in made if each.due.mark is not None and standing.get(each.due.case_id) == each.due.mark
    ]
    rows = [row for each in kept for row in each.made]
    gone = {row for each in kept for row in each.due.held if row not in each.staying}
    # Rows of the one table and the other may be missing independently, if somebody tampered with them.
    search.remove(session, gone | {row.id for row in rows})
    if gone:
        session.execute(delete(SearchPart).where(SearchPart.id.in_(gone)))
    if rows:
        session.execute(
            insert(SearchPart), [{"id": row.id, "text": row.text, "words": row.words} for row in rows]
        )
        search.add(session, [row.tokens for row in rows])
    session.execute(delete(SearchDue).where(SearchDue.case_id.in_([each.due.case_id for each in kept])))
    return len(kept)


def take_out(session: Session, case_ids: Sequence[int]) -> None:
    """Take cases out of the index and mark them, so that they are indexed as if for the first time."""
    chosen = select(Case.id).where(Case.id.in_(case_ids))
    _remove(session, session.scalars(rows_of(select(SearchPart.id), chosen)).all())
    mark_due(session, case_ids)


def sweep(session: Session) -> int:
    """Take out what belongs to no case, and make the engine's own structure anew; returns how many rows were too many."""
    strays = strays_of(session)
    _remove(session, strays)
    search.mend(session)
    return len(strays)


def strays_of(session: Session) -> list[int]:
    """Rows that belong to no case, or are tokens of no text."""
    case_of_row = literal_column(f"search_part.id >> {NUMBERING.case_shift}")
    of_no_case = select(SearchPart.id).where(case_of_row.not_in(select(Case.id)))
    return [*session.scalars(of_no_case), *search.rows_without_text(session)]


def limits(case_id: int) -> tuple[int, int]:
    """The numbers of the first and the last row a case could have."""
    return first_id(case_id), first_id(case_id + 1) - 1


def _remove(session: Session, rows: Collection[int]) -> None:
    search.remove(session, rows)
    for each in rows:
        # One by one: there can be more of them than a statement may name.
        session.execute(delete(SearchPart).where(SearchPart.id == each))


def _as_they_stand(session: Session, marks: Mapping[int, int | None]) -> list[Due]:
    if not marks:
        return []
    texts = texts_of(session, list(marks))
    held: dict[int, dict[int, tuple[str, str]]] = {case_id: {} for case_id in marks}
    rows = select(SearchPart.id, SearchPart.text, SearchPart.words)
    for row, text, words in session.execute(rows_of(rows, select(Case.id).where(Case.id.in_(marks)))):
        held[case_of(row)][row] = (text, words)
    return [Due(case_id, mark, texts[case_id], held[case_id]) for case_id, mark in marks.items()]


def _rows(due: Due) -> Iterator[tuple[int, list[str]]]:
    """The rows of a case, each with the normalised texts it holds."""
    for part, texts in due.texts.items():
        number, pieces, length = 0, list[str](), 0
        for piece in (cut for text in texts for cut in _cut(normalise(text))):
            if pieces and length + len(piece) > ROW_LENGTH and number + 1 < MOST_ROWS:
                yield row_id(due.case_id, part, number), pieces
                number, pieces, length = number + 1, [], 0
            pieces.append(piece)
            length += len(piece)
        if pieces:
            yield row_id(due.case_id, part, number), pieces


def _cut(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > ROW_LENGTH:
        yield text[start : start + ROW_LENGTH]
        start += ROW_LENGTH - OVERLAP
    if text:
        yield text[start:]


def _made(row: int, pieces: Sequence[str]) -> Made:
    told = [tokens.words(piece) for piece in pieces]
    bigrams = sorted({pair for piece in pieces for pair in tokens.pairs(piece)})
    telling = tokens.telling(word for words in told for word in words)
    sequence = BETWEEN.join(tokens.sequence(words) for words in told)
    return Made(row, BETWEEN.join(pieces), sequence, search.Row(row, bigrams, telling))
