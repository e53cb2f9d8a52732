"""Reporting (報告): after the last meeting the provider writes what was advised and what comes next, by a day.

Which reports are owed is reckoned by the worker from what stands in the tables, so that it never goes astray.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session, aliased

from meyasubako.casework import cases, lifecycle, outbox
from meyasubako.casework.matching import rows
from meyasubako.core import text
from meyasubako.core.calendar import is_office_morning
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import Desk, from_json
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import ActorKind, EventKind, MeetingState, Message, OfferState
from meyasubako.store.inserting import insert_unless_taken
from meyasubako.store.models import Case, DeskRow, Meeting, Offer, Report, ReportDue

REMINDED_BEFORE: Final = timedelta(days=2)
"""So long before its day somebody is reminded of a report."""
REMINDED_AFTER: Final = timedelta(days=14)
"""What is owed for longer is for the desk to settle by telephone."""
LONGEST_ADDRESS: Final = 500
_ADDRESS: Final = re.compile(r"https?://[^\s/]+\S*")


@dataclass(frozen=True, slots=True)
class Written:
    """A report as typed: what was advised, what comes next, where its material lies."""

    advised: str
    next_steps: str = ""
    material: str = ""


@dataclass(frozen=True, slots=True)
class ReportView:
    """The report on an offer as its provider sees it; `written_at` is None as long as there is none.

    `due_on` is None where none is owed. `count` is how often one was written, so that a form sent twice is noticed.
    """

    advised: str
    next_steps: str
    material: str
    written_at: datetime | None
    count: int
    due_on: date | None


def report(
    session: Session,
    offer_id: int,
    written: Written,
    *,
    by: Actor,
    at: datetime,
    expected: int | None = None,
    expected_version: int | None = None,
) -> None:
    """Take the report on an offer, or another one in its place; staff enter one that came on paper or by telephone.

    `expected`: how many the form of a provider showed, so that none comes twice.
    """
    row, case = _reportable(session, offer_id, by=by, at=at, expected_version=expected_version)
    rows.check_not_twice(session, Report, row, expected)
    kept = _check(written)
    found = Report(
        case_id=case.id,
        offer_id=row.id,
        advised=kept.advised,
        next_steps=kept.next_steps,
        material=kept.material,
        written_at=at,
        entered_by=by.name if by.kind is ActorKind.STAFF else "",
    )
    session.add(found)
    session.flush()
    session.execute(delete(ReportDue).where(ReportDue.offer_id == row.id))
    lifecycle.record(session, case, EventKind.REPORTED, by=by, at=at, data={"report_id": found.id})


def view_report(session: Session, desk: Desk, offer_id: int, *, by: Actor, at: datetime) -> ReportView:
    """The report on an offer one works on. Raises NotFound for anybody else's, and when the offer is over."""
    found = session.execute(
        select(Offer, Case)
        .join(Case, Case.id == Offer.case_id)
        .where(Offer.id == offer_id, Offer.provider_id == by.id)
    ).one_or_none()
    if by.kind is not ActorKind.PROVIDER or found is None or not rows.is_live(found[0], found[1], at):
        raise NotFound
    written = session.scalars(
        select(Report).where(Report.offer_id == offer_id).order_by(Report.id.desc())
    ).all()
    last = written[0] if written else None
    return ReportView(
        advised=last.advised if last else "",
        next_steps=last.next_steps if last else "",
        material=last.material if last else "",
        written_at=last.written_at if last else None,
        count=len(written),
        due_on=None if last else owed(session, desk, at, Offer.id == offer_id).get(offer_id),
    )


def owe_reports(session: Session, *, at: datetime) -> None:
    """Note which reports are owed and by when: of offers somebody works on, after the last meeting held."""
    wanted: dict[int, date] = {}
    of_offer: dict[int, tuple[int, int]] = {}
    for desk_row in session.scalars(select(DeskRow).order_by(DeskRow.id)):
        desk = from_json(desk_row.definition)
        of_desk = owed(session, desk, at, Case.desk_id == desk_row.id)
        wanted |= of_desk
        if of_desk:
            cases_of = session.execute(select(Offer.id, Offer.case_id).where(Offer.id.in_(of_desk)))
            of_offer |= {offer_id: (case_id, desk_row.id) for offer_id, case_id in cases_of}
    rows_owed = session.execute(select(ReportDue.offer_id, ReportDue.due_on))
    standing = {row.offer_id: row.due_on for row in rows_owed}
    for offer_id in sorted(standing.keys() - wanted.keys()):
        session.execute(delete(ReportDue).where(ReportDue.offer_id == offer_id))
    for offer_id, due_on in sorted(wanted.items()):
        if offer_id not in standing:
            case_id, desk_id = of_offer[offer_id]
            values: dict[str, Any] = {"offer_id": offer_id, "case_id": case_id, "desk_id": desk_id}
            session.execute(insert_unless_taken(session, ReportDue).values(due_on=due_on, **values))
        elif standing[offer_id] != due_on:
            # Another meeting was held: what was said of the former day does not count.
            session.execute(
                update(ReportDue)
                .where(ReportDue.offer_id == offer_id)
                .values(due_on=due_on, reminded_at=None, reminded_late_at=None)
            )


