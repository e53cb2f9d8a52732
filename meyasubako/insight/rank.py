"""Whose profile and past answers fit a text best: BM25 over words and pairs, the same whatever order they are listed in."""

from collections.abc import Mapping
from math import log
from typing import Final, NamedTuple

from meyasubako.insight.terms import is_pair, is_readable
from meyasubako.insight.tokens import as_read

_SATURATION: Final = 2.0
_LENGTH: Final = 0.9


class Ranked(NamedTuple):
    """Somebody listed, how well the text fits them (comparable within one ranking only), and the words that say so."""

    id: int
    score: float
    words: tuple[str, ...]


class Directory:
    """Everybody who is listed, by their number: the terms of their profile and of what they answered before.

    Made once for a directory; a ranking then looks only at those who share a term with the text.
    """

    def __init__(self, profiles: Mapping[int, Mapping[str, int]]) -> None:
        self._ids = sorted(profiles)
        by_term: dict[str, list[tuple[int, int]]] = {}
        lengths: dict[bool, dict[int, int]] = {False: {}, True: {}}
        for number in self._ids:
            for of_kind in lengths.values():
                of_kind[number] = 0
            for term, times in profiles[number].items():
                by_term.setdefault(term, []).append((number, times))
                lengths[is_pair(term)][number] += times
        self._said: dict[str, list[tuple[int, float]]] = {}
        for term, places in by_term.items():
            of_kind = lengths[is_pair(term)]
            usual = sum(of_kind.values()) / len(of_kind)
            rarity = log(1 + (len(self._ids) - len(places) + 0.5) / (len(places) + 0.5))
            self._said[term] = [
                (number, rarity * _saturated(times, of_kind[number] / usual)) for number, times in places
            ]

    def rank(
        self, counted: Mapping[str, int], *, count: int | None = None, most_words: int = 4
    ) -> tuple[Ranked, ...]:
        """Everybody, the best fitting first; of equals the smaller number. With `count`, so many of them."""
        scores = dict.fromkeys(self._ids, 0.0)
        # In one order, so that the sums come out the same to the last digit.
        asked = sorted(term for term, times in counted.items() if times > 0 and term in self._said)
        for term in asked:
            for number, said in self._said[term]:
                scores[number] += said
        # Equals stay in the order of their numbers.
        order = sorted(self._ids, key=scores.__getitem__, reverse=True)[:count]
        shared: dict[int, list[tuple[float, str]]] = {number: [] for number in order}
        for term in asked:
            if is_readable(term):
                word = as_read(term)
                for number, said in self._said[term]:
                    if number in shared:
                        shared[number].append((-said, word))
        return tuple(
            Ranked(number, scores[number], tuple(word for _, word in sorted(shared[number])[:most_words]))
            for number in order
        )


def _saturated(times: int, length: float) -> float:
    return times * (_SATURATION + 1) / (times + _SATURATION * (1 - _LENGTH + _LENGTH * length))
