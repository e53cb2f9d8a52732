"""Meetings on the status page: choosing a time, saying that none fits, and not meeting after all."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import matching, tracking
from meyasubako.core import codes, text
from meyasubako.core.errors import InvalidInput, NotFound, WrongState
from meyasubako.core.policy import REQUESTER
from meyasubako.core.sentences import say
from meyasubako.web import forms, page
from meyasubako.web.public import unlocked
from meyasubako.web.public.tracking import moved_on, show
from meyasubako.web.public.unlocked import Opened


async def choose(request: Request) -> Response:
    """One of the times fits."""
    form = await forms.read(request)
    dates_id, at = request.path_params["dates_id"], page.at(request)

    def unit(session: Any, opened: Opened, case_id: int) -> None:
        matching.choose(session, opened.desk.desk, case_id, dates_id, form.number("time"), at=at)

    done = say("面談の日時を決めました。")
    return await _perform(request, form, f"d{dates_id}", unit, done)


async def refuse(request: Request) -> Response:
    """None of them fits."""
    form = await forms.read(request)
    dates_id, at = request.path_params["dates_id"], page.at(request)

    def unit(session: Any, _: Opened, case_id: int) -> None:
        matching.refuse_dates(session, case_id, dates_id, form.text("words"), at=at)

    done = say("どの日時も合わないことを伝えました。別の日時をお待ちください。")
    return await _perform(request, form, f"d{dates_id}", unit, done)


async def call_off(request: Request) -> Response:
    """The requester cannot come."""
    form = await forms.read(request)
    meeting_id, at = request.path_params["meeting_id"], page.at(request)

    def unit(session: Any, _: Opened, case_id: int) -> None:
        reason = form.text("reason")
        matching.call_off(session, meeting_id, reason, by=REQUESTER, at=at, case_id=case_id)

    return await _perform(request, form, f"m{meeting_id}", unit, say("面談を取りやめました。"))


async def calendar(request: Request) -> Response:
    """The meeting for the calendar of the requester."""
    opened = await unlocked.open_receipt(request)
    if opened is None:
        return unlocked.ask_again(request)
    matter, meeting_id = opened.matter(request.path_params["ordinal"]), request.path_params["meeting_id"]
    planned = next((each for each in matter.arranged.planned if each.id == meeting_id), None)
    if planned is None:
        raise NotFound
    number = codes.grouped(opened.receipt.number)
    return page.calendar_file(request, planned, opened.desk.desk, number)


async def _perform(request: Request, form: forms.Form, scope: str, unit: Any, done: str) -> Response:
    """Do it with the matter at this ordinal, of the receipt this browser may look at."""
    opened = await unlocked.open_receipt(request)
    if opened is None:
        return unlocked.ask_again(request)
    held, matter = opened.held, opened.matter(request.path_params["ordinal"])

    def proved(session: Any) -> None:
        tracking.own_case(session, held.number, held.generation, matter.id)
        unit(session, opened, matter.id)

    typed = {scope: text.shown_again(form.text("words") or form.text("reason"))}
    try:
        await page.write(request, proved)
    except InvalidInput as refused:
        named = [replace(error, field=f"{scope}.{error.field}") for error in refused.errors]
        return show(request, opened, *named, words=typed)
    except NotFound:
        return await moved_on(request, WrongState(matching.NOT_ANY_MORE))
    except WrongState as refused:
        return await moved_on(request, refused, words=typed)
    return page.redirect(request, "status_case", notice=done)
