"""Which of the cases found says most about what was asked: words in the title count most, then how often they are said."""

from collections.abc import Mapping
from math import log
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from meyasubako.casework.searching.asked import Asked, Term
from meyasubako.casework.searching.parts import Part, case_of, part_of, rows_of
from meyasubako.insight import tokens
from meyasubako.store.models import Case, SearchPart

_WEIGHTS: Final[Mapping[Part, float]] = {Part.TITLE: 5, Part.NUMBER: 10, Part.PERSON: 5}
_OTHER_SPELLING: Final = 0.8
"""What is written another way than asked counts a little less."""


def by_relevance(
    session: Session, newest: Select[*tuple[Any, ...]], asked: Asked, *, parts: frozenset[Part]
) -> list[int]:
    """The cases `newest` selects, newest first, in the order of how much they say; of equals the newer comes first."""
    listed = list(session.scalars(newest))
    scores = dict.fromkeys(listed, 0.0)
    rows = select(SearchPart.id, SearchPart.text, SearchPart.words)
    for row, text, words in session.execute(rows_of(rows, newest)):
        part = part_of(row)
        if part in parts:
            said = sum(_said(term, part, text, words) for term in asked.terms)
            scores[case_of(row)] += said * _WEIGHTS.get(part, 1)
    return sorted(listed, key=lambda case_id: -scores[case_id])


def spelled(session: Session, case_ids: list[int], asked: Asked) -> dict[int, frozenset[Part]]:
    """In which parts of these cases words that were asked for stand, in any spelling."""
    sequences = [tokens.sequence(term.words) for term in asked.terms if term.words]
    found: dict[int, frozenset[Part]] = dict.fromkeys(case_ids, frozenset())
    if not sequences:
        return found
    rows = select(SearchPart.id, SearchPart.words)
    for row, words in session.execute(rows_of(rows, select(Case.id).where(Case.id.in_(case_ids)))):
        if any(sequence in words for sequence in sequences):
            found[case_of(row)] |= {part_of(row)}
    return found


def _said(term: Term, part: Part, text: str, words: str) -> float:
    if not term.reaches(part):
        return 0
    literally = text.count(term.literal)
    otherwise = words.count(tokens.sequence(term.words)) if term.words else 0
    often = max(literally, _OTHER_SPELLING * otherwise)
    return 1 + log(often) if often >= 1 else often
