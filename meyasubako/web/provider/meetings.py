"""Planning to meet, for whoever accepted: times to choose from, one that is settled, moving and calling off."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import matching
from meyasubako.casework.appointments import Planned
from meyasubako.core import dates, text
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import JAPAN
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.vocabulary import MeetingWay
from meyasubako.web import forms, page
from meyasubako.web.forms import told
from meyasubako.web.provider import offers


async def arrange(request: Request) -> Response:
    """Propose times, or plan the one that is settled."""
    form = await forms.read(request)
    applied, offer_id = await offers.desk_of(request), request.path_params["offer_id"]
    wish = matching.Wish(**asdict(told.wish(form)))
    common = {"by": page.actor(request), "at": page.at(request)}
    is_settled = form.text("how") == "settled"

    def unit(session: Any) -> None:
        matching.check_seen(session, offer_id, form.number("recorded"))
        verb = matching.plan if is_settled else matching.propose
        verb(session, applied.desk, offer_id, wish, **common)

    try:
        await page.write(request, unit)
    except (InvalidInput, WrongState) as refused:
        return await offers.show(request, refused, scope="dates", wish=typed(form))
    if is_settled:
        return offers.back(request, "面談を予定しました。相談者にもメールでお知らせします。")
    return offers.back(request, "日時の候補を、相談者に知らせます。選ばれると、メールが届きます。")


async def withdraw_dates(request: Request) -> Response:
    """Take back times nobody has chosen."""
    dates_id, common = request.path_params["dates_id"], {"by": page.actor(request), "at": page.at(request)}
    try:
        await page.write(request, lambda session: matching.withdraw_dates(session, dates_id, **common))
    except WrongState as refused:
        return await offers.show(request, refused)
    return offers.back(request, "日時の候補を取り下げました。")


async def meeting(request: Request) -> Response:
    """One meeting to come, with what can be done about it."""
    return await _show(request)


async def calendar(request: Request) -> Response:
    """The meeting for their calendar."""
    applied, planned = await _planned(request)
    return page.calendar_file(request, planned, applied.desk, page.url(request, "provider_home"))


async def move(request: Request) -> Response:
    """Meet at another time or place."""
    form = await forms.read(request)
    wish, meeting_id = matching.Wish(**asdict(told.wish(form))), request.path_params["meeting_id"]

    def unit(session: Any, common: dict[str, Any]) -> None:
        matching.move(session, meeting_id, wish, form.text("reason"), **common)

    return await _change(request, form, unit, "move", "予定を改めました。相談者にもメールでお知らせします。")


async def call_off(request: Request) -> Response:
    """Do not meet after all."""
    form = await forms.read(request)
    meeting_id = request.path_params["meeting_id"]

    def unit(session: Any, common: dict[str, Any]) -> None:
        matching.call_off(session, meeting_id, form.text("reason"), **common)

    return await _change(
        request, form, unit, "off", "面談を取りやめました。相談者にもメールでお知らせします。"
    )


def typed(form: forms.Form) -> dict[str, str]:
    """What was typed about a meeting to come, to be shown again."""
    return {name: text.shown_again(form.text(name)) for name in told.WISH}


def as_typed(planned: Planned) -> dict[str, str]:
    """A meeting to come as its form shows it."""
    wanted = planned.arrangement
    return {
        **dict.fromkeys(told.WISH, ""),
        "time_1": f"{wanted.begins_at.astimezone(JAPAN):%Y-%m-%dT%H:%M}",
        "way": wanted.way.value,
        "minutes": str(wanted.minutes),
        "place": wanted.place,
    }


async def _change(
    request: Request, form: forms.Form, unit: Callable[[Any, dict[str, Any]], None], scope: str, done: str
) -> Response:
    _, planned = await _planned(request)
    common = {"by": page.actor(request), "at": page.at(request)}

    def checked(session: Any) -> None:
        matching.check_unmoved(session, planned.id, form.number("sequence"))
        unit(session, common)

    try:
        await page.write(request, checked)
    except InvalidInput as refused:
        named = tuple(replace(error, field=f"{scope}.{error.field}") for error in refused.errors)
        return await _show(request, 422, named, scope, form)
    except WrongState as refused:
        return await _show(request, 409, (FieldError("", refused.message),), scope, form)
    return page.redirect(request, "provider_offer", offer_id=planned.offer_id, notice=done)


async def _planned(request: Request) -> tuple[AppliedDesk, Planned]:
    by, at = page.actor(request), page.at(request)
    meeting_id = request.path_params["meeting_id"]

    def unit(session: Any) -> tuple[int, Planned | None]:
        offer_id = matching.offer_of_meeting(session, meeting_id, by=by)
        desk_id = matching.desk_of(session, offer_id, by=by)
        view = matching.view_offer(session, page.desk_by_id(request, desk_id).desk, offer_id, by=by, at=at)
        return desk_id, next((each for each in view.arranged.planned if each.id == meeting_id), None)

    desk_id, found = await page.read(request, unit)
    if found is None:
        raise NotFound("この面談は、もう予定にありません。取りやめたか、記録が済んでいます。")
    return page.desk_by_id(request, desk_id), found


async def _show(
    request: Request,
    status_code: int = 200,
    errors: tuple[FieldError, ...] = (),
    scope: str = "",
    form: forms.Form | None = None,
) -> Response:
    applied, planned = await _planned(request)
    again = typed(form) if form else {}
    return page.render(
        request,
        "provider/meeting.html",
        title="面談の予定",
        status_code=status_code,
        errors=errors,
        desk=applied,
        meeting=planned,
        when=dates.moment_text(planned.arrangement.begins_at),
        move=again if scope == "move" else as_typed(planned),
        off=again if scope == "off" else {"reason": ""},
        ways=[(way.value, way.label) for way in MeetingWay],
    )
