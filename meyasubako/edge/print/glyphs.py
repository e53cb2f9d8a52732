"""What the fonts of our papers can draw, and how a text is shown whose characters they lack."""

import struct
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

MISSING: Final = "〓"
"""The printers' mark for a character they do not have."""

_NEWLINES: Final = frozenset("\n\u2028\u2029")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs"})
_MARKS: Final = frozenset({"Mn", "Me"})


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters that every font of ours has."""

    points: frozenset[int]

    def has(self, symbol: str) -> bool:
        """Whether a character can be drawn. Private characters (外字) mean something else on every machine."""
        return ord(symbol) in self.points and unicodedata.category(symbol) != "Co"

    def shown(self, text: str) -> tuple[str, bool]:
        """The text as it can be drawn, and whether every character that can be seen is still there."""
        kept: list[str] = []
        is_whole = True
        for symbol in text:
            category = unicodedata.category(symbol)
            if symbol in _NEWLINES:
                kept.append("\n")
            elif symbol == "\t" or category == "Zs":
                kept.append(symbol if self.has(symbol) else " ")
            elif category in _UNSEEN:
                continue
            elif category in _MARKS:
                self._add_mark(kept, symbol)
            elif self.has(symbol):
                kept.append(symbol)
            else:
                # ㍿ may be printed as 株式会社, a letter of another width as the plain one.
                plain = unicodedata.normalize("NFKC", symbol)
                can = all(self.has(each) for each in plain)
                kept.append(plain if can else MISSING)
                is_whole = is_whole and can
        return "".join(kept), is_whole

    def _add_mark(self, kept: list[str], mark: str) -> None:
        """Join a mark to the letter before it; one the fonts do not have is left out, the letter stays."""
        whole = unicodedata.normalize("NFC", kept[-1] + mark) if kept else mark
        if kept and len(whole) == 1 and self.has(whole):
            kept[-1] = whole
        elif self.has(mark):
            kept.append(mark)


def read_glyphs(fonts: Iterable[bytes]) -> Glyphs:
    """What all of these font files (TrueType) have. Raises ValueError for one whose table cannot be read."""
    found = [frozenset(_points(font)) for font in fonts]
    return Glyphs(frozenset.intersection(*found))


def _points(font: bytes) -> Iterator[int]:
    """The characters of a font, from the segments of its `cmap` table that reach beyond the first plane."""
    (count,) = struct.unpack_from(">H", font, 4)
    tables = (struct.unpack_from(">4sLLL", font, 12 + 16 * number) for number in range(count))
    start = next((offset for tag, _, offset, _ in tables if tag == b"cmap"), None)
    if start is None:
        raise ValueError("a font without characters")
    (count,) = struct.unpack_from(">H", font, start + 2)
    for number in range(count):
        _, _, offset = struct.unpack_from(">HHL", font, start + 4 + 8 * number)
        (form,) = struct.unpack_from(">H", font, start + offset)
        if form == 12:
            (groups,) = struct.unpack_from(">L", font, start + offset + 12)
            for group in range(groups):
                first, last, glyph = struct.unpack_from(">LLL", font, start + offset + 16 + 12 * group)
                yield from (point for point in range(first, last + 1) if glyph + point - first)
            return
    raise ValueError("a font without the table of all characters")
