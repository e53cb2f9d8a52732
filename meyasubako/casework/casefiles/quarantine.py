"""What was put aside for checking (確かめ待ち), one page at a time, with enough of each to decide without opening it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func
from sqlalchemy.orm import Session

from meyasubako.casework import cases, selection
from meyasubako.casework.casefiles.places import PLACED, Cursor, leaf
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import requester_type_label
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import Channel, QuarantineReason, Status
from meyasubako.store.models import Case, Receipt

PAGE_SIZE: Final = 50
BEGINNING: Final = 160
"""So many characters of a text are shown."""


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """One matter that waits. `beginning` is its text, shortened where `goes_on`."""

    id: int
    number: str
    received_at: datetime
    reason: QuarantineReason | None
    channel: Channel
    requester_label: str
    title: str
    beginning: str
    goes_on: bool


@dataclass(frozen=True, slots=True)
class QuarantinePage:
    """A page of what waits, newest first. `newer` and `older` lead on; None at either end."""

    rows: tuple[QuarantineRow, ...]
    total: int
    newer: Cursor | None
    older: Cursor | None


def quarantine(
    session: Session,
    actor: Actor,
    applied: AppliedDesk,
    *,
    after: Cursor | None = None,
    before: Cursor | None = None,
) -> QuarantinePage:
    """A page of what was put aside at a desk and nobody has decided about."""
    waiting = selection.of_desk(actor, applied.id).where(Case.status == Status.QUARANTINED)
    total = session.scalar(waiting.with_only_columns(func.count())) or 0
    listed = waiting.join(Receipt, Receipt.id == Case.receipt_id).with_only_columns(
        *PLACED,
        Case.ordinal,
        Case.title,
        Case.channel,
        Case.requester_type,
        func.substr(Case.body, 1, BEGINNING + 1).label("beginning"),
        Receipt.number,
        Receipt.quarantine_reason,
    )
    found = leaf(session, listed, PAGE_SIZE, after=after, before=before)
    return QuarantinePage(
        rows=tuple(
            QuarantineRow(
                id=row.id,
                number=cases.case_number(row.number, row.ordinal),
                received_at=row.received_at,
                reason=row.quarantine_reason,
                channel=row.channel,
                requester_label=requester_type_label(applied.desk, row.requester_type),
                title=row.title,
                beginning=row.beginning[:BEGINNING],
                goes_on=len(row.beginning) > BEGINNING,
            )
            for row in found.rows
        ),
        total=total,
        newer=found.before,
        older=found.after,
    )
