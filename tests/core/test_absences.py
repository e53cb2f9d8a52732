"""When somebody cannot be asked: read as people write it."""

from datetime import date

import pytest

from meyasubako.core import absences
from meyasubako.core.absences import Absence

TODAY = date(2026, 7, 3)


@pytest.mark.parametrize(
    "typed",
    [
        "2026-08-01〜2026-08-10",
        "8/1 ～ 8/10",
        "8月1日 から 8月10日 まで",
        "\n R8.8.1 – R8.8.10 ；",
    ],
)
def test_a_span_is_read_however_it_is_written(typed: str) -> None:
    assert absences.read(typed, today=TODAY) == (Absence(date(2026, 8, 1), date(2026, 8, 10)),)


@pytest.mark.parametrize(
    "typed", ["8/1〜8/5〜8/10", "8/10〜8/1", "夏", f"8/1{' ' * 50_000}8/10", "〜" * 50_000]
)
def test_what_is_no_span_is_refused_in_one_go(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^「"):
        absences.read(typed, today=TODAY)
