"""The candidates a requester is asked to put in order, and what they said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.core import ordering
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import ProviderKind, ShortlistState
from meyasubako.store.models import Case, Provider, Shortlist, Shortlisted


@dataclass(frozen=True, slots=True)
class CandidateToRank:
    """Somebody the desk proposes."""

    provider_id: int
    name: str
    kind: ProviderKind
    about: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """A question for the order that waits for its answer."""

    shortlist_id: int
    rank_by: date
    candidates: tuple[CandidateToRank, ...]


def ranking_of(session: Session, case: Case) -> Ranking | None:
    """The question that is open about a case."""
    made = session.scalar(
        select(Shortlist).where(Shortlist.case_id == case.id, Shortlist.state == ShortlistState.RANKING)
    )
    if made is None or made.rank_by is None:
        return None
    chosen = [
        CandidateToRank(provider.id, provider.name, provider.kind, each.about)
        for each, provider in _chosen(session, made.id)
    ]
    return Ranking(made.id, made.rank_by, tuple(chosen))


def asked_for(names: Sequence[str]) -> str:
    """The question in words."""
    return say("お願いする方の候補：%(names)s。希望の順番をおたずねしました。", names="、".join(names))


def order_said(session: Session, shortlist_id: int) -> str:
    """What the requester answered, in words."""
    made = session.get_one(Shortlist, shortlist_id)
    chosen = _chosen(session, shortlist_id)
    wished = sorted((each.wished, provider.name) for each, provider in chosen if each.wished)
    unwanted = [provider.name for each, provider in chosen if each.is_unwanted]
    return ordering.in_words([name for _, name in wished], unwanted, made.wish)


def _chosen(session: Session, shortlist_id: int) -> list[tuple[Shortlisted, Provider]]:
    found = session.execute(
        select(Shortlisted, Provider)
        .join(Provider, Provider.id == Shortlisted.provider_id)
        .where(Shortlisted.shortlist_id == shortlist_id)
        .order_by(Shortlisted.position)
    )
    return [(each, provider) for each, provider in found]
