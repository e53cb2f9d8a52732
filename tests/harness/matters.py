"""A second matter of what was handed in, as splitting a letter will raise it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import Status
from meyasubako.store.models import Case, Receipt


def raise_another(
    session: Session,
    case_id: int,
    *,
    by: Actor,
    at: datetime,
    status: Status = Status.RECEIVED,
    **changes: Any,
) -> int:
    """One more case of the same receipt, with the codes of the first unless said otherwise; returns its id."""
    first = session.get_one(Case, case_id)
    receipt = session.get_one(Receipt, first.receipt_id)
    names = cases.ReceiptDetails.__dataclass_fields__
    details = cases.ReceiptDetails(**{name: getattr(receipt, name) for name in names})
    as_first: dict[str, Any] = {
        "purpose": first.purpose,
        "topics": cases.topics_of(session, first.id),
        "recorded_at": at,
    }
    second_id = cases.add_case(
        session,
        receipt.id,
        replace(details, **{**as_first, **changes}),
        ordinal=1
        + (session.scalar(select(func.max(Case.ordinal)).where(Case.receipt_id == receipt.id)) or 0),
        status=status,
        due_on=None,
    )
    lifecycle.begin(
        session,
        second_id,
        status,
        counted=lifecycle.facts(session, session.get_one(Case, second_id)),
        with_receipt=False,
        received_at=receipt.received_at,
        by=by,
        at=at,
    )
    return second_id
