"""One letter may raise several matters: where its text can be divided, the parts that come of it, and what to call them.

Everything here counts in characters of a text cleaned by `text.clean_text`; a sentence is numbered from 1.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from meyasubako.core.text import clean_line, clean_text

MOST: Final = 20
TITLE_LENGTH: Final = 40
NO_TITLE: Final = "（件名なし）"

_ENDS: Final = "。！？!?"
_OPENING: Final = "「『（(【〔《"
_CLOSING: Final = "」』）)】〕》"
_CLINGING: Final = frozenset({"Cf", "Me", "Mn"})
"""What belongs to the symbol before it, as the mark that colours an emoji does."""

_GREETING: Final = re.compile(
    r"拝啓|拝復|謹啓|前略|冠省|急啓|はじめまして|初めまして|こんにちは|お世話になって|いつもお世話に"
)
_AFTER_NUMBER: Final = r"[）).．、：:](?![0-9０-９])"
_LEADING: Final = re.compile(
    r"(?:\s*(?:"
    rf"[（(]?(?:[0-9０-９]{{1,2}}|[一二三四五六七八九十]{{1,3}}){_AFTER_NUMBER}|[①-⑳]|[・●○■◆◇※]"
    r"|(?:[一二三四五1-5１-５]つ(?:め|目)(?:は|に|として)?|もう(?:一|ひと|1|１)つ(?:は)?"
    r"|また|次に|つぎに|それから|最後に|さいごに)、"
    r"))*\s*"
)
"""Numbers and words that lead over to a matter and say nothing of it."""

_TURN: Final = re.compile(
    r"\s*(?:"
    r"[（(]?(?:(?!0*1[^0-9]|０*１[^０-９])[0-9０-９]{1,2}|[二三四五六七八九十]{1,3})"
    rf"{_AFTER_NUMBER}|[②-⑳]"
    r"|(?:[二三四五2-5２-５]|ふた|みっ)つ(?:め|目)|第[二三四五2-5２-５]に"
    r"|もう(?:一|ひと|1|１)つ|もう一点|また、|次に|つぎに|それから|最後に|さいごに"
    r"|別件|別の(?:話|こと)|ところで|なお、?別)"
)
"""How a line begins that turns to another matter."""


class Span(NamedTuple):
    """A part of a text, as Python slices it."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The part itself."""
        return text[self.start : self.end]


def sentences(text: str) -> tuple[Span, ...]:
    """The smallest parts a text is divided into: they follow each other without a gap, and each shows something."""
    found: list[Span] = []
    start = cut = 0
    for end in (*_cuts(text), len(text)):
        if clean_text(text[cut:end]):
            found.append(Span(start, end))
            start = end
        elif found:
            # Empty lines belong to what stands above them.
            found[-1] = Span(found[-1].start, end)
            start = end
        cut = end
    return tuple(found)


def opens_line(text: str, sentence: Span) -> bool:
    """Whether a sentence stands at the beginning of a line."""
    return sentence.start == 0 or text[sentence.start - 1] == "\n"


def likely_begins(text: str) -> tuple[int, ...]:
    """The sentences that seem to turn to another matter, by how their line begins. A guess, for a person to confirm."""
    turning = [
        number
        for number, sentence in enumerate(sentences(text), start=1)
        if number > 1 and opens_line(text, sentence) and _TURN.match(sentence.of(text))
    ]
    return tuple(turning[: MOST - 1])


def divided(text: str, begins: Collection[int]) -> tuple[Span, ...]:
    """The parts of a text when a further matter begins at each of these sentences.

    Raises ValueError for what is no sentence after the first, and for more parts than a letter may have.
    """
    whole = sentences(text)
    if len(begins) >= MOST or any(not 1 < number <= len(whole) for number in begins):
        raise ValueError(begins)
    starts = [0, *(whole[number - 1].start for number in sorted(set(begins)))]
    return tuple(Span(*ends) for ends in zip(starts, [*starts[1:], len(text)], strict=True))


def covers(text: str, spans: Sequence[Span]) -> bool:
    """Whether these parts follow each other from the beginning of a text to its end, each showing something."""
    ends = [0, *(span.end for span in spans)]
    return (
        0 < len(spans) <= MOST
        and [span.start for span in spans] == ends[:-1]
        and ends[-1] == len(text)
        and all(clean_text(span.of(text)) for span in spans)
    )


def title_of(text: str) -> str:
    """A title for what came without one: its first sentence after the greeting, shortened."""
    parts = [span.of(text) for span in sentences(text)]
    telling = next((part for part in parts if not _GREETING.match(part.lstrip())), parts[0] if parts else "")
    led = _LEADING.match(telling)
    line = clean_line(telling[led.end() if led else 0 :]).rstrip("。") or clean_line(telling)
    if len(line) <= TITLE_LENGTH:
        return line or NO_TITLE
    end = TITLE_LENGTH - 1
    while end > 1 and _clings(line[end]):
        end -= 1
    kept = clean_line(line[:end])
    return f"{kept}…" if kept else NO_TITLE


def _cuts(text: str) -> Iterator[int]:
    depth, at = 0, 0
    while at < len(text):
        symbol = text[at]
        at += 1
        if symbol == "\n":
            depth = 0
            yield at
        elif symbol in _OPENING:
            depth += 1
        elif symbol in _CLOSING:
            depth = max(depth - 1, 0)
        elif symbol in _ENDS and depth == 0:
            while at < len(text) and (text[at] in _ENDS or text[at] in _CLOSING or _clings(text[at])):
                at += 1
            # A question mark inside an address ends no sentence.
            if not (symbol.isascii() and at < len(text) and text[at].isascii() and not text[at].isspace()):
                while at < len(text) and (text[at] in " \u3000" or _clings(text[at])):
                    at += 1
                if text[at : at + 1] != "\n":
                    yield at


def _clings(symbol: str) -> bool:
    return unicodedata.category(symbol) in _CLINGING
