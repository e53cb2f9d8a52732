"""The reports on a case, by offer: what was written, and what is owed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework.casefiles.parts import Said
from meyasubako.store.models import Report, ReportDue


@dataclass(frozen=True, slots=True)
class ReportOnFile:
    """A report as written. `entered_by` entered one that came on paper."""

    id: int
    advised: str
    next_steps: str
    material: str
    written_at: datetime
    entered_by: str

    @property
    def said(self) -> Said:
        """The same as one text, for the history."""
        parts = (self.advised, self.next_steps and f"次にすること：{self.next_steps}", self.material)
        return Said(self.id, self.written_at, "", "\n".join(filter(None, parts)))


@dataclass(frozen=True, slots=True)
class Reports:
    """The reports of a case, oldest first for each offer, and by when one is owed."""

    of_offer: Mapping[int, tuple[ReportOnFile, ...]]
    due_on: Mapping[int, date]

    def last(self, offer_id: int) -> ReportOnFile | None:
        """The one that holds; None as long as there is none."""
        return self.of_offer.get(offer_id, (None,))[-1]


def reports_of(session: Session, case_id: int) -> Reports:
    """What was reported on a case and what is owed."""
    found: dict[int, tuple[ReportOnFile, ...]] = {}
    for row in session.scalars(select(Report).where(Report.case_id == case_id).order_by(Report.id)):
        kept = ReportOnFile(
            **{name: getattr(row, name) for name in ReportOnFile.__dataclass_fields__},
        )
        found[row.offer_id] = (*found.get(row.offer_id, ()), kept)
    owed = session.execute(select(ReportDue.offer_id, ReportDue.due_on).where(ReportDue.case_id == case_id))
    return Reports(found, {row.offer_id: row.due_on for row in owed})
