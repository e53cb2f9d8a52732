"""Bytes of a mail as text, whatever its program believed their encoding to be. Nothing here raises.

Japanese programs send characters their charset does not have (①, ㈱, 髙, half-width katakana): what calls itself
ISO-2022-JP or EUC-JP is Windows' superset of it (CP50220, CP51932). Python knows only the narrow ones, so double bytes
are moved into Shift_JIS and read as CP932, which holds them all.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Callable, Iterator
from typing import Final

_ESCAPE: Final = re.compile(rb"\x1b(\$\([@BDO-Q]|\$[@AB]|\([BHIJ])")
_EUC: Final = re.compile(
    rb"([\xa1-\xfe]{2})|\x8e([\xa1-\xdf])|(\x8f[\xa1-\xfe]{2})|([^\x80-\xff]+)|(.)", re.DOTALL
)
_WORD: Final = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=")
_HALF_KANA: Final = re.compile("[\uff61-\uff9f]")

_ISO_2022_JP: Final = re.compile(r"(cs)?iso-?2022-?jp.*|jis|cp5022[012]")
_SHIFT_JIS: Final = re.compile(r"(x-|cs)?s(hift)?-?jis.*|ms-?kanji|(ms|cp|windows-)(932|31j)|x-ms-cp932")
_EUC_JP: Final = re.compile(r"(x-)?euc-?jp.*|cp51932|ujis|cseucpkdfmtjapanese")
_OTHERS: Final = re.compile(
    r"utf-?(8|16|32)(-?[lb]e)?|us-ascii|ascii|latin-?1|iso-?8859-\d{1,2}|windows-125\d|cp125\d|koi8-[ru]"
    r"|gb2312|gbk|gb18030|big5|big5-?hkscs|euc-?kr|ks-c-5601-1987|iso-2022-kr"
)
_PLAIN: Final = frozenset({"", "us-ascii", "ascii"})


def decoded(data: bytes, charset: str = "") -> str:
    """The text of these bytes: by the charset given if it fits, else by the one that does, else with � for what is lost."""
    name = charset.strip().lower().replace("_", "-")
    if _ESCAPE.search(data):
        return _iso_2022_jp(data)
    if _SHIFT_JIS.fullmatch(name):
        declared: Callable[[bytes], str | None] = _shift_jis
    elif _EUC_JP.fullmatch(name):
        declared = _euc_jp
    else:
        declared = _codec(name if _OTHERS.fullmatch(name) and name not in _PLAIN else "utf-8")
    found = declared(data)
    if found is None:
        found = _guessed(data)
    return found if found is not None else data.decode("utf-8", "replace")


def header_text(raw: str) -> str:
    """A header as people read it. `raw` is as the parser gives it: bytes beyond ASCII as surrogates."""
    line = " ".join(raw.replace("\r", "\n").split("\n"))
    parts: list[tuple[str, bytes]] = []
    end = 0
    for word in _WORD.finditer(line):
        between = line[end : word.start()]
        if between.strip() or not parts:
            parts.append(("", between.encode("utf-8", "surrogateescape")))
        charset, content = word[1].lower(), _content(word[2], word[3])
        if parts[-1][0] == charset:
            # A character may begin in one word and end in the next.
            parts[-1] = (charset, parts[-1][1] + content)
        else:
            parts.append((charset, content))
        end = word.end()
    parts.append(("", line[end:].encode("utf-8", "surrogateescape")))
    return "".join(decoded(content, charset) for charset, content in parts)


def _content(encoding: str, text: str) -> bytes:
    written = text.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return quopri.decodestring(written.replace(b"_", b" "))
    only = re.sub(rb"[^A-Za-z0-9+/]", b"", written)
    if len(only) % 4 == 1:
        only = only[:-1]
    try:
        return base64.b64decode(only + b"=" * (-len(only) % 4))
    except binascii.Error:
        return b""


def _codec(name: str) -> Callable[[bytes], str | None]:
    def read(data: bytes) -> str | None:
        try:
            return data.decode("utf-8-sig" if name in {"utf-8", "utf8"} else name)
        except (UnicodeError, LookupError):
            return None

    return read


def _shift_jis(data: bytes) -> str | None:
    for name in ("cp932", "shift_jis_2004"):
        if (found := _codec(name)(data)) is not None:
            return found
    return None


def _euc_jp(data: bytes) -> str | None:
    text = "".join(_pieces_of_euc(data))
    return None if "\ufffd" in text else text


def _pieces_of_euc(data: bytes) -> Iterator[str]:
    for double, kana, triple, plain, _ in _EUC.findall(data):
        if plain:
            yield plain.decode("ascii")
        elif double:
            yield _double(double[0] & 0x7F, double[1] & 0x7F)
        elif kana:
            yield kana.decode("cp932", "replace")
        else:
            yield triple.decode("euc_jp", "replace") if triple else "\ufffd"


def _guessed(data: bytes) -> str | None:
    found = data.decode("utf-8-sig", "replace")
    lost = found.count("\ufffd")
    whole = sum(each > "\x7f" for each in found) - lost
    # Hardly anything else looks like UTF-8: a little that is broken, or cut off at the end, does not make it another.
    if not lost or (whole and (lost * 10 <= whole or found.find("\ufffd") == len(found) - 1)):
        return found
    japanese, other = _codec("cp932")(data), _euc_jp(data)
    # EUC-JP read as Shift_JIS is full of half-width katakana.
    if other is not None and (japanese is None or len(_HALF_KANA.findall(japanese)) > len(other) // 4):
        return other
    return japanese


def _iso_2022_jp(data: bytes) -> str:
    found: list[str] = []
    mode, end = b"(B", 0
    for escape in _ESCAPE.finditer(data):
        found.append(_in_mode(mode, data[end : escape.start()]))
        mode, end = escape[1], escape.end()
    found.append(_in_mode(mode, data[end:]))
    return "".join(found)


def _in_mode(mode: bytes, data: bytes) -> str:
    if mode in {b"(B", b"(J", b"(H"}:
        return _guessed(data) or data.decode("cp932", "replace")
    if mode == b"(I":
        return bytes(each | 0x80 if 0x21 <= each <= 0x5F else each for each in data).decode(
            "cp932", "replace"
        )
    if mode not in {b"$@", b"$B"}:
        wrapped = b"\x1b" + mode + data + b"\x1b(B"
        name = "iso2022_jp_2004" if mode[-1:] in b"OPQ" else "iso2022_jp_2"
        if mode == b"$(D":
            name = "iso2022_jp_ext"
        return wrapped.decode(name, "replace")
    pieces: list[str] = []
    position = 0
    while position < len(data):
        first = data[position]
        if 0x21 <= first <= 0x7E and position + 1 < len(data):
            pieces.append(_double(first, data[position + 1]))
            position += 2
        else:
            # Line ends stand between double bytes where a program forgot to go back to ASCII.
            pieces.append(chr(first) if first in b"\r\n\t " else "\ufffd")
            position += 1
    return "".join(pieces)


def _double(first: int, second: int) -> str:
    """A character by its place in the JIS table, both bytes 0x21-0x7E."""
    if not (0x21 <= first <= 0x7E and 0x21 <= second <= 0x7E):
        return "\ufffd"
    high = (first - 0x21) // 2 + 0x81
    high += 0x40 if high > 0x9F else 0
    low = second + (0x1F + (second >= 0x60) if first % 2 else 0x7E)
    return bytes((high, low)).decode("cp932", "replace")
