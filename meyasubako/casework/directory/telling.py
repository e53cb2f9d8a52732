"""An entry in the words of its desk, field by field: for the record, for a preview, for a form that was overtaken."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from meyasubako.casework import audit
from meyasubako.casework.directory.entry import Entry, areas_of
from meyasubako.core import absences
from meyasubako.core.desk import Desk

CHOSEN: Final = "候補にする"
NOT_CHOSEN: Final = "候補にしない"


@dataclass(frozen=True, slots=True)
class Told:
    """One field of an entry: its name, what it is called, what it says ("" for nothing)."""

    name: str
    label: str
    words: str


def tell(desk: Desk, entry: Entry) -> tuple[Told, ...]:
    """Every field of an entry in words, in the order of the form."""
    topics = {topic.code: str(topic.label) for topic in desk.all_topics()}
    purposes = {each.code: str(each.short_label) for each in desk.purposes}
    areas = dict(areas_of(desk))
    return (
        Told("kind", "種類", entry.kind.label),
        Told("name", "名前", entry.name),
        Told("position", "肩書きなど", entry.position),
        Told("profile", "得意なこと", entry.profile),
        Told("topics", "分野", _list(entry.topics, topics)),
        Told("purposes", "引き受けること", _list(entry.purposes, purposes)),
        Told("areas", "訪問できる地域", _list(entry.areas, areas)),
        Told("ways", "方法", "、".join(each.label for each in entry.ways)),
        Told("languages", "話せる言葉", "、".join(each.label for each in entry.languages)),
        Told("capacity", "月の上限", "" if entry.capacity is None else f"{entry.capacity}件"),
        Told("absences", "受けられない期間", "、".join(absences.text(entry.absences).splitlines())),
        Told("sells", "売っているもの", entry.sells),
        Told("sold_topics", "売っている分野", _list(entry.sold_topics, topics)),
        Told("avoids", "会わせない相手", "、".join(entry.avoids)),
        Told("email", "メールアドレス", entry.email),
        Told("is_active", "打診の候補", CHOSEN if entry.is_active else NOT_CHOSEN),
    )


def changes(desk: Desk, before: Entry, after: Entry, *, has_all: bool = False) -> list[str]:
    """What a change did, before → after. The record says of an address and of names only that they changed (not `has_all`)."""
    found: list[str] = []
    for was, now in zip(tell(desk, before), tell(desk, after), strict=True):
        if not has_all and was.name in {"email", "avoids"} and was.words != now.words:
            what = "改めた" if was.words and now.words else "加えた" if now.words else "消した"
            found.append(f"{was.label}：{what}")
        else:
            found += audit.from_to(was.label, was.words, now.words)
    return found


def _list(codes: Sequence[str], labels: dict[str, str]) -> str:
    return "、".join(labels.get(code, code) for code in codes)
