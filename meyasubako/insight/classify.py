"""Which labels a text most likely has: complement naive Bayes over sums of what people confirmed.

What was learned are whole numbers under (label, term), so learning is adding, unlearning is subtracting, and neither
order nor who does it matters. Before anything was learned, the descriptions of the labels speak.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final

from meyasubako.insight.terms import UNIT, readable, weights

Rows = Mapping[tuple[str, str], int]
"""What was learned. ("", term): how many lessons hold it; (label, ""): the sum of a label; ("", ""): how many lessons."""

ALL: Final = ""

_SMOOTHING: Final = 0.2
_RARITY: Final = 0.7
"""How much more a rare term says than a common one, as a power of its rarity."""
_HINT: Final = 6
"""The description of a label is worth so many confirmed texts."""
_VOCABULARY: Final = (72, 0.65)
"""So many different terms a language has as texts get more (Heaps), by what all of them weigh."""
_LEAST: Final = 1e-3
_LEANING: Final = 0.3
"""So much speaks for what most texts are, before any word does."""

SHARPNESS: Final = (0.3, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0, 1.1, 1.3, 1.6, 2.0, 2.5, 3.0)
"""How much surer or less sure than the model a desk may turn out to be."""
_TRUSTED: Final = 5
"""So many decided cases outweigh the belief that the model is as sure as it should be."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """A label, how likely it is, and the words that spoke for it."""

    label: str
    probability: float
    words: tuple[str, ...]


def lesson(labels: Iterable[str], weighed: Mapping[str, int]) -> Counter[tuple[str, str]]:
    """What one confirmed text adds to what was learned."""
    rows: Counter[tuple[str, str]] = Counter()
    total = sum(weighed.values())
    for label in sorted(set(labels)):
        rows[label, ALL] = total
        for term, weight in weighed.items():
            rows[label, term] = weight
    if rows:
        rows[ALL, ALL] = 1
        for term in weighed:
            rows[ALL, term] = 1
    return rows


def opinions(
    counted: Mapping[str, int],
    labels: Sequence[str],
    learned: Rows,
    hints: Mapping[str, Mapping[str, int]],
    *,
    usual: str | None = None,
    sharper: float = 1.0,
    most_words: int = 4,
) -> tuple[Opinion, ...]:
    """What to think of each label for a text with these terms, the likeliest first; the probabilities add up to one.

    `learned` holds at least the rows of these terms and the sums, `hints` what the descriptions of the labels say.
    `usual` is the label of most texts, where there is one.
    """
    lessons = learned.get((ALL, ALL), 0)
    taught = _taught(labels, learned, hints)
    damped = weights(counted)
    asked = {
        term: weight * log((lessons + 11) / (learned.get((ALL, term), 0) + 1)) ** _RARITY
        for term, weight in damped.items()
    }
    length = sqrt(sum(each * each for each in asked.values())) or 1.0
    total = sum(taught.sums.values())
    spread = _SMOOTHING * _VOCABULARY[0] * total ** _VOCABULARY[1] if total else 1.0
    rest = {label: log(total - taught.sums[label] + spread) for label in labels}
    scores = {label: _LEANING if label == usual else 0.0 for label in labels}
    said: dict[str, list[tuple[str, float]]] = {label: [] for label in labels}
    for term, weight in asked.items():
        of_label = taught.of_term(term)
        everywhere = sum(of_label.values())
        if not everywhere:
            continue
        spoken = [rest[each] - log(everywhere - of_label.get(each, 0.0) + _SMOOTHING) for each in labels]
        mean = sum(spoken) / len(spoken)
        for label, each in zip(labels, spoken, strict=True):
            more = weight / length * (each - mean)
            scores[label] += more
            if more > 0 and of_label.get(label):
                said[label].append((term, more))
    sure = sharper * (3 + 3 / (1 + lessons / 100))
    top = max(scores.values(), default=0.0)
    likely = {label: exp(sure * (score - top)) for label, score in scores.items()}
    whole = sum(likely.values()) or 1.0
    order = sorted(labels, key=lambda label: (-likely[label], label))
    return tuple(
        Opinion(label, likely[label] / whole, readable(said[label], most=most_words)) for label in order
    )


def sharpness(decided: Iterable[tuple[Mapping[str, float], str]]) -> float:
    """How much surer the model should have been, by what it thought of texts that were decided afterwards.

    Of each text: the probabilities that were given without it, and the label it turned out to have.
    """
    known = [(given, label) for given, label in decided if given]
    if not known:
        return 1.0

    def surprise(sharper: float) -> float:
        missed = sum(-log(max(tempered(given, sharper).get(label, 0.0), _LEAST)) for given, label in known)
        return missed + _TRUSTED * log(sharper) ** 2

    return min(SHARPNESS, key=lambda each: (surprise(each), abs(each - 1)))


def tempered(given: Mapping[str, float], sharper: float) -> dict[str, float]:
    """Probabilities made surer (above 1) or less sure."""
    raised = {label: max(each, _LEAST * _LEAST) ** sharper for label, each in given.items()}
    whole = sum(raised.values()) or 1.0
    return {label: each / whole for label, each in raised.items()}


class _Taught:
    """What was learned and what the descriptions say, together."""

    def __init__(self, sums: dict[str, float], by_term: dict[str, dict[str, float]]) -> None:
        self.sums = sums
        self._by_term = by_term

    def of_term(self, term: str) -> dict[str, float]:
        """How much each label has of a term."""
        return self._by_term.get(term, {})


def _taught(labels: Sequence[str], learned: Rows, hints: Mapping[str, Mapping[str, int]]) -> _Taught:
    sums: dict[str, float] = dict.fromkeys(labels, 0.0)
    by_term: dict[str, dict[str, float]] = {}

    def add(label: str, term: str, weight: float) -> None:
        if term == ALL:
            sums[label] = sums.get(label, 0.0) + weight
        else:
            of_term = by_term.setdefault(term, {})
            of_term[label] = of_term.get(label, 0.0) + weight

    for (label, term), weight in sorted(learned.items()):
        if label != ALL and weight > 0:
            add(label, term, weight / UNIT)
    for label, hint in sorted(hints.items()):
        for term, weight in sorted(hint.items()):
            add(label, term, _HINT * weight / UNIT)
            add(label, ALL, _HINT * weight / UNIT)
    return _Taught(sums, by_term)
