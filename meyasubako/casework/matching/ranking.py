"""The requester's order: whom they would like to be asked first, on their own page or as the staff heard it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle
from meyasubako.casework.matching import rows, turns
from meyasubako.casework.matching.shortlists import open_shortlist
from meyasubako.core import text
from meyasubako.core.codes import Keys
from meyasubako.core.dates import japan_day
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.numbers import whole
from meyasubako.core.policy import REQUESTER, SYSTEM, Actor
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import ConsentWay, EventKind, ShortlistState
from meyasubako.store.models import Case, Provider, Shortlist, Shortlisted

LONGEST_WISH: Final = 1_000
UNWANTED: Final = "no"
NOT_WISHED: Final = "本人が希望しませんでした。"
DECIDED: Final = say("順番は、もう決まっています。ありがとうございました。")


@dataclass(frozen=True, slots=True)
class Order:
    """What was said: for each provider a place ("1", "2", …), `UNWANTED`, or "" to leave it to the desk; and a word beside it."""

    places: Mapping[int, str]
    wish: str = ""


def rank(
    session: Session,
    number: str,
    generation: int,
    case_id: int,
    shortlist_id: int,
    order: Order,
    *,
    keys: Keys,
    at: datetime,
) -> None:
    """The requester puts the candidates in order; the first is asked at once. Raises NotFound for anybody else's."""
    receipt = cases.find_receipt(session, number)
    if receipt is None or receipt.passcode_generation != generation:
        raise NotFound
    case = cases.lock_case(session, case_id)
    made = session.get(Shortlist, shortlist_id, populate_existing=True)
    if case.receipt_id != receipt.id or made is None or made.case_id != case.id:
        raise NotFound
    if made.state is not ShortlistState.RANKING or case.status not in turns.LIVES_IN:
        raise WrongState(DECIDED)
    if made.rank_by is not None and japan_day(at) > made.rank_by:
        raise WrongState(say("お答えの期限が過ぎたため、窓口の順番で進めています。"))
    _rank(session, case, made, order, {}, keys=keys, by=REQUESTER, at=at)


def rank_for(
    session: Session,
    shortlist_id: int,
    order: Order,
    heard_by: ConsentWay | None,
    *,
    keys: Keys,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> None:
    """Staff write down the order the requester told them, by telephone or on paper."""
    made, case = open_shortlist(session, shortlist_id, by=by, expected_version=expected_version)
    if made.state is not ShortlistState.RANKING:
        raise WrongState("順番は、もう決まっています。")
    if heard_by is None:
        _check(session, made, order)
        raise InvalidInput(FieldError("heard_by", "どのように聞いたかを選んでください。"))
    _rank(session, case, made, order, {"heard_by": heard_by.value}, keys=keys, by=by, at=at)


def _rank(
    session: Session,
    case: Case,
    made: Shortlist,
    order: Order,
    data: Mapping[str, Any],
    *,
    keys: Keys,
    by: Actor,
    at: datetime,
) -> None:
    chosen, wish = _check(session, made, order)
    for each, _ in chosen:
        said = order.places.get(each.provider_id, "")
        each.wished = whole(said, digits=2)
        each.is_unwanted = said == UNWANTED
        each.passed_over = NOT_WISHED if each.is_unwanted else ""
    made.wish, made.ranked_at = wish, at
    session.flush()
    lifecycle.record(session, case, EventKind.RANKED, by=by, at=at, data={"ranking_id": made.id, **data})
    # The requester puts candidates in order; asking the first of them is the desk's doing.
    asks = SYSTEM if by == REQUESTER else by
    turns.begin(session, rows.desk_of_case(session, case), case, made, keys=keys, by=asks, at=at)
    session.flush()


def _check(
    session: Session, made: Shortlist, order: Order
) -> tuple[Sequence[tuple[Shortlisted, Provider]], str]:
    """The candidates and the word beside the order. Raises InvalidInput with everything that is wrong."""
    found = session.execute(
        select(Shortlisted, Provider)
        .join(Provider, Provider.id == Shortlisted.provider_id)
        .where(Shortlisted.shortlist_id == made.id)
        .order_by(Shortlisted.position)
    )
    chosen = [(each, provider) for each, provider in found]
    errors: list[FieldError] = []
    given = [order.places.get(each.provider_id, "") for each, _ in chosen]
    allowed = {"", UNWANTED, *(str(place) for place in range(1, len(chosen) + 1))}
    for (each, _), said in zip(chosen, given, strict=True):
        field = f"place_{each.provider_id}"
        if said not in allowed:
            errors.append(FieldError(field, say("順番を、一覧の中から選んでください。")))
        elif said.isdigit() and given.count(said) > 1:
            errors.append(FieldError(field, say("同じ順番の人がいます。1人ずつ、違う順番にしてください。")))
    wish = ""
    try:
        wish = text.fitting(order.wish, field="wish", limit=LONGEST_WISH)
    except InvalidInput as too_long:
        errors.extend(too_long.errors)
    if errors:
        raise InvalidInput(*errors)
    return chosen, wish
