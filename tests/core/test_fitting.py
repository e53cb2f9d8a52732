"""Whom a case fits: every part in words, conflicts that stop, and an order that nobody's place in the directory decides."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core import conflicts, fitting
from meyasubako.core.absences import Absence
from meyasubako.core.fitting import Part, Person, Wanted, Weights
from meyasubako.core.vocabulary import MeetingWay

TODAY = date(2026, 7, 3)
LINE = (("industry", "産業のDX"), ("industry-data", "ICT/データ活用"))
WANTED = Wanted((LINE,), "training", "人材育成", "津市", "津市", MeetingWay.VISIT, TODAY)
NOBODY = Person(frozenset(), frozenset(), frozenset(), frozenset(), frozenset(), None, ())


def said(part: Part, **of_person: Any) -> tuple[float, str]:
    found = fitting.fit(WANTED, replace(NOBODY, **of_person), Weights())
    (one,) = (each for each in found.said if each.part is part)
    return round(one.value, 2), one.words


@pytest.mark.parametrize(
    ("part", "person", "value", "words"),
    [
        (Part.TOPIC, {"topics": frozenset({"industry-data"})}, 1, "分野「ICT/データ活用」が合います"),
        (Part.TOPIC, {"tops": frozenset({"industry"})}, 0.4, "「産業のDX」の中の近い分野です"),
        (Part.TOPIC, {}, 0, ""),
        (Part.TEXT, {"text": 0.5, "words": ("日報",)}, 0.5, "「日報」の言葉が、紹介や前の助言にあります"),
        (Part.PURPOSE, {"purposes": frozenset({"training"})}, 1, "「人材育成」を引き受けています"),
        (Part.PURPOSE, {"purposes": frozenset({"other"})}, 0, "「人材育成」は引き受けていません"),
        (Part.AREA, {"areas": frozenset({"津市"})}, 1, "津市に行けます"),
        (Part.AREA, {"areas": frozenset({"伊勢市"})}, 0, "津市には行けません"),
        (Part.WAY, {"ways": frozenset({"visit"})}, 1, "希望の方法（訪問）に応じられます"),
        (Part.WAY, {"ways": frozenset({"online"})}, 0, "希望の方法（訪問）には応じていません"),
        (Part.CAPACITY, {"capacity": 4, "taken": 1}, 0.75, "今月あと3件受けられます"),
        (Part.CAPACITY, {"capacity": 1, "taken": 1}, 0, "今月はもう空きがありません（月1件まで）"),
        (
            Part.CAPACITY,
            {"absences": (Absence(TODAY, TODAY + timedelta(days=7)),)},
            0,
            "7月10日（金）まで受けられません",
        ),
        (
            Part.RESULTS,
            {"helped": 2, "rated": 2},
            0.88,
            "「人材育成」の相談2件のうち2件で、役に立ったと答えがありました",
        ),
        (Part.TURNS, {"asked_on": TODAY - timedelta(days=9)}, 0.1, "9日前に打診したばかりです"),
        (Part.TURNS, {}, 1, "まだ打診したことがありません"),
    ],
)
def test_each_part_is_said_in_words(part: Part, person: dict[str, Any], value: float, words: str) -> None:
    assert said(part, **person) == (value, words)


PEOPLE = st.builds(
    Person,
    topics=st.sampled_from([frozenset[str](), frozenset({"industry-data"})]),
    tops=st.sampled_from([frozenset[str](), frozenset({"industry"})]),
    purposes=st.sampled_from([frozenset[str](), frozenset({"training"}), frozenset({"other"})]),
    areas=st.sampled_from([frozenset[str](), frozenset({"津市"})]),
    ways=st.sampled_from([frozenset[str](), frozenset({"visit"})]),
    capacity=st.sampled_from([None, 0, 2]),
    absences=st.just(()),
    text=st.floats(0, 1),
    taken=st.integers(0, 5),
    helped=st.integers(0, 3),
    rated=st.integers(3, 6),
    asked_on=st.sampled_from([None, TODAY, TODAY - timedelta(days=40)]),
)
WEIGHTS = st.builds(Weights, *[st.integers(0, 10)] * 8)


@given(PEOPLE, WEIGHTS)
def test_a_score_is_between_0_and_100_and_the_sum_of_its_parts(person: Person, weights: Weights) -> None:
    found = fitting.fit(WANTED, person, weights)
    assert 0 <= found.points <= 100
    assert all(0 <= each.value <= 1 for each in found.said)
    assert [each.part for each in found.said] == list(Part)


@given(PEOPLE, WEIGHTS)
def test_whoever_was_not_asked_for_longer_is_never_behind(person: Person, weights: Weights) -> None:
    rested = replace(person, asked_on=None)
    assert fitting.fit(WANTED, rested, weights).points >= fitting.fit(WANTED, person, weights).points


def test_weights_that_are_tried_stay_within_bounds() -> None:
    tried = fitting.read_weights({"topic": 99, "text": 0, "nothing": 3, "way": None}, Weights())
    assert tried == replace(Weights(), topic=10, text=0)


def stops(**more: Any) -> tuple[str, ...]:
    given: dict[str, Any] = {
        "name": "サンプルクラウド株式会社",
        "avoids": (),
        "sells": "",
        "sold": (),
        "wanted": (LINE,),
        "requesters": ("サンプル製作所", "見本太郎"),
    }
    return conflicts.stops(**{**given, **more})


def test_conflicts_are_found_however_they_are_written() -> None:
    assert stops() == ()
    assert stops(avoids=("（株）サンプル 製作所", "ほかの人")) == (
        "「（株）サンプル 製作所」は、会わせない相手として名簿に書かれています。",
    )
    assert stops(requesters=("㈱サンプルクラウド", "")) == ("相談した本人（または同じ会社・団体）です。",)
    assert stops(sold=("industry",), sells="日報アプリ") == (
        "「ICT/データ活用」に関わるもの（日報アプリ）を売っています。自分の商品を勧めることになります。",
    )
    assert stops(sold=("life",), avoids=("株式会社",), requesters=("", "")) == ()
