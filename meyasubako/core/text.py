"""Text as people type it: kept as written, cleaned only of what cannot be stored or seen."""

import hashlib
import re
import unicodedata
from typing import Final

from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.sentences import say

LONGEST: Final = 10_000

LEAST_TO_BE_ALIKE: Final = 20
"""Two people write 「ありがとうございました。」 without knowing of each other."""

_UNSEEN = frozenset({"Cc", "Cf", "Me", "Mn", "Zl", "Zp", "Zs"})
"""Categories of symbols that show nothing by themselves."""

_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Symbols that show nothing and make what stands beside them read backwards."""

_MOST_MARKS: Final = 10
"""No script heaps more marks on one letter."""

_PLAIN_SYMBOLS: Final = r" -~\u3000-\u3029\u3030-\u3096\u309b-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff60"
"""What nearly all that is written consists of; every symbol of it is printed as it is."""

_PLAIN = re.compile(f"[{_PLAIN_SYMBOLS}]*")

_COUNTED = re.compile(f"[{_PLAIN_SYMBOLS}\n]*")
"""The same in several lines: each of its symbols is one that people count."""

_DASHES = str.maketrans("ー‐‑‒–—―−", "-" * 8)
"""What people type for a dash, after NFKC."""

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+"
)
_LONGEST_EMAIL: Final = 254

_POSTAL_SIGNS = re.compile(r"[\s〒〠〶-]+")

_NOT_AT_LINE_START = frozenset("、。，．）」』】〉》〕！？ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々")


def clean_line(typed: str) -> str:
    """One line: control characters gone, white space folded to single spaces, ends trimmed; "" if nothing can be seen."""
    return _unless_blank(" ".join(_printable(" ".join(typed.split())).split()))


def clean_text(typed: str) -> str:
    """Several lines: line ends unified, control characters gone, trailing space trimmed; "" if nothing can be seen."""
    lines = typed.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return _unless_blank("\n".join(_printable(line).rstrip() for line in lines).strip("\n "))


def shown_again(typed: str) -> str:
    """What is put back into a form: as typed, but for what no page can hold."""
    return "\n".join(_printable(line) for line in typed.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def clean_email(typed: str) -> str:
    """A mail address typed in any width: NFKC, no white space, the host in lower case."""
    address = "".join(unicodedata.normalize("NFKC", typed).split())
    local, at, host = address.rpartition("@")
    return f"{local}{at}{host.lower()}"


def is_email(cleaned: str) -> bool:
    """Whether a mail server could take this address."""
    return len(cleaned) <= _LONGEST_EMAIL and _EMAIL.fullmatch(cleaned) is not None


def clean_phone(typed: str) -> str:
    """A telephone number typed in any width, in digits, plus and dashes."""
    return unicodedata.normalize("NFKC", typed).translate(_DASHES).strip()


def clean_postal_code(typed: str) -> str:
    """A postal code typed in any form, as 514-8570; what is none comes back without its signs."""
    digits = _POSTAL_SIGNS.sub("", unicodedata.normalize("NFKC", typed).translate(_DASHES))
    return f"{digits[:3]}-{digits[3:]}" if re.fullmatch(r"[0-9]{7}", digits) else digits


def alike(text: str) -> str:
    """A text without what does not make it another one: width, case and white space."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def likeness(text: str) -> str | None:
    """A mark that texts share which differ in width, case, white space and punctuation only.

    None for a text too short to be somebody else's letter.
    """
    words = "".join(filter(str.isalnum, alike(text)))
    if len(words) < LEAST_TO_BE_ALIKE:
        return None
    return hashlib.sha256(words.encode()).hexdigest()


def length(text: str) -> int:
    """How many characters a person counts: a line end is one, a combining mark none."""
    if _COUNTED.fullmatch(text):
        return len(text)
    return sum(1 for symbol in text if unicodedata.category(symbol) not in {"Me", "Mn"})


def needed(typed: str, *, field: str, message: str, limit: int = LONGEST, what: str = "") -> str:
    """A text that must be there, cleaned. Raises InvalidInput with `message` when it is empty, or when it is too long."""
    written = clean_text(typed)
    if not written:
        raise InvalidInput(FieldError(field, message))
    return fitting(written, field=field, limit=limit, what=what)


def fitting(typed: str, *, field: str, limit: int = LONGEST, what: str = "") -> str:
    """A text that may be empty, cleaned. Raises InvalidInput when it is too long.

    `what` names the field to staff and providers where their form has several texts.
    """
    written = clean_text(typed)
    if (over := length(written) - limit) > 0:
        message = say(
            "%(limit)s字までです。あと%(over)s字短くしてください。", limit=f"{limit:,}", over=f"{over:,}"
        )
        raise InvalidInput(FieldError(field, f"{what}は{message}" if what else message))
    return written


def folded(text: str, width: int) -> str:
    """One paragraph in lines of at most `width` characters, broken after a comma or full stop where one is near."""
    lines: list[str] = []
    rest = text
    while len(rest) > width:
        cut = max(rest.rfind(mark, width // 2, width) for mark in "、。") + 1 or width
        while cut > width // 2 and rest[cut] in _NOT_AT_LINE_START:
            cut -= 1
        lines.append(rest[:cut])
        rest = rest[cut:]
    return "\n".join([*lines, rest])


def _printable(line: str) -> str:
    # Surrogates, NUL and noncharacters cannot be stored or exported; other control characters cannot be seen.
    # Tabs become spaces. Heaps of marks count as nothing and would cover the lines above and below.
    if _PLAIN.fullmatch(line):
        return line
    kept: list[str] = []
    marks = 0
    for symbol in line.replace("\t", " "):
        category = unicodedata.category(symbol)
        if category in {"Cc", "Cs"} or symbol in _REORDERING or _is_noncharacter(ord(symbol)):
            continue
        marks = marks + 1 if category in {"Me", "Mn"} else 0
        if marks <= _MOST_MARKS:
            kept.append(symbol)
    return "".join(kept)


def _unless_blank(text: str) -> str:
    return text if any(unicodedata.category(symbol) not in _UNSEEN for symbol in text) else ""


def _is_noncharacter(point: int) -> bool:
    return point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
