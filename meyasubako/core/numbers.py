"""Whole numbers as people, links and forms write them, and what part of a whole one is."""

from collections.abc import Iterable
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


def share(part: int, whole: int, *, decimals: int = 1) -> Decimal | None:
    """The percentage, rounded half up to so many decimal places; None where there is nothing to divide."""
    if whole <= 0:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
