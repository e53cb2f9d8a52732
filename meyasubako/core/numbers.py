"""Whole numbers as people, links and forms write them, and what part of a whole one is."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

DIGITS: Final = 9
"""The longest number of a row that is looked up; both engines store it."""


def whole(typed: str, *, digits: int = DIGITS) -> int | None:
    """The number a text writes in plain digits, at most that many; None for any other text."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= digits else None


def whole_ones(typed: Iterable[str], *, digits: int = DIGITS) -> list[int]:
    """The numbers among the texts, each once, in their order."""
    found = (whole(each, digits=digits) for each in typed)
    return list(dict.fromkeys(each for each in found if each is not None))


def things(count: int) -> str:
    """So many of anything, as it is said: 3つ, but 10個."""
    return f"{count:,}つ" if count < 10 else f"{count:,}個"


def share(part: int, whole: int, *, decimals: int = 1) -> Decimal | None:
    """The percentage, rounded half up to so many decimal places; None where there is nothing to divide."""
    if whole <= 0:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def median(counted: Mapping[int, int]) -> Decimal | None:
    """The middle one of numbers that occur so often, the mean of the two middle ones where there are two."""
    total = sum(counted.values())
    if total <= 0:
        return None
    lower, upper = _at(counted, (total + 1) // 2), _at(counted, total // 2 + 1)
    return Decimal(lower) if lower == upper else Decimal(lower + upper) / 2


def nearest_rank(counted: Mapping[int, int], percent: int) -> int | None:
    """The least number that so many percent of all do not exceed, one that occurs: Hyndman and Fan's first definition (1996)."""
    total = sum(counted.values())
    return _at(counted, -(-total * percent // 100)) if total > 0 else None


def _at(counted: Mapping[int, int], rank: int) -> int:
    for number in sorted(counted):
        rank -= counted[number]
        if rank <= 0:
            return number
    raise ValueError("there are not so many numbers")
