"""How well somebody listed fits a case: a score taken apart in words. Nothing here depends on the order of the directory.

Each part is between 0 and 1; a desk says how much each weighs. Who has not been asked for a while comes before equals, so
that the same few are not always asked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import mul
from typing import Final, NamedTuple

from meyasubako.core.absences import Absence
from meyasubako.core.dates import day_text
from meyasubako.core.vocabulary import MeetingWay

HEAVIEST: Final = 10
NEAR: Final = 0.4
NOT_SAID: Final = 0.5
"""Of what somebody's entry does not say."""
RESTS_AFTER: Final = 90
"""Days after which it makes no difference any more that somebody was asked."""
BELIEF: Final = 3
"""So many cases of everybody count with somebody's own, so that one bad or good case decides nothing."""
USUAL: Final = 0.8


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts how much when somebody is looked for, from 0 (nothing) to HEAVIEST."""

    topic: int = 5
    text: int = 3
    purpose: int = 2
    area: int = 2
    way: int = 2
    capacity: int = 3
    results: int = 2
    turns: int = 2

    @property
    def in_order(self) -> tuple[int, ...]:
        """The weights in the order of the parts."""
        return (
            self.topic,
            self.text,
            self.purpose,
            self.area,
            self.way,
            self.capacity,
            self.results,
            self.turns,
        )


USUAL_WEIGHTS: Final = Weights()


class Part(StrEnum):
    """What a score is made of."""

    TOPIC = "topic"
    TEXT = "text"
    PURPOSE = "purpose"
    AREA = "area"
    WAY = "way"
    CAPACITY = "capacity"
    RESULTS = "results"
    TURNS = "turns"


LABELS: Final[Mapping[Part, str]] = {
    Part.TOPIC: "分野",
    Part.TEXT: "文章の言葉",
    Part.PURPOSE: "引き受けること",
    Part.AREA: "地域",
    Part.WAY: "方法",
    Part.CAPACITY: "空き",
    Part.RESULTS: "これまでの結果",
    Part.TURNS: "順番",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A case, as far as it decides who fits. `topics` are lines of codes and labels from the top of the tree down."""

    topics: tuple[tuple[tuple[str, str], ...], ...]
    purpose: str
    purpose_label: str
    municipality: str
    municipality_label: str
    way: MeetingWay | None
    today: date


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody listed. `tops` are the tops of their topics; `taken` counts this month's acceptances and open offers.

    `text` is how well their words fit, the best of all being 1; `helped` of `rated` earlier cases of this kind.
    """

    topics: frozenset[str]
    tops: frozenset[str]
    purposes: frozenset[str]
    areas: frozenset[str]
    ways: frozenset[str]
    capacity: int | None
    absences: tuple[Absence, ...]
    text: float = 0.0
    words: tuple[str, ...] = ()
    taken: int = 0
    helped: int = 0
    rated: int = 0
    asked_on: date | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One part of a score: how good it is, and in words ("" where there is nothing to say)."""

    part: Part
    value: float
    words: str = ""

    @property
    def label(self) -> str:
        """What the part is called."""
        return LABELS[self.part]

    @property
    def percent(self) -> int:
        """The part as a whole number of hundred."""
        return int(self.value * 100 + 0.5)


class Fit(NamedTuple):
    """How well somebody fits: from 0 to 100. `is_free`: they can take a case now. Why is told when somebody asks."""

    points: int
    is_free: bool
    is_of_topic: bool
    wanted: Wanted
    person: Person
    values: tuple[float, ...]

    @property
    def said(self) -> tuple[Said, ...]:
        """What the score is made of, part by part, in words."""
        return tuple(
            Said(part, value, WORDS[part](self.wanted, self.person, value))
            for part, value in zip(Part, self.values, strict=True)
        )


def fit(wanted: Wanted, person: Person, weights: Weights, usual: float = USUAL) -> Fit:
    """The score of one person; `usual` is the share of cases in which anybody helped."""
    room, is_free = _room(wanted, person)
    values = (
        _topic(wanted, person),
        person.text,
        NOT_SAID if not wanted.purpose or not person.purposes else float(wanted.purpose in person.purposes),
        _area(wanted, person),
        NOT_SAID if wanted.way is None or not person.ways else float(wanted.way.value in person.ways),
        room,
        (person.helped + BELIEF * usual) / (person.rated + BELIEF),
        1.0 if person.asked_on is None else min(_days_since(wanted, person.asked_on) / RESTS_AFTER, 1.0),
    )
    heavy, whole = _heavy(weights)
    points = int(100 * _sum_of_products(heavy, values) / whole + 0.5) if whole else 0
    return Fit(points, is_free, bool(wanted.topics) and values[0] > 0, wanted, person, values)


@lru_cache(maxsize=64)
def _heavy(weights: Weights) -> tuple[tuple[int, ...], int]:
    """The weights in the order of the parts, and their sum."""
    return weights.in_order, sum(weights.in_order)


