"""The tally ledger. Whatever is counted is an entry ±1 that is never changed; a figure is a sum of entries.

For each case the ledger knows what should stand, and books only the difference: codes that changed as −1 and +1.
Entries for a closed month are booked in the month then open, where they are printed as 訂正.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Select, bindparam, func, insert, select
from sqlalchemy.orm import Session

from meyasubako.core import dates
from meyasubako.core.dates import Month
from meyasubako.core.vocabulary import (
    CaseKind,
    Channel,
    Helpfulness,
    Measure,
    Outcome,
    Practice,
    Priority,
    ProviderKind,
    RequesterType,
    Status,
    Timeliness,
)
from meyasubako.store.models import DeskRow, LedgerEntry, MonthClosing, Receipt, table_of

STANDING = (
    Measure.CASES,
    Measure.TOPICS,
    Measure.STATUSES,
    Measure.OUTCOMES,
    Measure.FIRST_ANSWERS,
)


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of one entry, as they were when it was booked."""

    measure: Measure
    effective_month: Month
    kind: CaseKind
    channel: Channel
    requester_type: RequesterType
    municipality: str
    purpose: str | None = None
    topic: str | None = None
    division: str | None = None
    status: Status | None = None
    outcome: Outcome | None = None
    provider_kind: ProviderKind | None = None
    grade: Helpfulness | None = None
    practice: Practice | None = None
    topics: str | None = None
    priority: Priority | None = None
    timeliness: Timeliness | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the ledger needs to know of a case as it stands."""

    desk_id: int
    receipt_id: int
    case_id: int
    kind: CaseKind
    channel: Channel
    requester_type: RequesterType
    municipality: str
    purpose: str | None
    topics: tuple[str, ...]
    division: str | None
    status: Status
    outcome: Outcome | None
    received_at: datetime
    closed_at: datetime | None
    is_counted: bool
    priority: Priority | None = None
    answered_at: datetime | None = None
    answer_days: int | None = None
    answer_timeliness: Timeliness | None = None

    def codes(self, measure: Measure, month: Month) -> Codes:
        """The codes of this case under `measure`, without what only some measures carry."""
        return Codes(
            measure,
            month,
            self.kind,
            self.channel,
            self.requester_type,
            self.municipality,
            self.purpose,
            division=self.division,
        )


class _Entry(NamedTuple):
    """An entry to be booked: `case_id` is None for one that is the receipt's."""

    case: CaseFacts
    case_id: int | None
    codes: Codes
    sign: int
    at: datetime
    event_id: int | None


# What every entry asks of the database is put together once: doing so costs more than asking.
_ENTRIES, _CLOSINGS, _DESKS = map(table_of, (LedgerEntry, MonthClosing, DeskRow))
_CODE_NAMES = [each.name for each in fields(Codes)]
_CODES = [_ENTRIES.c[name] for name in _CODE_NAMES]
_STANDS = select(*_CODES, func.sum(_ENTRIES.c.sign)).group_by(*_CODES).having(func.sum(_ENTRIES.c.sign) != 0)
_OF_CASE = _STANDS.where(_ENTRIES.c.case_id == bindparam("of"), _ENTRIES.c.measure.in_(STANDING))
_OF_RECEIPT = _STANDS.where(_ENTRIES.c.receipt_id == bindparam("of"), _ENTRIES.c.measure == Measure.RECEIPTS)
_LAST_CLOSED = select(func.max(_CLOSINGS.c.month)).where(_CLOSINGS.c.desk_id == bindparam("at_desk"))
_DESK_LOCK = (
    select(_DESKS.c.id).where(_DESKS.c.id == bindparam("at_desk")).with_for_update(read=True, key_share=True)
)
_BOOK = insert(_ENTRIES)


