"""Reads which candidates of a case were chosen together, and how far that has come."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework.casefiles.parts import ShortlistedOnFile, ShortlistOnFile
from meyasubako.store.models import Offer, Provider, Shortlist, Shortlisted


def shortlist_of(session: Session, case_id: int) -> ShortlistOnFile | None:
    """The candidates chosen last; None where candidates were only ever asked one by one."""
    found = session.scalar(
        select(Shortlist).where(Shortlist.case_id == case_id).order_by(Shortlist.id.desc()).limit(1)
    )
    if found is None:
        return None
    rows = session.execute(
        select(Shortlisted, Provider, Offer.state)
        .join(Provider, Provider.id == Shortlisted.provider_id)
        .outerjoin(Offer, Offer.id == Shortlisted.offer_id)
        .where(Shortlisted.shortlist_id == found.id)
        .order_by(Shortlisted.position)
    )
    return ShortlistOnFile(
        id=found.id,
        manner=found.manner,
        state=found.state,
        made_at=found.made_at,
        candidates=tuple(
            ShortlistedOnFile(provider.id, provider.name, provider.kind, state, each.passed_over)
            for each, provider, state in rows
        ),
    )
