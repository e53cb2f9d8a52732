"""Applies a new desk file over the stored desk: what is still in use is retired, never removed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

from meyasubako.core.desk.changes import Change, differences
from meyasubako.core.desk.definition import CodedItem, Desk, Topic, walk
from meyasubako.core.desk.fields import Field

Used = Callable[[str, str], bool]
"""Whether stored data refers to a code: `used("topic", "health")`. The categories are the values of
`changes.CATEGORIES`; for the choices of a field it is the field's name, `used("municipality", "162019")`."""


def merge(old: Desk, new: Desk, *, used: Used) -> tuple[Desk, tuple[Change, ...]]:
    """The stored desk with a new file applied. Codes missing from it stay, retired, while in use."""
    if old.code != new.code:
        raise ValueError(f"{old.code} is not {new.code}")
    topics = _merge_topics(old.topics, new.topics, used)
    topic_codes = {topic.code for topic in walk(topics)}
    purposes = _merge_list(old.purposes, new.purposes, lambda code: used("purpose", code))
    types = _merge_list(old.requester_types, new.requester_types, lambda code: used("requester_type", code))
    kept_kinds = {purpose.kind for purpose in purposes}
    kept_groups = {option.group for option in types}
    kinds = _merge_list(old.kinds, new.kinds, lambda code: code in kept_kinds or used("kind", code))
    divisions = _merge_list(old.divisions, new.divisions, lambda code: used("division", code))
    type_codes, kind_codes = {option.code for option in types}, {kind.code for kind in kinds}
    reasons = _merge_list(old.decline_reasons, new.decline_reasons, lambda code: used("decline_reason", code))
    pointed_to = {code for reason in reasons for code in reason.offices}
    merged = replace(
        new,
        kinds=kinds,
        requester_groups=_merge_list(
            old.requester_groups,
            new.requester_groups,
            lambda code: code in kept_groups or used("requester_group", code),
        ),
        requester_types=types,
        purposes=purposes,
        topics=topics,
        fields=tuple(
            replace(
                field,
                requester_types=tuple(code for code in field.requester_types if code in type_codes),
                kinds=tuple(code for code in field.kinds if code in kind_codes),
            )
            for field in _merge_fields(old.fields, new.fields, used)
        ),
        divisions=tuple(
            replace(division, topics=tuple(code for code in division.topics if code in topic_codes))
            for division in divisions
        ),
        outcomes=_merge_list(old.outcomes, new.outcomes, lambda code: used("outcome", code)),
        decline_reasons=reasons,
        turn_down_reasons=_merge_list(
            old.turn_down_reasons, new.turn_down_reasons, lambda code: used("turn_down_reason", code)
        ),
        offices=_merge_list(
            old.offices, new.offices, lambda code: code in pointed_to or used("office", code)
        ),
    )
    return merged, tuple(differences(old, merged))


def _merge_list(
    old: tuple[CodedItem, ...], new: tuple[CodedItem, ...], is_kept: Callable[[str], bool]
) -> tuple[CodedItem, ...]:
    codes = {item.code for item in new}
    return (*new, *(_retired(item) for item in old if item.code not in codes and is_kept(item.code)))


def _retired(item: CodedItem) -> CodedItem:
    return replace(cast("Any", item), retired=True)


def _merge_fields(old: tuple[Field, ...], new: tuple[Field, ...], used: Used) -> tuple[Field, ...]:
    before = {field.name: field.options for field in old}

    def with_options(field: Field) -> Field:
        options = _merge_list(before.get(field.name, ()), field.options, lambda code: used(field.name, code))
        return replace(field, options=options)

    return _merge_list(old, tuple(map(with_options, new)), lambda code: used("field", code))


def _merge_topics(old: tuple[Topic, ...], new: tuple[Topic, ...], used: Used) -> tuple[Topic, ...]:
    codes = {topic.code for topic in walk(new)}
    before = {topic.code: topic for topic in walk(old)}

    def retired(topics: tuple[Topic, ...]) -> Iterator[Topic]:
        for topic in topics:
            if topic.code in codes:
                continue
            children = tuple(retired(topic.children))
            if children or used("topic", topic.code):
                yield replace(topic, children=children, retired=True)

    def completed(topic: Topic) -> Topic:
        gone = before[topic.code].children if topic.code in before else ()
        return replace(topic, children=(*map(completed, topic.children), *retired(gone)))

    return (*map(completed, new), *retired(old))
