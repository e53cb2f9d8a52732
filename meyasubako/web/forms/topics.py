"""The topic tree of a desk as a form offers it."""

from collections.abc import Iterable

from meyasubako.core.desk import Desk, Topic

Options = list[tuple[str, str]]


def topic_groups(desk: Desk, keep: Iterable[str] = ()) -> list[tuple[str, Options]]:
    """The topics offered now, under the tops of the tree; `keep` are chosen ones to show even if no longer offered."""
    kept = set(keep)
    groups = [(top.label, list(_options(top, kept, is_offered=True))) for top in desk.topics]
    return [group for group in groups if group[1]]


def every_topic(desk: Desk, keep: Iterable[str] = ()) -> list[tuple[str, Options]]:
    """The topics offered now, tops and all, each under its top; `keep` are chosen ones to show even if no longer offered."""
    kept, offered = set(keep), desk.open_topic_codes
    groups = [
        (
            top.label,
            [
                (each.code, "／".join(step.label for step in desk.topic_line(each.code)))
                for each in desk.topic_and_below(top.code)
                if each.code in offered or each.code in kept
            ],
        )
        for top in desk.topics
    ]
    return [group for group in groups if group[1]]


def _options(
    topic: Topic, kept: set[str], *, is_offered: bool, above: str | None = None
) -> Iterable[tuple[str, str]]:
    is_offered = is_offered and not topic.retired
    label = f"{above or ''}{topic.label}"
    is_leaf = all(child.retired for child in topic.children)
    if topic.code in kept or (is_offered and is_leaf):
        yield topic.code, label if is_offered else f"{label}（いまは使いません）"
    for child in topic.children:
        # The top is the heading of its group; further down the line is told.
        yield from _options(child, kept, is_offered=is_offered, above="" if above is None else f"{label}／")
