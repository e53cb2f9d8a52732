"""The one tokenizer: every character and pair of characters of a normalised text, and its words in their one spelling.

Pairs find whatever is literally there, two-character words among it; words find what is written another way
(申込, 申込み, 申し込み; 引越し, 引っ越し; 子供, 子ども), told apart by Sudachi.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sudachipy import Tokenizer

LONGEST_FORM: Final = 60
"""No word is longer; what Sudachi cannot take apart is cut."""

MOST_NEEDED: Final = 50
"""So many tokens narrow any search down enough; an index need not be asked for hundreds."""

_AT_ONCE: Final = 8_000
"""Sudachi reads at most 49,149 bytes; four of them are one character at most."""

_TELLING: Final = frozenset({"名詞", "動詞", "形容詞", "形状詞", "副詞", "感動詞"})
_LEANING: Final = "非自立可能"
"""する, ある, いる: verbs that mostly lean on another word and stand in every text."""

_SIGNS: Final = {point: chr(0x10FF00 + point) for point in range(0x80) if not chr(point).isalnum()}
_SIGNS_AGAIN: Final = {ord(held): point for point, held in _SIGNS.items()}
"""Both engines' indexes take letters as they are; signs and spaces travel as characters nobody uses."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word from `start` to `end` of a text; `form` is the spelling all its spellings share.

    `is_telling`: it stands for something by itself, unlike は, です or する.
    """

    start: int
    end: int
    form: str
    is_telling: bool


def safe(text: str) -> str:
    """A text as the indexes hold it: letters, and nothing that any of them could take for a sign."""
    return text.translate(_SIGNS)


def as_read(token: str) -> str:
    """A token as people read it: the reverse of `safe`."""
    return token.translate(_SIGNS_AGAIN)


def pairs(text: str) -> list[str]:
    """Every pair of neighbouring characters of a normalised text and every character, each once, as the indexes hold them."""
    held = safe(text)
    return sorted({*held, *(held[at : at + 2] for at in range(len(held) - 1))})


def needed_pairs(text: str) -> list[str]:
    """Pairs that must all be there where this text is; for one character, the character. Of a long text, some."""
    held = safe(text)
    return sorted({held[at : at + 2] for at in range(len(held) - 1)})[:MOST_NEEDED] or [held]


def words(text: str) -> list[Word]:
    """The words of a normalised text in their order; white space is none. Loads the dictionary when first asked (0.3 s)."""
    found: list[Word] = []
    for begin in range(0, len(text), _AT_ONCE):
        for each in _tokenizer().tokenize(text[begin : begin + _AT_ONCE]):
            form = each.normalized_form()
            if form and not form.isspace():
                found.append(
                    Word(
                        begin + each.begin(),
                        begin + each.end(),
                        safe(form.casefold())[:LONGEST_FORM],
                        _is_telling(each.part_of_speech()),
                    )
                )
    return found


def sequence(found: Iterable[Word]) -> str:
    """The forms of words in their order, so that some of them can be found in it beside each other."""
    return "".join(f" {word.form}" for word in found) + " "


def telling(found: Iterable[Word]) -> list[str]:
    """The forms worth looking for, each once."""
    return sorted({word.form for word in found if word.is_telling})


def places(text: Sequence[Word], wanted: Sequence[Word]) -> list[tuple[int, int]]:
    """Where these words stand beside each other in the words of a text: from and to."""
    forms = [word.form for word in wanted]
    return [
        (text[at].start, text[at + len(forms) - 1].end)
        for at in range(len(text) - len(forms) + 1)
        if [word.form for word in text[at : at + len(forms)]] == forms
    ]


_of_thread = threading.local()


def _tokenizer() -> "Tokenizer":
    # One that is at work cannot be asked by another thread.
    if not hasattr(_of_thread, "tokenizer"):
        _of_thread.tokenizer = _open_dictionary()()
    return _of_thread.tokenizer


@cache
def _open_dictionary() -> Callable[[], "Tokenizer"]:
    # Not with the rest: it takes a third of a second, and many commands and pages never ask.
    from sudachipy import Dictionary, SplitMode

    dictionary = Dictionary(dict="small")
    return lambda: dictionary.tokenizer(SplitMode.A)


@cache
def _is_telling(part_of_speech: tuple[str, ...]) -> bool:
    kind, further = part_of_speech[:2]
    return kind in _TELLING and further != _LEANING
