"""Reads which candidates of a case were chosen together, and how far that has come."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework.casefiles.parts import Said, ShortlistedOnFile, ShortlistOnFile
from meyasubako.core import ordering
from meyasubako.core.vocabulary import ActorKind
from meyasubako.store.models import Offer, Provider, Shortlist, Shortlisted


def shortlists_of(session: Session, case_id: int) -> tuple[ShortlistOnFile | None, tuple[Said, ...]]:
    """The candidates chosen last, None where they were only ever asked one by one; and what the requester said of any."""
    made = {
        each.id: each
        for each in session.scalars(
            select(Shortlist).where(Shortlist.case_id == case_id).order_by(Shortlist.id)
        )
    }
    if not made:
        return None, ()
    rows = session.execute(
        select(Shortlisted, Provider, Offer.state)
        .join(Provider, Provider.id == Shortlisted.provider_id)
        .outerjoin(Offer, Offer.id == Shortlisted.offer_id)
        .where(Shortlisted.shortlist_id.in_(made))
        .order_by(Shortlisted.wished.is_(None), Shortlisted.wished, Shortlisted.position)
    )
    chosen: dict[int, list[ShortlistedOnFile]] = {number: [] for number in made}
    for each, provider, state in rows:
        on_file = ShortlistedOnFile(
            provider.id,
            provider.name,
            provider.kind,
            state,
            each.passed_over,
            each.about,
            each.wished,
            each.is_unwanted,
        )
        chosen[each.shortlist_id].append(on_file)
    said = tuple(
        Said(each.id, each.ranked_at, ActorKind.REQUESTER.label, _order(chosen[each.id], each.wish))
        for each in made.values()
        if each.ranked_at is not None
    )
    last = made[max(made)]
    return ShortlistOnFile(
        last.id, last.manner, last.state, last.made_at, last.rank_by, tuple(chosen[last.id])
    ), said


def _order(chosen: list[ShortlistedOnFile], wish: str) -> str:
    wished = [each.name for each in chosen if each.wished]
    return ordering.in_words(wished, [each.name for each in chosen if each.is_unwanted], wish)