def should_stand(case: CaseFacts) -> list[Codes]:
    """The entries that should stand for a case as it is now."""
    if not case.is_counted:
        return []
    received = dates.month_of(case.received_at)
    counted = case.codes(Measure.CASES, received)
    entries = [counted]
    entries += [replace(counted, measure=Measure.TOPICS, topic=topic) for topic in case.topics or (None,)]
    entries.append(replace(counted, measure=Measure.STATUSES, status=case.status, priority=case.priority))
    if case.outcome and case.closed_at:
        closed = dates.month_of(case.closed_at)
        entries.append(
            replace(
                counted,
                measure=Measure.OUTCOMES,
                effective_month=closed,
                topics=joined(case.topics),
                outcome=case.outcome,
            )
        )
    if case.answered_at and case.answer_timeliness:
        entries.append(
            replace(
                counted,
                measure=Measure.FIRST_ANSWERS,
                effective_month=dates.month_of(case.answered_at),
                topics=joined(case.topics),
                priority=case.priority,
                timeliness=case.answer_timeliness,
                days=case.answer_days,
            )
        )
    return entries


def joined(topics: Iterable[str]) -> str:
    """All topics of a case in one text, a blank around each; the same for the same topics in any order."""
    return "".join(f" {topic}" for topic in sorted(topics)) + " "


def count_receipt(session: Session, case: CaseFacts, *, at: datetime, event_id: int | None) -> None:
    """Make the entry of the receipt behind `case` (件数) stand with the codes as they are now."""
    codes = Codes(
        Measure.RECEIPTS,
        dates.month_of(case.received_at),
        # Of the receipt, not of the matter at hand: the matters of one letter may be of different kinds.
        session.execute(select(Receipt.kind).where(Receipt.id == case.receipt_id)).scalar_one(),
        case.channel,
        case.requester_type,
        case.municipality,
    )
    standing = _standing(session, _OF_RECEIPT, case.receipt_id)
    _book_difference(session, case, standing, [codes], case_id=None, at=at, event_id=event_id)


def count_case(session: Session, case: CaseFacts, *, at: datetime, event_id: int) -> None:
    """Book what changed between the entries that stand for a case and those that should."""
    standing = _standing(session, _OF_CASE, case.case_id)
    _book_difference(
        session, case, standing, should_stand(case), case_id=case.case_id, at=at, event_id=event_id
    )


@dataclass(frozen=True, slots=True)
class New:
    """A case just received, and the event that says so; `with_receipt` for the first of its receipt."""

    case: CaseFacts
    with_receipt: bool
    at: datetime
    event_id: int


def count_new(session: Session, new: Iterable[New]) -> None:
    """Book the first entries of cases just received, of which none can stand yet."""
    _insert(session, [entry for each in new for entry in _first_entries(each)])


def record(
    session: Session,
    case: CaseFacts,
    measure: Measure,
    *,
    happened_at: datetime,
    at: datetime,
    event_id: int | None,
    provider_kind: ProviderKind | None = None,
    grade: Helpfulness | None = None,
    practice: Practice | None = None,
) -> None:
    """Book +1 for something that happened once to a case: an offer, a meeting, a reply, an answer to the survey."""
    codes = replace(
        case.codes(measure, dates.month_of(happened_at)),
        topics=joined(case.topics),
        provider_kind=provider_kind,
        grade=grade,
        practice=practice,
    )
    _insert(session, [_Entry(case, case.case_id, codes, 1, at, event_id)])


def take_back(
    session: Session,
    case: CaseFacts,
    measure: Measure,
    *,
    booked_by: Iterable[int],
    at: datetime,
    event_id: int,
) -> None:
    """Book −1 for the last +1 that one of these events booked: what was counted did not happen, or not then."""
    booked = (_ENTRIES.c.event_id.in_(list(booked_by)), _ENTRIES.c.measure == measure, _ENTRIES.c.sign == 1)
    _take_back(session, case, booked, at=at, event_id=event_id)


def take_back_recorded(
    session: Session, case: CaseFacts, measure: Measure, *, recorded_at: datetime, at: datetime
) -> None:
    """Book −1 for a +1 that no event booked, by the instant at which it was."""
    booked = (
        _ENTRIES.c.case_id == case.case_id,
        _ENTRIES.c.measure == measure,
        _ENTRIES.c.recorded_at == recorded_at,
        _ENTRIES.c.sign == 1,
    )
    _take_back(session, case, booked, at=at, event_id=None)


def _take_back(
    session: Session,
    case: CaseFacts,
    booked: Iterable[ColumnElement[bool]],
    *,
    at: datetime,
    event_id: int | None,
) -> None:
    codes = session.execute(
        select(*_CODES).where(*booked).order_by(_ENTRIES.c.id.desc()).limit(1)
    ).one_or_none()
    if codes is not None:
        _insert(session, [_Entry(case, case.case_id, Codes(*codes), -1, at, event_id)])


