"""Values of indicators: a number as it was written (56.8, 約6000, 30以下), or words (運用, 増加)."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from meyasubako.core import text

LONGEST: Final = 100

_NOTHING: Final = frozenset({"", "-", "－", "―", "—", "–", "ー"})
_MINUS: Final = str.maketrans("△▲−－", "----")
_NUMBER = re.compile(
    r"(約?)(-?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(\.[0-9]{1,6})?(.*?)(以上|以下)?", re.DOTALL
)
_KEPT = re.compile(r"(約?)(-?[0-9]+(?:\.[0-9]+)?)(以上|以下)?")


@dataclass(frozen=True, slots=True)
class Value:
    """One value. `written` is how it is kept, as many decimal places as were written; `number` is None for words.

    `bound` is 以上 or 以下 where a target says so, else "".
    """

    written: str
    number: Decimal | None = None
    is_about: bool = False
    bound: str = ""

    def shown(self, unit: str) -> str:
        """As people read it: 約6,000万枚, 30人以下, △5％; words as they are."""
        if self.number is None:
            return self.written
        sign = "△" if self.number < 0 else ""
        return f"{'約' if self.is_about else ''}{sign}{abs(self.number):,}{unit}{self.bound}"


def read_value(typed: str, unit: str) -> Value | None:
    """A value as people type it, in any width, with or without its unit; None where nothing is said (－).

    Raises ValueError for what begins as a number and is none, and for what is too long.
    """
    line = text.clean_line(typed)
    if line in _NOTHING:
        return None
    if text.length(line) > LONGEST:
        raise ValueError(typed)
    plain = "".join(unicodedata.normalize("NFKC", line.translate(_MINUS)).split())
    found = _NUMBER.fullmatch(plain)
    if found is not None:
        about, sign, digits, decimals, rest, bound = found.groups()
        if rest not in {"", "".join(unicodedata.normalize("NFKC", unit).split())}:
            raise ValueError(typed)
        return value_of(f"{about}{sign}{int(digits.replace(',', ''))}{decimals or ''}{bound or ''}")
    if plain.lstrip("約-")[:1].isdigit():
        raise ValueError(typed)
    return Value(line)


def value_of(written: str) -> Value | None:
    """A value as it is kept; None for ""."""
    if not written:
        return None
    found = _KEPT.fullmatch(written)
    if found is None:
        return Value(written)
    return Value(written, Decimal(found[2]), bool(found[1]), found[3] or "")
