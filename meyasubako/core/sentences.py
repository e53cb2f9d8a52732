"""Sentences people read: a Japanese text that remembers how it can be said in the other languages of the public pages.

All kinds are the Japanese text to everything that knows nothing of languages; `tongues` says them in another one.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Self

_NONE: Mapping[Any, Any] = MappingProxyType({})


class Sentence(str):
    """A sentence of the product: `source` is the Japanese as the catalogues know it, `values` what is put into it."""

    __slots__ = ("source", "values")

    source: str
    values: Mapping[str, object]

    def __new__(cls, source: str, values: Mapping[str, object] = _NONE) -> Self:
        made = super().__new__(cls, source % values if values else source)
        made.source = source
        made.values = dict(values)
        return made


class Text(str):
    """A text of a desk file, with what the office wrote for other languages, by their codes.

    Easy Japanese keeps its furigana in braces.
    """

    __slots__ = ("versions",)

    versions: Mapping[str, str]

    def __new__(cls, japanese: str, versions: Mapping[str, str] = _NONE) -> Self:
        made = super().__new__(cls, japanese)
        made.versions = dict(versions)
        return made


class Moment(str):
    """A time people are to keep in mind, as Japanese says it: 7月10日（金） 14時."""

    __slots__ = ("instant",)

    instant: datetime

    def __new__(cls, japanese: str, instant: datetime) -> Self:
        made = super().__new__(cls, japanese)
        made.instant = instant
        return made


def say(source: str, /, **values: object) -> Sentence:
    """A sentence of the product: say("「%(label)s」を書いてください。", label=field.label)."""
    return Sentence(source, values)


def joined(parts: Iterable[object], between: str = "") -> Sentence:
    """Several sentences in a row, each of which can still be said in every language."""
    values: dict[str, object] = {f"part{position}": part for position, part in enumerate(parts)}
    return Sentence("%(between)s".join(f"%({name})s" for name in values), {**values, "between": between})
