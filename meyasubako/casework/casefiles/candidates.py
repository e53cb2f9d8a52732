"""Whom a case could be offered to (候補): the best fitting first, each with the reasons in words and what stands against it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import case as when
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import profiles
from meyasubako.core import absences, conflicts, dates, fitting
from meyasubako.core.desk import Desk, label_of, municipality_label
from meyasubako.core.fitting import Fit, Person, Said, Wanted, Weights
from meyasubako.core.vocabulary import Helpfulness, OfferState, ProviderKind
from meyasubako.insight import rank
from meyasubako.store.models import Case, CaseTerms, Offer, Provider, Receipt, Requester, Survey

STANDING = (OfferState.OPEN, OfferState.ACCEPTED)
NOT_TAKEN = (OfferState.TURNED_DOWN, OfferState.EXPIRED)
TAKEN = (OfferState.ACCEPTED, OfferState.ENDED)
GOOD: Final = (Helpfulness.HELPED, Helpfulness.HELPED_SOMEWHAT)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody in the directory. `obstacle` says why they cannot be asked, "" when they can.

    `stops` are conflicts of interest: they can be asked, with a reason. `earlier` says that they did not take this very case
    when asked before, "" otherwise.
    """

    id: int
    name: str
    kind: ProviderKind
    position: str
    fit: Fit
    stops: tuple[str, ...]
    obstacle: str
    earlier: str

    @property
    def fits(self) -> bool:
        """Whether a topic of theirs is one of the case, or near to one."""
        return self.fit.is_of_topic

    @property
    def said(self) -> tuple[Said, ...]:
        """What makes the score, part by part."""
        return self.fit.said

    @property
    def why(self) -> str:
        """The reasons in words."""
        return "".join(f"{each.words}。" for each in self.said if each.words)


@dataclass(frozen=True, slots=True)
class _Past:
    """What the offers and surveys of a desk tell of somebody."""

    asked_at: datetime | None = None
    taken: int = 0
    helped: int = 0
    rated: int = 0


def candidates(
    session: Session,
    desk: Desk,
    case: Case,
    topics: Sequence[str],
    receipt: Receipt,
    requester: Requester,
    *,
    at: datetime,
    weights: Weights | None = None,
) -> tuple[Candidate, ...]:
    """The active directory of the desk, of the kinds it offers to, in a constant number of queries: best fit first.

    Last come those who have no room now, and those who did not take this case before. `weights` are tried instead of the desk's.
    """
    rows = session.scalars(
        select(Provider).where(
            Provider.desk_id == case.desk_id, Provider.is_active, Provider.kind.in_(desk.offers)
        )
    ).all()
    if not rows:
        return ()
    lines = tuple(_line(desk, topic) for topic in topics)
    tops = {below.code: top.code for top in desk.topics for below in desk.topic_and_below(top.code)}
    purpose = desk.purpose(case.purpose) if case.purpose in {each.code for each in desk.purposes} else None
    wanted = Wanted(
        topics=lines,
        purpose=purpose.code if purpose else "",
        purpose_label=str(purpose.short_label) if purpose else "",
        municipality=requester.municipality,
        municipality_label=municipality_label(desk, requester.municipality),
        way=receipt.meeting_way,
        today=dates.japan_day(at),
    )
    asked, earlier = _of_this_case(session, case.id)
    past, usual = _past(session, case, at)
    said = _said(session, case, rows)
    best = max((each.score for each in said.values()), default=0.0) or 1.0
    found = [
        Candidate(
            id=row.id,
            name=row.name,
            kind=row.kind,
            position=row.position,
            fit=fitting.fit(
                wanted,
                _person(tops, row, past.get(row.id, _Past()), said.get(row.id), best),
                weights or desk.matching,
                usual,
            ),
            stops=conflicts.stops(
                name=row.name,
                avoids=row.avoids,
                sells=row.sells,
                sold=row.sold_topics,
                wanted=lines,
                requesters=(requester.organisation, requester.name),
            ),
            obstacle=_obstacle(row, is_asked=row.id in asked),
            earlier=earlier.get(row.id, ""),
        )
        for row in rows
    ]
    return ordered(found)


