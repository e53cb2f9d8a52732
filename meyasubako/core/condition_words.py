"""Conditions in words: what a list, an export or a preview says of the cases it is about."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from meyasubako.core.conditions import ME, NOBODY, Answered, Conditions, Due, Queue, Sorting
from meyasubako.core.desk import Desk

QUEUE_WORDS: Final[Mapping[Queue, str]] = {
    Queue.NEW: "受付",
    Queue.DUE_TODAY: "期限きょう",
    Queue.OVERDUE: "期限切れ",
    Queue.THIS_WEEK: "今週が期限",
    Queue.ADDED: "返事・追記",
    Queue.OFFER_ANSWERED: "打診に回答",
    Queue.ADVISED: "助言・面談・報告",
    Queue.REPORT_LATE: "報告の遅れ",
    Queue.MAIL: "メールを確かめる",
    Queue.MINE: "自分の担当",
    Queue.UNASSIGNED: "担当者なし",
    Queue.UNSEEN: "新しい動き",
    Queue.ON_REQUESTER: "返事待ち",
    Queue.ON_PROVIDER: "打診中",
}
"""きょうの仕事 and what follows, in the order it is done."""

DUE_WORDS: Final[Mapping[Due, str]] = {
    Due.TODAY: "きょう",
    Due.THIS_WEEK: "今週（日曜まで）",
    Due.OVERDUE: "過ぎている",
}
ANSWERED_WORDS: Final[Mapping[Answered, str]] = {Answered.YES: "回答した", Answered.NO: "まだ回答していない"}
SORTING_WORDS: Final[Mapping[Sorting, str]] = {
    Sorting.NEWEST: "新しい順",
    Sorting.OLDEST: "古い順",
    Sorting.DUE: "期限の近い順",
    Sorting.CHANGED: "動きの新しい順",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One condition in words, and the conditions without it."""

    label: str
    words: str
    without: Conditions


def described(wanted: Conditions, desk: Desk, staff: Mapping[int, str]) -> tuple[Said, ...]:
    """Each condition in the words of the desk; `staff` names people by their numbers."""
    labels = desk.tally_labels
    found: list[Said] = []

    def note(label: str, words: Iterable[str], *fields: str) -> None:
        told = "、".join(words)
        if told:
            empty: Any = {field: getattr(Conditions(), field) for field in fields}
            found.append(Said(label, told, replace(wanted, **empty)))

    note("仕事", [QUEUE_WORDS[wanted.queue]] if wanted.queue else [], "queue")
    note("状態", (each.label for each in wanted.statuses), "statuses")
    note("種類", (_word(desk.kind, each, each.label) for each in wanted.kinds), "kinds")
    types = (_word(desk.requester_type, each, each.label) for each in wanted.requester_types)
    note(labels.requesters, types, "requester_types")
    note(labels.purposes, (_word(desk.purpose, each) for each in wanted.purposes), "purposes")
    note(labels.topics, (_word(desk.topic, each) for each in wanted.topics), "topics")
    note("受付経路", (each.label for each in wanted.channels), "channels")
    note("言葉", (each.label for each in wanted.languages), "languages")
    divisions = (
        "決めていない" if each == NOBODY else _word(desk.division, each) for each in wanted.divisions
    )
    note("担当課", divisions, "divisions")
    note("担当者", (_person(each, staff) for each in wanted.assignees), "assignees")
    note("受付日", _span(wanted.received_from, wanted.received_to), "received_from", "received_to")
    note("期限", [DUE_WORDS[wanted.due]] if wanted.due else [], "due")
    note("期限の日", _span(wanted.due_from, wanted.due_to), "due_from", "due_to")
    note("回答", [ANSWERED_WORDS[wanted.answered]] if wanted.answered else [], "answered")
    note("優先度", (each.label for each in wanted.priorities), "priorities")
    note("対応結果", (_word(desk.outcome, each, each.label) for each in wanted.outcomes), "outcomes")
    note("受付番号", [wanted.number] if wanted.number else [], "number")
    note("言葉を含む", [wanted.text] if wanted.text else [], "text")
    return tuple(found)


def _word(find: Callable[[str], Any], code: str, otherwise: str = "") -> str:
    try:
        return find(code).label
    except KeyError:
        return otherwise or f"「{code}」（いまはありません）"


def _person(code: str, staff: Mapping[int, str]) -> str:
    if code == ME:
        return "自分"
    return "担当者なし" if code == NOBODY else staff.get(int(code), "いまはいない人")


def _span(first: date | None, last: date | None) -> list[str]:
    if first is None and last is None:
        return []
    words = [f"{each.year}年{each.month}月{each.day}日" if each else "" for each in (first, last)]
    return [words[0] if first == last else f"{words[0]}〜{words[1]}"]
