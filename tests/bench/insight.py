"""How right the suggestions are, beside well-known ways: `python -m tests.bench.insight {classify|similar|rank} --data FILE.jsonl`.

The file has one text a line: id, title, text, labels, group (one of the last two will do). Every line printed is JSON.
classify and similar are tried on the texts that have a label. rank takes so many texts as profiles, and of each a sentence
held back as what is asked; --profiles and --queries name files of one's own, whose lines have the same id.
"""

import argparse
import json
import random
import re
import statistics
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any, Final

from meyasubako.insight import classify, terms
from meyasubako.insight.rank import Directory
from meyasubako.insight.similar import Texts

SPLITS: Final = 20
CONFIRMED: Final = (0, 25, 50, 200, 400)
HELD_BACK: Final = 80
PROFILES: Final = 250
MANY: Final = 1_000
LONG_ENOUGH: Final = 20
_SENTENCE = re.compile(r"(?<=[。\n])")


@dataclass(frozen=True)
class Text:
    """A line of the file, with its terms."""

    id: str
    title: str
    text: str
    labels: tuple[str, ...]
    counted: Counter[str]


def read(path: Path) -> list[Text]:
    """The texts of a file; the group is a label of those that have none."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        title, text = str(row.get("title") or ""), str(row.get("text") or "")
        labels = row.get("labels") or ([str(row["group"])] if row.get("group") else [])
        found.append(Text(str(row["id"]), title, text, tuple(labels), terms.terms(title, text)))
    return found


def say(**facts: Any) -> None:
    """One line of JSON."""
    print(json.dumps(facts, ensure_ascii=False), flush=True)


def spread(values: Sequence[float]) -> dict[str, float]:
    """The mean and the standard deviation, in percent."""
    return {
        "mean": round(100 * statistics.fmean(values), 1),
        "spread": round(100 * statistics.pstdev(values), 1),
    }


# ---------------------------------------------------------------- classify

Guess = tuple[list[str], float]
"""The labels, the likeliest first, and how likely the first was said to be."""


class Ours:
    """Complement naive Bayes that learns text by text; the names of the labels are all it begins with."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = labels
        self._hints = {label: terms.weights(terms.terms(label, "")) for label in labels}
        self._learned: Counter[tuple[str, str]] = Counter()

    def learn(self, texts: Sequence[Text]) -> None:
        for each in texts:
            self._learned.update(classify.lesson(each.labels, terms.weights(each.counted)))

    def guess(self, texts: Sequence[Text]) -> list[Guess]:
        return [self._guess(each) for each in texts]

    def _guess(self, text: Text) -> Guess:
        # As the database would give them: only what concerns the terms of this text.
        wanted = {*text.counted, classify.ALL}
        rows = {
            (label, term): self._learned[label, term]
            for label in (*self._labels, classify.ALL)
            for term in wanted
            if (label, term) in self._learned
        }
        found = classify.opinions(text.counted, self._labels, rows, self._hints)
        return [each.label for each in found], found[0].probability


class Theirs:
    """scikit-learn's TF-IDF and logistic regression over the same terms, fitted anew to all texts each time."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = labels
        self._model: Any = None
        self._terms: Any = None
        self._only = labels[0]

    def learn(self, texts: Sequence[Text]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        if not texts:
            return
        each_as_often: Any = _as_often
        self._terms = TfidfVectorizer(analyzer=each_as_often, sublinear_tf=True)
        rows = self._terms.fit_transform([each.counted for each in texts])
        self._only = texts[0].labels[0]
        if len({each.labels[0] for each in texts}) > 1:
            self._model = LogisticRegression(C=10, max_iter=300)
            self._model.fit(rows, [each.labels[0] for each in texts])

    def guess(self, texts: Sequence[Text]) -> list[Guess]:
        if self._model is None:
            rest = [label for label in self._labels if label != self._only]
            return [([self._only, *rest], 1 / len(self._labels)) for _ in texts]
        likely = self._model.predict_proba(self._terms.transform([each.counted for each in texts]))
        found = []
        for row in likely:
            order = sorted(range(len(row)), key=lambda at, row=row: -row[at])
            found.append(([str(self._model.classes_[at]) for at in order], float(row[order[0]])))
        return found


def _as_often(counted: Mapping[str, int]) -> list[str]:
    return [term for term, times in counted.items() for _ in range(times)]


def miscalibrated(told: Sequence[tuple[float, bool]]) -> float:
    """The expected calibration error over ten bins: how far what was said lies from how often it was so."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for sure, right in told:
        bins.setdefault(min(int(sure * 10), 9), []).append((sure, right))
    off = sum(abs(sum(sure for sure, _ in each) - sum(right for _, right in each)) for each in bins.values())
    return off / len(told)


