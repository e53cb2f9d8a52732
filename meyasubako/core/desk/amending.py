"""Amendments: what an office changed of its desk on its own pages, laid over what the desk file says.

Each says one thing of one entry (the name of a topic, a day that is closed), so that it can be taken back by itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from meyasubako.core.desk.definition import ClosedDay, Desk, Division, Topic
from meyasubako.core.desk.stored import as_plain, from_plain

TOPIC, DIVISION, CLOSED_DAY = "topic", "division", "closed_day"
"""What can be amended. A closed day has its date for a code."""


class Part(StrEnum):
    """What an amendment says of an entry. `PARENT` is the topic above, "" at the top; the `REASON` of an open day is None."""

    ADDED = "added"
    LABEL = "label"
    DESCRIPTION = "description"
    KEYWORDS = "keywords"
    TOPICS = "topics"
    PARENT = "parent"
    RETIRED = "retired"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class Amendment:
    """One thing an office changed; `value` is what it is now, as plain JSON."""

    category: str
    code: str
    part: Part
    value: Any


def amended(base: Desk, amendments: Iterable[Amendment]) -> tuple[Desk, tuple[Amendment, ...]]:
    """The desk with the amendments, in their order; and those that change nothing, or are about what is not there any more."""
    tree, divisions = _Tree(base.topics), {each.code: each for each in base.divisions}
    days = {each.on: each for each in base.closed_days}
    idle: list[Amendment] = []
    for each in amendments:
        if each.category == TOPIC:
            has_effect = tree.take(each)
        elif each.category == DIVISION:
            has_effect = _take_division(divisions, each)
        else:
            has_effect = _take_day(days, each)
        if not has_effect:
            idle.append(each)
    topics = tree.grown()
    codes = set(tree.places)
    desk = replace(
        base,
        topics=topics,
        divisions=tuple(
            replace(each, topics=tuple(code for code in each.topics if code in codes))
            for each in divisions.values()
        ),
        closed_days=base.closed_days
        if list(days.values()) == list(base.closed_days)
        else tuple(days[on] for on in sorted(days)),
    )
    return desk, tuple(idle)


def parents_of(topics: Iterable[Topic]) -> dict[str, str]:
    """The code of the topic above each topic, "" at the top."""
    return {topic.code: parent for topic, parent in _with_parents(topics)}


def _with_parents(topics: Iterable[Topic], parent: str = "") -> Iterator[tuple[Topic, str]]:
    for topic in topics:
        yield topic, parent
        yield from _with_parents(topic.children, topic.code)


class _Tree:
    """Topics without their order of depth: each with the one above it."""

    def __init__(self, topics: tuple[Topic, ...]) -> None:
        self.places = {
            topic.code: (replace(topic, children=()), parent) for topic, parent in _with_parents(topics)
        }

    def take(self, amendment: Amendment) -> bool:
        """Lay one amendment over the tree; False when it changes nothing."""
        code, value = amendment.code, amendment.value
        if amendment.part is Part.ADDED:
            if code in self.places:
                return False
            parent = value["parent"] if value["parent"] in self.places else ""
            self.places[code] = (from_plain(Topic, value["topic"]), parent)
            return True
        if code not in self.places:
            return False
        topic, parent = self.places[code]
        if amendment.part is Part.PARENT:
            if value == parent or (value and (value not in self.places or code in self._line(value))):
                return False
            # What moved comes last in its new place.
            del self.places[code]
            self.places[code] = (topic, value)
            return True
        changed = _changed(topic, amendment)
        self.places[code] = (changed, parent)
        return as_plain(changed) != as_plain(topic)

    def grown(self, parent: str = "") -> tuple[Topic, ...]:
        """The tree below a topic."""
        return tuple(
            replace(topic, children=self.grown(topic.code))
            for topic, above in self.places.values()
            if above == parent
        )

    def _line(self, code: str) -> Iterator[str]:
        while code:
            yield code
            code = self.places[code][1]


def _take_division(divisions: dict[str, Division], amendment: Amendment) -> bool:
    if amendment.part is Part.ADDED:
        if amendment.code in divisions:
            return False
        divisions[amendment.code] = from_plain(Division, amendment.value)
        return True
    found = divisions.get(amendment.code)
    if found is None:
        return False
    divisions[amendment.code] = _changed(found, amendment)
    return as_plain(divisions[amendment.code]) != as_plain(found)


def _take_day(days: dict[date, ClosedDay], amendment: Amendment) -> bool:
    on = date.fromisoformat(amendment.code)
    if amendment.value is None:
        return days.pop(on, None) is not None
    day = ClosedDay(on, amendment.value)
    if days.get(on) == day:
        return False
    days[on] = day
    return True


def _changed(entry: Any, amendment: Amendment) -> Any:
    kinds = {Part.RETIRED: bool, Part.KEYWORDS: tuple[str, ...], Part.TOPICS: tuple[str, ...]}
    value = from_plain(kinds.get(amendment.part, str), amendment.value)
    return replace(entry, **{amendment.part.value: value})
