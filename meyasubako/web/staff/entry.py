"""Paper entry (代行入力): staff type in what came by post, fax, telephone or visit, in the order of the letter."""

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import intake
from meyasubako.casework.intake import Received, Submission
from meyasubako.core import codes, dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.core.vocabulary import Channel, RequesterType
from meyasubako.web import forms, page
from meyasubako.web.staff import shown

ENTERED = "entered"
ENTERED_LASTS = timedelta(minutes=30)

CHANNELS = tuple(each for each in Channel if each not in {Channel.WEB, Channel.API})


async def new(request: Request) -> Response:
    """The form, and what was received with it."""
    applied = page.desk(request)
    if request.method != "POST":
        query = request.query_params
        start = {
            "channel": query.get("channel", Channel.LETTER.value),
            "received_on": query.get("received_on", dates.japan_day(page.at(request)).isoformat()),
            "idempotency_key": codes.draw_token(),
        }
        return _show(request, applied, forms.Form(tuple(start.items())), is_next="received_on" in query)
    form = await forms.read(request)
    try:
        received = await _receive(request, applied, form)
    except InvalidInput as error:
        return _show(request, applied, form, 422, errors=error.errors)
    except WrongState as error:
        return _show(request, applied, form, 409, errors=(FieldError("", error.message),))
    if form.text("then") == "next":
        kept = urlencode({name: form.text(name) for name in ("channel", "received_on")})
        target = f"{page.url(request, 'staff_receipt_new', desk=applied.code)}?{kept}"
    else:
        target = page.url(request, "staff_receipt_entered", desk=applied.code)
    response = page.redirect_to(request, target)
    # The passcode is shown to whoever entered the letter, in this browser only, and for a while.
    page.set_signed_cookie(
        request,
        response,
        ENTERED,
        f"{page.actor(request).id} {applied.id} {received.case_ids[0]} {received.number} {received.passcode_generation}",
        lasting=ENTERED_LASTS,
    )
    return response


async def entered(request: Request) -> Response:
    """Number and passcode of what was entered last, for the letter that answers it."""
    applied = page.desk(request)
    last = _last_entered(request, applied)
    if last is None:
        return page.redirect(request, "staff_receipt_new", desk=applied.code)
    return page.render(request, "staff/entered.html", title="受け付けました", desk=applied, last=last)


async def _receive(request: Request, applied: AppliedDesk, form: forms.Form) -> Received:
    """Raises InvalidInput with every mistake at once."""
    errors: list[FieldError] = []
    submission: Submission | None = None
    try:
        submission = intake.check(applied.desk, form.mapping(), by_staff=True)
    except InvalidInput as error:
        errors += error.errors
    channel = form.text("channel")
    if channel not in CHANNELS:
        errors.insert(0, FieldError("channel", "どのように届いたかを選んでください。"))
    at, actor = page.at(request), page.actor(request)
    received_at = _received_at(form.text("received_on"), at)
    if received_at is None:
        errors.insert(0, FieldError("received_on", "受け付けた日を、年月日で書いてください。"))
    if submission is None or received_at is None or errors:
        raise InvalidInput(*errors)

    def unit(session: Any) -> Received:
        return intake.enter(
            session,
            applied,
            submission,
            channel=Channel(channel),
            received_at=received_at,
            keys=page.keys(request),
            idempotency_key=form.text("idempotency_key"),
            by=actor,
            at=at,
        )

    return await page.write(request, unit)


def _received_at(typed: str, at: datetime) -> datetime | None:
    """Noon in Japan of the day typed, or this moment if it is today; None if it is no day."""
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        return None
    if day == dates.japan_day(at):
        return at
    try:
        return datetime.combine(day, time(12), dates.JAPAN)
    except OverflowError:
        return None


def _last_entered(request: Request, applied: AppliedDesk) -> dict[str, Any] | None:
    kept = (page.signed_cookie(request, ENTERED) or "").split()
    if len(kept) != 5 or kept[:2] != [str(page.actor(request).id), str(applied.id)]:
        return None
    number, generation = kept[3], int(kept[4])
    return {
        "case_id": int(kept[2]),
        "number": codes.grouped(number),
        "passcode": codes.grouped(page.keys(request).passcode(number, generation)),
    }


def _show(
    request: Request,
    applied: AppliedDesk,
    form: forms.Form,
    status_code: int = 200,
    *,
    errors: tuple[FieldError, ...] = (),
    is_next: bool = False,
) -> Response:
    desk = applied.desk
    types = [(each.code.value, each.label) for each in desk.open_requester_types]
    return page.render(
        request,
        "staff/entry.html",
        title="手紙や電話を入力する",
        status_code=status_code,
        errors=errors,
        desk=applied,
        definition=desk,
        form=form,
        fields=desk.fields_for(None, None),
        channels=[(each.value, each.label) for each in CHANNELS],
        requester_types=[*types, (RequesterType.UNKNOWN.value, RequesterType.UNKNOWN.label)],
        kinds=[(each.code.value, each.label) for each in desk.open_kinds],
        purposes=[(each.code, each.label) for each in desk.open_purposes()],
        topics=shown.topic_groups(desk),
        opened_on=desk.opened_on,
        today=dates.japan_day(page.at(request)),
        last=_last_entered(request, applied) if is_next else None,
    )
