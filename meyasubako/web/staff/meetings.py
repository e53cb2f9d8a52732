"""The meetings of a case, for the desk: what is planned and was held, what staff record, put right or strike."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import casefiles, matching
from meyasubako.casework.casefiles import CaseFile
from meyasubako.casework.casefiles.parts import MeetingOnFile
from meyasubako.core import dates, text
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import FieldError, InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.policy import Need
from meyasubako.core.vocabulary import MeetingWay, OfferState
from meyasubako.web import forms, page
from meyasubako.web.forms import told
from meyasubako.web.staff import shown

FIELDS: Final = ("offer", "meeting", "held_on", "persons", "summary", "proceedings", *told.WISH)
"""What the forms ask, to be shown again."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What was typed and not taken, and why; `scope` is the form."""

    status: int
    errors: tuple[FieldError, ...]
    form: forms.Form
    scope: str


@dataclass(frozen=True, slots=True)
class Order:
    """One action as ordered: with which form, at which desk; `common` is what every verb of casework is told."""

    form: forms.Form
    applied: AppliedDesk
    common: Mapping[str, Any]


Work = Callable[[Any, Order], str]
"""Does it within a unit and says what was done."""


async def meetings(request: Request) -> Response:
    """Every meeting of a case, and the forms for another one."""
    return await _show_all(request, request.path_params["case_id"])


async def meeting(request: Request) -> Response:
    """One meeting, with what can be done with it."""
    return await _show_one(request)


async def calendar(request: Request) -> Response:
    """The meeting for the calendar of the desk."""
    applied, file = await _file(request, await _case_of(request))
    meeting_id = request.path_params["meeting_id"]
    planned = next((each for each in file.arranged.planned if each.id == meeting_id), None)
    if planned is None:
        raise NotFound
    return page.calendar_file(request, planned, applied.desk, f"{file.number}　{planned.provider_name}さん")


async def hold(request: Request) -> Response:
    """Record a meeting that was held."""
    case_id = request.path_params["case_id"]

    def work(session: Any, order: Order) -> str:
        form = order.form
        meeting_id = form.number("meeting")
        offer_id = _offer(session, case_id, form, meeting_id)
        fields = asdict(told.meeting(form))
        matching.meet(
            session,
            order.applied.desk,
            offer_id,
            **fields,
            override=form.text("override"),
            meeting_id=meeting_id,
            **order.common,
        )
        return "面談を記録しました。"

    async def again(refused: Refused) -> Response:
        return await _show_all(request, case_id, refused)

    return await _perform(request, case_id, "held", work, again)


async def arrange(request: Request) -> Response:
    """Propose times to the requester, or plan the one that is settled."""
    case_id = request.path_params["case_id"]

    def work(session: Any, order: Order) -> str:
        form = order.form
        offer_id = _offer(session, case_id, form)
        wish, is_settled = matching.Wish(**asdict(told.wish(form))), form.text("how") == "settled"
        verb = matching.plan if is_settled else matching.propose
        verb(
            session,
            order.applied.desk,
            offer_id,
            wish,
            override=form.text("override"),
            **order.common,
        )
        if is_settled:
            return "面談を予定しました。双方にメールでお知らせします。"
        return "日時の候補を、相談者に知らせます。選ばれると、予定になります。"

    async def again(refused: Refused) -> Response:
        return await _show_all(request, case_id, refused)

    return await _perform(request, case_id, "dates", work, again)


async def withdraw_dates(request: Request) -> Response:
    """Take back times nobody has chosen."""
    case_id = request.path_params["case_id"]

    def work(session: Any, order: Order) -> str:
        matching.withdraw_dates(session, request.path_params["dates_id"], **order.common)
        return "日時の候補を取り下げました。"

    async def again(refused: Refused) -> Response:
        return await _show_all(request, case_id, refused)

    return await _perform(request, case_id, "dates", work, again)


async def move(request: Request) -> Response:
    """Meet at another time or place."""

    def work(session: Any, order: Order) -> str:
        wish = matching.Wish(**asdict(told.wish(order.form)))
        meeting_id, reason = request.path_params["meeting_id"], order.form.text("reason")
        matching.move(session, meeting_id, wish, reason, **order.common)
        return "予定を改めました。双方にメールでお知らせします。"

    return await _of_one(request, "move", work)


async def call_off(request: Request) -> Response:
    """Do not meet after all."""

    def work(session: Any, order: Order) -> str:
        meeting_id, reason = request.path_params["meeting_id"], order.form.text("reason")
        matching.call_off(session, meeting_id, reason, **order.common)
        return "面談を取りやめました。双方にメールでお知らせします。"

    return await _of_one(request, "off", work)


async def correct(request: Request) -> Response:
    """Put the record of a meeting right."""

    def work(session: Any, order: Order) -> str:
        account = matching.Told(**asdict(told.meeting(order.form)))
        meeting_id, reason = request.path_params["meeting_id"], order.form.text("reason")
        matching.correct(session, meeting_id, account, reason, **order.common)
        return "面談の記録を直しました。"

    return await _of_one(request, "correct", work)


async def strike(request: Request) -> Response:
    """Strike a meeting that was not held."""

    def work(session: Any, order: Order) -> str:
        meeting_id, reason = request.path_params["meeting_id"], order.form.text("reason")
        matching.strike(session, meeting_id, reason, **order.common)
        return "面談の記録を取り消しました。"

    return await _of_one(request, "strike", work)


