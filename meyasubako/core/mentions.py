"""Who is called in a note: by @ and a login, or by @ and as much of a name as fits one person alone."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEAST_OF_NAME: Final = 2

# An @ inside a mail address calls nobody.
_CALL = re.compile(r"(?<![A-Za-z0-9._+-])@(?=\S)")
_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]*[a-z0-9])?")
_AFTER_NAME = re.compile(r"\s|[ぁ-ゖ]|[^\w]|(?:課長|係長|班長|部長|次長|主査|主任|主事|室長|様|氏|殿)|$")
_WORD = re.compile(r"[\w.+-]{1,30}")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be called."""

    id: int
    login: str
    name: str


@dataclass(frozen=True, slots=True)
class Calls:
    """Whom a text calls: `ids` in the order of the text; `doubtful` fits several people, `unknown` nobody."""

    ids: tuple[int, ...]
    doubtful: tuple[tuple[str, tuple[str, ...]], ...]
    unknown: tuple[str, ...]


def calls(text: str, people: Sequence[Person]) -> Calls:
    """Whom the text calls among these people."""
    plain = unicodedata.normalize("NFKC", text)
    ids: dict[int, None] = {}
    doubtful: dict[str, tuple[str, ...]] = {}
    unknown: dict[str, None] = {}
    for found in _CALL.finditer(plain):
        rest = plain[found.end() :]
        called, words = _called(rest, people)
        if len(called) == 1:
            ids[called[0].id] = None
        elif called:
            doubtful[words] = tuple(each.name for each in called)
        elif word := _WORD.match(rest):
            unknown[word.group()] = None
    return Calls(tuple(ids), tuple(doubtful.items()), tuple(unknown))


def _called(rest: str, people: Sequence[Person]) -> tuple[list[Person], str]:
    """Who is meant by what follows an @, and the words that say so."""
    login = _LOGIN.match(rest.casefold())
    if login and (by_login := [each for each in people if each.login == login.group()]):
        return by_login, login.group()
    best, meant = 0, list[Person]()
    for each in people:
        length = _in_common(rest, _bare(each.name))
        if length > best:
            best, meant = length, [each]
        elif length == best:
            meant.append(each)
    if best < LEAST_OF_NAME:
        return [], ""
    return meant, rest[:best]


def _in_common(rest: str, name: str) -> int:
    """How much of a name the text begins with; 0 where a longer name follows."""
    length = 0
    for ours, theirs in zip(name, rest, strict=False):
        if ours != theirs:
            break
        length += 1
    is_whole = length == len(name)
    return length if is_whole or _AFTER_NAME.match(rest[length:]) else 0


def _bare(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())
