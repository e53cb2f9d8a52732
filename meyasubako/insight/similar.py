"""Which texts are nearest to one: by words and pairs in common, rare ones first, and by what its neighbours have in common.

A text that is near to everything says little; what the nearest share with further ones brings those nearer.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import log, log1p, sqrt
from typing import Final

from meyasubako.insight.terms import readable

_RARITY: Final = 0.5
_COMMONPLACE: Final = 0.5
"""How much of its nearness to everything is taken from a text."""
_NEIGHBOURS: Final = 10
_LEAST: Final = 0.05
"""What has less in common is not near."""


@dataclass(frozen=True, slots=True)
class Near:
    """A text that is near, how near (the cosine, 0 to 1), and the words that made it so."""

    id: int
    closeness: float
    words: tuple[str, ...]


class Texts:
    """Texts that can be near, by their number: the terms of each with how often they stand there."""

    def __init__(self, texts: Mapping[int, Mapping[str, int]]) -> None:
        seen: Counter[str] = Counter()
        for each in texts.values():
            seen.update(each.keys())
        self._many = len(texts)
        self._rarity = {
            term: log((self._many + 1) / (often + 0.5)) ** _RARITY for term, often in seen.items()
        }
        self._vectors = {number: self._vector(texts[number]) for number in sorted(texts)}
        self._usual: dict[str, float] = {}
        for vector in self._vectors.values():
            for term, weight in vector.items():
                self._usual[term] = self._usual.get(term, 0.0) + weight / max(self._many, 1)
        self._common = {number: _product(vector, self._usual) for number, vector in self._vectors.items()}

    def nearest(
        self,
        counted: Mapping[str, int],
        *,
        count: int = 5,
        without: Collection[int] = (),
        most_words: int = 4,
    ) -> tuple[Near, ...]:
        """The nearest of the texts to one with these terms, the nearest first; `without` are never among them."""
        asked = self._vector(counted)
        close = {
            number: _product(asked, vector)
            for number, vector in self._vectors.items()
            if number not in without
        }
        first = {number: each - _COMMONPLACE * self._common[number] for number, each in close.items()}
        neighbours = sorted(first, key=lambda number: (-first[number], number))[:_NEIGHBOURS]
        around: dict[str, float] = {}
        for number in neighbours:
            for term, weight in self._vectors[number].items():
                around[term] = around.get(term, 0.0) + weight / len(neighbours)
        scores = dict(first)
        for number, vector in self._vectors.items():
            if number in scores:
                shared = _product(vector, around)
                if number in neighbours and len(neighbours) > 1:
                    # A neighbour is compared with the others, not with itself.
                    own = _product(vector, vector) / len(neighbours)
                    shared = (shared - own) * len(neighbours) / (len(neighbours) - 1)
                scores[number] += shared - _COMMONPLACE * self._common[number]
        near = [number for number in scores if close[number] >= _LEAST]
        best = sorted(near, key=lambda number: (-round(scores[number], 9), number))[:count]
        return tuple(
            Near(number, min(close[number], 1.0), self._shared(asked, number, most_words)) for number in best
        )

    def _vector(self, counted: Mapping[str, int]) -> dict[str, float]:
        """A text as a direction; what stands in no other text leads nowhere."""
        found = {
            term: log1p(times) * self._rarity[term]
            for term, times in sorted(counted.items())
            if term in self._rarity and times > 0
        }
        length = sqrt(sum(each * each for each in found.values()))
        return {term: each / length for term, each in found.items()} if length else {}

    def _shared(self, asked: Mapping[str, float], number: int, most: int) -> tuple[str, ...]:
        vector = self._vectors[number]
        return readable(((term, asked[term] * vector[term]) for term in asked if term in vector), most=most)


def _product(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    if len(other) < len(one):
        one, other = other, one
    get = other.get
    return sum([weight * get(term, 0.0) for term, weight in one.items()])
