"""Paper entry (代行入力): staff type in what came by post, fax, telephone or visit, in the order of the letter.

One form, and for a letter that raises several matters two more pages: where each begins, and what it is about. Every
page carries what was typed on the others, so that nothing is stored before the letter is received.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import intake
from meyasubako.casework.intake import Paper, Received, Submission
from meyasubako.core import codes, dates, matters
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.core.text import clean_line, shown_again
from meyasubako.core.vocabulary import Channel
from meyasubako.web import forms, page
from meyasubako.web.guard import uploads
from meyasubako.web.staff import entry_pages
from meyasubako.web.staff.entry_pages import CHANNELS, Last

ENTERED: Final = "entered"
ENTERED_LASTS: Final = timedelta(minutes=30)
HOW_TO_WRITE_A_DAY: Final = "7/3 や 令和8年7月3日 のように書いてください。"


@dataclass(frozen=True, slots=True)
class Letter:
    """What was typed in, checked."""

    submission: Submission
    channel: Channel
    received_at: datetime
    paper: Paper


async def new(request: Request) -> Response:
    """The form, where the matters of a letter begin, what each is about; and what was received with it."""
    applied = page.desk(request)
    if request.method != "POST":
        return await _entry(
            request, applied, _fresh(request, applied.desk), is_next=bool(request.query_params)
        )
    typed = await forms.read(request)
    form = forms.Form(tuple((name, shown_again(value)) for name, value in typed.pairs))
    then = form.text("then")
    own_key = _own_key(request, form)
    await uploads.attend(request, typed, applied.id, own_key, is_sent=then in {"next", "end"})
    if uploads.asks(form):
        return await _entry(request, applied, form, *uploads.held(request).errors)
    if then in {"back", "whole"}:
        return await _entry(request, applied, form if then == "back" else entry_pages.undivided(form))
    try:
        letter = _read(request, applied.desk, form)
    except InvalidInput as error:
        return await _entry(request, applied, form, *error.errors)
    if then == "split":
        if len(matters.sentences(letter.submission.body)) < 2:
            error = FieldError("body", "文が1つだけなので、ことがらを分けられません。")
            return await _entry(request, applied, form, error)
        return entry_pages.marks(request, applied, form, letter.submission.body)
    if then == "matters" or form.has(intake.BEGINS):
        try:
            found = intake.divide(applied.desk, letter.submission, form.mapping())
        except InvalidInput as error:
            return _not_divided(request, applied, form, letter, *error.errors)
        if then == "matters":
            return entry_pages.matters(request, applied, form, letter.submission.body)
        letter = replace(letter, paper=replace(letter.paper, matters=found))
    try:
        received = await _receive(request, applied, letter, form)
    except (InvalidInput, WrongState) as error:
        errors = error.errors if isinstance(error, InvalidInput) else (FieldError("", error.message),)
        # The desk may offer something else since the letter was read.
        await page.look_at_desks_again(request)
        applied = page.desk(request)
        if letter.paper.matters:
            response = entry_pages.matters(request, applied, form, letter.submission.body, *errors)
        else:
            response = await _entry(request, applied, form, *errors)
        response.status_code = 422 if isinstance(error, InvalidInput) else 409
        return response
    return _received(request, applied, form, letter, received)


async def entered(request: Request) -> Response:
    """Number and passcode of what was entered last, for the letter that answers it."""
    applied = page.desk(request)
    last = _last_entered(request, applied)
    if last is None:
        return page.redirect(request, "staff_receipt_new", desk=applied.code)
    return page.render(request, "staff/entered.html", title="受け付けました", desk=applied, last=last)


def _fresh(request: Request, desk: Desk) -> forms.Form:
    """An empty form, but for what the letter before had in common with the next."""
    query = request.query_params
    today = dates.japan_day(page.at(request))
    received_on = _day(query.get("received_on", ""), today)
    if received_on is None or not desk.opened_on <= received_on <= today:
        received_on = today
    start = {
        "channel": query.get("channel", Channel.LETTER.value),
        "received_on": dates.wareki(received_on),
        "event_name": clean_line(query.get("event_name", "")),
        "idempotency_key": codes.draw_token(),
    }
    return forms.Form(tuple(start.items()))


def _read(request: Request, desk: Desk, form: forms.Form) -> Letter:
    """Raises InvalidInput with every mistake at once."""
    errors = [*uploads.held(request).errors]
    submission: Submission | None = None
    try:
        submission = intake.check(desk, form.mapping(), by_staff=True)
    except InvalidInput as error:
        errors += error.errors
    at = page.at(request)
    today = dates.japan_day(at)
    arrival: list[FieldError] = []
    channel = form.text("channel")
    if channel not in CHANNELS:
        arrival.append(FieldError("channel", "どのように届いたかを選んでください。"))
    received_on = _day(form.text("received_on"), today)
    if received_on is None:
        arrival.append(FieldError("received_on", f"受け付けた日を、{HOW_TO_WRITE_A_DAY}"))
    # What stands in a field that this channel does not show was meant for another letter.
    postmark = form.text("postmarked_on").strip() if channel == Channel.LETTER else ""
    postmarked_on = _day(postmark, received_on or today)
    if postmark and postmarked_on is None:
        arrival.append(FieldError("postmarked_on", f"消印の日を、{HOW_TO_WRITE_A_DAY}"))
    event_name = clean_line(form.text("event_name")) if channel == Channel.EVENT else ""
    paper = Paper(postmarked_on, event_name)
    if received_on is not None and not arrival:
        received_at = _instant(received_on, at)
        try:
            intake.check_arrival(desk, channel=Channel(channel), received_at=received_at, paper=paper, at=at)
        except InvalidInput as error:
            arrival += error.errors
        if submission is not None and not errors and not arrival:
            return Letter(submission, Channel(channel), received_at, paper)
    raise InvalidInput(*arrival, *errors)


def _day(typed: str, today: date) -> date | None:
    try:
        return dates.read_day(typed, today=today)
    except ValueError:
        return None


def _instant(day: date, at: datetime) -> datetime:
    """Noon in Japan of a day, or this moment if it is today."""
    return at if day == dates.japan_day(at) else datetime.combine(day, time(12), dates.JAPAN)


async def _receive(request: Request, applied: AppliedDesk, letter: Letter, form: forms.Form) -> Received:
    own_key = _own_key(request, form)

    def unit(session: Any) -> Received:
        received = intake.enter(
            session,
            applied,
            letter.submission,
            channel=letter.channel,
            received_at=letter.received_at,
            paper=letter.paper,
            keys=page.keys(request),
            idempotency_key=form.text("idempotency_key"),
            by=page.actor(request),
            at=page.at(request),
        )
        uploads.hand_in(session, form, own_key, received)
        return received

    return await page.write(request, unit)


def _own_key(request: Request, form: forms.Form) -> str:
    # Whoever learns the key of a form learns nothing of its files: it counts for this person only.
    return codes.token_hash(f"staff {page.actor(request).id} {form.text('idempotency_key')}")


def _received(
    request: Request, applied: AppliedDesk, form: forms.Form, letter: Letter, received: Received
) -> Response:
    if form.text("then") == "next":
        kept = {
            "channel": letter.channel.value,
            "received_on": dates.japan_day(letter.received_at).isoformat(),
            "event_name": letter.paper.event_name,
        }
        query = urlencode({name: value for name, value in kept.items() if value})
        target = f"{page.url(request, 'staff_receipt_new', desk=applied.code)}?{query}"
    else:
        target = page.url(request, "staff_receipt_entered", desk=applied.code)
    response = page.redirect_to(request, target)
    # The passcode is shown to whoever entered the letter, in this browser only, and for a while.
    about = (page.actor(request).id, applied.id, received.case_ids[0], len(received.case_ids))
    value = " ".join(map(str, (*about, received.number, received.passcode_generation)))
    page.set_signed_cookie(request, response, ENTERED, value, lasting=ENTERED_LASTS)
    return response


def _last_entered(request: Request, applied: AppliedDesk) -> Last | None:
    kept = (page.signed_cookie(request, ENTERED) or "").split()
    if len(kept) != 6 or kept[:2] != [str(page.actor(request).id), str(applied.id)]:
        return None
    number, generation = kept[4], int(kept[5])
    return Last(
        case_id=int(kept[2]),
        matters=int(kept[3]),
        number=codes.grouped(number),
        passcode=codes.grouped(page.keys(request).passcode(number, generation)),
    )


def _not_divided(
    request: Request, applied: AppliedDesk, form: forms.Form, letter: Letter, *errors: FieldError
) -> Response:
    """The page on which the mistake can be mended."""
    show = entry_pages.marks if any(error.field == intake.BEGINS for error in errors) else entry_pages.matters
    return show(request, applied, form, letter.submission.body, *errors)


async def _entry(
    request: Request, applied: AppliedDesk, form: forms.Form, *errors: FieldError, is_next: bool = False
) -> Response:
    at, by = page.at(request), page.actor(request)

    def look(session: Any) -> entry_pages.Earlier:
        return entry_pages.Earlier(
            intake.entered_today(session, applied.id, by=by, at=at), intake.event_names(session, applied.id)
        )

    earlier = await page.read(request, look)
    last = _last_entered(request, applied) if is_next else None
    return entry_pages.entry(request, applied, form, *errors, earlier=earlier, last=last)
