"""Conditions (条件): which cases of a desk are meant. Lists, saved views, exports and work on many cases share them.

A condition that is empty leaves nothing out. Written to an address or kept as JSON, conditions read back as they were.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlencode

from meyasubako.core.numbers import whole_ones
from meyasubako.core.text import clean_line
from meyasubako.core.vocabulary import CaseKind, Channel, Language, Outcome, Priority, RequesterType, Status

ME: Final = "me"
"""Whoever looks at the list."""
NOBODY: Final = "none"
"""No assignee; or no division, where it stands for one."""
LONGEST_TEXT: Final = 200
_LONGEST_CODE: Final = 60
_MOST_VALUES: Final = 100

E = TypeVar("E", bound=StrEnum)

UNANSWERED: Final = frozenset(
    {
        Status.QUARANTINED,
        Status.RECEIVED,
        Status.TRIAGED,
        Status.OFFERED,
        Status.IN_PROGRESS,
        Status.WAITING,
    }
)
"""Statuses in which the answer is still owed, so that the deadline counts."""

UNFINISHED: Final = (UNANSWERED | {Status.ANSWERED}) - {Status.QUARANTINED}
"""What the inbox holds: a case leaves it when it is closed, declined, withdrawn or merged.

What was put aside for checking has a list of its own, so that a flood does not bury the work.
"""

PRESSING: Final[Mapping[Priority | None, int]] = {
    Priority.HIGH: 1,
    Priority.NORMAL: 2,
    None: 2,
    Priority.LOW: 3,
}
"""Where a case stands among the unfinished ones of one day, by its priority."""
FINISHED: Final = 4
"""Where those that are finished stand: after all others."""


class Scope(StrEnum):
    """Which list: what is still being worked on, or everything."""

    INBOX = "inbox"
    ALL = "all"


class Queue(StrEnum):
    """きょうの仕事: what waits for the desk, for one of its staff, or for somebody else."""

    NEW = "new"
    DUE_TODAY = "due-today"
    OVERDUE = "overdue"
    THIS_WEEK = "this-week"
    ADDED = "added"
    OFFER_ANSWERED = "offer-answered"
    ADVISED = "advised"
    REPORT_LATE = "report-late"
    MAIL = "mail"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    UNSEEN = "unseen"
    ON_REQUESTER = "on-requester"
    ON_PROVIDER = "on-provider"


NEWS: Final = (Queue.ADDED, Queue.OFFER_ANSWERED, Queue.ADVISED, Queue.MAIL)
"""What waits because somebody else did something."""
BY_DEADLINE: Final = (Queue.DUE_TODAY, Queue.OVERDUE, Queue.THIS_WEEK)
"""What waits because of its deadline."""


class Sorting(StrEnum):
    """In which order a list is read. By deadline: what has none comes last, the oldest first.

    What happened last comes first only among what is unfinished: of all cases ever that is no list to work through.
    """

    NEWEST = "newest"
    OLDEST = "oldest"
    DUE = "due"
    CHANGED = "changed"


class Due(StrEnum):
    """How near the deadline of an answer still owed is. A week ends on Sunday."""

    TODAY = "today"
    THIS_WEEK = "this-week"
    OVERDUE = "overdue"


class Answered(StrEnum):
    """Whether the case was ever answered."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a case must be to be meant; of several values of one condition it must be any.

    `topics` mean what lies below them too. `assignees` holds numbers of staff, ME or NOBODY; `divisions` codes or NOBODY.
    `number` is a receipt number or its beginning; who asks for one looks for it wherever it stands.
    """

    scope: Scope = Scope.INBOX
    queue: Queue | None = None
    statuses: tuple[Status, ...] = ()
    kinds: tuple[CaseKind, ...] = ()
    requester_types: tuple[RequesterType, ...] = ()
    purposes: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    languages: tuple[Language, ...] = ()
    divisions: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    received_from: date | None = None
    received_to: date | None = None
    due: Due | None = None
    due_from: date | None = None
    due_to: date | None = None
    answered: Answered | None = None
    priorities: tuple[Priority, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    number: str = ""
    text: str = ""

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Conditions from the pairs of an address or a form, by NAMES. What means nothing is left out."""
        typed: dict[str, list[str]] = {}
        for name, value in pairs:
            values = typed.setdefault(name, [])
            if len(values) < _MOST_VALUES and (value := value.strip()):
                values.append(value)
        return cls(**{field: _READERS[field](typed.get(name, [])) for field, name in NAMES.items()})

    @classmethod
    def from_json(cls, kept: Mapping[str, Iterable[str]]) -> Self:
        """Conditions as `to_json` wrote them."""
        return cls.read((name, value) for name, values in kept.items() for value in values)

    def to_json(self) -> dict[str, list[str]]:
        """Conditions to keep; what is empty is not written."""
        kept: dict[str, list[str]] = {}
        for name, value in self.pairs():
            kept.setdefault(name, []).append(value)
        return kept

    def pairs(self) -> list[tuple[str, str]]:
        """Conditions for an address or hidden fields; what is empty is not written."""
        found: list[tuple[str, str]] = []
        for field, name in NAMES.items():
            value = getattr(self, field)
            if value == _EMPTY[field]:
                continue
            values = value if isinstance(value, tuple) else (value,)
            found += [(name, each.isoformat() if isinstance(each, date) else str(each)) for each in values]
        return found

    def query(self, *more: tuple[str, str]) -> str:
        """The query of an address with these conditions and `more`, with its question mark; "" for none."""
        found = urlencode([*self.pairs(), *(pair for pair in more if pair[1])])
        return f"?{found}" if found else ""

    def orders(self) -> tuple[Sorting, ...]:
        """The orders these cases can be read in."""
        is_all = self.queue is None and self.scope is Scope.ALL
        return tuple(each for each in Sorting if not (is_all and each is Sorting.CHANGED))

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out beyond what the list itself leaves out."""
        return any(getattr(self, field) != _EMPTY[field] for field in NAMES if field != "scope")


NAMES: Final[Mapping[str, str]] = {
    "scope": "scope",
    "queue": "queue",
    "statuses": "status",
    "kinds": "kind",
    "requester_types": "requester_type",
    "purposes": "purpose",
    "topics": "topic",
    "channels": "channel",
    "languages": "language",
    "divisions": "division",
    "assignees": "assignee",
    "received_from": "received_from",
    "received_to": "received_to",
    "due": "due",
    "due_from": "due_from",
    "due_to": "due_to",
    "answered": "answered",
    "priorities": "priority",
    "outcomes": "outcome",
    "number": "number",
    "text": "text",
}
"""What each condition is called in addresses, forms and JSON."""

_EMPTY: Final[Mapping[str, Any]] = {each.name: each.default for each in fields(Conditions)}


def _one(words: type[E], otherwise: E | None = None) -> Any:
    def read(typed: list[str]) -> E | None:
        return next((words(each) for each in typed if each in set(words)), otherwise)

    return read


def _several(words: type[E]) -> Any:
    def read(typed: list[str]) -> tuple[E, ...]:
        return tuple(each for each in words if each in typed)

    return read


def _codes(typed: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in typed if len(each) <= _LONGEST_CODE))


def _assignees(typed: list[str]) -> tuple[str, ...]:
    people = [str(each) for each in whole_ones(typed)]
    return tuple(dict.fromkeys([*(each for each in (ME, NOBODY) if each in typed), *people]))


def _day(typed: list[str]) -> date | None:
    for each in typed:
        try:
            return date.fromisoformat(each)
        except ValueError:
            continue
    return None


def _text(typed: list[str]) -> str:
    return clean_line(typed[0])[:LONGEST_TEXT] if typed else ""


_READERS: Final[Mapping[str, Any]] = {
    "scope": _one(Scope, Scope.INBOX),
    "queue": _one(Queue),
    "statuses": _several(Status),
    "kinds": _several(CaseKind),
    "requester_types": _several(RequesterType),
    "purposes": _codes,
    "topics": _codes,
    "channels": _several(Channel),
    "languages": _several(Language),
    "divisions": _codes,
    "assignees": _assignees,
    "received_from": _day,
    "received_to": _day,
    "due": _one(Due),
    "due_from": _day,
    "due_to": _day,
    "answered": _one(Answered),
    "priorities": _several(Priority),
    "outcomes": _several(Outcome),
    "number": _text,
    "text": _text,
}
