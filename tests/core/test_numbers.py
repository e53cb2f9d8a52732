"""Only plain digits, few enough for both engines, are a number."""

import pytest

from meyasubako.core.numbers import things, whole, whole_ones


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("7", 7), ("007", 7), ("999999999", 999_999_999), ("", None), ("1000000000", None), ("-1", None)]
    + [(each, None) for each in ("７", "²", "1.0", " 1", "1_000", "٣", "一")],
)
def test_a_number_is_plain_digits_and_not_too_many(typed: str, meant: int | None) -> None:
    assert whole(typed) == meant


def test_numbers_among_texts_keep_their_order_and_come_once() -> None:
    assert whole_ones(["3", "x", "1", "3", "1234"], digits=3) == [3, 1]


def test_things_are_counted_as_they_are_said() -> None:
    assert [things(count) for count in (1, 9, 10, 1200)] == ["1つ", "9つ", "10個", "1,200個"]
