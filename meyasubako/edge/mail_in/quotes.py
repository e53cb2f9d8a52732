"""What somebody wrote themselves in a reply, without the mail of ours that their program put below or above it."""

import re
from typing import Final

_QUOTED: Final = re.compile(r"\s{0,3}[>＞|]")
_DIVIDER: Final = re.compile(
    r"\s*[-_=＝―ー－]{2,}\s*(original message|original appointment|forwarded message|reply message|元のメッセージ"
    r"|元のメール|返信元のメッセージ|転送されたメッセージ|転送メッセージ|以下、?引用)\s*[-_=＝―ー－]{2,}\s*",
    re.IGNORECASE,
)
_WROTE: Final = re.compile(
    r"\s*(on\s.{4,200}\bwrote\s*[:：]"
    r"|.{0,80}\d{4}\s*[年/.-]\s*\d{1,2}\s*[月/.-]\s*\d{1,2}\s*日?.{0,160}(<[^<>\s]+@[^<>\s]+>.{0,20}[:：]?|[:：])"
    r"|.{1,120}(さん|様)?(は|が)?(書きました|wrote|のメール|より)\s*[:：])\s*",
    re.IGNORECASE,
)
_HEAD: Final = re.compile(r"\s*\*?(from|差出人|送信者|発信者)\s*\*?\s*[:：]", re.IGNORECASE)
_HEADS: Final = re.compile(
    r"\s*\*?(sent|date|to|cc|subject|送信日時|送信日|日時|日付|宛先|あて先|件名)\s*\*?\s*[:：]", re.IGNORECASE
)
_RULE: Final = re.compile(r"\s*[_\-=]{5,}\s*")
_HEADS_WITHIN: Final = 5
_NEAR: Final = 8


def own_words(text: str) -> str:
    """The text without the quotation at its end or beginning; what is answered between quoted lines stays together.

    The whole text where nothing would be left.
    """
    lines = text.split("\n")
    own = lines[_first(lines) : _last(lines)]
    return "\n".join(own).strip("\n") if any(line.strip() for line in own) else text


def _first(lines: list[str]) -> int:
    """Where the own words begin: behind a quotation that stands on top."""
    place = 0
    while place < len(lines) and not lines[place].strip():
        place += 1
    start = place + _length_of_announcement(lines, place)
    end = start
    while end < len(lines) and (_QUOTED.match(lines[end]) or not lines[end].strip()):
        end += 1
    has_quotation = any(_QUOTED.match(line) for line in lines[start:end])
    return end if has_quotation else 0


def _last(lines: list[str]) -> int:
    """Where the own words end: before the quotation that reaches to the end."""
    end = len(lines)
    while end and (_QUOTED.match(lines[end - 1]) or not lines[end - 1].strip()):
        end -= 1
    for place in range(1, end):
        if _DIVIDER.fullmatch(lines[place]):
            return place
        if _HEAD.match(lines[place]) and _is_head(lines, place):
            return place - 1 if _RULE.fullmatch(lines[place - 1]) else place
        if place >= end - 2 and place + _length_of_announcement(lines, place) >= end:
            return place
    return end if any(_QUOTED.match(line) for line in lines[end:]) else len(lines)


def _is_head(lines: list[str], place: int) -> bool:
    following = lines[place + 1 : place + 1 + _HEADS_WITHIN]
    return sum(1 for line in following if _HEADS.match(line)) >= 2


def _length_of_announcement(lines: list[str], place: int) -> int:
    """How many lines say who wrote what follows: 0, 1, or 2 where a program broke the line."""
    for length in (1, 2):
        joined = " ".join(line.strip() for line in lines[place : place + length])
        if len(joined) < 400 and _WROTE.fullmatch(joined):
            following = lines[place + length : place + length + _NEAR]
            follows = next((line for line in following if line.strip()), ">")
            if _QUOTED.match(follows):
                return length
    return 0
