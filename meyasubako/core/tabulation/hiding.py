"""Keeping small numbers of a published table from the public (秘匿), so that nobody can work them out.

Frequency tables and threshold rule as in the Handbook on Statistical Disclosure Control (ESSNet, chapter 5); what is
hidden besides the small numbers, so that these cannot be found by subtraction, is what Japanese statistics call 関連秘匿.

The rule for the rows of one table of one span:

1. Where no number is small (below the smallest that is printed, but not zero), every number is printed.
2. Otherwise all numbers below the smallest are hidden, zeros too.
3. Were the hidden ones all alike, the next larger numbers are hidden with them, until two differ or nothing is left.
4. Where corrections took more out of a row than came in, all rows are hidden: one would know that the row had some.
5. Where all stands in one row, and a part of the span (a month) has a small total, all rows are hidden: of that month
   one would know the row.

Why nothing hidden can be found out, whoever knows this rule and reads everything published: take two rows that are
hidden and differ, and change their names in every record of the span. What is hidden depends on the numbers and not on
their rows, so exactly the same would have been published; and the number of the row would have been another one. (Where
all hidden numbers are alike, every row is hidden; other numbers with the same total are hidden in the same way.)
With corrections the names must be changed from the beginning of the ledger, not in one span; that nothing can be worked out
then is shown by trying every small history of two months (tests/core/test_hiding.py), unless the printed totals say by themselves
that everything ever counted was taken back.

The argument holds as long as what is published of a span by one dimension is this table once, and all else is made of printed
numbers only: a sum is printed where all its parts are, a share of a hidden number is hidden.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

Code = TypeVar("Code", bound=str)


def hidden_rows(numbers: Mapping[Code, int], smallest: int, parts: Sequence[int] = ()) -> frozenset[Code]:
    """The rows whose numbers are not printed. `parts` are the totals of the months of a longer span."""
    if min(numbers.values(), default=0) < 0:
        return frozenset(numbers)
    if not any(is_small(number, smallest) for number in numbers.values()):
        filled = [number for number in numbers.values() if number]
        tells_a_part = len(filled) == 1 and any(is_small(part, smallest) for part in parts)
        return frozenset(numbers) if tells_a_part else frozenset()
    hidden = {code for code, number in numbers.items() if number < smallest}
    while len({numbers[code] for code in hidden}) < 2 and len(hidden) < len(numbers):
        limit = min(number for code, number in numbers.items() if code not in hidden)
        hidden |= {code for code, number in numbers.items() if number == limit}
    return frozenset(hidden)


def is_small(number: int, smallest: int) -> bool:
    """Whether a number tells too much of too few. One below zero, made by corrections, always does."""
    return number != 0 and number < smallest
