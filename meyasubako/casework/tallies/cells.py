"""Behind every figure stand cases: which receipts and cases a cell of a tally counts, and which it takes back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.core.vocabulary import (
    Measure,
    RequesterType,
    Status,
)
from meyasubako.store.models import Case, Receipt

PAGE_LENGTH: Final = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A case as lists show it."""

    case_id: int
    number: str
    title: str
    status: Status
    requester_type: RequesterType
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """A receipt or case behind a figure: +1 or, where a correction took it back, -1, and the cases to open."""

    sign: int
    cases: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """Everything behind a figure. `figure` is what the tally prints; `length` how many there are, taken back ones too.

    `label` is what the row was called in the last month.
    """

    figure: int
    length: int
    counted: tuple[Counted, ...]
    label: str = ""


def lines_of(session: Session, measure: Measure, subjects: list[int]) -> dict[int, list[Line]]:
    """The cases of these receipts, or these cases, by receipt or case."""
    key: Any = Case.receipt_id if measure is Measure.RECEIPTS else Case.id
    found: dict[int, list[Line]] = {}
    rows = session.execute(
        select(key, Case, Receipt.number)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(key.in_(subjects))
        .order_by(Case.receipt_id, Case.ordinal)
    )
    for subject, case, number in rows:
        found.setdefault(subject, []).append(line(case, number))
    return found


def line(case: Case, receipt_number: str) -> Line:
    """A case as lists show it."""
    return Line(
        case_id=case.id,
        number=cases.case_number(receipt_number, case.ordinal),
        title=case.title,
        status=case.status,
        requester_type=case.requester_type,
        received_at=case.received_at,
    )
