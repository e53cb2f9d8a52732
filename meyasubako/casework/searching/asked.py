"""What somebody asked for, understood: words and facts, put together by AND, OR and NOT."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from meyasubako.casework.searching.parts import Part
from meyasubako.core.codes import clean_code, is_receipt_number
from meyasubako.core.vocabulary import CaseKind, Channel, RequesterType, Status
from meyasubako.insight.tokens import Word

SHORTEST_OF_NUMBER: Final = 4


@dataclass(frozen=True, slots=True)
class Term:
    """A text that must be there, `literal` as it is compared. `words` finds other spellings of it; none for a phrase.

    `parts` limits where it must be; None is anywhere.
    """

    literal: str
    words: tuple[Word, ...] = ()
    parts: frozenset[Part] | None = None

    def reaches(self, part: Part) -> bool:
        """Whether it may stand in this part. A short word is no piece of a number: who types DX means no M7D-X34-9PA."""
        if self.parts is not None:
            return part in self.parts
        return part is not Part.NUMBER or len(self.literal) >= SHORTEST_OF_NUMBER


@dataclass(frozen=True, slots=True)
class Fact:
    """What must hold of the case itself. Of each field that says something, one value must be its own."""

    statuses: frozenset[Status] | None = None
    kinds: frozenset[CaseKind] | None = None
    purposes: frozenset[str] | None = None
    topics: frozenset[str] | None = None
    channels: frozenset[Channel] | None = None
    requester_types: frozenset[RequesterType] | None = None
    assignee: str | None = None
    is_mine: bool = False
    has_assignee: bool | None = None
    received: tuple[date | None, date | None] | None = None
    due: tuple[date | None, date | None] | None = None


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be so."""

    of: "Node"


@dataclass(frozen=True, slots=True)
class Every:
    """All of these must be so."""

    of: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of these must be so."""

    of: tuple["Node", ...]


Node: TypeAlias = Term | Fact | Not | Every | Either


@dataclass(frozen=True, slots=True)
class Asked:
    """A query: as typed, as understood (None when there is nothing to look for), and what to say about it."""

    typed: str
    node: Node | None
    remarks: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return self.node is None

    @property
    def terms(self) -> Sequence[Term]:
        """The texts that are looked for, without those that must not be there."""
        return tuple(_terms(self.node)) if self.node else ()

    @property
    def wants_put_aside(self) -> bool:
        """Whether it asks for what was put aside for checking, which no other list shows."""
        return any(Status.QUARANTINED in (fact.statuses or ()) for fact in _facts(self.node))

    @property
    def is_for_a_number(self) -> bool:
        """Whether it asks for nothing but a receipt by its number."""
        return isinstance(self.node, Term) and (
            self.node.parts == {Part.NUMBER} or is_receipt_number(clean_code(self.node.literal))
        )


def _terms(node: Node) -> Iterator[Term]:
    if isinstance(node, Term):
        yield node
    elif isinstance(node, Every | Either):
        for each in node.of:
            yield from _terms(each)


def _facts(node: Node | None) -> Iterator[Fact]:
    if isinstance(node, Fact):
        yield node
    elif isinstance(node, Every | Either):
        for each in node.of:
            yield from _facts(each)
