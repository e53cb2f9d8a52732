"""What there is of a case at all: asked once, so that its file reads nothing of what most cases never have."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from meyasubako.store.models import (
    Addition,
    AnswerDraft,
    Attachment,
    Case,
    CaseSplit,
    CaseTopic,
    CaseWatch,
    InterimNotice,
    Meeting,
    Note,
    Offer,
    OutboxMessage,
    ProposedDates,
    Question,
    Referral,
    Reply,
    Report,
    ReportDue,
    Shortlist,
    Survey,
)
from meyasubako.store.models.base import Base

OF_CASE: Final[Mapping[type[Base], InstrumentedAttribute[Any]]] = {
    Addition: Addition.case_id,
    AnswerDraft: AnswerDraft.case_id,
    CaseSplit: CaseSplit.case_id,
    CaseTopic: CaseTopic.case_id,
    CaseWatch: CaseWatch.case_id,
    InterimNotice: InterimNotice.case_id,
    Meeting: Meeting.case_id,
    Note: Note.case_id,
    Offer: Offer.case_id,
    ProposedDates: ProposedDates.case_id,
    Question: Question.case_id,
    Referral: Referral.case_id,
    Reply: Reply.case_id,
    Report: Report.case_id,
    ReportDue: ReportDue.case_id,
    Shortlist: Shortlist.case_id,
    Survey: Survey.case_id,
    Case: Case.merged_into_id,
}
"""The kinds of rows and what points at their case; of cases, those merged into it."""
OF_RECEIPT: Final[Mapping[type[Base], InstrumentedAttribute[Any]]] = {
    Attachment: Attachment.receipt_id,
    OutboxMessage: OutboxMessage.receipt_id,
}

Held = frozenset[type[Base]]


def held(session: Session, case: Case) -> Held:
    """The kinds of rows there are any of, for a case and its receipt."""
    found = session.execute(_asked(), {"case": case.id, "receipt": case.receipt_id}).one()
    return frozenset(row for row, there in zip((*OF_CASE, *OF_RECEIPT), found, strict=True) if there)


@cache
def _asked() -> Select[*tuple[Any, ...]]:
    # Made once: putting so large a query together takes longer than answering it. Only the column of an index is asked for,
    # so that none of the engines looks through the table instead.
    case, receipt = bindparam("case", type_=Integer), bindparam("receipt", type_=Integer)
    return select(
        *(select(column).where(column == case).exists() for column in OF_CASE.values()),
        *(select(column).where(column == receipt).exists() for column in OF_RECEIPT.values()),
    )
