"""Similar cases: the earlier cases of the desk that are nearest to one, why, what was answered and who helped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases
from meyasubako.casework.searching import parts
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import OfferState, Status
from meyasubako.insight import terms
from meyasubako.store import search
from meyasubako.store.models import Case, CaseTerms, Learned, Offer, Provider, Receipt, Reply, SharedReply

ASKED_WORDS: Final = 12
LOOKED_AT: Final = 120
ROWS: Final = 480
NEWEST: Final = 60
"""Bounds of what is compared, however many cases there are: the newest that share a rare word."""

COUNT: Final = 5


@dataclass(frozen=True, slots=True)
class NearCase:
    """An earlier case that is near, the words that made it so, the answer that was given and who helped."""

    id: int
    number: str
    title: str
    status: Status
    received_at: datetime
    words: tuple[str, ...]
    reply: str
    helpers: tuple[str, ...]


def candidates(
    session: Session, desk_id: int, case_id: int, counted: Mapping[str, int]
) -> dict[int, Mapping[str, int]]:
    """The earlier cases of a desk worth comparing, with their terms."""
    words = [term for term in counted if not terms.is_pair(term) and len(term) > 1]
    seen = select(Learned.term, Learned.weight).where(
        Learned.desk_id == desk_id, Learned.term.in_(words), Learned.question == "", Learned.label == ""
    )
    often = {term: weight for term, weight in session.execute(seen)}  # noqa: C416
    rare = sorted(words, key=lambda term: (often.get(term, 0) / counted[term], -counted[term], term))
    rows = search.newest_with_any(
        session, rare[:ASKED_WORDS], below=parts.first_id(case_id), limit=ROWS
    ) or search.newest_with_any(session, rare[: 4 * ASKED_WORDS], below=parts.first_id(case_id), limit=ROWS)
    # Those that came in just before are compared even while the index is behind: of any desk, so that they are read off the
    # end of the table.
    newest = select(Case.id).where(Case.id < case_id).order_by(Case.id.desc())
    found = {*(parts.case_of(row) for row in rows), *session.scalars(newest.limit(NEWEST))}
    held = session.execute(
        select(CaseTerms.case_id, CaseTerms.terms)
        .join(Case, Case.id == CaseTerms.case_id)
        .where(CaseTerms.case_id.in_(found), Case.desk_id == desk_id, Case.status != Status.QUARANTINED)
        .order_by(CaseTerms.case_id.desc())
        .limit(LOOKED_AT)
    )
    return {number: counted for number, counted in held}  # noqa: C416


def near_cases(session: Session, actor: Actor, case_id: int) -> tuple[NearCase, ...]:
    """The nearest earlier cases this person may see, the nearest first; the number of queries is always the same."""
    held = session.get(CaseTerms, case_id)
    wanted = {int(number): said for number, said in held.near.items()} if held is not None else {}
    if not wanted:
        return ()
    rows = session.execute(
        cases.visible_cases(actor)
        .join(Receipt, Receipt.id == Case.receipt_id)
        .where(Case.id.in_(wanted), Case.status != Status.QUARANTINED)
        .add_columns(Receipt.number)
    ).all()
    replies: dict[int, str] = {}
    shared = select(SharedReply.case_id, Reply.body).join(Reply, Reply.id == SharedReply.reply_id)
    own = select(Reply.case_id, Reply.body)
    for given in (shared.where(SharedReply.case_id.in_(wanted)), own.where(Reply.case_id.in_(wanted))):
        # The last answer is the one that counts.
        replies.update({number: body for number, body in session.execute(given.order_by(Reply.id))})  # noqa: C416
    helpers: dict[int, list[str]] = {}
    helped = (
        select(Offer.case_id, Provider.name)
        .join(Provider, Provider.id == Offer.provider_id)
        .where(Offer.case_id.in_(wanted), Offer.state.in_([OfferState.ACCEPTED, OfferState.ENDED]))
        .order_by(Offer.id)
    )
    for number, name in session.execute(helped):
        if name not in helpers.setdefault(number, []):
            helpers[number].append(name)
    found = {
        case.id: NearCase(
            case.id,
            cases.case_number(number, case.ordinal),
            case.title,
            case.status,
            case.received_at,
            tuple(wanted[case.id][1:]),
            replies.get(case.id, ""),
            tuple(helpers.get(case.id, ())),
        )
        for case, number in rows
    }
    order = sorted(found, key=lambda number: list(wanted).index(number))
    return tuple(found[number] for number in order)
