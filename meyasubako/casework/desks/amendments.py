"""Changing a desk on its pages: divisions, topics and closed days, one amendment over the desk file for each thing said.

What is changed is on record with what it was before; what somebody else changed meanwhile is never written over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from meyasubako.casework import audit
from meyasubako.casework.desks import standing
from meyasubako.casework.desks.using import is_used
from meyasubako.casework.desks.wording import DivisionWords, TopicWords, twins
from meyasubako.core import dates
from meyasubako.core.desk import (
    CLOSED_DAY,
    DIVISION,
    TOPIC,
    Amendment,
    Change,
    Desk,
    Division,
    Part,
    Topic,
    amended,
    as_plain,
    from_json,
    label_of,
    parents_of,
)
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import AuditAction
from meyasubako.store.models import DeskAmendment, DeskRevision, DeskRow

NOUNS = {DIVISION: "担当課", TOPIC: "分野", CLOSED_DAY: "休みの日"}


@dataclass(frozen=True, slots=True)
class Amended:
    """An amendment as it can be taken back, in words."""

    id: int
    category: str
    code: str
    text: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Told:
    """Something that changed about an entry of a desk, and when: what it was called until then stands in the text."""

    at: datetime
    by: str
    text: str


def amendments(session: Session, desk_id: int) -> tuple[Amended, ...]:
    """What the pages of a desk changed over its file."""
    desk = standing.find_by_id(session, desk_id).desk
    return tuple(
        Amended(row.id, row.category, row.code, _words(desk, row), row.made_at, row.made_by)
        for row in standing.layer(session, desk_id)
    )


def history(session: Session, desk_id: int, category: str, code: str | None = None) -> tuple[Told, ...]:
    """What changed about an entry, or about all of a category, since the desk is kept track of; the newest first."""
    return tuple(
        Told(row.made_at, row.made_by, change.plain)
        for row in _revisions(session, desk_id, after=0)
        for change in _changes_of(row)
        if change.what == category and code in {None, change.code}
    )


def add_division(session: Session, desk_id: int, words: DivisionWords, *, by: Actor, at: datetime) -> str:
    """A new division; returns its code."""
    row = _open(session, desk_id, by=by)
    code = f"division-{row.revision + 1}"
    division = Division(code, words.label, words.topics)
    _amend(session, row, [Amendment(DIVISION, code, Part.ADDED, as_plain(division))], by=by, at=at)
    _refuse_twins(row, DIVISION)
    return code


def add_topic(session: Session, desk_id: int, words: TopicWords, *, by: Actor, at: datetime) -> str:
    """A new topic; returns its code."""
    row = _open(session, desk_id, by=by)
    code = f"topic-{row.revision + 1}"
    topic = as_plain(Topic(code, words.label, words.description, words.keywords))
    added = Amendment(TOPIC, code, Part.ADDED, {"topic": topic, "parent": words.parent})
    _amend(session, row, [added], by=by, at=at)
    _refuse_twins(row, TOPIC)
    return code


def change_division(
    session: Session, desk_id: int, code: str, words: DivisionWords, *, seen: int, by: Actor, at: datetime
) -> None:
    """Name a division anew, or give it other topics. Raises WrongState when somebody changed it since revision `seen`."""
    row = _open(session, desk_id, by=by)
    division = _find(from_json(row.definition), DIVISION, code)
    parts = {Part.LABEL: words.label, Part.TOPICS: words.topics}
    wanted = [
        Amendment(DIVISION, code, part, as_plain(value))
        for part, value in parts.items()
        if as_plain(value) != as_plain(getattr(division, part.value))
    ]
    _change(session, row, DIVISION, code, wanted, seen=seen, by=by, at=at)
    _refuse_twins(row, DIVISION)


def change_topic(
    session: Session, desk_id: int, code: str, words: TopicWords, *, seen: int, by: Actor, at: datetime
) -> None:
    """Word a topic anew, or move it. Raises WrongState when somebody changed it since revision `seen`."""
    row = _open(session, desk_id, by=by)
    desk = from_json(row.definition)
    topic = _find(desk, TOPIC, code)
    parts = {
        Part.LABEL: words.label,
        Part.DESCRIPTION: words.description,
        Part.KEYWORDS: words.keywords,
    }
    wanted = [
        Amendment(TOPIC, code, part, as_plain(value))
        for part, value in parts.items()
        if as_plain(value) != as_plain(getattr(topic, part.value))
    ]
    if words.parent != parents_of(desk.topics)[code]:
        wanted.append(Amendment(TOPIC, code, Part.PARENT, words.parent))
    _change(session, row, TOPIC, code, wanted, seen=seen, by=by, at=at)
    if parents_of(from_json(row.definition).topics)[code] != words.parent:
        raise WrongState("選んだ上の分野が、開いたあとに変わりました。もう一度選んでください。")
    _refuse_twins(row, TOPIC)


def retire(
    session: Session, desk_id: int, category: str, code: str, *, seen: int, by: Actor, at: datetime
) -> None:
    """Offer a division or topic no longer; what it was chosen for keeps it. Raises WrongState for the last one there is."""
    row = _open(session, desk_id, by=by)
    desk = from_json(row.definition)
    entry = _find(desk, category, code)
    if entry.retired:
        return
    offered = desk.open_divisions if category == DIVISION else desk.open_topics
    if [each.code for each in offered] == [code]:
        raise WrongState(f"{NOUNS[category]}を、1つは残してください。")
    _change(
        session, row, category, code, [Amendment(category, code, Part.RETIRED, True)], seen=seen, by=by, at=at
    )


def bring_back(
    session: Session, desk_id: int, category: str, code: str, *, seen: int, by: Actor, at: datetime
) -> None:
    """Offer a retired division or topic again. Raises WrongState when its name is taken, or what is above it is retired."""
    row = _open(session, desk_id, by=by)
    desk = from_json(row.definition)
    if not _find(desk, category, code).retired:
        return
    if category == TOPIC:
        above = [each for each in desk.topic_line(code)[:-1] if each.retired]
        if above:
            raise WrongState(
                f"上の分野「{above[0].label}」が、選べないままです。先に、それをまた使ってください。"
            )
    wanted = [Amendment(category, code, Part.RETIRED, False)]
    _change(session, row, category, code, wanted, seen=seen, by=by, at=at)
    if twin := twins(from_json(row.definition), category):
        raise WrongState(f"「{twin}」が、いまほかにあります。どちらかの名前を変えてください。")


def close_days(
    session: Session, desk_id: int, days: Iterable[date], reason: str, *, by: Actor, at: datetime
) -> None:
    """Close the office on further days."""
    row = _open(session, desk_id, by=by)
    wanted = [Amendment(CLOSED_DAY, day.isoformat(), Part.REASON, reason) for day in days]
    _amend(session, row, wanted, by=by, at=at)


def open_day(session: Session, desk_id: int, day: date, *, by: Actor, at: datetime) -> None:
    """Open the office on a day that was closed; open already, it stays so."""
    row = _open(session, desk_id, by=by)
    wanted = [Amendment(CLOSED_DAY, day.isoformat(), Part.REASON, None)]
    _amend(session, row, wanted, by=by, at=at)


def take_back(session: Session, desk_id: int, amendment_id: int, *, by: Actor, at: datetime) -> None:
    """Make one thing again what the desk file says. Raises WrongState when something depends on it."""
    row = _open(session, desk_id, by=by)
    rows = standing.layer(session, desk_id)
    found = next((each for each in rows if each.id == amendment_id), None)
    if found is None:
        raise NotFound("この変更は、もう元に戻っています。")
    is_new = found.part is Part.ADDED
    gone = [
        each for each in rows if each is found or (is_new and _key(each)[:2] == (found.category, found.code))
    ]
    left = [standing.amendment_of(each) for each in rows if each not in gone]
    if is_new and is_used(session, desk_id, found.category, found.code):
        raise WrongState("もう使われています。取り消すかわりに、選べないようにしてください。")
    filed, before = from_json(row.filed), from_json(row.definition)
    after, idle = amended(filed, left)
    if idle or (is_new and _leans(before, found.category, found.code)):
        raise WrongState("この変更をもとにした、ほかの変更があります。先に、そちらを元に戻してください。")
    if found.category != CLOSED_DAY and (twin := twins(after, found.category)):
        raise WrongState(f"元に戻すと「{twin}」が2つになります。先に、どちらかの名前を変えてください。")
    session.execute(delete(DeskAmendment).where(DeskAmendment.id.in_([each.id for each in gone])))
    _settle(session, row, by=by, at=at)


def _leans(desk: Desk, category: str, code: str) -> bool:
    """Whether another entry of the desk stands on this one."""
    if category != TOPIC:
        return False
    return bool(desk.topic(code).children) or any(code in each.topics for each in desk.divisions)


def _refuse_twins(row: DeskRow, category: str) -> None:
    """Two people may give the same name at once. Raises InvalidInput; a file that has a name twice is left alone."""
    twin = twins(from_json(row.definition), category)
    if twin and twin != twins(from_json(row.filed), category):
        raise InvalidInput(FieldError("label", f"「{twin}」は、もうあります。別の名前にしてください。"))


def _key(row: DeskAmendment) -> tuple[str, str, Part]:
    return row.category, row.code, row.part


def _open(session: Session, desk_id: int, *, by: Actor) -> DeskRow:
    """The row of a desk, held until the unit ends, for whoever may change it."""
    if not by.may(Need.MANAGE_DESK, desk_id):
        raise NotAllowed
    return session.get_one(DeskRow, desk_id, with_for_update=True, populate_existing=True)


def _find(desk: Desk, category: str, code: str) -> Any:
    try:
        return desk.division(code) if category == DIVISION else desk.topic(code)
    except KeyError:
        raise NotFound from None


def _change(
    session: Session,
    row: DeskRow,
    category: str,
    code: str,
    wanted: Sequence[Amendment],
    *,
    seen: int,
    by: Actor,
    at: datetime,
) -> None:
    """Amend an entry that was shown as it stood at a revision."""
    if not wanted:
        return
    for revision in _revisions(session, row.id, after=seen):
        told = [each.plain for each in _changes_of(revision) if (each.what, each.code) == (category, code)]
        if told:
            when = dates.instant_text(revision.made_at)
            raise WrongState(f"開いたあとに{revision.made_by}さんが改めました（{when}）。{''.join(told)}")
    _amend(session, row, wanted, by=by, at=at)


def _amend(session: Session, row: DeskRow, wanted: Sequence[Amendment], *, by: Actor, at: datetime) -> None:
    standing_rows = {_key(each): each for each in standing.layer(session, row.id)}
    replaced = [
        standing_rows[key].id
        for each in wanted
        if (key := (each.category, each.code, each.part)) in standing_rows
    ]
    session.execute(delete(DeskAmendment).where(DeskAmendment.id.in_(replaced)))
    for each in wanted:
        session.add(
            DeskAmendment(
                desk_id=row.id,
                category=each.category,
                code=each.code,
                part=each.part,
                value=each.value,
                made_at=at,
                made_by=by.name,
            )
        )
        session.flush()
    _settle(session, row, by=by, at=at)


def _settle(session: Session, row: DeskRow, *, by: Actor, at: datetime) -> None:
    changes, _ = standing.settle(session, row, from_json(row.filed), by=by, at=at)
    if changes:
        audit.record(
            session,
            AuditAction.DESK_AMENDED,
            by=by,
            at=at,
            desk_id=row.id,
            subject="、".join(dict.fromkeys(_noun(each) for each in changes)),
            changes=[each.plain for each in changes],
        )


def _noun(change: Change) -> str:
    return NOUNS.get(change.what, "窓口")


def _revisions(session: Session, desk_id: int, *, after: int) -> Sequence[Any]:
    return session.execute(
        select(DeskRevision.made_at, DeskRevision.made_by, DeskRevision.changes)
        .where(DeskRevision.desk_id == desk_id, DeskRevision.revision > after)
        .order_by(DeskRevision.revision.desc())
    ).all()


def _changes_of(row: Any) -> list[Change]:
    return [Change(**each) for each in row.changes]


def _words(desk: Desk, row: DeskAmendment) -> str:
    """What an amendment says, in words."""
    value, part = row.value, row.part
    if row.category == CLOSED_DAY:
        day = dates.wareki(date.fromisoformat(row.code))
        return f"{day}を開庁日にした" if value is None else f"{day}を休みにした（{value}）"
    label = label_of(desk.division if row.category == DIVISION else desk.topic, row.code)
    name = f"{NOUNS[row.category]}「{label}」"
    if part is Part.PARENT:
        place = f"「{label_of(desk.topic, value)}」の下" if value else "いちばん上"
        return f"{name}を{place}に移した"
    said = {
        Part.ADDED: "を加えた",
        Part.LABEL: "の名前を変えた",
        Part.DESCRIPTION: "の説明を変えた",
        Part.KEYWORDS: "の手がかりの言葉を変えた",
        Part.TOPICS: "の受け持つ分野を変えた",
        Part.RETIRED: "を選べないようにした" if value else "をまた選べるようにした",
    }
    return f"{name}{said[part]}"
