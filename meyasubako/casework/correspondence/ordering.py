"""What a requester is written who is asked for the order of the candidates."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.core.tongues import Tongue
from meyasubako.core.vocabulary import ShortlistState
from meyasubako.store.models import Case, Provider, Shortlist, Shortlisted


def ranking_facts(session: Session, shortlist_id: int, speaker: Tongue) -> dict[str, Any] | None:
    """The candidates and by when to answer; None when the order is decided or the case is over."""
    made = session.get_one(Shortlist, shortlist_id)
    is_over = not session.get_one(Case, made.case_id).is_unfinished
    if made.state is not ShortlistState.RANKING or made.rank_by is None or is_over:
        return None
    chosen = session.execute(
        select(Provider.name, Shortlisted.about)
        .join(Shortlisted, Shortlisted.provider_id == Provider.id)
        .where(Shortlisted.shortlist_id == made.id)
        .order_by(Shortlisted.position)
    )
    return {"candidates": [(name, about) for name, about in chosen], "answer_by": speaker.day(made.rank_by)}