def remind_of_reports(session: Session, *, at: datetime) -> int:
    """On the morning of an office day, remind of reports that are due soon, and once of those that are late."""
    today, sent = japan_day(at), 0
    for desk_row in session.scalars(select(DeskRow).order_by(DeskRow.id)):
        desk = from_json(desk_row.definition)
        if not is_office_morning(desk.reminder_at, at, desk.is_closed_on):
            continue
        soon = (ReportDue.due_on >= today) & (ReportDue.due_on <= today + REMINDED_BEFORE)
        late = (ReportDue.due_on < today) & (ReportDue.due_on >= today - REMINDED_AFTER)
        for is_due, told in ((soon, ReportDue.reminded_at), (late, ReportDue.reminded_late_at)):
            claimed = session.execute(
                update(ReportDue)
                .where(ReportDue.desk_id == desk_row.id, is_due, told.is_(None))
                .values({told: at})
                .returning(ReportDue.offer_id, ReportDue.case_id)
                .execution_options(synchronize_session=False)
            ).all()
            for offer_id, case_id in sorted(tuple(each) for each in claimed):
                receipt_id = session.get_one(Case, case_id).receipt_id
                about = {"receipt_id": receipt_id, "case_id": case_id, "subject_id": offer_id}
                outbox.enqueue(session, Message.REPORT_DUE, at=at, **about)
                sent += 1
    return sent


def owed(session: Session, desk: Desk, at: datetime, which: ColumnElement[bool]) -> dict[int, date]:
    """By when those of the wanted offers that owe a report owe it."""
    if desk.report_within_days is None:
        return {}
    planned = aliased(Meeting)
    goes_on = (
        select(planned.id)
        .where(planned.offer_id == Offer.id, planned.state == MeetingState.PLANNED, planned.begins_at >= at)
        .exists()
    )
    found = session.execute(
        select(Offer.id, func.max(Meeting.held_on))
        .join(Case, Case.id == Offer.case_id)
        .join(Meeting, Meeting.offer_id == Offer.id)
        .where(
            which,
            Offer.state == OfferState.ACCEPTED,
            Case.is_unfinished,
            Case.status.in_(lifecycle.OFFER_LIVES_IN[OfferState.ACCEPTED]),
            Meeting.state == MeetingState.HELD,
            ~goes_on,
            ~select(Report.id).where(Report.offer_id == Offer.id).exists(),
        )
        .group_by(Offer.id)
    )
    within = timedelta(days=desk.report_within_days)
    return {offer_id: held_on + within for offer_id, held_on in found if held_on is not None}


def _reportable(
    session: Session, offer_id: int, *, by: Actor, at: datetime, expected_version: int | None
) -> tuple[Offer, Case]:
    if by.kind is ActorKind.PROVIDER:
        return rows.working(session, offer_id, by=by, at=at)
    case_id = session.scalar(select(Offer.case_id).where(Offer.id == offer_id))
    if case_id is None:
        raise NotFound
    case = cases.open_case(session, case_id, Need.OFFER, by=by, expected_version=expected_version)
    row = session.get_one(Offer, offer_id, populate_existing=True)
    if row.state not in {OfferState.ACCEPTED, OfferState.ENDED}:
        raise WrongState("この人は、この案件を引き受けていません。")
    return row, case


def _check(written: Written) -> Written:
    errors: list[FieldError] = []
    kept: dict[str, str] = {}
    try:
        message = "助言したことを書いてください。"
        kept["advised"] = text.needed(written.advised, field="advised", message=message, what="助言したこと")
    except InvalidInput as wrong:
        errors.extend(wrong.errors)
    try:
        kept["next_steps"] = text.fitting(written.next_steps, field="next_steps", what="次にすること")
    except InvalidInput as wrong:
        errors.extend(wrong.errors)
    kept["material"] = text.clean_line(written.material)
    if kept["material"] and (
        len(kept["material"]) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(kept["material"])
    ):
        errors.append(FieldError("material", "資料のアドレスは、https:// から、500字までで書いてください。"))
    if errors:
        raise InvalidInput(*errors)
    return Written(**kept)
