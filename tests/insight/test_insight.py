"""Learning, nearness and ranking: what is taken back leaves nothing, and no order matters."""

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.insight import classify, terms
from meyasubako.insight.rank import Directory
from meyasubako.insight.similar import Texts

LABELS = ("防災", "教育", "観光")
HINTS = {label: terms.weights(terms.terms(label, "")) for label in LABELS}
WORDS = ("避難所", "学校", "旅館", "地図", "~避難", "~学校", "予約", "タブレット")

counted = st.dictionaries(st.sampled_from(WORDS), st.integers(1, 9), min_size=1)
confirmed = st.lists(st.tuples(st.sets(st.sampled_from(LABELS), min_size=1), counted), max_size=8)


def learn(lessons: list[tuple[set[str], dict[str, int]]]) -> Counter[tuple[str, str]]:
    learned: Counter[tuple[str, str]] = Counter()
    for labels, each in lessons:
        learned.update(classify.lesson(labels, terms.weights(each)))
    return learned


@settings(max_examples=50)
@given(confirmed, confirmed, counted)
def test_what_is_unlearned_was_never_learned(
    kept: list[tuple[set[str], dict[str, int]]],
    undone: list[tuple[set[str], dict[str, int]]],
    asked: dict[str, int],
) -> None:
    before, learned = learn(kept), learn([*kept, *undone])
    for labels, each in undone:
        learned.subtract(classify.lesson(labels, terms.weights(each)))
    assert +learned == +before
    assert classify.opinions(asked, LABELS, learned, HINTS) == classify.opinions(asked, LABELS, before, HINTS)


@settings(max_examples=50)
@given(confirmed, counted, st.randoms())
def test_the_order_of_learning_does_not_matter(
    lessons: list[tuple[set[str], dict[str, int]]], asked: dict[str, int], chance: Random
) -> None:
    shuffled = list(lessons)
    chance.shuffle(shuffled)
    found = classify.opinions(asked, LABELS, learn(lessons), HINTS)
    assert found == classify.opinions(asked, LABELS, learn(shuffled), HINTS)
    assert abs(sum(each.probability for each in found) - 1) < 1e-9


def test_descriptions_speak_before_anything_was_learned() -> None:
    found = classify.opinions(terms.terms("", "観光地の旅館の予約"), LABELS, {}, HINTS)
    assert (found[0].label, found[0].words) == ("観光", ("観光",))


def test_a_correction_is_learned_at_once_with_the_words_that_spoke() -> None:
    asked = terms.terms("", "タブレットで図面を見たい")
    learned = learn([({"観光"}, dict(asked))])
    found = classify.opinions(asked, LABELS, learned, HINTS)
    assert found[0].label == "観光"
    assert set(found[0].words) == {"タブレット", "図面"}


def test_probabilities_follow_how_right_they_were() -> None:
    boasted = [({"防災": 0.9, "教育": 0.1}, "防災" if number % 2 else "教育") for number in range(60)]
    modest = [({"防災": 0.6, "教育": 0.4}, "防災") for _ in range(60)]
    assert classify.sharpness([]) == 1
    assert classify.sharpness(boasted) < 0.5
    assert classify.sharpness(modest) > 2
    assert classify.tempered({"防災": 0.9, "教育": 0.1}, 1) == {"防災": 0.9, "教育": 0.1}


@settings(max_examples=50)
@given(st.dictionaries(st.integers(1, 99), counted, max_size=8), counted, st.randoms())
def test_the_order_of_a_list_does_not_matter(
    listed: dict[int, dict[str, int]], asked: dict[str, int], chance: Random
) -> None:
    shuffled = list(listed.items())
    chance.shuffle(shuffled)
    assert Directory(dict(shuffled)).rank(asked) == Directory(listed).rank(asked)
    assert Texts(dict(shuffled)).nearest(asked) == Texts(listed).nearest(asked)


def test_the_nearest_say_why() -> None:
    texts = {
        1: terms.terms("避難所の地図", "避難所の場所が分かる地図がほしい"),
        2: terms.terms("旅館の予約", "予約の電話が多い"),
        3: terms.terms("給食", "給食の献立を知りたい"),
    }
    (near, *_) = Texts(texts).nearest(terms.terms("避難所", "近くの避難所を地図で見たい"))
    assert near.id == 1
    assert set(near.words) >= {"避難", "地図"}
    assert Texts(texts).nearest(terms.terms("", "給食"), without=[3]) == ()
    assert Texts({}).nearest(terms.terms("", "給食")) == ()


def test_whom_a_text_fits_says_why() -> None:
    listed = {
        4: terms.together(
            [terms.terms("製造業", "現場のIT導入"), terms.terms("", "タブレットで図面を見る助言をした")]
        ),
        7: terms.terms("観光", "旅館の予約"),
    }
    first, second = Directory(listed).rank(terms.terms("", "現場でタブレットを使いたい"))
    assert (first.id, second.id, second.score) == (4, 7, 0)
    assert set(first.words) == {"現場", "タブレット"}
    assert Directory({}).rank(terms.terms("", "現場")) == ()


def test_signs_and_nothing_are_no_obstacle() -> None:
    found = terms.terms("", "Wi-Fi 😀 2026年 C++ \x00")
    assert terms.readable([(term, 1.0) for term in found], most=9)
    assert classify.opinions({}, LABELS, {}, HINTS)[0].probability > 0
    assert classify.opinions(found, (), {}, {}) == ()