def ordered(found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The best first, the same whatever order they come in."""
    return tuple(
        sorted(
            found,
            key=lambda each: (
                bool(each.earlier),
                not each.fit.is_free,
                -each.fit.points,
                each.name,
                each.position,
                each.id,
            ),
        )
    )


def _line(desk: Desk, topic: str) -> tuple[tuple[str, str], ...]:
    try:
        return tuple((step.code, str(step.label)) for step in desk.topic_line(topic))
    except KeyError:
        return ((topic, label_of(desk.topic, topic) or topic),)


def _person(
    tops: Mapping[str, str], row: Provider, past: _Past, said: rank.Ranked | None, best: float
) -> Person:
    return Person(
        topics=frozenset(row.topics),
        tops=frozenset(tops.get(topic, topic) for topic in row.topics),
        purposes=frozenset(row.purposes),
        areas=frozenset(row.areas),
        ways=frozenset(row.ways),
        capacity=row.capacity,
        absences=absences.stored(row.absences),
        text=said.score / best if said else 0.0,
        words=said.words if said else (),
        taken=past.taken,
        helped=past.helped,
        rated=past.rated,
        asked_on=dates.japan_day(past.asked_at) if past.asked_at else None,
    )


def _of_this_case(session: Session, case_id: int) -> tuple[set[int], dict[int, str]]:
    """Who is asked already, and who did not take it before, with what is to be said of that."""
    rows = session.execute(
        select(Offer.provider_id, Offer.state, Offer.reason)
        .where(Offer.case_id == case_id, Offer.state.in_((*STANDING, *NOT_TAKEN)))
        .order_by(Offer.id)
    ).all()
    asked = {row.provider_id for row in rows if row.state in STANDING}
    return asked, {row.provider_id: _earlier(row.state, row.reason) for row in rows if row.state in NOT_TAKEN}


def _past(session: Session, case: Case, at: datetime) -> tuple[dict[int, _Past], float]:
    """Of everybody who was ever asked: when, how much they have this month, how cases of this kind went; and the usual share."""
    month = dates.start_of_month(dates.month_of(at))
    is_taken = (Offer.state == OfferState.OPEN) | (Offer.state.in_(TAKEN) & (Offer.answered_at >= month))
    offers = session.execute(
        select(
            Offer.provider_id,
            func.max(Offer.offered_at).label("asked_at"),
            func.sum(when((is_taken, 1), else_=0)).label("taken"),
        )
        .join(Case, Case.id == Offer.case_id)
        .where(Case.desk_id == case.desk_id)
        .group_by(Offer.provider_id)
    ).all()
    grades = session.execute(
        select(Offer.provider_id, Case.purpose, Survey.grade, func.count().label("number"))
        .join(Case, Case.id == Offer.case_id)
        .join(Survey, Survey.case_id == Case.id)
        .where(Case.desk_id == case.desk_id, Offer.state.in_(TAKEN), Survey.grade.is_not(None))
        .group_by(Offer.provider_id, Case.purpose, Survey.grade)
    ).all()
    helped: Counter[int] = Counter()
    rated: Counter[int] = Counter()
    everybody: Counter[bool] = Counter()
    for row in grades:
        everybody[row.grade in GOOD] += row.number
        if row.purpose == case.purpose:
            rated[row.provider_id] += row.number
            helped[row.provider_id] += row.number if row.grade in GOOD else 0
    usual = everybody[True] / everybody.total() if everybody else fitting.USUAL
    found = {
        row.provider_id: _Past(row.asked_at, row.taken, helped[row.provider_id], rated[row.provider_id])
        for row in offers
    }
    return found, usual


def _said(session: Session, case: Case, rows: Sequence[Provider]) -> Mapping[int, rank.Ranked]:
    """How well everybody's words fit the text of a case; nobody's until it was taken apart, a second after it came."""
    held = session.get(CaseTerms, case.id)
    if held is None:
        return {}
    listed = {row.id for row in rows}
    ranking = profiles.directory(session, case.desk_id).rank(held.terms)
    return {each.id: each for each in ranking if each.id in listed}


def _earlier(state: OfferState, reason: str) -> str:
    if state is OfferState.EXPIRED:
        return "この件は期限切れ（期限までに返事がありませんでした）"
    return "この件は辞退" + (f"（理由：{reason}）" if reason else "")


def _obstacle(row: Provider, *, is_asked: bool) -> str:
    if is_asked:
        return "すでに打診しています"
    return "" if row.email else "メールアドレスが名簿にありません"
