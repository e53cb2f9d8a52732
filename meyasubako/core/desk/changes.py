"""Names what differs between the stored desk and a new file, in sentences the office reads."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from meyasubako.core.dates import WEEKDAYS, wareki
from meyasubako.core.desk.definition import ClosedDay, Coded, Desk, Topic
from meyasubako.core.desk.stored import as_plain

CATEGORIES: Final[Mapping[str, str]] = {
    "kinds": "kind",
    "requester_groups": "requester_group",
    "requester_types": "requester_type",
    "purposes": "purpose",
    "topics": "topic",
    "fields": "field",
    "divisions": "division",
    "outcomes": "outcome",
    "decline_reasons": "decline_reason",
    "offices": "office",
    "turn_down_reasons": "turn_down_reason",
    "areas": "area",
}
"""The coded lists of a desk, each with the category its codes belong to."""

_NOUNS: Final[Mapping[str, str]] = {
    "kind": "種類",
    "requester_group": "相談者・投稿者のまとまり",
    "requester_type": "相談者・投稿者の区分",
    "purpose": "内容の種類",
    "topic": "分野",
    "field": "入力欄",
    "division": "担当課",
    "outcome": "対応結果",
    "decline_reason": "対象外の理由",
    "office": "ほかの機関",
    "turn_down_reason": "辞退の理由",
    "area": "地域",
}
_KEYS: Final[Mapping[str, str]] = {
    "label": "名前",
    "description": "説明",
    "keywords": "手がかりの言葉",
    "topics": "受け持つ分野",
    "municipalities": "市町村",
}
"""What people call the keys of an entry; others are named as in the file."""
# Compared on their own: a flag with its own sentence, and lists inside an item.
_APART: Final = frozenset({"retired", "children", "options"})
_SHORT: Final = 40


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: added, changed, retired, revived or removed; `what` is the category or `desk`."""

    kind: str
    what: str
    code: str
    text: str

    @property
    def plain(self) -> str:
        """The text for people who never see a code."""
        return self.text.replace(f"（{self.code}）", "", 1)


def differences(old: Desk, new: Desk) -> Iterator[Change]:
    """Every difference, in the order of the file."""
    for part in dataclasses.fields(Desk):
        before, after = getattr(old, part.name), getattr(new, part.name)
        category = CATEGORIES.get(part.name)
        if part.name == "closed_days":
            yield from _closed_days(before, after)
        elif category is None:
            yield from _plain(part.name, before, after)
        elif category == "topic":
            yield from _topics(before, after)
        elif category == "division":
            names = {topic.code: topic.label for desk in (old, new) for topic in desk.all_topics()}
            yield from _listed(category, _NOUNS[category], before, after, names)
        else:
            yield from _listed(category, _NOUNS[category], before, after)
        if category == "field":
            for field in new.fields:
                options = {same.name: same.options for same in old.fields}.get(field.name)
                if options is not None:
                    yield from _listed(field.name, f"「{field.label}」の選択肢", options, field.options)


def _plain(key: str, before: object, after: object) -> Iterator[Change]:
    if dataclasses.is_dataclass(before) and dataclasses.is_dataclass(after):
        for part in dataclasses.fields(before):
            yield from _plain(f"{key}.{part.name}", getattr(before, part.name), getattr(after, part.name))
    elif not _same(before, after):
        yield Change("changed", "desk", key, f"窓口の {key} を{_from_to(before, after)}。")


def _topics(before: tuple[Topic, ...], after: tuple[Topic, ...]) -> Iterator[Change]:
    old, new = dict(_with_parents(before)), dict(_with_parents(after))
    beside = [
        tuple([code for code, (_, above) in each.items() if above == parent] for each in (old, new))
        for parent in {"": None, **old}
    ]
    yield from _listed(
        "topic",
        _NOUNS["topic"],
        [topic for topic, _ in old.values()],
        [topic for topic, _ in new.values()],
        groups=[(then, now) for then, now in beside],
    )
    for code, (topic, parent) in new.items():
        if code in old and old[code][1] != parent:
            place = f"「{new[parent][0].label}」の下" if parent else "いちばん上"
            yield Change("changed", "topic", code, f"分野「{topic.label}」（{code}）を{place}に移しました。")


