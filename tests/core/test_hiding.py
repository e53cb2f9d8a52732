"""Hidden numbers of published tables: whoever knows the rule and reads everything cannot work one out."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core.tabulation.hiding import hidden_rows, is_small

Seen = tuple[int | None, ...]
"""What is printed of a table: a number or None in each row."""


def seen(numbers: tuple[int, ...], smallest: int, parts: tuple[int, ...] = ()) -> Seen:
    hidden = hidden_rows({str(row): number for row, number in enumerate(numbers)}, smallest, parts)
    return tuple(None if str(row) in hidden else number for row, number in enumerate(numbers))


@pytest.mark.parametrize(
    ("numbers", "printed"),
    [
        ((19, 5, 10), (19, 5, 10)),
        ((9, 0, 7), (9, 0, 7)),
        ((0, 0, 0), (0, 0, 0)),
        ((9, 2, 1), (9, None, None)),
        ((9, 2, 0), (9, None, None)),
        # One alone would be the total less the others: the next larger one goes with it.
        ((9, 2, 7), (9, None, None)),
        ((9, 1, 1), (None, None, None)),
        ((50, 20, 1, 1, 6, 6), (50, 20, None, None, None, None)),
        ((2, 2, 2), (None, None, None)),
        ((5, -1, 1), (None, None, None)),
    ],
)
def test_small_numbers_are_hidden_with_what_would_tell_them(numbers: tuple[int, ...], printed: Seen) -> None:
    assert seen(numbers, 3) == printed


def test_of_a_year_in_one_row_nothing_is_printed_if_a_month_had_few() -> None:
    assert seen((12, 0, 0), 3, parts=(11, 1)) == (None, None, None)
    assert seen((12, 0, 0), 3, parts=(8, 4)) == (12, 0, 0)
    assert seen((9, 3, 0), 3, parts=(11, 1)) == (9, 3, 0)


@pytest.mark.parametrize(
    ("rows", "smallest", "most"), [(2, 3, 12), (2, 5, 14), (3, 3, 10), (3, 5, 12), (4, 3, 8)]
)
def test_every_hidden_number_has_several_values_that_print_the_same(
    rows: int, smallest: int, most: int
) -> None:
    """All tables there are, with totals: those that print the same leave every hidden cell open."""
    alike: dict[tuple[int, Seen], list[tuple[int, ...]]] = defaultdict(list)
    for numbers in product(range(most + 1), repeat=rows):
        if sum(numbers) <= most:
            alike[sum(numbers), seen(numbers, smallest)].append(numbers)
    for (_, printed), tables in alike.items():
        for row, number in enumerate(printed):
            if number is None:
                assert len({table[row] for table in tables}) >= 2, tables
            else:
                assert not is_small(number, smallest)


def histories(months: int, rows: int, most: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every year of so many months with at most so many things a month."""
    vectors = [each for each in product(range(most + 1), repeat=rows) if sum(each) <= most]
    yield from product(vectors, repeat=months)


@pytest.mark.parametrize("every", [1, 2])
def test_a_year_of_months_tells_no_more_than_its_months(every: int) -> None:
    """Everything on all pages of a year: totals of each month, tables of each span, sums where all parts are printed."""
    smallest, rows, months = 3, 3, 2
    alike: dict[tuple[Seen, tuple[Seen, ...]], list[tuple[tuple[int, ...], ...]]] = defaultdict(list)
    for history in histories(months, rows, 5):
        totals = tuple(map(sum, history))
        spans = [history[at : at + every] for at in range(0, months, every)]
        printed = tuple(
            seen(tuple(map(sum, zip(*span, strict=True))), smallest, tuple(map(sum, span))) for span in spans
        )
        alike[totals, printed].append(history)
    for (totals, printed), years in alike.items():
        for number, span in enumerate(printed):
            for row in range(rows):
                of_span = {
                    sum(year[month][row] for month in range(number * every, (number + 1) * every))
                    for year in years
                }
                assert span[row] is not None or len(of_span) >= 2
        # Nor does a longer span tell a small number of one of its months.
        for month, row in product(range(months), range(rows)):
            of_month = {year[month][row] for year in years}
            assert len(of_month) >= 2 or not is_small(of_month.pop(), smallest), (totals, printed)


@pytest.mark.parametrize(("rows", "smallest", "most"), [(2, 3, 7), (3, 3, 5)])
def test_corrections_of_a_closed_month_tell_nothing_either(rows: int, smallest: int, most: int) -> None:
    """What comes later may be less than nothing, as long as nothing is left that never came: that is known, too."""
    standing = [each for each in product(range(most + 1), repeat=rows) if sum(each) <= most]
    alike: dict[tuple[int, int, Seen, Seen], list[tuple[tuple[int, ...], ...]]] = defaultdict(list)
    for first, then in product(standing, repeat=2):
        second = tuple(now - before for now, before in zip(then, first, strict=True))
        printed = (sum(first), sum(second), seen(first, smallest), seen(second, smallest))
        alike[printed].append((first, second))
    for (came, went, *printed), years in alike.items():
        if came + went:
            for month, row in product((0, 1), range(rows)):
                assert printed[month][row] is not None or len({year[month][row] for year in years}) >= 2


@given(
    st.lists(st.integers(-4, 60), min_size=2, max_size=9),
    st.integers(3, 12),
    st.lists(st.integers(0, 40), max_size=12),
)
def test_what_is_hidden_depends_on_the_numbers_and_not_on_their_rows(
    numbers: list[int], smallest: int, parts: list[int]
) -> None:
    """The argument behind the rule: two different hidden numbers can change places, and the same is printed."""
    given_parts = tuple(parts)
    printed = seen(tuple(numbers), smallest, given_parts)
    hidden = [row for row, number in enumerate(printed) if number is None]
    values = {numbers[row] for row in hidden}
    assert len(values) != 1 or len(hidden) == len(numbers)
    for one, other in product(hidden, repeat=2):
        changed = list(numbers)
        changed[one], changed[other] = changed[other], changed[one]
        assert seen(tuple(changed), smallest, given_parts) == printed
    assert not any(is_small(number, smallest) for number in printed if number is not None)
