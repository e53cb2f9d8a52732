"""Desks as this installation holds them: applied from desk files, never losing a code that is in use."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import audit
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Change, Desk, from_json, merge, to_json
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import SYSTEM
from meyasubako.core.vocabulary import AuditAction, EventKind
from meyasubako.store.models import (
    AnswerDraft,
    Case,
    CaseTopic,
    Contribution,
    DeskRow,
    Event,
    LedgerEntry,
    Provider,
    Receipt,
    Referral,
    Requester,
    StaffGrant,
)


def find(session: Session, code: str) -> AppliedDesk:
    """The desk with this code. Raises NotFound."""
    row = session.scalar(select(DeskRow).where(DeskRow.code == code))
    if row is None:
        raise NotFound("この窓口は見つかりませんでした。")
    return _applied(row)


def find_by_id(session: Session, desk_id: int) -> AppliedDesk:
    """The desk of a row that points at it. Raises NotFound."""
    row = session.get(DeskRow, desk_id)
    if row is None:
        raise NotFound("この窓口は見つかりませんでした。")
    return _applied(row)


def every(session: Session) -> tuple[AppliedDesk, ...]:
    """All desks, in the order they were first applied."""
    return tuple(_applied(row) for row in session.scalars(select(DeskRow).order_by(DeskRow.id)))


def revisions(session: Session) -> dict[str, int]:
    """The revision of each desk by its code; cheap, so that a kept definition can be checked."""
    return {row.code: row.revision for row in session.execute(select(DeskRow.code, DeskRow.revision))}


def apply(session: Session, desk: Desk, *, at: datetime) -> tuple[Change, ...]:
    """Take a desk file into use and return what changed; a file applied twice changes nothing."""
    row = session.scalar(select(DeskRow).where(DeskRow.code == desk.code).with_for_update())
    if row is None:
        session.add(DeskRow(code=desk.code, definition=to_json(desk), revision=1, applied_at=at))
        session.flush()
        _tell(session, desk.code, at=at)
        return (Change(kind="added", what="desk", code=desk.code, text=f"窓口「{desk.name}」を作りました。"),)
    desk_id = row.id
    merged, changes = merge(
        from_json(row.definition),
        desk,
        used=lambda category, code: _is_used(session, desk_id, category, code),
    )
    definition = to_json(merged)
    if definition != row.definition:
        row.definition = definition
        row.revision += 1
        row.applied_at = at
        session.flush()
        _tell(session, desk.code, changes, at=at)
    return changes


def _tell(session: Session, code: str, changes: tuple[Change, ...] = (), *, at: datetime) -> None:
    audit.record(
        session,
        AuditAction.DESK_APPLIED,
        by=SYSTEM,
        at=at,
        desk_id=find(session, code).id,
        subject=f"{len(changes)}か所を改めた" if changes else "",
        details={"changes": [each.text for each in changes]},
    )


def _applied(row: DeskRow) -> AppliedDesk:
    return AppliedDesk(row.id, row.revision, from_json(row.definition))


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


def _is_used(session: Session, desk_id: int, category: str, code: str) -> bool:
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
    if category == "municipality":
        found = select(Receipt.id).join(Requester, Requester.id == Receipt.requester_id)
        found = found.where(Receipt.desk_id == desk_id, Requester.municipality == code)
        return session.scalar(found.limit(1)) is not None
    if category == "field":
        # What was asked is shown beside every receipt, under the label it had.
        return session.scalar(select(Receipt.id).where(Receipt.desk_id == desk_id).limit(1)) is not None
    return False
