"""Office days against the Cabinet Office's list of holidays (syukujitsu.csv, as published for 2019–2027)."""

import csv
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core.calendar import (
    continued,
    is_office_day,
    office_day_after,
    office_days_in,
    office_days_until,
)

FIRST, LAST = date(2019, 1, 1), date(2027, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def _listed() -> dict[date, str]:
    with (Path(__file__).parent / "syukujitsu.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {date(*map(int, day.split("/"))): name for day, name in rows}


HOLIDAYS = _listed()


def _open(_: date) -> bool:
    return False


def test_office_days_are_those_of_the_cabinet_offices_list() -> None:
    def by_list(day: date) -> bool:
        at_the_turn = (day.month, day.day) in {(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}
        return day.weekday() < 5 and day not in HOLIDAYS and not at_the_turn

    assert [day for day in DAYS if is_office_day(day, _open) is not by_list(day)] == []


def test_the_list_keeps_the_law_of_holidays() -> None:
    """国民の祝日に関する法律 3条: a day off for a holiday on a Sunday, and for a day between two holidays."""
    named = {day for day, name in HOLIDAYS.items() if not name.startswith("休日")}
    # The days of the accession of 2019 were made holidays by a law of their own.
    holidays = named | {day for day, name in HOLIDAYS.items() if name == "休日（祝日扱い）"}
    expected: dict[date, str] = {}
    for day in sorted(holidays):
        if day.weekday() == 6:
            instead = day + timedelta(days=1)
            while instead in holidays:
                instead += timedelta(days=1)
            expected[instead] = "振替"
        between = day + timedelta(days=1)
        if between not in holidays and between + timedelta(days=1) in holidays and between.weekday() != 6:
            expected.setdefault(between, "国民の休日")
    assert set(HOLIDAYS) - holidays == set(expected)
    assert [day for day, why in expected.items() if why == "国民の休日"] == [
        date(2019, 4, 30),
        date(2019, 5, 2),
        date(2026, 9, 22),
    ]


def test_the_list_is_whole() -> None:
    assert Counter(day.year for day in HOLIDAYS) == {
        2019: 22,
        2020: 18,
        2021: 17,
        2022: 16,
        2023: 17,
        2024: 21,
        2025: 19,
        2026: 18,
        2027: 17,
    }


@given(st.sampled_from(DAYS), st.integers(1, 40), st.sets(st.sampled_from(DAYS), max_size=20))
def test_counting_forward_and_back_agree(first: date, count: int, closed: set[date]) -> None:
    due = office_day_after(first, count, closed.__contains__)
    assert is_office_day(due, closed.__contains__)
    assert office_days_in(first, due, closed.__contains__) == count
    assert office_days_until(first, due, closed.__contains__) == count - is_office_day(
        first, closed.__contains__
    )
    assert office_days_in(due, first - timedelta(days=1), closed.__contains__) == 0


_PAUSES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 25)), max_size=6)


@given(
    st.sampled_from(DAYS[:-800]),
    st.integers(1, 20),
    st.sets(st.sampled_from(DAYS), max_size=20),
    _PAUSES,
)
def test_pauses_leave_the_days_a_plain_count_leaves(
    received: date, promised: int, closed: set[date], pauses: list[tuple[int, int]]
) -> None:
    is_closed = closed.__contains__
    due, today = office_day_after(received, promised, is_closed), received
    waiting: set[date] = set()
    for worked, waited in pauses:
        today += timedelta(days=worked)
        asked, answered = today, today + timedelta(days=waited)
        if asked > due:
            # What is late is late: asking back does not mend it.
            assert continued(due, office_days_in(asked, due, is_closed), answered, is_closed) == due
            break
        due = continued(due, office_days_in(asked, due, is_closed), answered, is_closed)
        # A day counts unless the desk waits for the requester when it ends.
        waiting |= {asked + timedelta(days=n) for n in range(waited)}
        today = answered

    day, counted = received, 0
    while True:
        counted += is_office_day(day, is_closed) and day not in waiting
        if counted == promised:
            break
        day += timedelta(days=1)
    assert due == day
