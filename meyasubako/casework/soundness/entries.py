"""Whether the ledger says what happened: counted again from nothing but the events, and for asking, which is none, the surveys.

What stands for a case as it is now is made anew from its last events and compared as a whole, both ways; what happened
once is counted by its events; and every entry must carry the codes its own event tells.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import (
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from meyasubako.casework import ledger
from meyasubako.casework.soundness.histories import as_text, last_events, numbers_of
from meyasubako.core import dates
from meyasubako.core.codes import grouped
from meyasubako.core.vocabulary import EventKind, Measure, Status, SurveyQuestion
from meyasubako.store.models import Case, Event, LedgerEntry, Receipt, Survey
from meyasubako.store.reckoning import japan_month, words_of

HAPPENED: Final[Mapping[Measure, EventKind]] = {
    Measure.OFFERS: EventKind.OFFERED,
    Measure.ACCEPTANCES: EventKind.ACCEPTED,
    Measure.REPLIES: EventKind.REPLIED,
    Measure.MEETINGS: EventKind.MET,
    Measure.SURVEYS: EventKind.SURVEYED,
    Measure.FOLLOW_UPS: EventKind.FOLLOWED_UP,
}
"""What is counted once for each such event."""

ASKED: Final[Mapping[SurveyQuestion, tuple[Measure, Measure]]] = {
    SurveyQuestion.HELPED: (Measure.SURVEYS_ASKED, Measure.SURVEYS_RETURNED),
    SurveyQuestion.PRACTISED: (Measure.FOLLOW_UPS_ASKED, Measure.FOLLOW_UPS_RETURNED),
}

_STANDING: Final = tuple(each.value for each in (Measure.RECEIPTS, *ledger.STANDING))
_COUNTED_NOW: Final = tuple(
    each.value for each in (Measure.RECEIPTS, Measure.CASES, Measure.TOPICS, Measure.STATUSES)
)
_AS_BOOKED: Final = ("kind", "channel", "requester_type", "municipality", "purpose", "division")
_WHO: Final = ("kind", "channel", "requester_type", "municipality")
_ALL: Final = (*_WHO, "purpose", "topic", "division", "status", "outcome", "priority", "timeliness")
"""The columns in which standing entries are compared, beside what they count and when."""

ENTRY = LedgerEntry


def ledger_against_events(session: Session) -> Iterator[str]:
    """How the ledger differs from the events."""
    yield from _standing(session)
    yield from _happened(session)
    yield from _as_booked(session)


def _standing(session: Session) -> Iterator[str]:
    """What stands for each case and receipt as it is now."""
    wanted, found = _wanted(session), _found()
    only_told = session.execute(wanted.except_(found)).all()
    only_booked = session.execute(found.except_(wanted)).all()
    names = numbers_of(session, {row.case_id for row in (*only_told, *only_booked) if row.case_id})
    receipts = _receipts(session, {row.receipt_id for row in (*only_told, *only_booked)})
    for rows, said in (
        (only_told, "履歴にはありますが、台帳にありません"),
        (only_booked, "台帳にはありますが、履歴と合いません"),
    ):
        for row in rows:
            name = names.get(row.case_id) or receipts.get(row.receipt_id, f"受付{row.receipt_id}")
            codes = "・".join(str(getattr(row, each)) for each in _ALL if getattr(row, each))
            what = f"「{Measure(row.measure).label}」（{dates.month_text(row.month)}、{codes}）"
            yield f"{name}：{what}が{row.number:+}、{said}。"


def _found() -> Select[*tuple[Any, ...]]:
    by = (
        as_text(ENTRY.measure).label("measure"),
        ENTRY.receipt_id,
        ENTRY.case_id,
        ENTRY.effective_month.label("month"),
        *(as_text(getattr(ENTRY, name)).label(name) for name in _ALL),
        cast(ENTRY.days, Integer).label("days"),
    )
    number = cast(func.sum(ENTRY.sign), Integer)
    return (
        select(*by, number.label("number"))
        .where(as_text(ENTRY.measure).in_(_STANDING))
        .group_by(*by)
        .having(number != 0)
    )


def _wanted(session: Session) -> Select[*tuple[Any, ...]]:
    """The entries that should stand, as the events tell it."""
    told = _told().cte("told")
    is_counted = told.c.status.not_in([Status.QUARANTINED.value, Status.MERGED.value]) & ~(
        (told.c.status == Status.DECLINED.value) & (told.c.came_from == Status.QUARANTINED.value)
    )

    def entries(measure: Measure, **codes: Any) -> Select[*tuple[Any, ...]]:
        codes = {**{name: told.c[name] for name in (*_WHO, "purpose", "division")}, **codes}
        return select(
            literal(measure.value, String).label("measure"),
            told.c.receipt_id,
            codes.pop("case_id", told.c.case_id).label("case_id"),
            codes.pop("month", told.c.month).label("month"),
            *(codes.get(name, cast(null(), String)).label(name) for name in _ALL),
            cast(codes.get("days", null()), Integer).label("days"),
            literal(1, Integer).label("number"),
        )

    word = words_of(session, told.c.data, "topics")
    by_topic = entries(Measure.TOPICS, topic=type_coerce(word.c.value, String))
    first_answer = {"timeliness": told.c.timeliness, "days": told.c.days, "priority": told.c.priority}
    rows = union_all(
        entries(Measure.CASES).where(is_counted),
        by_topic.select_from(told.outerjoin(word, true())).where(is_counted),
        entries(Measure.STATUSES, status=told.c.status, priority=told.c.priority).where(is_counted),
        entries(Measure.OUTCOMES, outcome=told.c.outcome, month=told.c.ended).where(
            is_counted, told.c.status == Status.CLOSED.value, told.c.outcome.is_not(None)
        ),
        entries(Measure.FIRST_ANSWERS, month=told.c.answered, **first_answer).where(
            is_counted, told.c.answered.is_not(None), told.c.timeliness.is_not(None)
        ),
        _receipts_wanted(entries, told),
    ).subquery()
    return select(*rows.c)


def _told() -> Select[*tuple[Any, ...]]:
    """Each case as its events tell it: the codes of the last, the status of the last move, the month of the first."""
    codes, moved, first = (
        last_events().subquery(),
        last_events(moving=True).subquery(),
        select(Event.case_id, func.min(Event.id).label("id")).group_by(Event.case_id).subquery(),
    )
    last, move, begun = (Event.__table__.alias(name) for name in ("last_event", "last_move", "first_event"))
    return (
        select(
            Case.id.label("case_id"),
            Case.receipt_id,
            last.c.id.label("last_id"),
            last.c.data,
            *(last.c.data[name].as_string().label(name) for name in (*_AS_BOOKED, "outcome")),
            as_text(move.c.to_status).label("status"),
            as_text(move.c.from_status).label("came_from"),
            japan_month(begun.c.at).label("month"),
            japan_month(move.c.at).label("ended"),
            japan_month(Case.answered_at).label("answered"),
            as_text(Case.priority).label("priority"),
            as_text(Case.answer_timeliness).label("timeliness"),
            Case.answer_days.label("days"),
        )
        .join(codes, codes.c.case_id == Case.id)
        .join(last, last.c.id == codes.c.id)
        .join(moved, moved.c.case_id == Case.id)
        .join(move, move.c.id == moved.c.id)
        .join(first, first.c.case_id == Case.id)
        .join(begun, begun.c.id == first.c.id)
    )


def _receipts_wanted(entries: Any, told: Any) -> Select[*tuple[Any, ...]]:
    """A receipt is counted once one of its matters was admitted, with the codes its last event tells."""
    admitted = (
        select(Case.receipt_id)
        .join(Event, Event.case_id == Case.id)
        .where(Event.to_status == Status.RECEIVED)
        .distinct()
    )
    newest = select(func.max(told.c.last_id)).group_by(told.c.receipt_id)
    kind = select(as_text(Receipt.kind)).where(Receipt.id == told.c.receipt_id).scalar_subquery()
    nothing = cast(null(), String)
    wanted = entries(
        Measure.RECEIPTS, case_id=cast(null(), Integer), kind=kind, purpose=nothing, division=nothing
    )
    return wanted.where(told.c.last_id.in_(newest), told.c.receipt_id.in_(admitted))


def _receipts(session: Session, receipt_ids: set[int]) -> dict[int, str]:
    asked, found = sorted(receipt_ids), dict[int, str]()
    for start in range(0, len(asked), 500):
        some = select(Receipt.id, Receipt.number).where(Receipt.id.in_(asked[start : start + 500]))
        found |= {receipt_id: grouped(number) for receipt_id, number in session.execute(some)}
    return found


def _happened(session: Session) -> Iterator[str]:
    """What happened once, by the number of its events and of the surveys sent."""
    events = Event.__table__
    taken_back = events.c.data["measure"].as_string()
    kinds = {kind.value: measure.value for measure, kind in HAPPENED.items()}
    measure = case(kinds, value=as_text(events.c.kind), else_=taken_back)
    measure = case((events.c.kind == EventKind.MET_STRUCK, Measure.MEETINGS.value), else_=measure)
    once = events.c.kind.in_(list(HAPPENED.values()))
    undone = events.c.kind.in_([EventKind.MET_STRUCK, EventKind.SURVEY_CORRECTED])
    told = select(
        events.c.case_id, measure.label("measure"), case((once, 1), else_=-1).label("number")
    ).where(once | undone)
    counted = [told]
    for question, (asked, returned) in ASKED.items():
        sent = and_(Survey.by_mail, Survey.question == question)
        for each, there in ((asked, sent), (returned, and_(sent, Survey.answered_at.is_not(None)))):
            counted.append(
                select(Survey.case_id, literal(each.value, String), literal(1, Integer)).where(there)
            )
    of_these = [each.value for each in (*HAPPENED, *(each for pair in ASKED.values() for each in pair))]
    booked = select(ENTRY.case_id, as_text(ENTRY.measure), -ENTRY.sign).where(
        as_text(ENTRY.measure).in_(of_these)
    )
    both = union_all(*counted, booked).subquery()
    case_id, name, number = both.c
    difference = cast(func.sum(number), Integer())
    rows: list[tuple[int, str, int]] = [
        (row[0], row[1], row[2])
        for row in session.execute(
            select(case_id, name, difference).group_by(case_id, name).having(difference != 0)
        )
    ]
    names = numbers_of(session, {of for of, _, _ in rows})
    for of, which, by in sorted(rows):
        less = "少なく" if by > 0 else "多く"
        what = f"台帳の「{Measure(which).label}」が、履歴より{abs(by)}{less}なっています。"
        yield f"{names.get(of, f'案件{of}')}：{what}"


def _as_booked(session: Session) -> Iterator[str]:
    """Entries whose codes are not those of the event that booked them; what never changed again has no other witness."""
    told = [
        Event.data[name].as_string().is_distinct_from(as_text(getattr(ENTRY, name))) for name in _AS_BOOKED
    ]
    is_other = or_(Event.case_id != ENTRY.case_id, *told)
    rows = session.execute(
        select(
            Event.case_id,
            as_text(ENTRY.measure),
            ENTRY.topics,
            Event.data["topics"],
            is_other,
        )
        .join(Event, Event.id == ENTRY.event_id)
        .where(as_text(ENTRY.measure).not_in(_COUNTED_NOW), ENTRY.sign == 1)
    )
    wrong = [
        (case_id, measure)
        for case_id, measure, topics, said, is_other in rows
        if is_other or (topics is not None and topics != ledger.joined(said))
    ]
    names = numbers_of(session, {case_id for case_id, _ in wrong})
    for case_id, measure in sorted(set(wrong)):
        yield f"{names.get(case_id, f'案件{case_id}')}：台帳の「{Measure(measure).label}」の区分が、そのときの履歴と違います。"
