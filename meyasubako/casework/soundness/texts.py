"""Whether the index of search holds the texts of the cases as they are now. A case that waits to be indexed differs in nothing."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework.searching import checking, index
from meyasubako.casework.searching.parts import case_of
from meyasubako.casework.soundness.histories import numbers_of
from meyasubako.store import search
from meyasubako.store.models import Case, SearchDue

CHUNK = 500


def search_against_texts(session: Session) -> Iterator[str]:
    """How the index differs from the texts. Words are not taken apart again, which takes a hundred times as long."""
    yield from checking.strays(session)
    without = {case_of(row) for row in search.texts_without_row(session)}
    due = set(session.scalars(select(SearchDue.case_id)))
    for number in sorted(numbers_of(session, without - due).values()):
        yield f"{number}：索引に、見出しのない文があります。"
    after = 0
    last = session.scalar(select(func.max(Case.id))) or 0
    while after < last:
        found = index.next_cases(session, after=after, limit=CHUNK)
        differing = {each.case_id for each in found if each.mark is None and not index.holds(each)}
        for number in sorted(numbers_of(session, differing).values()):
            yield f"{number}：索引の文が、いまの文と違います。"
        after = found[-1].case_id if found else last