def _sum_of_products(heavy: Sequence[int], values: Sequence[float]) -> float:
    """The sum of the products, always added in the same order."""
    return sum(map(mul, heavy, values))


def read_weights(given: Mapping[str, int | None], otherwise: Weights) -> Weights:
    """Weights somebody tries, within bounds; what is not given stays."""
    kept = {each.name: getattr(otherwise, each.name) for each in fields(Weights)}
    tried = {name: min(max(number, 0), HEAVIEST) for name, number in given.items() if number is not None}
    return Weights(**{**kept, **{name: number for name, number in tried.items() if name in kept}})


def _topic(wanted: Wanted, person: Person) -> float:
    if not wanted.topics:
        return NOT_SAID
    found = 0.0
    for line in wanted.topics:
        if line[-1][0] in person.topics:
            found += 1
        elif line[0][0] in person.tops:
            found += NEAR
    return found / len(wanted.topics)


def _area(wanted: Wanted, person: Person) -> float:
    if wanted.way not in {MeetingWay.VISIT, None} or not wanted.municipality:
        return NOT_SAID
    return float(not person.areas or wanted.municipality in person.areas)


def _room(wanted: Wanted, person: Person) -> tuple[float, bool]:
    """How much room there is, and whether there is any."""
    if _away(wanted, person) is not None:
        return 0.0, False
    if person.capacity is None:
        return 1 / (1 + person.taken), True
    free = max(person.capacity - person.taken, 0)
    return (free / person.capacity, True) if free else (0.0, False)


def _away(wanted: Wanted, person: Person) -> Absence | None:
    return next((each for each in person.absences if each.has(wanted.today)), None)


def _days_since(wanted: Wanted, day: date) -> int:
    return max((wanted.today - day).days, 0)


def _of_topic(wanted: Wanted, person: Person, _: float) -> str:
    same = [line[-1][1] for line in wanted.topics if line[-1][0] in person.topics]
    if same:
        return f"分野「{_joined(same)}」が合います"
    near = [line[0][1] for line in wanted.topics if line[0][0] in person.tops]
    return f"「{_joined(near)}」の中の近い分野です" if near else ""


def _of_text(_: Wanted, person: Person, value: float) -> str:
    return f"「{_joined(person.words)}」の言葉が、紹介や前の助言にあります" if value and person.words else ""


def _of_purpose(wanted: Wanted, person: Person, value: float) -> str:
    if not wanted.purpose or not person.purposes:
        return ""
    return f"「{wanted.purpose_label}」{'を引き受けています' if value else 'は引き受けていません'}"


def _of_area(wanted: Wanted, person: Person, value: float) -> str:
    if value == NOT_SAID or not person.areas:
        return ""
    return f"{wanted.municipality_label}{'に行けます' if value else 'には行けません'}"


def _of_way(wanted: Wanted, person: Person, value: float) -> str:
    if wanted.way is None or not person.ways:
        return ""
    return f"希望の方法（{wanted.way.label}）に{'応じられます' if value else 'は応じていません'}"


def _of_room(wanted: Wanted, person: Person, _: float) -> str:
    away = _away(wanted, person)
    if away is not None:
        return f"{day_text(away.last)}まで受けられません"
    if person.capacity is None:
        return f"今月は{person.taken}件を引き受けるか、返事待ちです" if person.taken else ""
    free = max(person.capacity - person.taken, 0)
    return (
        f"今月あと{free}件受けられます"
        if free
        else f"今月はもう空きがありません（月{person.capacity}件まで）"
    )


def _of_results(wanted: Wanted, person: Person, _: float) -> str:
    if not person.rated:
        return ""
    kind = f"「{wanted.purpose_label}」の" if wanted.purpose_label else ""
    return f"{kind}相談{person.rated}件のうち{person.helped}件で、役に立ったと答えがありました"


def _of_turns(wanted: Wanted, person: Person, _: float) -> str:
    if person.asked_on is None:
        return "まだ打診したことがありません"
    days = _days_since(wanted, person.asked_on)
    ago = f"{days}日前に" if days else "きょう"
    return f"{ago}打診したばかりです" if days < RESTS_AFTER / 3 else ""


def _joined(words: Sequence[str]) -> str:
    return "」「".join(dict.fromkeys(words))


WORDS: Final[Mapping[Part, Callable[[Wanted, Person, float], str]]] = {
    Part.TOPIC: _of_topic,
    Part.TEXT: _of_text,
    Part.PURPOSE: _of_purpose,
    Part.AREA: _of_area,
    Part.WAY: _of_way,
    Part.CAPACITY: _of_room,
    Part.RESULTS: _of_results,
    Part.TURNS: _of_turns,
}
"""How each part is put into words: of the case, the person and the value."""
