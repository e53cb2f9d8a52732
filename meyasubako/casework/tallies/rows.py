"""The rows of a tally, in the desk's words and order.

What the desk offers has a row even where it is zero, and so has 不明; what it no longer offers, only where it is not.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from meyasubako.core.areas import ABROAD, OUTSIDE
from meyasubako.core.desk import ABROAD_CODE, OUTSIDE_CODE, Desk, Topic
from meyasubako.core.vocabulary import (
    CaseKind,
    Channel,
    Dimension,
    Helpfulness,
    Outcome,
    Practice,
    Priority,
    ProviderKind,
    RequesterType,
    Status,
    Timeliness,
    Word,
)

TOTAL: Final = "total"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Head:
    """A row before it has figures."""

    code: str
    label: str
    depth: int = 0
    parent: str | None = None
    only_if_used: bool = False


def heads_of(desk: Desk, dimension: Dimension) -> list[Head]:
    """The rows of a dimension, without the total; 不明 last where there can be one."""
    return list(_HEADS[dimension](desk))


def label_of(desk: Desk, dimension: Dimension) -> str:
    """What the desk calls a dimension."""
    words = desk.tally_labels
    return {
        Dimension.REQUESTER_GROUP: words.requesters,
        Dimension.REQUESTER_TYPE: f"{words.requesters}の区分",
        Dimension.PURPOSE: words.purposes,
        Dimension.TOPIC: words.topics,
        Dimension.TOPIC_TOP: f"{words.topics}（上の段）",
    }.get(dimension, dimension.label)


def label_of_row(desk: Desk, dimension: Dimension, code: str) -> str:
    """What the desk calls a row."""
    if code == TOTAL:
        return "合計"
    return next((head.label for head in heads_of(desk, dimension) if head.code == code), code)


def _groups(desk: Desk) -> Iterator[Head]:
    for group in desk.requester_groups:
        yield Head(group.code, group.label, only_if_used=group.retired)
    yield Head(UNKNOWN, "不明")


def _types(desk: Desk) -> Iterator[Head]:
    for option in desk.requester_types:
        yield Head(option.code.value, option.label, only_if_used=option.retired)
    offered = {option.code.value for option in desk.requester_types}
    yield from _not_offered(RequesterType, offered | {RequesterType.UNKNOWN.value})
    yield Head(UNKNOWN, "不明")


def _purposes(desk: Desk) -> Iterator[Head]:
    for purpose in desk.purposes:
        yield Head(purpose.code, purpose.label, only_if_used=purpose.retired)
    yield Head(UNKNOWN, "不明")


def _topics(desk: Desk) -> Iterator[Head]:
    yield from _tree(desk.topics, 0, None)
    yield Head(UNKNOWN, "不明")


def _tree(topics: tuple[Topic, ...], depth: int, parent: str | None) -> Iterator[Head]:
    for topic in topics:
        yield Head(topic.code, topic.label, depth, parent, topic.retired)
        yield from _tree(topic.children, depth + 1, topic.code)


def _channels(_desk: Desk) -> Iterator[Head]:
    return (Head(word.value, word.label) for word in Channel)


def _statuses(_desk: Desk) -> Iterator[Head]:
    # What waits to be looked at, and what was merged, is no 項目.
    uncounted = {Status.QUARANTINED, Status.MERGED}
    return (Head(word.value, word.label, only_if_used=word in uncounted) for word in Status)


def _outcomes(desk: Desk) -> Iterator[Head]:
    for outcome in desk.outcomes:
        yield Head(outcome.code.value, outcome.label, only_if_used=outcome.retired)
    yield from _not_offered(Outcome, {outcome.code.value for outcome in desk.outcomes})


def _tops(desk: Desk) -> Iterator[Head]:
    return (head for head in _topics(desk) if head.depth == 0)


def _kinds(desk: Desk) -> Iterator[Head]:
    for kind in desk.kinds:
        yield Head(kind.code.value, kind.short_label)
    yield from _not_offered(CaseKind, {kind.code.value for kind in desk.kinds})


def _divisions(desk: Desk) -> Iterator[Head]:
    for division in desk.divisions:
        yield Head(division.code, division.label, only_if_used=division.retired)
    yield Head(UNKNOWN, "不明")


def _municipalities(desk: Desk) -> Iterator[Head]:
    with suppress(KeyError):
        for option in desk.field("municipality").options:
            yield Head(option.code, option.label)
    yield Head(UNKNOWN, "不明")


def _priorities(_desk: Desk) -> Iterator[Head]:
    yield from (Head(word.value, word.label) for word in Priority)
    yield Head(UNKNOWN, "決めていない")


def _days(_desk: Desk) -> Iterator[Head]:
    """Only what was: how many days there can be has no end."""
    return iter(())


def _areas(desk: Desk) -> Iterator[Head]:
    for area in desk.areas:
        yield Head(area.code, area.label)
    yield Head(OUTSIDE_CODE, OUTSIDE)
    yield Head(ABROAD_CODE, ABROAD)
    yield Head(UNKNOWN, "不明")


def _words(words: Iterable[Word]) -> Callable[[Desk], Iterator[Head]]:
    return lambda _desk: (Head(word.value, word.label) for word in words)


def _not_offered(words: Iterable[Word], offered: set[str]) -> Iterator[Head]:
    return (Head(word.value, word.label, only_if_used=True) for word in words if word.value not in offered)


_HEADS: Mapping[Dimension, Callable[[Desk], Iterator[Head]]] = {
    Dimension.REQUESTER_GROUP: _groups,
    Dimension.REQUESTER_TYPE: _types,
    Dimension.PURPOSE: _purposes,
    Dimension.TOPIC: _topics,
    Dimension.CHANNEL: _channels,
    Dimension.STATUS: _statuses,
    Dimension.OUTCOME: _outcomes,
    Dimension.TOPIC_TOP: _tops,
    Dimension.KIND: _kinds,
    Dimension.DIVISION: _divisions,
    Dimension.MUNICIPALITY: _municipalities,
    Dimension.AREA: _areas,
    Dimension.PROVIDER_KIND: _words(ProviderKind),
    Dimension.GRADE: _words(Helpfulness),
    Dimension.PRACTICE: _words(Practice),
    Dimension.TIMELINESS: _words(Timeliness),
    Dimension.PRIORITY: _priorities,
    Dimension.DAYS: _days,
}