def bench_classify(texts: Sequence[Text], splits: int) -> None:
    """Learn from so many texts, guess those held back; the same texts for both."""
    texts = [each for each in texts if each.labels]
    labels = sorted({label for each in texts for label in each.labels})
    say(texts=len(texts), labels=len(labels), splits=splits, held_back=HELD_BACK)
    for confirmed in CONFIRMED:
        if confirmed + HELD_BACK > len(texts):
            continue
        for name, model in (("meyasubako", Ours), ("logistic regression", Theirs)):
            first, third, taken, learning = [], [], [], []
            told: list[tuple[float, bool]] = []
            for seed in range(splits):
                order = list(texts)
                random.Random(seed).shuffle(order)
                known, asked = order[:confirmed], order[-HELD_BACK:]
                made = model(labels)
                begun = time.perf_counter()
                made.learn(known)
                learnt = time.perf_counter()
                guesses = made.guess(asked)
                taken.append((time.perf_counter() - learnt) / len(asked))
                # What one more confirmation costs: ours adds to what is there, theirs is fitted anew.
                learning.append((learnt - begun) / (max(confirmed, 1) if model is Ours else 1))
                right = [guess[0] in each.labels for (guess, _), each in zip(guesses, asked, strict=True)]
                first.append(statistics.fmean(right))
                third.append(
                    statistics.fmean(
                        bool(set(guess[:3]) & set(each.labels))
                        for (guess, _), each in zip(guesses, asked, strict=True)
                    )
                )
                told += [(sure, hit) for (_, sure), hit in zip(guesses, right, strict=True)]
            say(
                confirmed=confirmed,
                way=name,
                top1=spread(first),
                top3=spread(third),
                calibration_error=round(100 * miscalibrated(told), 1),
                ms_per_guess=round(1000 * statistics.fmean(taken), 2),
                ms_per_confirmation=round(1000 * statistics.fmean(learning), 2),
            )
    tracemalloc.start()
    made = Ours(labels)
    made.learn(texts)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    say(kilobytes_per_confirmed_text=round(held / 1024 / len(texts), 1))


# ---------------------------------------------------------------- similar