def last_closed(session: Session, desk_id: int, *, as_of: datetime | None = None) -> Month | None:
    """The last month that is final, now or as of an instant; every month before it is final too."""
    closing = _LAST_CLOSED if as_of is None else _LAST_CLOSED.where(_CLOSINGS.c.closed_at <= as_of)
    return session.scalar(closing, {"at_desk": desk_id})


def months_to_close(session: Session, desk_id: int, month: Month) -> tuple[Month, ...]:
    """The months that become final with this one: itself and every earlier one still open; () when it is closed."""
    closed = last_closed(session, desk_id)
    if closed is not None:
        return tuple(dates.months_between(dates.next_month(closed), month))
    first = session.scalar(select(func.min(LedgerEntry.booked_month)).where(LedgerEntry.desk_id == desk_id))
    return tuple(dates.months_between(min(first or month, month), month))


def close_month(session: Session, desk_id: int, month: Month, *, by_id: int | None, at: datetime) -> bool:
    """Make a month and all before it final; False when it already was."""
    months = months_to_close(session, desk_id, month)
    for each in months:
        session.add(MonthClosing(desk_id=desk_id, month=each, closed_at=at, closed_by_id=by_id))
    session.flush()
    return bool(months)


def booked_month(session: Session, desk_id: int, effective: Month, *, at: datetime) -> Month:
    """The month an entry is printed in: its own while that is open, else the month then open."""
    return _booked_month(last_closed(session, desk_id), effective, at=at)


def _booked_month(closed: Month | None, effective: Month, *, at: datetime) -> Month:
    if closed is None or effective > closed:
        return effective
    return max(dates.month_of(at), dates.next_month(closed))


def _standing(session: Session, entries: Select[*tuple[Any, ...]], of: int) -> Counter[Codes]:
    found = cast("Iterable[Any]", session.execute(entries, {"of": of}))
    return Counter({Codes(*codes): count for *codes, count in found})


def _book_difference(
    session: Session,
    case: CaseFacts,
    standing: Counter[Codes],
    wanted: Iterable[Codes],
    *,
    case_id: int | None,
    at: datetime,
    event_id: int | None,
) -> None:
    wanted_counts = Counter(wanted)
    entries: list[_Entry] = []
    for codes in [*standing, *(codes for codes in wanted_counts if codes not in standing)]:
        difference = wanted_counts[codes] - standing[codes]
        sign = 1 if difference > 0 else -1
        entries += [_Entry(case, case_id, codes, sign, at, event_id)] * abs(difference)
    _insert(session, entries)


def _first_entries(new: New) -> Iterator[_Entry]:
    case = new.case
    first = should_stand(case)
    for codes in first:
        yield _Entry(case, case.case_id, codes, 1, new.at, new.event_id)
    if new.with_receipt and first:
        counted = replace(first[0], measure=Measure.RECEIPTS, purpose=None, division=None)
        yield _Entry(case, None, counted, 1, new.at, new.event_id)


def _insert(session: Session, entries: Sequence[_Entry]) -> None:
    closed: dict[int, Month | None] = {}
    # Always in the same order, so that nobody waits in a circle.
    for desk_id in sorted({each.case.desk_id for each in entries}):
        # Closing a month waits for this lock: what is booked while it waits belongs to the month before it is final.
        session.execute(_DESK_LOCK, {"at_desk": desk_id})
        closed[desk_id] = last_closed(session, desk_id)
    if entries:
        session.execute(_BOOK, [_row(each, closed[each.case.desk_id]) for each in entries])


def _row(entry: _Entry, closed: Month | None) -> dict[str, Any]:
    codes = entry.codes
    # The status of a case is a picture of now, never a figure of a closed month.
    is_now = codes.measure is Measure.STATUSES
    return {
        "desk_id": entry.case.desk_id,
        "receipt_id": entry.case.receipt_id,
        "case_id": entry.case_id,
        "event_id": entry.event_id,
        "sign": entry.sign,
        "booked_month": codes.effective_month
        if is_now
        else _booked_month(closed, codes.effective_month, at=entry.at),
        **{name: getattr(codes, name) for name in _CODE_NAMES},
        "recorded_at": entry.at,
    }
