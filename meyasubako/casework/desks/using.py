"""Whether anything stored still speaks of a code of a desk: then the code stays, whatever its file says."""

from dataclasses import dataclass, replace

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session

from meyasubako.core.desk import DIVISION
from meyasubako.core.vocabulary import EventKind
from meyasubako.store.models import (
    AnswerDraft,
    Case,
    CaseTopic,
    Contribution,
    Event,
    LedgerEntry,
    Provider,
    Receipt,
    Referral,
    Requester,
    StaffGrant,
)

_PLACES = {
    "kind": (Receipt.kind, Case.kind, LedgerEntry.kind),
    "requester_type": (Receipt.requester_type, Case.requester_type, LedgerEntry.requester_type),
    "purpose": (Receipt.purpose, Case.purpose, LedgerEntry.purpose),
    "topic": (LedgerEntry.topic,),
    "division": (Case.division_code, LedgerEntry.division),
    "outcome": (Case.outcome, LedgerEntry.outcome),
    "office": (Referral.office_code,),
    "meeting_way": (Receipt.meeting_way,),
    "municipality": (LedgerEntry.municipality,),
}
"""The columns in which stored data refers to a code of each category."""


@dataclass(frozen=True, slots=True)
class Use:
    """How many cases stand under a code, how many of them are unfinished, and how many staff speak for it."""

    cases: int = 0
    unfinished: int = 0
    staff: int = 0


def uses(session: Session, desk_id: int, category: str) -> dict[str, Use]:
    """How the divisions or topics of a desk are used, by code; two queries at most."""
    code = Case.division_code if category == DIVISION else CaseTopic.topic
    counted = select(code, func.count(), func.sum(cast(Case.is_unfinished, Integer())))
    if category != DIVISION:
        counted = counted.join(CaseTopic, CaseTopic.case_id == Case.id)
    rows = session.execute(counted.where(Case.desk_id == desk_id, code.is_not(None)).group_by(code))
    found: dict[str, Use] = {code: Use(number, unfinished or 0) for code, number, unfinished in rows if code}
    if category == DIVISION:
        speaking = select(StaffGrant.division, func.count()).where(
            StaffGrant.desk_id == desk_id, StaffGrant.division.is_not(None)
        )
        for code, number in session.execute(speaking.group_by(StaffGrant.division)):
            if code:
                found[code] = replace(found.get(code, Use()), staff=number)
    return found


def is_used(session: Session, desk_id: int, category: str, code: str) -> bool:
    """Whether stored data refers to a code of a category, see `core.desk.Used`."""
    for column in _PLACES.get(category, ()):
        table = column.class_
        if session.scalar(select(table.id).where(table.desk_id == desk_id, column == code).limit(1)):
            return True
    if category == "division":
        asked = (
            select(Contribution.id)
            .join(AnswerDraft, AnswerDraft.id == Contribution.draft_id)
            .join(Case, Case.id == AnswerDraft.case_id)
            .where(Case.desk_id == desk_id, Contribution.division_code == code)
        )
        speaks = select(StaffGrant.staff_id).where(StaffGrant.desk_id == desk_id, StaffGrant.division == code)
        return any(session.scalar(each.limit(1)) is not None for each in (asked, speaks))
    if category == "topic":
        found = select(Case.id).join(CaseTopic, CaseTopic.case_id == Case.id)
        found = found.where(Case.desk_id == desk_id, CaseTopic.topic == code)
        listed = session.scalars(select(Provider.topics).where(Provider.desk_id == desk_id))
        return session.scalar(found.limit(1)) is not None or any(code in topics for topics in listed)
    if category == "decline_reason":
        # A case taken up again has no reason any more; its history still tells the one it had.
        found = select(Event.id).join(Case, Case.id == Event.case_id)
        told = Event.kind == EventKind.DECLINED, Event.data["reason"].as_string() == code
        return session.scalar(found.where(Case.desk_id == desk_id, *told).limit(1)) is not None
    if category == "turn_down_reason":
        found = select(Event.id).join(Case, Case.id == Event.case_id)
        told = Event.kind == EventKind.TURNED_DOWN, Event.data["reason_code"].as_string() == code
        return session.scalar(found.where(Case.desk_id == desk_id, *told).limit(1)) is not None
    if category == "municipality":
        found = select(Receipt.id).join(Requester, Requester.id == Receipt.requester_id)
        found = found.where(Receipt.desk_id == desk_id, Requester.municipality == code)
        return session.scalar(found.limit(1)) is not None
    if category == "field":
        # What was asked is shown beside every receipt, under the label it had.
        return session.scalar(select(Receipt.id).where(Receipt.desk_id == desk_id).limit(1)) is not None
    return False
