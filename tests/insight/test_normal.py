"""Texts people read as the same come out the same, and every part of a text is found in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.insight.normal import align, normalise

ALPHABET = "防災かがｶﾞﾊﾟー-－−〜~ 　\n\tAaＡéé①㍿髙高葛\U000e0100゙゛\u200b。、「」\"'\\\x00😀👨‍👩‍👧\ue000ß"
TEXTS = st.text(st.sampled_from(ALPHABET) | st.characters(), max_size=40)


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("ＤＸ 推進", "dx推進"),
        ("ｶﾞｲﾄﾞ", "ガイド"),
        ("山田　太郎", "山田太郎"),
        ("防\n災", "防災"),
        ("Open  Data", "open data"),
        ("4月〜6月", "4月~6月"),
        ("059－000‐0000", "059-000-0000"),
        ("髙橋", "高橋"),
        ("葛\U000e0100城市", "葛城市"),
        ("か\u3099", "が"),
        ("  両端  ", "両端"),
    ],
)
def test_the_same_text_is_the_same_however_it_is_written(typed: str, compared: str) -> None:
    assert normalise(typed) == compared


@given(TEXTS)
def test_knowing_where_a_character_came_from_changes_nothing(text: str) -> None:
    aligned = align(text)
    assert aligned.text == normalise(text)
    assert len(aligned.starts) == len(aligned.ends) == len(aligned.text)
    assert all(start < end for start, end in zip(aligned.starts, aligned.ends, strict=True))


@given(TEXTS, st.data())
def test_every_part_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    """Of a letter made of several symbols, the whole letter."""
    aligned = align(text)
    bounds = sorted({0, len(text), *aligned.starts, *aligned.ends})
    start = data.draw(st.sampled_from(bounds))
    end = data.draw(st.sampled_from([bound for bound in bounds if bound >= start]))
    assert normalise(text[start:end]) in aligned.text
