"""From numbers to places: round steps of 1, 2 and 5, always with zero, whole ones for what is counted."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10

from meyasubako.core.tabulation import Printed, ValueKind, written


@dataclass(frozen=True, slots=True)
class Scale:
    """Lowest and highest number and the steps between them, along a way from `start` to `end`."""

    low: Decimal
    high: Decimal
    step: Decimal
    start: float
    end: float

    def at(self, number: Decimal | int) -> float:
        """Where a number lies."""
        return self.start + float((Decimal(number) - self.low) / (self.high - self.low)) * (
            self.end - self.start
        )

    @property
    def ground(self) -> float:
        """Where zero lies."""
        return self.at(0)

    def ticks(self) -> list[Decimal]:
        """Every step from the lowest to the highest."""
        return [self.low + self.step * place for place in range(int((self.high - self.low) / self.step) + 1)]


def scale(
    numbers: Iterable[Decimal | int],
    kind: ValueKind,
    *,
    start: float,
    end: float,
    steps: int = 4,
    is_tight: bool = False,
) -> Scale:
    """A scale for these numbers in about so many steps; a tight one ends at the numbers themselves."""
    known = [Decimal(0), *map(Decimal, numbers)]
    low, high = min(known), max(known)
    if low == high:
        high = Decimal(1)
    if is_tight:
        return Scale(low, high, high - low, start, end)
    step = _step((high - low) / steps, is_whole=kind in {ValueKind.COUNT, ValueKind.CHANGE})
    return Scale(_down(low, step), -_down(-high, step), step, start, end)


def tick_text(value: Decimal, kind: ValueKind) -> str:
    """A step of the scale in words of the table."""
    exponent = value.normalize().as_tuple().exponent
    decimals = max(-exponent, 0) if isinstance(exponent, int) else 0
    return written(Printed(value if decimals else int(value)), kind, decimals=decimals)


def _step(least: Decimal, *, is_whole: bool) -> Decimal:
    if is_whole and least <= 1:
        return Decimal(1)
    power = Decimal(10) ** floor(log10(least))
    return next(power * round_one for round_one in (1, 2, 5, 10) if power * round_one >= least)


def _down(value: Decimal, step: Decimal) -> Decimal:
    return (value // step - (1 if value % step < 0 else 0)) * step
