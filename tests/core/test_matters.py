"""Dividing a letter into its matters: nothing of the text is lost, doubled or cut through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core import matters
from meyasubako.core.matters import Span
from meyasubako.core.text import clean_text

LETTER = """\
拝啓　初夏の候、ますますご清栄のこととお喜び申し上げます。

一つ目は、夜の道の暗さです。「暗い。こわい。」と子どもが言います！　灯りをお願いします。

２．バスの便を増やしてください。

　もう一つ、https://www.example.jp/?q=1&page=2 を見ました？よい取組です。"""

# What letters hold, and what has broken programs that cut text: pairs, joined emoji, marks, private characters.
ENDS = ("。", "！？", "\r\n", "\n", "\r", "「", "」", "（", "\u3000", " ", "また、", "2.", "a?b", "え")
SYMBOLS = ("か\u3099", "葛\U000e0100", "👩\u200d🚒", "\ue000", "\x00", "\u200b")
PIECES = st.sampled_from(ENDS + SYMBOLS)
TEXTS = st.one_of(st.lists(PIECES, max_size=60).map("".join), st.text(st.characters(), max_size=120))


def parts(text: str, *begins: int) -> list[str]:
    return [span.of(text) for span in matters.divided(text, begins)]


def test_a_letter_is_read_sentence_by_sentence() -> None:
    assert [span.of(LETTER).strip() for span in matters.sentences(LETTER)] == [
        "拝啓　初夏の候、ますますご清栄のこととお喜び申し上げます。",
        "一つ目は、夜の道の暗さです。",
        "「暗い。こわい。」と子どもが言います！",
        "灯りをお願いします。",
        "２．バスの便を増やしてください。",
        "もう一つ、https://www.example.jp/?q=1&page=2 を見ました？",
        "よい取組です。",
    ]


def test_the_turn_to_another_matter_is_guessed_from_how_a_line_begins() -> None:
    assert matters.likely_begins(LETTER) == (5, 6)
    first, second, third = parts(LETTER, 6, 5)
    assert first.startswith("拝啓")
    assert (second, third[:5]) == ("２．バスの便を増やしてください。\n\n", "　もう一つ")


@pytest.mark.parametrize(
    "line",
    ["１．一つ目", "1. はじめに", "①最初に", "一、道について", "またぎきですが", "（1）道", "2.5キロ先"],
)
def test_what_begins_a_letter_or_merely_looks_alike_is_no_turn(line: str) -> None:
    assert matters.likely_begins(f"前置きです。\n{line}です。") == ()


@pytest.mark.parametrize(
    "line",
    ["２．道", "(2) 道", "② 道", "二、道", "また、道", "次に道", "最後に、道", "３つ目は道", "第二に道", "１０．道", "ところで道"],
)  # fmt: skip
def test_turns(line: str) -> None:
    assert matters.likely_begins(f"前置きです。\n{line}です。") == (2,)


def test_more_matters_than_a_letter_may_have_are_not_guessed() -> None:
    text = "\n".join(f"次に、{number}です。" for number in range(60))
    assert len(matters.likely_begins(text)) == matters.MOST - 1


@pytest.mark.parametrize("begins", [(1,), (0,), (8,), (-1,), tuple(range(2, 30))])
def test_what_is_no_further_sentence_begins_no_matter(begins: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r".*"):
        matters.divided(LETTER, begins)


def test_a_mark_stays_with_the_space_it_marks() -> None:
    assert matters.sentences("一。\u3000\u200b二。") == (Span(0, 4), Span(4, 6))


@given(TEXTS, st.data())
def test_whatever_is_divided_is_whole_again(typed: str, data: st.DataObject) -> None:
    text = clean_text(typed)
    whole = matters.sentences(text)
    assert "".join(span.of(text) for span in whole) == text
    if not whole:
        assert text == ""
        return
    assert matters.covers(text, whole[: matters.MOST]) == (len(whole) <= matters.MOST)
    further = (
        st.sets(st.integers(2, len(whole)), max_size=matters.MOST - 1) if len(whole) > 1 else st.just(set())
    )
    begins = data.draw(further)
    spans = matters.divided(text, begins)
    assert len(spans) == len(begins) + 1
    assert "".join(span.of(text) for span in spans) == text
    assert matters.covers(text, spans)
    assert set(matters.likely_begins(text)) <= set(range(2, len(whole) + 1))
    for span in spans:
        title = matters.title_of(span.of(text))
        assert 0 < len(title) <= matters.TITLE_LENGTH
        assert "\n" not in title
        # A mark stays with what it marks.
        assert not matters._clings(text[span.start]) or text[: span.start][-1:] in {"", "\n"}


@pytest.mark.parametrize(
    "spans",
    [
        [],
        [Span(0, 3)],
        [Span(1, 6)],
        [Span(0, 3), Span(2, 6)],
        [Span(0, 2), Span(3, 6)],
        [Span(3, 6), Span(0, 3)],
        [Span(0, 6), Span(6, 6)],
        [Span(0, 7)],
        [Span(0, 9), Span(9, 6)],
        [Span(0, 3), Span(3, 4), Span(4, 6)],
    ],
)
def test_gaps_overlaps_and_empty_parts_do_not_cover_a_text(spans: list[Span]) -> None:
    assert not matters.covers("一。\n\n二。", spans)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (LETTER, "夜の道の暗さです"),
        ("（２）また、2.5キロ先のことです。", "2.5キロ先のことです"),
        ("12.5キロ先のことです。", "12.5キロ先のことです"),
        ("２．バスの便を増やしてください。", "バスの便を増やしてください"),
        ("・駅前の灯り", "駅前の灯り"),
        ("拝啓", "拝啓"),
        ("。", "。"),
        ("１．", "１．"),
        ("道" * 60, "道" * 39 + "…"),
        ("か\u3099" * 30, "か\u3099" * 19 + "…"),
        ("", "（件名なし）"),
        ("\u200b" * 50 + "あ", "（件名なし）"),
    ],
)
def test_what_came_without_a_title_gets_one(text: str, title: str) -> None:
    assert matters.title_of(text) == title


def test_empty_lines_without_end_are_read_in_one_go() -> None:
    empty = "\n" * 100_000
    assert matters.sentences(f"{empty}道が暗いです。") == ((0, 100_007),)
    assert matters.title_of(f"{empty}道が暗いです。") == "道が暗いです"
