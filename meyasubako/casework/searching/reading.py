"""Reads what people type into the search box. Nothing they type is wrong: what is not understood is looked for as it stands."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from meyasubako.casework.searching.asked import Asked, Either, Every, Node, Not, Term
from meyasubako.casework.searching.fields import PARTS, NotUnderstood, is_fact, knows, read_fact
from meyasubako.casework.searching.parts import Part
from meyasubako.core.codes import clean_code, is_receipt_number
from meyasubako.core.desk import Desk
from meyasubako.core.periods import read_period
from meyasubako.core.text import clean_line
from meyasubako.insight import tokens
from meyasubako.insight.normal import normalise

LONGEST: Final = 200
MOST_WORDS: Final = 20

_OR: Final = frozenset({"OR", "または", "又は", "もしくは", "|"})
_AND: Final = frozenset({"AND", "かつ"})
_NOT: Final = frozenset({"NOT", "除く", "除外"})

_TOKEN = re.compile(
    r"(?P<sign>[-－‐‑−–—](?=[^\s\-－‐‑−–—]))?"
    r"(?:(?P<field>[^\s:：\"＂“”「」『』]{1,12})[:：](?![/／]))?"
    r"(?:[\"＂“”](?P<double>[^\"＂“”]*)[\"＂“”]|「(?P<corner>[^「」]*)」|『(?P<white>[^『』]*)』"
    r"|(?P<word>[^\s\"＂“”「『]+|[\"＂“”「『]))?"
)
_LONG_VOWEL = re.compile(r"(?<=\s)ー(?=[^\sー])")
_LIKE_A_DAY = re.compile(r"(令和|平成|[12][0-9]{3}[-/年])[0-9元年月日/度-]*")


@dataclass(frozen=True, slots=True)
class _Token:
    """One thing between two spaces."""

    raw: str
    value: str
    field: str = ""
    is_excluded: bool = False
    is_phrase: bool = False

    @property
    def word(self) -> str:
        """The word it may be in the language itself; "" for what is quoted, excluded or of a field."""
        is_plain = not (self.field or self.is_excluded or self.is_phrase)
        return unicodedata.normalize("NFKC", self.value) if is_plain else ""


def read(typed: str, desk: Desk, *, today: date) -> Asked:
    """What was typed, understood with the words of a desk. Not for inside a unit: it takes words apart."""
    cleaned = clean_line(typed)
    remarks: list[str] = []
    if len(cleaned) > LONGEST:
        cleaned = cleaned[:LONGEST].rstrip()
        remarks.append(f"長いため、はじめの{LONGEST}字で探しました。")
    found = _tokens(cleaned)
    if len(found) > MOST_WORDS:
        found = found[:MOST_WORDS]
        remarks.append(f"言葉が多いため、はじめの{MOST_WORDS}個で探しました。")
    groups = _Reader(desk, today, remarks).groups(found)
    together = [group[0] if len(group) == 1 else Either(tuple(group)) for group in groups]
    node = None if not together else together[0] if len(together) == 1 else Every(tuple(together))
    return Asked(cleaned, node, tuple(dict.fromkeys(remarks)))


def _tokens(cleaned: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(cleaned):
        # What a Japanese keyboard types for a minus; at the beginning it is more likely cut out of a word.
        is_long_vowel = bool(found) and _LONG_VOWEL.match(cleaned, at) is not None
        match = _TOKEN.match(cleaned, at + is_long_vowel)
        if match is None or match.end() == at:
            at += 1
            continue
        at = match.end()
        value, is_phrase = match["word"] or "", False
        for quoted in ("double", "corner", "white"):
            if match[quoted] is not None:
                value, is_phrase = match[quoted], True
        sign, field = (
            bool(match["sign"]) or is_long_vowel,
            unicodedata.normalize("NFKC", match["field"] or ""),
        )
        raw = match[0][len(match["sign"] or "") :]
        if found and found[-1].field and not found[-1].value and not field and not sign:
            # 「件名: 防災」: the value stands behind a space.
            before = found.pop()
            found.append(_Token(f"{before.raw}{raw}", value, before.field, before.is_excluded, is_phrase))
        else:
            found.append(_Token(raw, value, field, sign, is_phrase))
    return found


class _Reader:
    """Puts tokens together, remembering what to say about them."""

    def __init__(self, desk: Desk, today: date, remarks: list[str]) -> None:
        self._desk = desk
        self._today = today
        self._remarks = remarks

    def groups(self, found: Sequence[_Token]) -> list[list[Node]]:
        """What must all be there, each with the alternatives to it."""
        groups: list[list[Node]] = []
        joins = excludes = False
        for at, token in enumerate(found):
            is_last = at == len(found) - 1
            if token.word in _AND and groups and not is_last:
                continue
            if token.word in _OR and groups and not is_last and not joins:
                joins = True
                continue
            if token.word in _NOT and not is_last and not excludes:
                excludes = True
                continue
            if token.word in _OR | _NOT:
                self._remarks.append(
                    f"「{token.value}」は、文字のまま探しました。続けて言葉を書くと働きます。"
                )
            node = self._node(token)
            if node is not None:
                node = Not(node) if token.is_excluded != excludes else node
                if joins and groups:
                    groups[-1].append(node)
                else:
                    groups.append([node])
            joins = excludes = False
        return groups

    def _node(self, token: _Token) -> Node | None:
        field = token.field
        if field in _NOT:
            inner = self._node(_Token(token.value, token.value, is_phrase=token.is_phrase))
            return None if inner is None else Not(inner)
        if not field:
            self._hint_at_days(token)
            return self._term(token.value, is_phrase=token.is_phrase)
        if not knows(field):
            if not field.isascii():
                self._remarks.append(f"「{field}:」という指定はありません。文字のまま探しました。")
            return self._term(token.raw)
        if not normalise(token.value):
            self._remarks.append(f"「{field}:」の後ろに、探す言葉がありません。文字のまま探しました。")
            return self._term(token.raw)
        if is_fact(field):
            try:
                return read_fact(field, unicodedata.normalize("NFKC", token.value), self._desk, self._today)
            except NotUnderstood:
                self._remarks.append(
                    f"「{token.raw}」の「{token.value}」が分かりませんでした。文字のまま探しました。"
                )
                return self._term(token.raw)
        return self._term(token.value, is_phrase=token.is_phrase, parts=PARTS[field])

    def _hint_at_days(self, token: _Token) -> None:
        if token.word and _LIKE_A_DAY.fullmatch(token.word):
            try:
                read_period(token.word, today=self._today)
            except ValueError:
                return
            self._remarks.append(f"受け付けた日で探すときは「受付:{token.value}」と書きます。")

    def _term(
        self, value: str, *, is_phrase: bool = False, parts: frozenset[Part] | None = None
    ) -> Term | None:
        literal = normalise(value)
        number = clean_code(value)
        is_number = parts == PARTS["番号"] or (parts is None and is_receipt_number(number))
        if is_number and number and "(" not in literal:
            return Term(number.casefold(), parts=parts)
        if not literal:
            return None
        if is_phrase or is_number or len(literal) < 2:
            return Term(literal, parts=parts)
        words = tuple(tokens.words(literal))
        return Term(literal, words if tokens.telling(words) else (), parts)
