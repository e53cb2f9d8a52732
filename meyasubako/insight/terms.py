"""What a text is compared by: how often its words and the pairs of its telling characters stand in it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log1p, sqrt
from typing import Final

from meyasubako.insight import tokens
from meyasubako.insight.normal import normalise

PAIR: Final = "~"
"""Stands before a pair, so that it is told from the word of two characters. No word holds a sign."""

TITLE_TIMES: Final = 2
"""Who writes a title says there what it is about."""

UNIT: Final = 1000
"""A text as a whole weighs so much; weights are whole numbers, so that sums of them can be taken back exactly."""

_TELLING_PAIR = re.compile("(?=([\u3005\u4e00-\u9fff\u30a0-\u30ffa-z0-9]{2}))")
"""Pairs in Hiragana are mostly endings and particles."""

_DIGITS = re.compile("[0-9]+")


def terms(title: str, text: str) -> Counter[str]:
    """How often each word and pair stands in a text with its title. Not for inside a unit: words are told apart."""
    found: Counter[str] = Counter()
    for times, piece in ((TITLE_TIMES, title), (1, text)):
        normal = normalise(piece)
        for word in tokens.words(normal):
            if word.is_telling and not _DIGITS.fullmatch(word.form):
                found[word.form] += times
        for pair in _TELLING_PAIR.findall(normal):
            if not _DIGITS.fullmatch(pair):
                found[PAIR + pair] += times
    return found


def weights(counted: Mapping[str, int]) -> dict[str, int]:
    """What each term of a text weighs in learning: long texts weigh as much as short ones."""
    damped = {term: log1p(times) for term, times in sorted(counted.items()) if times > 0}
    length = sqrt(sum(each * each for each in damped.values()))
    return {term: round(UNIT * each / length) for term, each in damped.items()}


def readable(found: Iterable[tuple[str, float]], *, most: int) -> tuple[str, ...]:
    """The words among terms and what they did, those that did most first, as people read them."""
    named = [(said, term) for term, said in found if said > 0 and is_readable(term)]
    return tuple(
        tokens.as_read(term) for _, term in sorted(named, key=lambda each: (-each[0], each[1]))[:most]
    )


def is_readable(term: str) -> bool:
    """Whether a term tells people something: a word of more than one character."""
    return len(term) > 1 and not term.startswith(PAIR)


def is_pair(term: str) -> bool:
    """Whether a term is two characters and not a word."""
    return term.startswith(PAIR)


def together(texts: Sequence[Mapping[str, int]]) -> Counter[str]:
    """Several texts as one."""
    found: Counter[str] = Counter()
    for each in texts:
        found.update(each)
    return found
