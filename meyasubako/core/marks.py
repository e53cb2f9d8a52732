"""Marks inside a text that a page turns into markup and everything else leaves out: furigana, and words left in Japanese.

Catalogues and desk files write furigana as {受付|うけつけ}. While a page is made it travels as characters that no text may
hold (they are cleaned out of whatever people type), so that sentences can be put together and escaped like any others.
"""

import re
from typing import Final

_BASE, _READING, _END = "\ufdd0", "\ufdd1", "\ufdd2"
_JAPANESE, _JAPANESE_END = "\ufdd3", "\ufdd4"
_EVERY: Final = _BASE + _READING + _END + _JAPANESE + _JAPANESE_END

_NOTATION = re.compile(r"\{([^{}|]+)\|([^{}|]+)\}")
_FURIGANA = re.compile(f"{_BASE}([^<>{_EVERY}]*){_READING}[^<>{_EVERY}]*{_END}")
_IN_PAGE = re.compile(
    # Tags, and elements that hold text only, keep the words without furigana.
    r"(?P<tag><(?P<name>title|option|textarea)\b[^>]*>.*?</(?P=name)>|<[^>]*>)"
    rf"|{_BASE}(?P<base>[^<>{_EVERY}]*){_READING}(?P<reading>[^<>{_EVERY}]*){_END}"
    rf"|{_JAPANESE}(?P<japanese>[^<>{_EVERY}]*){_JAPANESE_END}"
    rf"|[{_EVERY}]",
    re.DOTALL,
)

_INSIDE_A_WORD: Final = frozenset("きぎしちびみりいけげせべめれえ")
"""What may stand between the parts of one word, as in 受け付ける and 話し合う."""


def read(written: str) -> str:
    """A text with furigana in braces, with marks instead."""
    return _NOTATION.sub(rf"{_BASE}\1{_READING}\2{_END}", written)


def is_readable(written: str) -> bool:
    """Whether every brace and bar belongs to furigana."""
    return not any(sign in _NOTATION.sub("", written) for sign in "{}|")


def without_furigana(written: str) -> str:
    """The words of a text with furigana in braces."""
    return _NOTATION.sub(r"\1", written)


def left_in_japanese(text: str) -> str:
    """A Japanese text on a page in another language, line by line."""
    return "\n".join(f"{_JAPANESE}{line}{_JAPANESE_END}" if line else "" for line in text.split("\n"))


def plain(text: str) -> str:
    """The words alone, for mails and wherever there is no markup."""
    words = _FURIGANA.sub(r"\1", text)
    return words if words.isascii() else words.translate(dict.fromkeys(map(ord, _EVERY)))


def in_page(html: str) -> str:
    """The finished page: ruby where there are readings, the language of words left in Japanese."""
    return _IN_PAGE.sub(_as_markup, html)


def _as_markup(found: re.Match[str]) -> str:
    if tag := found["tag"]:
        return plain(tag)
    if base := found["base"]:
        line_may_end = (
            "<wbr>" if _ends_a_phrase(found.string[max(found.start() - 2, 0) : found.start()]) else ""
        )
        return f"{line_may_end}<ruby>{base}<rt>{found['reading']}</rt></ruby>"
    if japanese := found["japanese"]:
        return f'<span lang="ja">{japanese}</span>'
    return ""


def _ends_a_phrase(before: str) -> bool:
    """Whether a phrase ends with these two characters, a word with its reading being the next one.

    Browsers find no phrases around ruby, and would take a whole sentence for one.
    """
    last = before[-1:]
    is_inside_a_word = before[:1] == _END and last in _INSIDE_A_WORD
    return "ぁ" <= last <= "ん" and last not in "おご" and not is_inside_a_word
