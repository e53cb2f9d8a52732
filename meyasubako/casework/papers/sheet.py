"""The form of a desk on paper (用紙): what the web form asks, in the same order, to be filled in by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from meyasubako.core.desk import Control, Desk, Field, Topic
from meyasubako.core.vocabulary import Channel

BODY: Final = "body"
ONE: Final = "1つ選ぶ"
MANY: Final = "いくつでも"
ENCLOSED: Final = "いっしょに送るもの"
ENCLOSES: Final = "資料や写真があります（　　　枚）"

HAND_FILLED: Final = (Channel.LETTER, Channel.FAX, Channel.VISIT, Channel.EVENT)
"""The ways a sheet of paper can come back to the office."""


@dataclass(frozen=True, slots=True)
class Group:
    """Choices below one heading."""

    label: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing the sheet asks. `kind` is how it is filled in: choices, groups, postal_code or lines.

    `only` says whom it is for, `how` how many choices may be ticked; "" where neither needs saying.
    """

    kind: str
    label: str
    required: bool
    hint: str
    only: str
    how: str
    choices: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sheet of a desk: its entries before and after the text itself, which takes the room that is left."""

    title: str
    author: str
    desk: str
    office: str
    how: tuple[str, ...]
    privacy: tuple[str, ...]
    address: str
    before: tuple[Entry, ...]
    body: Entry
    after: tuple[Entry, ...]
    postal: tuple[str, ...]
    ways: tuple[tuple[str, str], ...]
    channels: tuple[str, ...]


def sheet(desk: Desk, address: str) -> Sheet:
    """The sheet of a desk as its form is now; `address` opens the same form on the web."""
    fields = desk.fields_for(None, None)
    place = next(position for position, field in enumerate(fields) if field.name == BODY)
    kinds = "・".join(kind.label for kind in desk.open_kinds)
    return Sheet(
        title=f"{kinds}の用紙",
        author=desk.office,
        desk=desk.name,
        office=desk.office,
        how=("□には、レ印を付けてください。", "書ききれないときは、別の紙を添えてください。"),
        privacy=(*_lines(desk.privacy_purpose), *_lines(desk.privacy_audience)),
        address=address,
        before=tuple(_entry(desk, field) for field in fields[:place]),
        body=_entry(desk, fields[place]),
        after=tuple(_entry(desk, field) for field in fields[place + 1 :]),
        postal=desk.postal_address or (),
        ways=tuple(_ways(desk)),
        channels=tuple(channel.label for channel in HAND_FILLED),
    )


def _entry(desk: Desk, field: Field) -> Entry:
    if field.control is Control.FILES:
        # What is uploaded on the web lies in the same envelope here.
        return Entry("choices", ENCLOSED, field.required, "", _only(desk, field), "", choices=(ENCLOSES,))
    choices = tuple(_choices(desk, field))
    groups = tuple(_groups(desk)) if field.name == "topics" else ()
    if groups:
        kind, how = "groups", MANY
    elif choices:
        kind, how = "choices", MANY if field.control is Control.CHECKBOXES else ONE
    else:
        kind, how = "postal_code" if field.name == "postal_code" else "lines", ""
    return Entry(
        kind=kind,
        label=field.label,
        required=field.required,
        hint=field.hint,
        only=_only(desk, field),
        how=how,
        choices=choices,
        groups=groups,
        lines=2 if field.control is Control.TEXTAREA or field.name == "address" else 1,
    )


def _choices(desk: Desk, field: Field) -> Iterator[str]:
    """What can be ticked. A name out of a long list, such as a municipality, is written by hand instead."""
    match field.name, field.control:
        case "requester_type", _:
            yield from (each.label for each in desk.open_requester_types)
        case "kind", _:
            yield from (each.label for each in desk.open_kinds)
        case "purpose", _:
            yield from (each.label for each in desk.open_purposes())
        case _, Control.RADIO | Control.YES_NO | Control.CHECKBOXES:
            yield from (each.label for each in field.open_options)


def _groups(desk: Desk) -> Iterator[Group]:
    for top in desk.open_topics:
        yield Group(top.label, tuple(_leaves(top)) if top.children else (top.label,))


def _leaves(topic: Topic) -> Iterator[str]:
    if not topic.children:
        yield topic.label
    for child in topic.children:
        yield from _leaves(child)


def _only(desk: Desk, field: Field) -> str:
    """Whom the entry is for, "" when that is everybody."""
    types = [option.label for option in desk.open_requester_types if option.code in field.requester_types]
    kinds = [option.label for option in desk.open_kinds if option.code in field.kinds]
    who = f"{_quoted(types)}の方だけ" if 0 < len(types) < len(desk.open_requester_types) else ""
    what = f"{_quoted(kinds)}のときだけ" if 0 < len(kinds) < len(desk.open_kinds) else ""
    return "、".join(part for part in (who, what) if part)


def _quoted(labels: list[str]) -> str:
    return "".join(f"「{label}」" for label in labels)


def _ways(desk: Desk) -> Iterator[tuple[str, str]]:
    if desk.fax:
        yield "ファックス", desk.fax
    if desk.email:
        yield "メール", f"{desk.email}（写真やスキャンを添えて）"
    if desk.phone:
        yield "電話", f"{desk.phone}（お問い合わせ）"


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]
