"""Search (検索): what people type in Japanese becomes a condition on cases, and the index it looks in follows the cases.

`read` understands what was typed (outside a unit: it takes words apart), `condition` makes it part of any query for cases.
A unit that changes a case leaves a mark; the worker indexes what is marked. Nobody finds a case by what they may not see.
"""

from meyasubako.casework.searching import index, parts
from meyasubako.casework.searching.asked import Asked, Fact, Term
from meyasubako.casework.searching.condition import condition, parts_for
from meyasubako.casework.searching.index import mark_due
from meyasubako.casework.searching.parts import CONTACT_PARTS, PART_LABELS, Part, texts_of
from meyasubako.casework.searching.reading import read
from meyasubako.casework.searching.relevance import by_relevance, spelled

__all__ = [
    "CONTACT_PARTS",
    "PART_LABELS",
    "Asked",
    "Fact",
    "Part",
    "Term",
    "by_relevance",
    "condition",
    "index",
    "mark_due",
    "parts",
    "parts_for",
    "read",
    "spelled",
    "texts_of",
]
