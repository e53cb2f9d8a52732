"""The rows and columns of an answer: what the desk offers, what was used besides, and the total last."""

from collections.abc import Iterator

from meyasubako.casework.tallies.questions import Question
from meyasubako.casework.tallies.rows import TOTAL, UNKNOWN, Head, heads_of
from meyasubako.casework.tallies.spans import time_code, time_label
from meyasubako.casework.tallies.times import Times
from meyasubako.core import dates
from meyasubako.core.vocabulary import TIMES, Dimension


def heads_for(question: Question, when: Times, dimension: Dimension | None, used: set[str]) -> Iterator[Head]:
    """Rows or columns with a place in the answer, the total last: what the desk offers also where it is zero."""
    if dimension is not None:
        heads = _times(question, dimension) if dimension in TIMES else heads_of(when.desk, dimension)
        wanted = next((codes for each, codes in question.filters if each is dimension), None)
        listed = {head.code for head in heads}
        strange = sorted(used - listed - {TOTAL})
        if dimension is Dimension.DAYS:
            strange.sort(key=int)
            named = [Head(code, f"{code}日") for code in strange]
        else:
            named = [Head(code, when.names.get(code, code), only_if_used=True) for code in strange]
        unknown = [heads.pop()] if heads and heads[-1].code == UNKNOWN else []
        for head in (*heads, *named, *unknown):
            may_be_empty = not head.only_if_used and (wanted is None or head.code in wanted)
            if may_be_empty or head.code in used:
                yield head
    yield Head(TOTAL, "合計")


def _times(question: Question, dimension: Dimension) -> list[Head]:
    months = dates.months_between(question.first, question.last)
    found = {time_code(dimension, month): time_label(dimension, month) for month in months}
    return [Head(code, label) for code, label in found.items()]
