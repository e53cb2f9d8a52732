"""When somebody cannot be asked: spans of days, written one a line as 2026-08-01〜2026-08-10."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from meyasubako.core import dates

MOST: Final = 50
_BETWEEN: Final = re.compile(r"〜|～|~|から|–|—")
_LINES: Final = re.compile(r"[\n；;]")


@dataclass(frozen=True, slots=True, order=True)
class Absence:
    """A span of days, both ends included."""

    first: date
    last: date

    def has(self, day: date) -> bool:
        """Whether somebody is away on that day."""
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.first}〜{self.last}"


def read(typed: str, *, today: date) -> tuple[Absence, ...]:
    """The spans of a text, in their order, each once. Raises ValueError with a sentence for what is none."""
    found: set[Absence] = set()
    for line in filter(None, (each.strip() for each in _LINES.split(typed))):
        ends = [each.strip() for each in _BETWEEN.split(line)]
        if len(ends) > 2:
            raise ValueError(f"「{line[:40]}」を、2026-08-01〜2026-08-10 のように書いてください。")
        try:
            first, last = (
                dates.read_day(each.removesuffix("まで"), today=today) for each in (ends[0], ends[-1])
            )
        except ValueError:
            raise ValueError(f"「{line[:40]}」を、2026-08-01〜2026-08-10 のように書いてください。") from None
        if last < first:
            raise ValueError(f"「{line[:40]}」は、終わりの日が始まりの日より前です。")
        found.add(Absence(first, last))
    if len(found) > MOST:
        raise ValueError(f"予定は{MOST}個までです。過ぎたものを消してください。")
    return tuple(sorted(found))


def stored(written: Iterable[str]) -> tuple[Absence, ...]:
    """The spans `written` put into a table."""
    return tuple(Absence(*map(date.fromisoformat, each.split("/"))) for each in written)


def written(spans: Iterable[Absence]) -> list[str]:
    """The spans as a table holds them (ISO 8601 intervals)."""
    return [f"{each.first}/{each.last}" for each in spans]


def text(spans: Iterable[Absence]) -> str:
    """The spans as people write them, one a line."""
    return "\n".join(map(str, spans))