def bench_similar(texts: Sequence[Text]) -> None:
    """For every text its nearest: how often they have a label of it."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [each for each in texts if each.labels]
    begun = time.perf_counter()
    held = Texts({number: each.counted for number, each in enumerate(texts)})
    made = time.perf_counter()
    found = [
        [near.id for near in held.nearest(each.counted, without=[number])]
        for number, each in enumerate(texts)
    ]
    taken = (time.perf_counter() - made) / len(texts)
    say(
        way="meyasubako",
        texts=len(texts),
        **_same(texts, found),
        ms_per_text=round(1000 * taken, 1),
        ms_to_read_all=round(1000 * (made - begun)),
    )
    for way, analyzer in (
        ("character TF-IDF (2, 3)", "char"),
        ("character TF-IDF in words (2, 3)", "char_wb"),
    ):
        rows: Any = TfidfVectorizer(analyzer=analyzer, ngram_range=(2, 3)).fit_transform(
            [f"{each.title}\n{each.text}" for each in texts]
        )
        close = (rows @ rows.T).toarray()
        nearest = []
        for number in range(len(texts)):
            close[number, number] = -1
            nearest.append([int(each) for each in (-close[number]).argsort(kind="stable")[:5]])
        say(way=way, texts=len(texts), **_same(texts, nearest))


def _same(texts: Sequence[Text], found: Sequence[Sequence[int]]) -> dict[str, float]:
    def is_same(one: int, other: int) -> bool:
        return bool(set(texts[one].labels) & set(texts[other].labels))

    first = [is_same(number, near[0]) for number, near in enumerate(found) if near]
    five = [
        statistics.fmean(is_same(number, each) for each in near) for number, near in enumerate(found) if near
    ]
    return {
        "same_at_1": round(100 * sum(first) / len(found), 1),
        "same_at_5": round(100 * sum(five) / len(found), 1),
    }


# ---------------------------------------------------------------- rank

Asked = tuple[Mapping[int, Counter[str]], Mapping[int, Counter[str]]]
"""The profiles, and what is asked of each."""


def held_back(texts: Sequence[Text], splits: int) -> Iterator[Asked]:
    """Some texts as profiles, and one sentence of each, taken out of it, as what is asked."""
    for seed in range(splits):
        chance = random.Random(seed)
        profiles: dict[int, Counter[str]] = {}
        asked: dict[int, Counter[str]] = {}
        for number, each in enumerate(chance.sample(list(texts), min(PROFILES, len(texts)))):
            sentences = [part for part in _SENTENCE.split(each.text) if len(part.strip()) >= LONG_ENOUGH]
            if sentences:
                sentence = chance.choice(sentences)
                profiles[number] = terms.terms(each.title, each.text.replace(sentence, ""))
                asked[number] = terms.terms("", sentence)
        yield profiles, asked


def given(profiles: Path, queries: Path) -> Asked:
    """Profiles and what is asked, out of files; what belongs together has the same id."""
    listed = {each.id: each.counted for each in read(profiles)}
    numbers = {name: number for number, name in enumerate(sorted(listed))}
    asked = {numbers[each.id]: each.counted for each in read(queries) if each.id in numbers}
    return {numbers[name]: counted for name, counted in listed.items()}, asked


class Bm25:
    """BM25 over words with its usual constants."""

    def __init__(self, profiles: Mapping[int, Counter[str]]) -> None:
        self._profiles = {number: _words(each) for number, each in profiles.items()}
        self._seen = Counter(term for each in self._profiles.values() for term in each)
        self._lengths = {number: sum(each.values()) for number, each in self._profiles.items()}
        self._usual = statistics.fmean(self._lengths.values())

    def best(self, counted: Counter[str], count: int) -> list[int]:
        asked, many = [*_words(counted)], len(self._profiles)
        scores = dict.fromkeys(self._profiles, 0.0)
        for number, profile in self._profiles.items():
            for term in asked:
                if times := profile.get(term):
                    rarity = log(1 + (many - self._seen[term] + 0.5) / (self._seen[term] + 0.5))
                    length = self._lengths[number] / self._usual
                    scores[number] += rarity * times * 2.5 / (times + 1.5 * (0.25 + 0.75 * length))
        return sorted(scores, key=lambda number: (-scores[number], number))[:count]


def _words(counted: Mapping[str, int]) -> dict[str, int]:
    return {term: times for term, times in counted.items() if not terms.is_pair(term)}


def bench_rank(rounds: Sequence[Asked]) -> None:
    """How often the profile that is asked for stands first, and among the first five."""

    def measure(
        way: str, make: Callable[[Mapping[int, Counter[str]]], Callable[[Counter[str]], list[int]]]
    ) -> None:
        first, five, taken = [], [], []
        for profiles, asked in rounds:
            best = make(profiles)
            begun = time.perf_counter()
            found = {number: best(counted) for number, counted in asked.items()}
            taken.append((time.perf_counter() - begun) / len(asked))
            first.append(statistics.fmean(number == each[0] for number, each in found.items()))
            five.append(statistics.fmean(number in each for number, each in found.items()))
        say(
            way=way,
            profiles=len(rounds[0][0]),
            rounds=len(rounds),
            top1=spread(first),
            top5=spread(five),
            ms_per_query=round(1000 * statistics.fmean(taken), 2),
        )

    measure("meyasubako", _ours)
    measure("BM25 over words", _theirs)
    profiles, asked = rounds[0]
    listed = list(profiles.values())
    directory = Directory({number: listed[number % len(listed)] for number in range(MANY)})
    taken = []
    for counted in asked.values():
        begun = time.perf_counter()
        directory.rank(counted, count=5)
        taken.append(time.perf_counter() - begun)
    say(
        providers=MANY,
        ms_median=round(1000 * statistics.median(taken), 2),
        ms_worst=round(1000 * max(taken), 2),
    )


def _ours(profiles: Mapping[int, Counter[str]]) -> Callable[[Counter[str]], list[int]]:
    directory = Directory(profiles)
    return lambda counted: [each.id for each in directory.rank(counted, count=5)]


def _theirs(profiles: Mapping[int, Counter[str]]) -> Callable[[Counter[str]], list[int]]:
    made = Bm25(profiles)
    return lambda counted: made.best(counted, 5)


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("what", choices=("classify", "similar", "rank"))
    parser.add_argument("--data", type=Path, help="a JSONL file with id, title, text, labels, group")
    parser.add_argument(
        "--splits", type=int, default=SPLITS, help="how many seeded splits (default %(default)s)"
    )
    parser.add_argument("--profiles", type=Path, help="rank: a JSONL file of profiles")
    parser.add_argument(
        "--queries", type=Path, help="rank: a JSONL file of what is asked; its ids are those of profiles"
    )
    arguments = parser.parse_args()
    if arguments.what == "rank" and arguments.profiles and arguments.queries:
        bench_rank([given(arguments.profiles, arguments.queries)])
        return 0
    if arguments.data is None:
        parser.error("--data is missing")
    texts = read(arguments.data)
    if arguments.what == "classify":
        bench_classify(texts, arguments.splits)
    elif arguments.what == "similar":
        bench_similar(texts)
    else:
        bench_rank(list(held_back(texts, arguments.splits)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
