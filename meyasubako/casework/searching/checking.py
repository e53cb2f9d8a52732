"""Whether the index holds what the cases say: compared case by case, and told in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework.searching import index
from meyasubako.casework.searching.index import Due
from meyasubako.casework.searching.parts import PART_LABELS, part_of
from meyasubako.core.codes import grouped
from meyasubako.store import search
from meyasubako.store.models import Case, Receipt


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as it stands, with the tokens held of it."""

    due: Due
    number: str
    tokens: Mapping[int, tuple[frozenset[str], frozenset[str]]]


def standing(session: Session, *, after: int, limit: int) -> list[Standing]:
    """The next cases by their number."""
    found = index.next_cases(session, after=after, limit=limit)
    numbers = select(Case.id, Receipt.number).join(Receipt, Receipt.id == Case.receipt_id)
    numbers = numbers.where(Case.id.in_([each.case_id for each in found]))
    number_of = {case_id: number for case_id, number in session.execute(numbers)}  # noqa: C416
    return [
        Standing(each, number_of[each.case_id], search.rows_between(session, *index.limits(each.case_id)))
        for each in found
    ]


def differences(standing: Standing) -> list[str]:
    """What is not as it should be; a case that waits to be indexed differs in nothing. Not for inside a unit."""
    due = standing.due
    if due.mark is not None:
        return []
    made = {each.id: each for each in index.make(Due(due.case_id, None, due.texts)).made}
    found: list[str] = []
    for row in sorted(made.keys() | due.held.keys() | standing.tokens.keys()):
        expected = made.get(row)
        what = f"{grouped(standing.number)}の{_label(row)}"
        if expected is None:
            found.append(f"{what}：いまは無い文が、索引に残っています。")
        elif row not in due.held or row not in standing.tokens:
            found.append(f"{what}：索引にありません。")
        elif due.held[row] != (expected.text, expected.words):
            found.append(f"{what}：索引の文が、いまの文と違います。")
        elif standing.tokens[row] != (frozenset(expected.tokens.bigrams), frozenset(expected.tokens.words)):
            found.append(f"{what}：索引の見出しが、文と合いません。")
    return found


def strays(session: Session) -> list[str]:
    """Rows of the index that belong to nothing."""
    found = index.strays_of(session)
    return [f"どの案件のものでもない行が、索引に{len(found)}件あります。"] if found else []


def is_sound(session: Session) -> bool:
    """Whether the engine's own structure agrees with itself."""
    return search.is_sound(session)


def _label(row: int) -> str:
    try:
        return PART_LABELS[part_of(row)]
    except ValueError:
        return "知らない部分"
