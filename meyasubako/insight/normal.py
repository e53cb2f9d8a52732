"""The one normaliser: two texts that people read as the same come out the same.

Width and case (NFKC, case-folded), the many dashes and waves, old forms of characters in names, and white space that
Japanese does not write between words. What is normalised piece by piece and put together is the same as the whole, so a
part of a text is always found in it; only letters made of several symbols (か and ゛) are one piece.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_FIRST_WIDE: Final = "\u2e80"
"""From here on there are characters written without white space between them."""

_JOINING: Final = (
    "\u0300-\u036f\u1160-\u11ff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a"
    "\ufe00-\ufe0f\ufe20-\ufe2f\uff9e\uff9f\U000e0100-\U000e01ef"
)
"""Symbols that belong to the letter before them: accents, voiced sound marks, choices of a form."""

_FORMS: Final = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""The choices of a form (異体字セレクタ) among them, which make no other character."""

_PIECE = re.compile(f"(?s).[{_JOINING}]*")
_JOINED = re.compile(f"(?s).[{_JOINING}]+")
_FORM = re.compile(f"[{_FORMS}]")
_SPACE = re.compile(" +")

_SAME: Final[Mapping[str, str]] = {
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("〜∼∾", "~"),
    **dict.fromkeys("‘’‛′", "'"),
    **dict.fromkeys("“”„‟", '"'),
    # Over the telephone nobody says which form a name is written in.
    **dict(zip("髙﨑濵濱邊邉齋齊澤德廣國櫻瀨眞縣龍𠮷", "高崎浜浜辺辺斎斉沢徳広国桜瀬真県竜吉", strict=True)),
}


class _Table(dict[int, str]):
    """What each symbol becomes, worked out when it is first met."""

    def __missing__(self, point: int) -> str:
        found = self[point] = _plain(chr(point))
        return found


@dataclass(frozen=True, slots=True)
class Aligned:
    """A normalised text whose every character knows where it came from.

    `starts[i]` and `ends[i]` are the places in the original text of what became character `i`.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where characters `start` to `end` (not included) stand in the original text."""
        return self.starts[start], self.ends[end - 1]


def normalise(text: str) -> str:
    """A text as it is compared."""
    mapped = (
        text.translate(_TABLE) if not _JOINED.search(text) else _JOINED.sub(_join, text).translate(_TABLE)
    )
    return _closed_up(mapped)


def align(text: str) -> Aligned:
    """The same as `normalise`, knowing where each character came from."""
    symbols: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece in _PIECE.finditer(text):
        became = _of_piece(piece[0])
        symbols.append(became)
        starts += [piece.start()] * len(became)
        ends += [piece.end()] * len(became)
    mapped = "".join(symbols)
    kept: list[int] = []
    before = 0
    for space in _SPACE.finditer(mapped):
        kept.extend(range(before, space.start()))
        if _keeps_apart(mapped, space):
            kept.append(space.start())
        before = space.end()
    kept.extend(range(before, len(mapped)))
    return Aligned(
        "".join(mapped[each] for each in kept),
        tuple(starts[each] for each in kept),
        tuple(ends[each] for each in kept),
    )


def _join(found: re.Match[str]) -> str:
    """A letter of several symbols as one that the table leaves alone."""
    return _plain(found[0])


def _of_piece(piece: str) -> str:
    return _TABLE[ord(piece)] if len(piece) == 1 else _plain(piece).translate(_TABLE)


def _plain(piece: str) -> str:
    """One letter, with the marks that belong to it."""
    if piece.isspace():
        return " "
    folded = unicodedata.normalize("NFKC", _FORM.sub("", piece)).casefold()
    folded = unicodedata.normalize("NFKC", folded)
    return "".join(
        _SAME.get(symbol, symbol)
        for symbol in folded
        # What shows nothing makes no difference; white space here comes from taking a symbol apart.
        if unicodedata.category(symbol) not in {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}
    )


_TABLE: Final = _Table()


def _closed_up(mapped: str) -> str:
    return _SPACE.sub(lambda found: " " if _keeps_apart(mapped, found) else "", mapped)


def _keeps_apart(mapped: str, space: re.Match[str]) -> bool:
    """Whether white space stands between two words of a script that needs it."""
    if space.start() == 0 or space.end() == len(mapped):
        return False
    return mapped[space.start() - 1] < _FIRST_WIDE and mapped[space.end()] < _FIRST_WIDE
