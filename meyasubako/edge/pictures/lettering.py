"""How much room letters take before a browser or a typesetter has set them: never less than they need.

Reckoned for BIZ UDPGothic, whose digits and capitals are wider than those of the fonts a reader may have instead.
"""

import re
import unicodedata
from typing import Final

SIZE: Final = 13.0
SMALL: Final = 12.0
LEADING: Final = 1.3

_NARROW: Final = frozenset("ijl.,:;'|! ")
_BROAD: Final = frozenset("mwMWQ@%&#+")
_PIECE = re.compile(r"(?:[!-~]+|.)[、。，．・」』）】々ー…]*", re.DOTALL)
_UNWRITABLE = re.compile(r"[^\t\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(text: str) -> str:
    """A text as one line that XML can hold."""
    return " ".join(_UNWRITABLE.sub("", text).split())


def width_of(text: str, size: float = SIZE) -> float:
    """The width of a text in one line."""
    return sum(_ems(letter) for letter in text) * size


def wrapped(text: str, room: float, *, size: float = SIZE, most: int = 2) -> list[str]:
    """A text in at most so many lines; what does not fit is cut and ends in …."""
    lines = [""]
    for piece in _pieces(plain(text), room, size):
        if width_of(lines[-1] + piece, size) <= room or not lines[-1]:
            lines[-1] += piece
        else:
            lines.append(piece.lstrip())
    lines = [line.rstrip() for line in lines]
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and width_of(f"{last}…", size) > room:
        last = last[:-1]
    return [*lines[: most - 1], f"{last}…"]


def _pieces(text: str, room: float, size: float) -> list[str]:
    """What stays together: words, and a sign with the letter it closes; longer than a line, it is taken apart."""
    found: list[str] = []
    for piece in _PIECE.findall(text):
        found += [piece] if width_of(piece, size) <= room else list(piece)
    return found


def _ems(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if letter in _NARROW:
        return 0.36
    if letter in _BROAD:
        return 1.0
    if not letter.isascii():
        return 1.0
    return 0.76 if letter.isdigit() else 0.86 if letter.isupper() else 0.74
