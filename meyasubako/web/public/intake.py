"""Sending something in: the desk, its form, the answers once more, and the number one may ask after."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import attachments, intake, tracking
from meyasubako.core.codes import draw_token, token_hash
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, TooMany, Unavailable, WrongState
from meyasubako.core.sentences import joined, say
from meyasubako.core.vocabulary import Channel
from meyasubako.web import forms, guard, page
from meyasubako.web.guard import closed, proof, tries, uploads
from meyasubako.web.public import questions, signs, unlocked
from meyasubako.web.public.unlocked import Pass

KEY: Final = "form_key"
FORM_IN: Final = "form_in"
CHECK_IN: Final = "check_in"
"""The buttons that show the form, or the answers, in another language; nothing typed is lost."""

_OURS: Final = frozenset({KEY, "step", "edit", FORM_IN, CHECK_IN}) | signs.OURS | uploads.OURS


async def desk(request: Request) -> Response:
    """What the desk is for, who may write, how, and what happens then."""
    applied = page.desk(request)
    kinds = joined([kind.label for kind in applied.desk.open_kinds], say("・"))
    return page.render(
        request,
        "public/desk.html",
        title=say("%(kinds)sを受け付けています", kinds=kinds),
        desk=applied,
        here=applied.desk,
        sending=sending(applied.desk),
        closed=closed.words(request),
    )


async def new(request: Request) -> Response:
    """The form, its check, and the sending; all at one address, so that going back keeps what was typed."""
    if request.method != "POST":
        guard.check_open(request)
        return _form(request, forms.Form(()), key=draw_token())
    form = await forms.read(request)
    page.choose_language(request, form.text(FORM_IN) or form.text(CHECK_IN))
    key = form.text(KEY) if intake.is_key(form.text(KEY)) else draw_token()
    own_key = _own_key(request, key)
    if page.desk(request).desk.has_field(uploads.FIELD):
        is_sent = form.text("step") == "send"
        await uploads.attend(request, form, page.desk(request).id, own_key, is_sent=is_sent)
    refused = uploads.held(request).errors
    if form.has("edit") or form.text("step") == "edit" or form.has(FORM_IN) or uploads.asks(form):
        return _form(request, form, *refused, key=key)
    if signs.asks_again(form):
        sentence = say("確かめのために、もう一度「内容を確かめる」を押してください。")
        return _form(request, form, FieldError("", sentence), key=key)
    try:
        submission = intake.check(page.desk(request).desk, form.mapping())
    except InvalidInput as error:
        return _form(request, form, *error.errors, *refused, key=key)
    if refused:
        return _form(request, form, *refused, key=key)
    try:
        guard.check_open(request)
        if form.text("step") != "send":
            challenge = await signs.challenge(request, key)
            return _check(request, form, submission, key=key, challenge=challenge)
        received = await _receive(request, form, submission, key)
    except (TooMany, Unavailable) as error:
        status = 429 if isinstance(error, TooMany) else 503
        again = FieldError("", error.message)
        challenge = await signs.challenge(request, key)
        response = _check(request, form, submission, again, key=key, challenge=challenge, status_code=status)
        response.headers["retry-after"] = str(error.retry_after)
        return response
    except InvalidInput as error:
        # The desk may offer something else since the form was checked.
        await page.look_at_desks_again(request)
        return _form(request, form, *error.errors, key=key)
    except WrongState:
        sentence = say(
            "この画面からは、先に別の内容を受け付けています。"
            "こちらも新しく送るときは、もう一度「この内容で送る」を押してください。"
        )
        error, key = FieldError("", sentence), draw_token()
        new_key = _own_key(request, key)
        await page.write(request, lambda session: attachments.hand_over(session, own_key, new_key))
        challenge = await signs.challenge(request, key)
        return _check(request, form, submission, error, key=key, challenge=challenge, status_code=409)
    response = page.redirect(request, "desk_done", desk=page.desk(request).code)
    held = Pass(received.number, received.passcode_generation)
    unlocked.give(request, response, unlocked.SENT, held)
    return response


async def done(request: Request) -> Response:
    """The number and the passcode, for as long as one may still look at them."""
    applied = page.desk(request)
    held = unlocked.shown(request, unlocked.SENT)
    if held is None:
        return _gone(request)
    try:
        receipt = await page.read(
            request, lambda session: tracking.view(session, applied.desk, held.number, held.generation)
        )
    except NotFound:
        return _gone(request)
    if receipt.desk_id != applied.id:
        return _gone(request)
    return page.render(
        request,
        "public/done.html",
        title=say("受け付けました"),
        desk=applied,
        here=applied.desk,
        receipt=receipt,
        passcode=page.keys(request).passcode(held.number, held.generation),
        due_on=receipt.cases[0].due_on if receipt.reply_wanted else None,
    )


def sending(desk: Desk) -> str:
    """What sending is called at a desk: ご相談を送る."""
    kinds = desk.open_kinds
    return say("%(kinds)sを送る", kinds=kinds[0].label) if len(kinds) == 1 else say("書いて送る")


async def _receive(
    request: Request, form: forms.Form, submission: intake.Submission, key: str
) -> intake.Received:
    return await tries.send(
        request,
        submission,
        channel=Channel.WEB,
        idempotency_key=_own_key(request, key),
        language=page.language(request),
        shown=frozenset(uploads.shown(form)),
        is_trapped=bool(form.text(signs.TRAP)),
        is_too_fast=signs.is_too_fast(request, form),
        is_proved=proof.is_proved(request, form.text(proof.FIELD), key),
    )


def _own_key(request: Request, key: str) -> str:
    # Whoever learns the key of a form learns nothing of what was sent with it: it counts in this browser only.
    return token_hash(f"{page.browser(request)} {key}")


def _form(request: Request, form: forms.Form, *errors: FieldError, key: str) -> Response:
    applied, held = page.desk(request), uploads.held(request)
    response = page.render(
        request,
        "public/form.html",
        title=sending(applied.desk),
        status_code=held.status_code if held.errors else 422 if errors else 200,
        errors=errors,
        desk=applied,
        here=applied.desk,
        sections=questions.sections(applied.desk, form),
        files=uploads.box(request),
        hidden=[(KEY, key), *signs.of_form(request, form), *uploads.pairs(request)],
        trap=signs.TRAP,
    )
    if held.retry_after:
        response.headers["retry-after"] = str(held.retry_after)
    return _kept_for_going_back(response)


def _check(
    request: Request,
    form: forms.Form,
    submission: intake.Submission,
    *errors: FieldError,
    key: str,
    challenge: str = "",
    status_code: int = 200,
) -> Response:
    applied = page.desk(request)
    kept = questions.as_typed(form, without=_OURS)
    response = page.render(
        request,
        "public/check.html",
        title=say("内容を確かめる"),
        status_code=status_code,
        errors=errors,
        desk=applied,
        answers=questions.answers(applied.desk, submission, uploads.held(request).files),
        hidden=[(KEY, key), *signs.of_check(request, form), *uploads.pairs(request), *kept],
        proof=proof.FIELD,
        challenge=challenge,
        reads_here=submission.reply_wanted and not submission.requester.email,
    )
    return _kept_for_going_back(response)


def _kept_for_going_back(response: Response) -> Response:
    """The browser's own way back must lead to what was typed, not to a page that says it is lost."""
    response.headers["cache-control"] = guard.FOR_GOING_BACK
    return response


def _gone(request: Request) -> Response:
    return page.redirect(
        request,
        "status",
        notice=say("受付番号と合言葉の画面は、30分で閉じます。控えた番号と合言葉で、状況を確かめられます。"),
    )
