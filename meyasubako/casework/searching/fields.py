"""What can be asked of one field (件名: 状態: 受付:): where a word must stand, or what must hold of the case."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final, TypeVar

from meyasubako.casework.searching.asked import Fact
from meyasubako.casework.searching.parts import Part
from meyasubako.core.desk import Desk
from meyasubako.core.periods import read_period
from meyasubako.core.vocabulary import CaseKind, Channel, RequesterType, Status
from meyasubako.insight.normal import normalise

T = TypeVar("T")

PARTS: Final[Mapping[str, frozenset[Part]]] = {
    **dict.fromkeys(("件名", "題名", "タイトル"), frozenset({Part.TITLE})),
    **dict.fromkeys(("本文", "内容"), frozenset({Part.BODY})),
    **dict.fromkeys(("追記", "書き足し"), frozenset({Part.ADDITION})),
    **dict.fromkeys(("問い合わせ", "問合せ", "質問", "おたずね"), frozenset({Part.QUESTION})),
    **dict.fromkeys(("メモ", "内部メモ"), frozenset({Part.NOTE})),
    "回答": frozenset({Part.REPLY}),
    "助言": frozenset({Part.ADVICE}),
    **dict.fromkeys(("中間", "中間のお知らせ", "中間報告"), frozenset({Part.INTERIM})),
    **dict.fromkeys(("打診", "打診の内容"), frozenset({Part.BRIEF})),
    **dict.fromkeys(("面談", "面談の記録"), frozenset({Part.MEETING})),
    "報告": frozenset({Part.REPORT}),
    "アンケート": frozenset({Part.SURVEY}),
    **dict.fromkeys(("番号", "受付番号"), frozenset({Part.NUMBER})),
    **dict.fromkeys(("名前", "氏名", "相談者", "投稿者", "差出人", "会社", "団体"), frozenset({Part.PERSON})),
}
"""The fields that say where a word must stand."""

_FINISHED: Final = frozenset(
    {Status.QUARANTINED, Status.CLOSED, Status.DECLINED, Status.MERGED, Status.WITHDRAWN}
)
_STATUSES: Final[Mapping[str, frozenset[Status]]] = {
    "未完了": frozenset(Status) - _FINISHED,
    "終了": _FINISHED - {Status.QUARANTINED},
}
_CHANNELS: Final[Mapping[str, Channel]] = {
    **dict.fromkeys(("web", "ウェブ", "hp", "フォーム", "インターネット"), Channel.WEB),
    **dict.fromkeys(("メール", "mail", "email", "eメール"), Channel.EMAIL),
    **dict.fromkeys(("手紙", "はがき", "葉書", "封書", "郵送"), Channel.LETTER),
    **dict.fromkeys(("fax", "ファクス", "ファクシミリ"), Channel.FAX),
    **dict.fromkeys(("窓口", "訪問"), Channel.VISIT),
    **dict.fromkeys(("イベント", "セミナー", "会場"), Channel.EVENT),
    **dict.fromkeys(("ライン",), Channel.LINE),
    **dict.fromkeys(("api", "連携"), Channel.API),
}
_NOBODY: Final = frozenset({"なし", "無し", "いない", "未定", "空"})
_MYSELF: Final = frozenset({"自分", "私", "わたし"})


class NotUnderstood(Exception):
    """A value the field does not know."""


def read_fact(name: str, value: str, desk: Desk, today: date) -> Fact:
    """What `name:value` says of a case. Raises NotUnderstood."""
    return _FACTS[name](value, desk, today)


def knows(name: str) -> bool:
    """Whether there is such a field."""
    return name in PARTS or name in _FACTS


def is_fact(name: str) -> bool:
    """Whether the field is about the case itself, not about its texts."""
    return name in _FACTS


def _chosen(value: str, known: Iterable[tuple[str, T]]) -> frozenset[T]:
    """What goes by one of these names, exactly if possible, else in part; several names are divided by commas."""
    listed = [(normalise(label), each) for label, each in known]
    found: set[T] = set()
    for name in filter(None, (normalise(each) for each in value.replace("、", ",").split(","))):
        those = {each for label, each in listed if label == name} or {
            each for label, each in listed if name in label
        }
        if not those:
            raise NotUnderstood(name)
        found |= those
    if not found:
        raise NotUnderstood(value)
    return frozenset(found)


def _status(value: str, _desk: Desk, _today: date) -> Fact:
    if (alike := _STATUSES.get(normalise(value))) is not None:
        return Fact(statuses=alike)
    return Fact(statuses=_chosen(value, ((each.label, each) for each in Status)))


def _topic(value: str, desk: Desk, _today: date) -> Fact:
    chosen = _chosen(value, ((each.label, each.code) for each in desk.all_topics()))
    below = {
        each.code for each in desk.all_topics() if chosen & {step.code for step in desk.topic_line(each.code)}
    }
    return Fact(topics=frozenset(below))


def _channel(value: str, _desk: Desk, _today: date) -> Fact:
    return Fact(channels=_chosen(value, [*((each.label, each) for each in Channel), *_CHANNELS.items()]))


def _kind(value: str, desk: Desk, _today: date) -> Fact:
    kinds: list[tuple[str, CaseKind]] = [(each.label, each) for each in CaseKind]
    for each in desk.kinds:
        kinds += [(each.label, each.code), (each.short_label, each.code)]
    try:
        return Fact(kinds=_chosen(value, kinds))
    except NotUnderstood:
        purposes = [(label, each.code) for each in desk.purposes for label in (each.label, each.short_label)]
        return Fact(purposes=_chosen(value, purposes))


def _requester_type(value: str, desk: Desk, _today: date) -> Fact:
    known: list[tuple[str, RequesterType]] = [(each.label, each.code) for each in desk.requester_types]
    known += [(desk.requester_group(each.group).label, each.code) for each in desk.requester_types]
    known += [(each.label, each) for each in RequesterType]
    return Fact(requester_types=_chosen(value, known))


def _assignee(value: str, _desk: Desk, _today: date) -> Fact:
    if value in _NOBODY:
        return Fact(has_assignee=False)
    if value in _MYSELF:
        return Fact(is_mine=True)
    name = "".join(value.split())
    if not name:
        raise NotUnderstood(value)
    return Fact(assignee=name)


def _received(value: str, _desk: Desk, today: date) -> Fact:
    return Fact(received=_period(value, today))


def _due(value: str, _desk: Desk, today: date) -> Fact:
    return Fact(due=_period(value, today))


def _period(value: str, today: date) -> tuple[date | None, date | None]:
    try:
        return read_period(value, today=today)
    except ValueError as error:
        raise NotUnderstood(value) from error


_FACTS: Final[Mapping[str, Callable[[str, Desk, date], Fact]]] = {
    **dict.fromkeys(("状態", "対応状況"), _status),
    **dict.fromkeys(("分野",), _topic),
    **dict.fromkeys(("経路", "受付経路"), _channel),
    **dict.fromkeys(("種類",), _kind),
    **dict.fromkeys(("区分",), _requester_type),
    **dict.fromkeys(("担当", "担当者", "担当課"), _assignee),
    **dict.fromkeys(("受付", "受付日", "期間"), _received),
    **dict.fromkeys(("期限", "回答期限"), _due),
}
