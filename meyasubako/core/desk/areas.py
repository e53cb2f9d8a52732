"""地域: the parts of a prefecture that its tallies tell apart, each with its municipalities."""

from dataclasses import dataclass
from typing import Final

OUTSIDE_CODE: Final = "outside"
ABROAD_CODE: Final = "abroad"


@dataclass(frozen=True, slots=True)
class Area:
    """One of them. `municipalities` are named as the form names them."""

    code: str
    label: str
    municipalities: tuple[str, ...]
    retired: bool = False
