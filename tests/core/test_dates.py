"""Japanese time: months, fiscal years, eras and office days as offices count them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core import calendar, dates

days = st.dates(date(1930, 1, 1), date(2100, 12, 31))


def test_an_instant_belongs_to_the_japanese_month() -> None:
    assert dates.month_of(datetime(2022, 3, 31, 14, 59, 59, tzinfo=UTC)) == 202203
    assert dates.month_of(datetime(2022, 3, 31, 15, tzinfo=UTC)) == 202204


@pytest.mark.parametrize(
    ("written", "is_day"),
    [
        ("2026-07-03", True),
        ("2026-02-30", False),
        ("20260703", False),
        ("2026-W27-5", False),
        ("きのう", False),
    ],
)
def test_what_a_date_field_can_hold(written: str, is_day: bool) -> None:
    assert dates.is_day(written) is is_day


@given(days)
def test_a_day_holds_its_own_instants(day: date) -> None:
    assert dates.japan_day(dates.start_of_day(day)) == dates.japan_day(dates.end_of_day(day)) == day


@pytest.mark.parametrize(
    ("month", "year", "text"),
    [
        (202203, 2021, "令和3年度"),
        (202204, 2022, "令和4年度"),
        (201904, 2019, "令和元年度"),
        (201803, 2017, "平成29年度"),
    ],
)
def test_fiscal_years_run_from_april(month: int, year: int, text: str) -> None:
    assert dates.fiscal_year(month) == year
    assert dates.fiscal_year_text(year) == text
    first, last = dates.fiscal_year_months(year)
    assert first <= month <= last
    assert len(list(dates.months_between(first, last))) == 12


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 7, 10), "令和8年7月10日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
    ],
)
def test_eras(day: date, text: str) -> None:
    assert dates.wareki(day) == text


def test_a_month_in_which_an_era_begins_is_written_in_the_new_one() -> None:
    assert dates.wareki_month(201904) == "平成31年4月"
    assert dates.wareki_month(201905) == "令和元年5月"


def test_a_day_with_its_weekday() -> None:
    assert dates.day_text(date(2026, 7, 10)) == "7月10日（金）"
    assert dates.instant_text(datetime(2026, 7, 3, 1, 12, tzinfo=UTC)) == "令和8年7月3日 10時12分"


@given(days, st.integers(-400, 400))
def test_steps_of_months_go_back_the_way_they_came(day: date, step: int) -> None:
    month = dates.month_of_day(day)
    assert dates.next_month(dates.next_month(month, step), -step) == month
    assert dates.parse_month(dates.month_text(month)) == month


@pytest.mark.parametrize(
    "typed", ["", "2022", "2022-5", "2022-13", "2022-00", "22-05", "２０２２-05", "2022-05-01", "-1-01"]
)
def test_what_is_not_a_month_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        dates.parse_month(typed)


@pytest.mark.parametrize(
    ("typed", "month"),
    [
        ("2026-06", 202606),
        ("２０２６－０６", 202606),
        ("2026/6", 202606),
        (" 2026年6月 ", 202606),
        ("令和8年6月", 202606),
        ("令和 ８年 ６月", 202606),
        ("令和元年5月", 201905),
        ("平成31年4月", 201904),
    ],
)
def test_a_month_is_read_as_people_type_it(typed: str, month: int) -> None:
    assert dates.read_month(typed) == month


@given(days)
def test_a_month_that_was_printed_is_read_again(day: date) -> None:
    month = dates.month_of_day(day)
    assert dates.read_month(dates.wareki_month(month)) == dates.read_month(dates.month_text(month)) == month


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "2026",
        "2026-13",
        "26-06",
        "8年6月",
        "令和8年",
        "令和0年6月",
        "令和元年4月",
        "平成32年1月",
        "元年5月",
        "6月",
    ],
)
def test_what_is_no_month_however_it_is_typed_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        dates.read_month(typed)


TODAY = date(2026, 7, 3)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-07-03", date(2026, 7, 3)),
        ("2026/7/3", date(2026, 7, 3)),
        ("2026.7.3", date(2026, 7, 3)),
        ("20260703", date(2026, 7, 3)),
        ("2026年7月3日", date(2026, 7, 3)),
        ("7/3", date(2026, 7, 3)),
        ("7月3日（金）", date(2026, 7, 3)),
        ("7月3日（金曜日）", date(2026, 7, 3)),
        ("令和8年7月3日", date(2026, 7, 3)),
        ("㋿8年7月3日", date(2026, 7, 3)),
        ("令8.7.3", date(2026, 7, 3)),
        ("R8.7.3", date(2026, 7, 3)),
        ("r8/07/03", date(2026, 7, 3)),
        ("Ｒ８．７．３", date(2026, 7, 3)),
        ("２０２６ー０７－０３", date(2026, 7, 3)),
        (" 令和 8年 7月 3日 ", date(2026, 7, 3)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("H31.4.30", date(2019, 4, 30)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("1/5", date(2026, 1, 5)),
        ("12/30", date(2026, 12, 30)),
        ("2028-02-29", date(2028, 2, 29)),
    ],
)
def test_a_day_is_read_as_people_type_it(typed: str, day: date) -> None:
    assert dates.read_day(typed, today=TODAY) == day


@pytest.mark.parametrize(
    ("typed", "today", "day"),
    [
        ("12/28", date(2026, 1, 5), date(2025, 12, 28)),
        ("1/5", date(2025, 12, 28), date(2026, 1, 5)),
        # A slip of the pen must not land in another year: this is to come, and will be refused.
        ("7/30", date(2026, 7, 3), date(2026, 7, 30)),
        ("2/29", date(2025, 3, 3), date(2024, 2, 29)),
    ],
)
def test_a_day_without_its_year_is_the_nearest(typed: str, today: date, day: date) -> None:
    assert dates.read_day(typed, today=today) == day


@given(day=days, today=days)
def test_a_day_that_was_printed_is_read_again(day: date, today: date) -> None:
    for printed in (day.isoformat(), dates.wareki(day), f"{day:%Y%m%d}"):
        assert dates.read_day(printed, today=today) == day
    assert dates.read_day(dates.day_text(day), today=day) == day


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "きのう",
        "8.7.3",
        "26-07-03",
        "7/32",
        "13/1",
        "2026-02-29",
        "2/29",
        "2026-7",
        "7月",
        "元年7月3日",
        "令和0年7月3日",
        "令和元年4月30日",
        "平成32年1月1日",
        "昭和1年12月24日",
        "0000-01-01",
        "令和9999年1月1日",
        "7月3日（木）",
        "X8.7.3",
        "2026-07-03-04",
        "99999999",
    ],
)
def test_what_is_no_day_however_it_is_typed_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        dates.read_day(typed, today=TODAY)


@given(st.text(st.characters(), max_size=20))
def test_whatever_is_typed_is_a_day_or_refused(typed: str) -> None:
    try:
        read = dates.read_day(typed, today=TODAY)
    except ValueError:
        return
    assert date(1, 1, 1) <= read <= date(9999, 12, 31)


def _open(_: date) -> bool:
    return False


@pytest.mark.parametrize(
    ("first", "count", "due"),
    [
        # Nagano's six office days count the day of receipt.
        (date(2026, 7, 3), 6, date(2026, 7, 10)),
        # Golden Week of 令和8年: 4/29, 5/3–5/6 are holidays.
        (date(2026, 4, 28), 6, date(2026, 5, 11)),
        # The turn of the year: 12/29–1/3 and the weekend.
        (date(2025, 12, 26), 3, date(2026, 1, 6)),
        # Received on a Saturday: Monday is the first office day.
        (date(2026, 7, 4), 1, date(2026, 7, 6)),
    ],
)
def test_office_days(first: date, count: int, due: date) -> None:
    assert calendar.office_day_after(first, count, _open) == due


def test_a_desks_own_closed_day_is_no_office_day() -> None:
    assert calendar.office_day_after(date(2026, 7, 3), 2, lambda day: day == date(2026, 7, 6)) == date(
        2026, 7, 7
    )