def _with_parents(topics: tuple[Topic, ...], parent: str = "") -> Iterator[tuple[str, tuple[Topic, str]]]:
    for topic in topics:
        yield topic.code, (topic, parent)
        yield from _with_parents(topic.children, topic.code)


def _closed_days(before: tuple[ClosedDay, ...], after: tuple[ClosedDay, ...]) -> Iterator[Change]:
    old, new = {each.on: each.reason for each in before}, {each.on: each.reason for each in after}
    for on in sorted(old.keys() | new.keys()):
        was, now, day = old.get(on), new.get(on), f"{wareki(on)}（{WEEKDAYS[on.weekday()]}）"
        if was is None:
            text = f"休みの日に、{day}「{now}」を加えました。"
            yield Change("added", "closed_day", on.isoformat(), text)
        elif now is None:
            text = f"{day}「{was}」を、休みの日から外しました。"
            yield Change("removed", "closed_day", on.isoformat(), text)
        elif was != now:
            text = f"{day}の休みの理由を「{was}」から「{now}」に変えました。"
            yield Change("changed", "closed_day", on.isoformat(), text)


def _listed(
    category: str,
    noun: str,
    before: Sequence[Coded],
    after: Sequence[Coded],
    names: Mapping[str, str] = MappingProxyType({}),
    groups: Iterable[tuple[list[str], list[str]]] | None = None,
) -> Iterator[Change]:
    old, new = {item.code: item for item in before}, {item.code: item for item in after}
    for code, item in new.items():
        name = f"{noun}「{_label(item)}」（{code}）"
        if code not in old:
            yield Change("added", category, code, f"{name}を加えました。")
            continue
        if item.retired and not old[code].retired:
            text = f"{name}を、新しい受付や振分けでは選べないようにしました。これまでの案件には残ります。"
            yield Change("retired", category, code, text)
        elif old[code].retired and not item.retired:
            yield Change("revived", category, code, f"{name}を、また新しい受付に出すようにしました。")
        for key, was, now in _parts(old[code], item):
            word = _KEYS.get(key, f" {key} ") if category in _NOUNS else f" {key} "
            change = _from_to(_named(was, names), _named(now, names))
            yield Change("changed", category, code, f"{name}の{word}を{change}。")
    for code, item in old.items():
        if code not in new:
            text = f"{noun}「{_label(item)}」（{code}）を取り除きました。使われていません。"
            yield Change("removed", category, code, text)
    if groups is None:
        groups = [(list(old), list(new))]
    staying = {code for code in old if code in new and not old[code].retired and not new[code].retired}
    if any(_is_reordered(then, now, staying) for then, now in groups):
        yield Change("changed", category, "", f"{noun}の並び順を変えました。")


def _is_reordered(before: list[str], after: list[str], staying: set[str]) -> bool:
    staying = staying & set(before) & set(after)
    return [code for code in before if code in staying] != [code for code in after if code in staying]


def _parts(before: Coded, after: Coded) -> Iterator[tuple[str, object, object]]:
    then: Any = before
    for part in dataclasses.fields(then):
        was, now = getattr(before, part.name), getattr(after, part.name)
        if part.name not in _APART and not _same(was, now):
            yield part.name, was, now


def _named(value: object, names: Mapping[str, str]) -> object:
    """A list of codes in words, where there are some."""
    return tuple(names.get(each, each) for each in value) if names and isinstance(value, tuple) else value


def _label(item: Any) -> str:
    return item.label


def _same(before: object, after: object) -> bool:
    """Whether nothing changed, in no language."""
    return as_plain(before) == as_plain(after)


def _from_to(before: object, after: object) -> str:
    if before == after:
        return "、ほかの言葉で改めました"
    if before in (None, (), ""):
        return f"書き加えました{_shown('（', after, '）')}"
    if after in (None, (), ""):
        return f"消しました{_shown('（前は', before, '）')}"
    was, now = _shown("", before, "から"), _shown("", after, "に")
    return f"{was}{now}変えました" if was and now else "改めました"


def _shown(left: str, value: object, right: str) -> str:
    """The value if it is short enough to read in a line, else nothing."""
    text = "、".join(str(entry) for entry in value) if isinstance(value, tuple) else str(value)
    return f"{left}「{text}」{right}" if len(text) <= _SHORT and "\n" not in text else ""
