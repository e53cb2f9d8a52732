"""Several candidates of one case: chosen on the page of the candidates, asked one after the other or all at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import casefiles, matching
from meyasubako.casework.casefiles import NEEDS, Action, Candidate, CaseFile
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.calendar import office_day_after
from meyasubako.core.desk import Desk
from meyasubako.core.errors import DeskError, FieldError, InvalidInput, NotAllowed, WrongState
from meyasubako.core.numbers import whole, whole_ones
from meyasubako.core.vocabulary import ConsentWay, ShortlistManner
from meyasubako.web import forms, page
from meyasubako.web.staff import case, shown

RANK_FIRST: Final = "rank_first"
MANNERS: Final = [
    (ShortlistManner.IN_TURN.value, "窓口の順番で、1人ずつ打診", ShortlistManner.IN_TURN.meaning),
    (
        RANK_FIRST,
        "相談者に順番をつけてもらってから、1人ずつ打診",
        "候補の名前と上の紹介を見せて、頼みたい順番をたずねる。答えがなければ、窓口の順番で打診する",
    ),
    (ShortlistManner.AT_ONCE.value, ShortlistManner.AT_ONCE.label, ShortlistManner.AT_ONCE.meaning),
]
HEARD_BY: Final = [(each.value, each.label) for each in ConsentWay if each is not ConsentWay.STATUS_PAGE]


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form; `places` are the numbers written beside the candidates."""

    places: dict[str, str]
    manner: str
    brief: str
    override: str
    shows_title: bool
    shows_requester_type: bool
    until: str
    abouts: dict[str, str]


async def shortlist(request: Request) -> Response:
    """Put the chosen candidates in order, write what they are told, and begin."""
    if request.method != "POST":
        numbers = whole_ones(request.query_params.getlist("provider"))
        return await _show(request, numbers)
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    case_id: int = request.path_params["case_id"]
    desk_id = await page.read(request, lambda session: casefiles.desk_of(session, actor, case_id))
    applied, numbers = page.desk_by_id(request, desk_id), whole_ones(form.values("provider"))
    typed = Typed(
        places={str(number): form.text(f"place_{number}") for number in numbers},
        manner=form.text("manner"),
        brief=form.text("brief"),
        override=form.text("override"),
        shows_title=form.flag("shows_title"),
        shows_requester_type=form.flag("shows_requester_type"),
        until=form.text("until"),
        abouts={str(number): form.text(f"about_{number}") for number in numbers},
    )
    try:
        version = form.number("version")
        if version is None:
            raise InvalidInput(FieldError("", "画面を読み込み直してから、もう一度お試しください。"))
        to_rank = None
        if typed.manner == RANK_FIRST:
            to_rank = matching.ToRank(
                _day(typed.until, dates.japan_day(at)),
                {number: typed.abouts[str(number)] for number in numbers},
            )
        named = ShortlistManner.IN_TURN.value if to_rank else typed.manner
        manner = ShortlistManner(named) if named in list(ShortlistManner) else None
        in_order = _in_order(numbers, typed.places) if manner is not ShortlistManner.AT_ONCE else numbers
        await page.write(
            request,
            lambda session: matching.shortlist(
                session,
                applied.desk,
                case_id,
                in_order,
                matching.Brief(typed.brief, typed.shows_title, typed.shows_requester_type),
                manner,
                keys=page.keys(request),
                by=actor,
                at=at,
                expected_version=version,
                override=typed.override,
                to_rank=to_rank,
            ),
        )
    except (InvalidInput, WrongState) as refused:
        return await _show(request, numbers, typed, refused)
    done = "打診を始めました。相手にメールでお知らせします。"
    if to_rank:
        done = "順番をたずねました。答えが来るか、期限が過ぎると、打診を始めます。"
    return page.redirect(request, "staff_case", case_id=case_id, notice=done)


async def ask_next(request: Request) -> Response:
    """Ask the next in turn."""

    def work(session: Any, applied: AppliedDesk, shortlist_id: int, common: dict[str, Any]) -> str:
        keys = page.keys(request)
        if matching.ask_next(session, applied.desk, shortlist_id, keys=keys, **common):
            return "次の人に打診しました。"
        return "打診できる人が、候補の中にもういません。"

    return await _act(request, work)


async def drop(request: Request) -> Response:
    """Ask nobody else of them."""

    def work(session: Any, _: AppliedDesk, shortlist_id: int, common: dict[str, Any]) -> str:
        matching.drop(session, shortlist_id, **common)
        return "次の人への打診をやめました。返事を待っている打診は、そのままです。"

    return await _act(request, work)


async def rank(request: Request) -> Response:
    """Write down the order the requester told the desk, by telephone or on paper."""
    actor, shortlist_id = page.actor(request), request.path_params["shortlist_id"]
    case_id = await page.read(request, lambda session: matching.case_of_shortlist(session, shortlist_id))
    desk_id = await page.read(request, lambda session: casefiles.desk_of(session, actor, case_id))
    if not actor.may(NEEDS[Action.OFFER], desk_id):
        raise NotAllowed
    if request.method != "POST":
        return await _show_ranking(request, desk_id, case_id, {}, "", "")
    form, at = await forms.read(request), page.at(request)
    heard = form.text("heard_by")
    order = matching.Order(
        {number: form.text(f"place_{number}") for number in whole_ones(form.values("provider"))},
        form.text("wish"),
    )
    try:
        await page.write(
            request,
            lambda session: matching.rank_for(
                session,
                shortlist_id,
                order,
                ConsentWay(heard) if heard in list(ConsentWay) else None,
                keys=page.keys(request),
                by=actor,
                at=at,
                expected_version=form.number("version") or 0,
            ),
        )
    except InvalidInput as refused:
        return await _show_ranking(
            request, desk_id, case_id, dict(order.places), order.wish, heard, refused.errors
        )
    except WrongState as refused:
        return await case.show(request, case_id, 409, refused=refused.message)
    return page.redirect(request, "staff_case", case_id=case_id, notice="順番を記録して、打診を始めました。")


