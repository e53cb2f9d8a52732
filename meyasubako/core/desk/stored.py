"""A desk as it lies in the database: JSON that gives back exactly the same desk, retired entries included."""

import dataclasses
import json
import types
import typing
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache

from meyasubako.core.desk.definition import Desk
from meyasubako.core.sentences import Sentence, Text, say
from meyasubako.core.vocabulary import Language

_JAPANESE = Language.JAPANESE.value
_SENTENCE = "say"


def to_json(desk: Desk) -> str:
    """The desk as one JSON text."""
    return json.dumps(as_plain(desk), ensure_ascii=False)


@lru_cache(maxsize=64)
def from_json(text: str) -> Desk:
    """The desk `to_json` wrote. A key that was added to the product later takes its default.

    Desks never change, and nearly every unit of work asks for the same few: each text is read once.
    """
    return from_plain(Desk, json.loads(text))


def as_plain(value: typing.Any) -> typing.Any:
    """Any part of a desk as plain JSON: texts in several languages with all of them."""
    if names := _parts_of(type(value)):
        return {name: as_plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple):
        return [as_plain(entry) for entry in value]
    if isinstance(value, Text):
        return {_JAPANESE: str(value), **value.versions}
    if isinstance(value, Sentence):
        return {_SENTENCE: value.source}
    return value.isoformat() if isinstance(value, date) else value


@cache
def _parts_of(kind: type) -> tuple[str, ...]:
    """The names of what a part of a desk consists of; none for plain values."""
    return tuple(part.name for part in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()


@cache
def _types_of(kind: typing.Any) -> dict[str, typing.Any]:
    return typing.get_type_hints(kind)


def from_plain(kind: typing.Any, value: typing.Any) -> typing.Any:
    """Any part of a desk, of the kind an annotation names, out of the plain JSON `as_plain` made."""
    if isinstance(kind, types.UnionType):
        present = next(choice for choice in kind.__args__ if choice is not types.NoneType)
        return None if value is None else from_plain(present, value)
    if typing.get_origin(kind) is tuple:
        return tuple(from_plain(kind.__args__[0], entry) for entry in value)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = _types_of(kind)
        return kind(**{name: from_plain(hints[name], entry) for name, entry in value.items()})
    if kind is date:
        return date.fromisoformat(value)
    if issubclass(kind, StrEnum):
        return kind(value)
    if isinstance(value, dict) and _SENTENCE in value:
        return say(value[_SENTENCE])
    if isinstance(value, dict):
        return Text(value[_JAPANESE], {code: said for code, said in value.items() if code != _JAPANESE})
    return value