def _offer(session: Any, case_id: int, form: forms.Form, meeting_id: int | None = None) -> int:
    """With whom: as chosen, or as it was planned."""
    offer_id = form.number("offer")
    if meeting_id is not None:
        offer_id = matching.offer_of_plan(session, meeting_id)
    if offer_id is None or matching.case_of(session, offer_id) != case_id:
        raise InvalidInput(FieldError("offer", "だれとの面談かを選んでください。"))
    return offer_id


async def _of_one(request: Request, scope: str, work: Work) -> Response:
    async def again(refused: Refused) -> Response:
        return await _show_one(request, refused)

    return await _perform(request, await _case_of(request), scope, work, again)


async def _perform(
    request: Request, case_id: int, scope: str, work: Work, again: Callable[[Refused], Any]
) -> Response:
    form, actor = await forms.read(request), page.actor(request)
    applied = await _desk(request, case_id)
    version = form.number("version")
    common = {"by": actor, "at": page.at(request), "expected_version": version}
    try:
        if version is None:
            raise InvalidInput(FieldError("", "画面を読み込み直してから、もう一度お試しください。"))
        done = await page.write(request, lambda session: work(session, Order(form, applied, common)))
    except InvalidInput as error:
        named = tuple(
            replace(each, field=f"{scope}.{each.field}") if each.field else each for each in error.errors
        )
        return await again(Refused(422, named, form, scope))
    except WrongState as error:
        return await again(Refused(409, (FieldError("", error.message),), form, scope))
    return page.redirect(request, "staff_meetings", case_id=case_id, notice=done)


async def _case_of(request: Request) -> int:
    found = await page.read(
        request, lambda session: matching.case_of_meeting(session, request.path_params["meeting_id"])
    )
    if found is None:
        raise NotFound
    return found


async def _desk(request: Request, case_id: int) -> AppliedDesk:
    actor = page.actor(request)
    desk_id = await page.read(request, lambda session: casefiles.desk_of(session, actor, case_id))
    if not actor.may(Need.OFFER, desk_id):
        raise NotAllowed
    return page.desk_by_id(request, desk_id)


async def _file(request: Request, case_id: int) -> tuple[AppliedDesk, CaseFile]:
    applied, actor, at = await _desk(request, case_id), page.actor(request), page.at(request)
    file = await page.read(
        request, lambda session: casefiles.case_file(session, actor, applied, case_id, at=at)
    )
    return applied, file


def _typed(refused: Refused | None, scope: str, otherwise: Mapping[str, str]) -> dict[str, str]:
    if refused is None or refused.scope != scope:
        return {name: otherwise.get(name, "") for name in FIELDS}
    return {name: text.shown_again(refused.form.text(name)) for name in FIELDS}


async def _show_all(request: Request, case_id: int, refused: Refused | None = None) -> Response:
    applied, file = await _file(request, case_id)
    working = [offer for offer in file.offers if offer.state is OfferState.ACCEPTED]
    only = {"offer": str(working[0].id)} if len(working) == 1 else {}
    return page.render(
        request,
        "staff/meetings.html",
        title="面談",
        status_code=refused.status if refused else 200,
        errors=refused.errors if refused else (),
        desk=applied,
        definition=applied.desk,
        file=file,
        offers=[(str(each.id), each.provider_name) for each in working] if file.is_worked_on else [],
        proposed=file.arranged.proposed,
        plans=_plans(file),
        held=_typed(refused, "held", {**only, "meeting": next((each for each, _ in _plans(file)), "")}),
        dates=_typed(refused, "dates", only),
        **_common(request),
    )


async def _show_one(request: Request, refused: Refused | None = None) -> Response:
    applied, file = await _file(request, await _case_of(request))
    meeting_id = request.path_params["meeting_id"]
    offer, found = next(
        (offer, each) for offer in file.offers for each in offer.meetings if each.id == meeting_id
    )
    return page.render(
        request,
        "staff/meeting.html",
        title=f"{offer.provider_name}さんとの面談",
        status_code=refused.status if refused else 200,
        errors=refused.errors if refused else (),
        desk=applied,
        file=file,
        offer=offer,
        meeting=found,
        correct=_typed(refused, "correct", _as_typed(found)),
        strike=_typed(refused, "strike", {}),
        move=_typed(refused, "move", _as_typed(found)),
        off=_typed(refused, "off", {}),
        **_common(request),
    )


def _plans(file: CaseFile) -> list[tuple[str, str]]:
    return [
        (str(each.id), f"{dates.moment_text(each.arrangement.begins_at)}　{each.provider_name}さん")
        for each in file.arranged.planned
    ]


def _common(request: Request) -> dict[str, Any]:
    return {
        "ways": [(way.value, way.label) for way in MeetingWay],
        "today": dates.japan_day(page.at(request)),
        "words": shown.words(request),
    }


def _as_typed(meeting: MeetingOnFile) -> dict[str, str]:
    return {
        "held_on": meeting.held_on.isoformat() if meeting.held_on else "",
        "time_1": f"{meeting.begins_at.astimezone(dates.JAPAN):%Y-%m-%dT%H:%M}" if meeting.begins_at else "",
        "place": meeting.place,
        "way": meeting.way.value,
        "minutes": str(meeting.minutes),
        "persons": meeting.persons,
        "summary": meeting.summary,
        "proceedings": meeting.proceedings,
    }