async def _show_ranking(
    request: Request,
    desk_id: int,
    case_id: int,
    places: dict[int, str],
    wish: str,
    heard_by: str,
    errors: Sequence[FieldError] = (),
) -> Response:
    applied, at = page.desk_by_id(request, desk_id), page.at(request)
    file = await page.read(
        request,
        lambda session: casefiles.case_file(session, page.actor(request), applied, case_id, at=at),
    )
    made = file.shortlist
    if made is None or not made.is_ranking or made.id != request.path_params["shortlist_id"]:
        return page.redirect(request, "staff_case", case_id=case_id)
    return page.render(
        request,
        "staff/shortlist-order.html",
        title="聞いた順番を入力する",
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        file=file,
        made=made,
        given=places,
        wish=wish,
        heard_by=heard_by,
        ways=HEARD_BY,
        places=[
            *((str(place), f"{place}番め") for place in range(1, len(made.candidates) + 1)),
            ("", "窓口に任せる"),
            (matching.UNWANTED, "希望しない"),
        ],
        wish_limit=matching.LONGEST_WISH,
        words=shown.words(request),
    )


async def _act(request: Request, work: Callable[[Any, AppliedDesk, int, dict[str, Any]], str]) -> Response:
    form, actor = await forms.read(request), page.actor(request)
    shortlist_id: int = request.path_params["shortlist_id"]

    def find(session: Any) -> tuple[int, int]:
        case_id = matching.case_of_shortlist(session, shortlist_id)
        return case_id, casefiles.desk_of(session, actor, case_id)

    case_id, desk_id = await page.read(request, find)
    applied = page.desk_by_id(request, desk_id)
    common = {"by": actor, "at": page.at(request), "expected_version": form.number("version") or 0}
    try:
        done = await page.write(request, lambda session: work(session, applied, shortlist_id, common))
    except WrongState as error:
        return await case.show(request, case_id, 409, refused=error.message)
    return page.redirect(request, "staff_case", case_id=case_id, notice=done)


async def _show(
    request: Request, numbers: Sequence[int], typed: Typed | None = None, refused: DeskError | None = None
) -> Response:
    actor, at, case_id = page.actor(request), page.at(request), request.path_params["case_id"]

    def unit(session: Any) -> tuple[AppliedDesk, CaseFile]:
        applied = page.desk_by_id(request, casefiles.desk_of(session, actor, case_id))
        if not actor.may(NEEDS[Action.OFFER], applied.id):
            raise NotAllowed
        return applied, casefiles.case_file(session, actor, applied, case_id, at=at)

    applied, file = await page.read(request, unit)
    found = {each.id: each for each in file.candidates if not each.obstacle}
    chosen = [found[number] for number in dict.fromkeys(numbers) if number in found]
    errors: Sequence[FieldError] = ()
    if isinstance(refused, InvalidInput):
        errors = refused.errors
    elif refused is not None:
        errors = (FieldError("", refused.message),)
    elif not matching.FEWEST <= len(chosen) <= matching.MOST:
        errors = (FieldError("", f"候補を、{matching.FEWEST}人から{matching.MOST}人まで選んでください。"),)
    return page.render(
        request,
        "staff/shortlist.html",
        title="候補に打診する",
        status_code=409 if isinstance(refused, WrongState) else 422 if errors else 200,
        errors=errors,
        desk=applied,
        definition=applied.desk,
        file=file,
        may_offer=Action.OFFER in file.actions,
        chosen=chosen,
        may_begin=matching.FEWEST <= len(chosen) <= matching.MOST,
        is_stopped=any(each.stops for each in chosen),
        typed=typed or _as_chosen(applied.desk, chosen, file, dates.japan_day(at)),
        places=[(str(place), f"{place}番め") for place in range(1, len(chosen) + 1)],
        manners=MANNERS,
        about_limit=matching.LONGEST_ABOUT,
        today=dates.japan_day(at),
        words=shown.words(request),
    )


def _as_chosen(desk: Desk, chosen: Sequence[Candidate], file: CaseFile, today: date) -> Typed:
    rules = desk.offering
    until = office_day_after(today + timedelta(days=1), rules.order_office_days, desk.is_closed_on)
    return Typed(
        places={str(each.id): str(place) for place, each in enumerate(chosen, start=1)},
        manner=RANK_FIRST if rules.asks_order else ShortlistManner.IN_TURN.value,
        brief=file.body,
        override="",
        shows_title=False,
        shows_requester_type=True,
        until=until.isoformat(),
        abouts={str(each.id): each.position for each in chosen},
    )


def _day(typed: str, today: date) -> date | None:
    try:
        return dates.read_day(typed, today=today)
    except ValueError:
        return None


def _in_order(numbers: Sequence[int], places: dict[str, str]) -> list[int]:
    """The candidates in the order that was written beside them. Raises InvalidInput where two have the same."""
    at = {number: whole(places[str(number)], digits=2) or 0 for number in numbers}
    twice = [number for number in numbers if list(at.values()).count(at[number]) > 1]
    if twice:
        raise InvalidInput(
            *(
                FieldError(f"place_{number}", "同じ順番の人がいます。1人ずつ、違う順番にしてください。")
                for number in twice
            )
        )
    return sorted(numbers, key=lambda number: at[number])
