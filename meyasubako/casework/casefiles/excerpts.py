"""What a found text says around the words that were asked for, taken from the text as it was written. Not for inside a unit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from meyasubako.casework.casefiles.finding import Hit
from meyasubako.casework.searching import PART_LABELS, Asked, Part, Term
from meyasubako.insight import tokens
from meyasubako.insight.normal import Aligned, align, normalise

MOST: Final = 3
BEFORE: Final = 24
LENGTH: Final = 110
SHORT: Final = 200
"""A text so short is looked through for every spelling; a longer one only where the asked spelling is not in it."""

_SHOWN_WHOLE: Final = frozenset({Part.TITLE, Part.NUMBER})


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `is_hit` when it is what was asked for."""

    text: str
    is_hit: bool = False


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a part of a case says around a hit."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A case that was found as it is shown: its title and number with what was asked for in them, and what its texts say."""

    hit: Hit
    title: tuple[Piece, ...]
    number: tuple[Piece, ...]
    excerpts: tuple[Excerpt, ...]


def show(hit: Hit, asked: Asked) -> Shown:
    """The texts of a case, cut to what was asked for."""
    terms = tuple(asked.terms)
    title = hit.texts[Part.TITLE][0]
    excerpts = _excerpts(hit, terms)
    if not excerpts and (body := " ".join(hit.texts[Part.BODY][0].split())):
        ends = "…" if len(body) > LENGTH else ""
        excerpts = (Excerpt(PART_LABELS[Part.BODY], (Piece(f"{body[:LENGTH]}{ends}"),)),)
    return Shown(
        hit,
        title=tuple(_cut(title, _hits(title, terms, Part.TITLE, hit.spelled), 0, len(title))),
        number=tuple(
            _cut(hit.number, _hits(hit.number, terms, Part.NUMBER, frozenset()), 0, len(hit.number))
        ),
        excerpts=excerpts,
    )


def _excerpts(hit: Hit, terms: Sequence[Term]) -> tuple[Excerpt, ...]:
    found: list[Excerpt] = []
    for part, texts in sorted(hit.texts.items()):
        if part in _SHOWN_WHOLE:
            continue
        # A name and an organisation are told in one line.
        for text in ["　".join(filter(None, texts))] if part is Part.PERSON else texts:
            hits = _hits(text, terms, part, hit.spelled)
            if not hits or len(found) == MOST:
                continue
            excerpt = Excerpt(PART_LABELS[part], tuple(_around(text, hits)))
            # What an adviser was told often repeats the case: once is enough.
            if all(excerpt.pieces != each.pieces for each in found):
                found.append(excerpt)
    return tuple(found)


def _around(text: str, hits: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    start = max(0, min(hits[0][0] - BEFORE, len(text) - LENGTH))
    end = min(len(text), max(start + LENGTH, hits[0][1]))
    if start > 0:
        yield Piece("…")
    yield from _cut(text, hits, start, end)
    if end < len(text):
        yield Piece("…")


def _cut(text: str, hits: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[Piece]:
    at = start
    for first, last in hits:
        if last <= at or first >= end:
            continue
        if first > at:
            yield Piece(text[at:first])
        yield Piece(text[max(first, at) : min(last, end)], is_hit=True)
        at = min(last, end)
    if at < end:
        yield Piece(text[at:end])


def _hits(text: str, terms: Sequence[Term], part: Part, spelled: frozenset[Part]) -> list[tuple[int, int]]:
    """Where a text holds what was asked for, from left to right, without overlaps."""
    asked = [term for term in terms if term.reaches(part)]
    plain = normalise(text)
    if not any(term.literal in plain for term in asked) and part not in spelled:
        # Most texts hold nothing that was asked for, and to know where characters came from takes time.
        return []
    aligned = align(text)
    places = [place for term in asked for place in _places(aligned, term, is_spelled=part in spelled)]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(aligned.original(*place) for place in places):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _places(aligned: Aligned, term: Term, *, is_spelled: bool) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = aligned.text.find(term.literal)
    while at >= 0:
        found.append((at, at + len(term.literal)))
        at = aligned.text.find(term.literal, at + len(term.literal))
    if term.words and is_spelled and (not found or len(aligned.text) <= SHORT):
        found += tokens.places(tokens.words(aligned.text), term.words)
    return found
