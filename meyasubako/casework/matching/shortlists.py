"""Choosing several candidates: staff say who is asked, in which order or all at once, and when to stop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle, outbox
from meyasubako.casework.matching import offering, turns
from meyasubako.casework.matching.asking import given_reason
from meyasubako.casework.matching.offering import Brief
from meyasubako.core import text
from meyasubako.core.codes import Keys
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import EventKind, Message, ShortlistManner, ShortlistState
from meyasubako.store.models import Case, Provider, Shortlist, Shortlisted

LONGEST_ABOUT: Final = 400
LONGEST_WAIT: Final = timedelta(days=92)
FEWEST: Final = 2
MOST: Final = 5


@dataclass(frozen=True, slots=True)
class ToRank:
    """What the requester is asked: by when to put the candidates in order, and what they read of each."""

    until: date | None
    abouts: Mapping[int, str]


def shortlist(
    session: Session,
    desk: Desk,
    case_id: int,
    provider_ids: Sequence[int],
    brief: Brief,
    manner: ShortlistManner | None,
    *,
    keys: Keys,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
    override: str = "",
    to_rank: ToRank | None = None,
) -> int:
    """Ask several candidates, one after the other in this order or all at once. Returns the shortlist's id.

    `override` says why those with a conflict of interest are asked all the same. With `to_rank` the requester is asked for
    the order first; the one given here holds if no answer comes.
    """
    case = cases.open_case(session, case_id, Need.OFFER, by=by, expected_version=expected_version)
    if turns.running_of(session, case.id) is not None:
        raise WrongState(
            "この案件では、もう何人かの候補に打診しています。続けるか、やめてから選びなおしてください。"
        )
    if not offering.can_be_offered(case):
        raise WrongState(f"「{case.status.label}」の案件は、打診できません。")
    chosen = _chosen(session, desk, case, provider_ids)
    errors: list[FieldError] = []
    if manner is None:
        errors.append(FieldError("manner", "打診のしかたを選んでください。"))
    written, why = "", ""
    try:
        written = text.needed(brief.text, field="brief", message="相手に伝える内容を書いてください。")
    except InvalidInput as wrong:
        errors.extend(wrong.errors)
    stops = {provider.id: offering.stops(session, desk, case, provider) for provider in chosen}
    try:
        why = given_reason(_named(chosen, stops), override)
    except InvalidInput as wrong:
        errors.extend(wrong.errors)
    errors += _wrong_with(to_rank, chosen, at)
    if errors or manner is None:
        raise InvalidInput(*errors)
    made = Shortlist(
        case_id=case.id,
        manner=manner,
        state=ShortlistState.READY,
        brief=written,
        shows_title=brief.shows_title,
        shows_requester_type=brief.shows_requester_type,
        made_at=at,
        rank_by=to_rank.until if to_rank else None,
        wish="",
    )
    session.add(made)
    session.flush()
    for position, provider in enumerate(chosen, start=1):
        known = stops[provider.id]
        session.add(
            Shortlisted(
                shortlist_id=made.id,
                provider_id=provider.id,
                position=position,
                passed_over="",
                stops=list(known),
                override=why if known else "",
                about=text.clean_text(to_rank.abouts.get(provider.id, "")) if to_rank else "",
            )
        )
    session.flush()
    data = {"shortlist_id": made.id, "manner": manner.value, "names": [each.name for each in chosen]}
    lifecycle.record(session, case, EventKind.SHORTLISTED, by=by, at=at, data=data)
    if to_rank is None:
        turns.begin(session, desk, case, made, keys=keys, by=by, at=at)
    else:
        made.state = ShortlistState.RANKING
        data = {"shortlist_id": made.id, "names": [each.name for each in chosen]}
        lifecycle.record(session, case, EventKind.RANKING_ASKED, by=by, at=at, data=data)
        outbox.enqueue(
            session, Message.RANKING, receipt_id=case.receipt_id, case_id=case.id, subject_id=made.id, at=at
        )
    session.flush()
    return made.id


def ask_next(
    session: Session,
    desk: Desk,
    shortlist_id: int,
    *,
    keys: Keys,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> bool:
    """Ask the next in turn, where the desk does not go on by itself or an offer was taken back.

    Where the requester was asked for the order, begin without waiting for it. False when nobody of them can be asked.
    """
    made, case = open_shortlist(session, shortlist_id, by=by, expected_version=expected_version)
    if made.state in {ShortlistState.RANKING, ShortlistState.READY}:
        if not offering.can_be_offered(case):
            raise WrongState(f"「{case.status.label}」の案件は、打診できません。")
        turns.begin(session, desk, case, made, keys=keys, by=by, at=at)
        return made.state is ShortlistState.ASKING
    if turns.is_asking(session, made):
        raise WrongState("前の人の返事を待っています。先に進めるには、その打診を取り消してください。")
    if not offering.can_be_offered(case):
        raise WrongState(f"「{case.status.label}」の案件は、打診できません。")
    passed, willing = turns.next_in_turn(session, desk, case, made)
    turns.go_on(session, desk, case, made, passed, willing, keys=keys, by=by, at=at)
    return bool(willing)


def drop(
    session: Session, shortlist_id: int, *, by: Actor, at: datetime, expected_version: int | None = None
) -> None:
    """Ask nobody else of them; who was asked already may still answer."""
    made, case = open_shortlist(session, shortlist_id, by=by, expected_version=expected_version)
    made.state = ShortlistState.DROPPED
    lifecycle.record(session, case, EventKind.SHORTLIST_DROPPED, by=by, at=at)


def case_of_shortlist(session: Session, shortlist_id: int) -> int:
    """The case of a shortlist. Raises NotFound."""
    case_id = session.scalar(select(Shortlist.case_id).where(Shortlist.id == shortlist_id))
    if case_id is None:
        raise NotFound
    return case_id


def open_shortlist(
    session: Session, shortlist_id: int, *, by: Actor, expected_version: int | None
) -> tuple[Shortlist, Case]:
    """A running shortlist and its case, locked for this unit."""
    case_id = case_of_shortlist(session, shortlist_id)
    case = cases.open_case(session, case_id, Need.OFFER, by=by, expected_version=expected_version)
    made = session.get_one(Shortlist, shortlist_id, populate_existing=True)
    if made.state not in turns.RUNNING:
        raise WrongState(f"候補への打診は、もう終わっています（{made.state.label}）。")
    return made, case


def _wrong_with(to_rank: ToRank | None, chosen: Sequence[Provider], at: datetime) -> list[FieldError]:
    if to_rank is None:
        return []
    errors: list[FieldError] = []
    today = japan_day(at)
    if to_rank.until is None:
        errors.append(FieldError("until", "いつまでに答えてもらうかを、年月日で書いてください。"))
    elif not today <= to_rank.until <= today + LONGEST_WAIT:
        errors.append(FieldError("until", "きょうから3か月のあいだの日を書いてください。"))
    too_long = f"紹介は{LONGEST_ABOUT}字までで書いてください。"
    return errors + [
        FieldError(f"about_{each.id}", too_long)
        for each in chosen
        if text.length(text.clean_text(to_rank.abouts.get(each.id, ""))) > LONGEST_ABOUT
    ]


def _chosen(session: Session, desk: Desk, case: Case, provider_ids: Sequence[int]) -> list[Provider]:
    """The candidates in this order, each of whom can be asked. Raises InvalidInput."""
    numbers = list(dict.fromkeys(provider_ids))
    if not FEWEST <= len(numbers) <= MOST:
        raise InvalidInput(FieldError("provider", f"候補を、{FEWEST}人から{MOST}人まで選んでください。"))
    chosen: list[Provider] = []
    errors: list[FieldError] = []
    for number in numbers:
        provider = session.get(Provider, number)
        if obstacle := offering.obstacle(desk, case, provider):
            errors.append(FieldError("provider", obstacle))
        elif provider is not None and offering.is_asked(session, case, number):
            errors.append(FieldError("provider", f"{provider.name}さんには、すでに打診しています。"))
        elif provider is not None:
            chosen.append(provider)
    if errors:
        raise InvalidInput(*errors)
    return chosen


def _named(chosen: Sequence[Provider], stops: dict[int, tuple[str, ...]]) -> list[str]:
    """Each conflict of interest with whom it is about."""
    return [f"{provider.name}：{stop}" for provider in chosen for stop in stops[provider.id]]
