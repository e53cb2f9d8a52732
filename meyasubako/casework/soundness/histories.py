"""Whether each case stands where its events left it: its status, the codes it is counted by, and the way it came there."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, and_, func, or_, select, true, type_coerce
from sqlalchemy.orm import Session, aliased

from meyasubako.casework import cases, lifecycle
from meyasubako.core.conditions import UNFINISHED
from meyasubako.core.vocabulary import EventKind, Status
from meyasubako.store.models import Case, CaseTopic, Event, Receipt
from meyasubako.store.reckoning import words_of

WITHOUT_CODES: Final = (EventKind.LEFT_UNTRIAGED,)
"""Events that were written of many cases at once, and say nothing of their codes."""

_CODES: Final = (
    ("kind", Case.kind, "種類"),
    ("channel", Case.channel, "受付経路"),
    ("requester_type", Case.requester_type, "だれから"),
    ("purpose", Case.purpose, "内容"),
    ("division", Case.division_code, "担当課"),
    ("outcome", Case.outcome, "対応結果"),
)


def as_text(column: Any) -> ColumnElement[str]:
    """A code as it lies in the table, whatever vocabulary it is of."""
    return type_coerce(column, String)


def last_events(*, moving: bool = False) -> Select[int, int]:
    """The last event of each case that tells its codes, or the last that moved it: `case_id` and `id`."""
    told = Event.to_status.is_not(None) if moving else Event.kind.not_in(WITHOUT_CODES)
    return select(Event.case_id, func.max(Event.id).label("id")).where(told).group_by(Event.case_id)


def numbers_of(session: Session, case_ids: set[int]) -> dict[int, str]:
    """How cases are called."""
    found: dict[int, str] = {}
    asked = sorted(case_ids)
    for start in range(0, len(asked), 500):
        rows = session.execute(
            select(Case.id, Receipt.number, Case.ordinal)
            .join(Receipt, Receipt.id == Case.receipt_id)
            .where(Case.id.in_(asked[start : start + 500]))
        )
        found |= {case_id: cases.case_number(number, ordinal) for case_id, number, ordinal in rows}
    return found


def events_against_cases(session: Session) -> Iterator[str]:
    """How cases differ from what their events say of them."""
    found: list[tuple[int, str]] = [
        *_statuses(session),
        *_ways(session),
        *_codes(session),
        *_topics(session),
        *_columns(session),
    ]
    names = numbers_of(session, {case_id for case_id, _ in found})
    for case_id, said in sorted(found):
        yield f"{names.get(case_id, f'案件{case_id}')}：{said}"


def _statuses(session: Session) -> Iterator[tuple[int, str]]:
    last = last_events(moving=True).subquery()
    rows = session.execute(
        select(Case.id, Case.status, Event.to_status)
        .outerjoin(last, last.c.case_id == Case.id)
        .outerjoin(Event, Event.id == last.c.id)
        .where(Event.to_status.is_distinct_from(Case.status))
    )
    for case_id, status, told in rows:
        if told is None:
            yield case_id, "履歴がありません。"
        else:
            yield case_id, f"対応状況が「{status.label}」ですが、履歴では「{told.label}」です。"


def _ways(session: Session) -> Iterator[tuple[int, str]]:
    """Moves that don't begin where the one before ended, and moves that no rule allows."""
    before = func.lag(as_text(Event.to_status)).over(partition_by=Event.case_id, order_by=Event.id)
    moves = (
        select(
            Event.case_id,
            Event.kind,
            Event.from_status,
            Event.to_status,
            before.label("before"),
        )
        .where(Event.to_status.is_not(None))
        .subquery()
    )
    torn = select(moves.c.case_id).where(as_text(moves.c.from_status).is_distinct_from(moves.c.before))
    for case_id in session.scalars(torn.distinct()):
        yield case_id, "対応状況の履歴が、途中でつながっていません。"
    ways = (
        select(moves.c.from_status, moves.c.to_status, func.min(moves.c.case_id))
        .where(moves.c.kind != EventKind.UNDONE)
        .group_by(moves.c.from_status, moves.c.to_status)
    )
    for start, end, case_id in session.execute(ways):
        if start not in lifecycle.RETURNING and end not in lifecycle.TRANSITIONS[start]:
            origin = start.label if start else "なし"
            yield case_id, f"履歴に、決まりにない動き（{origin} → {end.label}）があります。"


def _codes(session: Session) -> Iterator[tuple[int, str]]:
    last = last_events().subquery()
    told = {name: Event.data[name].as_string() for name, _, _ in _CODES}
    differs = [as_text(column).is_distinct_from(told[name]) for name, column, _ in _CODES]
    rows = session.execute(
        select(Case.id, *differs)
        .join(last, last.c.case_id == Case.id)
        .join(Event, Event.id == last.c.id)
        .where(or_(*differs))
    )
    for case_id, *each_differs in rows:
        names = "、".join(
            label for (_, _, label), is_other in zip(_CODES, each_differs, strict=True) if is_other
        )
        yield case_id, f"{names}が、最後の履歴と違います。"


def _topics(session: Session) -> Iterator[tuple[int, str]]:
    last = last_events().subquery()
    word = words_of(session, Event.data, "topics")
    told = (
        select(Event.case_id, type_coerce(word.c.value, String).label("topic"))
        .select_from(Event)
        .join(last, last.c.id == Event.id)
        .join(word, true())
    )
    kept = select(CaseTopic.case_id, as_text(CaseTopic.topic).label("topic"))
    of_both = (told.except_(kept), kept.except_(told))
    for case_id in sorted({row[0] for rows in of_both for row in session.execute(rows)}):
        yield case_id, "分野が、最後の履歴と違います。"


def _columns(session: Session) -> Iterator[tuple[int, str]]:
    """What stands in the case's row so that lists are quick, against its status."""
    is_open = Case.status.in_(sorted(UNFINISHED))
    for case_id in session.scalars(select(Case.id).where(Case.is_unfinished != is_open)):
        yield case_id, "受付箱に出るかどうかの印が、対応状況と合いません。"
    head = aliased(Case)
    is_merged = Case.status == Status.MERGED
    merged = (
        select(Case.id)
        .outerjoin(head, head.id == Case.merged_into_id)
        .where(or_(and_(is_merged, head.id.is_(None)), and_(~is_merged, Case.merged_into_id.is_not(None))))
    )
    for case_id in session.scalars(merged):
        yield case_id, "統合した先が、対応状況と合いません。"
