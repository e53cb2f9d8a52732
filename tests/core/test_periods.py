"""Spans of days as clerks type them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core.periods import read_period

TODAY = date(2026, 7, 3)


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("2026-04", date(2026, 4, 1), date(2026, 4, 30)),
        ("令和８年４月", date(2026, 4, 1), date(2026, 4, 30)),
        ("R8.4", date(2026, 4, 1), date(2026, 4, 30)),
        ("2026-04..2026-06", date(2026, 4, 1), date(2026, 6, 30)),
        ("令和8年4月から6月まで", date(2026, 4, 1), date(2026, 6, 30)),
        ("4月〜6月", date(2026, 4, 1), date(2026, 6, 30)),
        ("12月", date(2025, 12, 1), date(2025, 12, 31)),
        ("2026-04-01～", date(2026, 4, 1), None),
        ("..7/1", None, date(2026, 7, 1)),
        ("4月以降", date(2026, 4, 1), None),
        ("4月まで", None, date(2026, 4, 30)),
        ("令和8年度", date(2026, 4, 1), date(2027, 3, 31)),
        ("2025年", date(2025, 1, 1), date(2025, 12, 31)),
        ("7月3日", TODAY, TODAY),
        ("きょう", TODAY, TODAY),
        ("今週", date(2026, 6, 29), date(2026, 7, 5)),
        ("先月", date(2026, 6, 1), date(2026, 6, 30)),
        ("昨年度", date(2025, 4, 1), date(2026, 3, 31)),
    ],
)
def test_spans_are_read_as_they_are_typed(typed: str, first: date | None, last: date | None) -> None:
    assert read_period(typed, today=TODAY) == (first, last)


@pytest.mark.parametrize(
    "typed", ["", "..", "2026-13", "2026-02-31", "6月〜4月", "そのうち", "99999", "元", "昭和99年13月"]
)
def test_what_is_no_span_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        read_period(typed, today=TODAY)


@given(st.text(st.sampled_from("令和平成昭RHS元0123456789年月日度-/.~〜から まで以降今先週"), max_size=20))
def test_nothing_typed_breaks_the_reader(typed: str) -> None:
    try:
        first, last = read_period(typed, today=TODAY)
    except ValueError:
        return
    assert first is None or last is None or first <= last
