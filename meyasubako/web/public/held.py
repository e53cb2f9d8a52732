"""What the desk holds about a receipt, and correcting one's contact data, for whoever showed number and passcode."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import limits, tracking
from meyasubako.core import text
from meyasubako.core.desk import Desk, requester_type_label
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, TooMany, WrongState
from meyasubako.core.sentences import joined, say
from meyasubako.web import forms, page
from meyasubako.web.public import questions, unlocked
from meyasubako.web.public.tracking import DAY, HOUR, StatusForm, ask_for_passcode
from meyasubako.web.public.unlocked import Opened

CORRECTIONS_PER_HOUR: Final = 30
ADDRESSES_PER_DAY: Final = 5
SEEN: Final = "seen"
CONTACT: Final = frozenset(
    {"name", "organisation", "municipality", "email", "phone", "postal_code", "address"}
)
CONSENTS: Final = frozenset({"publish_consent", "share_consent"})


async def held(request: Request) -> Response:
    """Everything the desk holds about the receipt, in plain words."""
    opened = await unlocked.open_receipt(request)
    if opened is None:
        return unlocked.ask_again(request)
    shown, desk = opened.held, opened.desk.desk
    try:
        found = await page.read(
            request, lambda session: tracking.held(session, shown.number, shown.generation)
        )
    except NotFound:
        return unlocked.ask_again(request)
    answers = questions.answers_held(desk, found)
    response = page.render(
        request,
        "public/held.html",
        title=say("窓口が持っている情報"),
        desk=opened.desk,
        here=desk,
        receipt=opened.receipt,
        held=found,
        answers=[each for each in answers if each.name not in CONTACT | CONSENTS],
        contact=[each for each in answers if each.name in CONTACT],
        consents=[each for each in answers if each.name in CONSENTS],
        matters=[
            (each, _codes(desk, each), opened.matter(each.ordinal).conversation) for each in found.matters
        ],
    )
    unlocked.give(request, response, unlocked.OPENED, shown)
    return response


async def contact(request: Request) -> Response:
    """Correct name, addresses and telephone."""
    opened = await unlocked.open_receipt(request)
    if request.method != "POST":
        return await _show(request, opened) if opened else unlocked.ask_again(request)
    form = await forms.read(request)
    is_only_shown = page.only_shows(request, form.values(page.SHOW_IN))
    if opened is None:
        return _not_yet(request, form)
    if is_only_shown:
        return await _show(request, opened, form=form, seen=form.text(SEEN))
    shown, desk, at = opened.held, opened.desk.desk, page.at(request)
    try:
        await _count_first(request, opened, form)
        changed = await page.write(
            request,
            lambda session: tracking.correct(
                session,
                desk,
                shown.number,
                shown.generation,
                form.mapping(),
                seen=form.text(SEEN),
                keys=page.keys(request),
                at=at,
            ),
        )
    except InvalidInput as refused:
        return await _show(request, opened, *refused.errors, form=form, seen=form.text(SEEN), status_code=422)
    except TooMany as refused:
        response = await _show(
            request,
            opened,
            FieldError("", refused.message),
            form=form,
            seen=form.text(SEEN),
            status_code=429,
        )
        response.headers["retry-after"] = str(refused.retry_after)
        return response
    except WrongState as refused:
        return await _show(request, opened, FieldError("", refused.message), form=form, status_code=409)
    except NotFound:
        return _not_yet(request, form)
    return page.redirect(request, "status_held", notice=_done(changed, form))


def _codes(desk: Desk, matter: tracking.HeldMatter) -> list[tuple[str, str]]:
    """How a matter is counted, in the words of the desk."""
    labels = desk.tally_labels
    return [
        (labels.requesters, requester_type_label(desk, matter.requester_type)),
        (labels.purposes, desk.purpose(matter.purpose).label if matter.purpose else ""),
        (labels.topics, joined([joined(desk.topic_path(each), "　") for each in matter.topics], say("、"))),
    ]


async def _count_first(request: Request, opened: Opened, form: forms.Form) -> None:
    """Each new address is written to: nobody shall have mails sent to strangers by the dozen."""
    number, at = opened.held.number, page.at(request)
    now = await _contact(request, opened)
    is_new_address = text.clean_email(form.text("email")) != now.values.get("email", "")

    def unit(session: Any) -> None:
        limits.hit(session, limits.key("correct", number), limit=CORRECTIONS_PER_HOUR, window=HOUR, at=at)
        if is_new_address:
            limits.hit(session, limits.key("new address", number), limit=ADDRESSES_PER_DAY, window=DAY, at=at)

    await page.write(request, unit)


async def _contact(request: Request, opened: Opened) -> tracking.Contact:
    shown, desk = opened.held, opened.desk.desk
    return await page.read(
        request, lambda session: tracking.contact(session, desk, shown.number, shown.generation)
    )


async def _show(
    request: Request,
    opened: Opened,
    *errors: FieldError,
    form: forms.Form | None = None,
    seen: str = "",
    status_code: int = 200,
) -> Response:
    """The form, with what was typed; `seen` is what stood when it was opened, unless it shows what stands now."""
    desk = opened.desk.desk
    now = await _contact(request, opened)
    typed = form or forms.Form(tuple(now.values.items()))
    response = page.render(
        request,
        "public/contact.html",
        title=say("連絡先を直す"),
        status_code=status_code,
        errors=errors,
        desk=opened.desk,
        here=desk,
        questions=[questions.question(desk, field, typed) for field in now.fields],
        hidden=[(SEEN, seen or now.seen)],
        has_email="email" in now.values,
        is_confirmed=now.is_confirmed,
    )
    unlocked.give(request, response, unlocked.OPENED, opened.held)
    return response


def _not_yet(request: Request, form: forms.Form) -> Response:
    """The half hour ended while writing: what was written is shown, so that it can be written again."""
    sentence = say("受付番号と合言葉の有効な時間がすぎたため、まだ直していません。もう一度入力してください。")
    written = "\n".join(value for name, value in form.items() if name in CONTACT and value)
    return ask_for_passcode(
        request, StatusForm(draft=text.shown_again(written)), FieldError("", sentence), status_code=422
    )


def _done(changed: tuple[str, ...], form: forms.Form) -> str:
    if not changed:
        return say("連絡先は、この内容になっています。")
    if "email" in changed and text.clean_email(form.text("email")):
        return say("連絡先を直しました。新しいアドレスに、確認のお願いのメールをお送りします。")
    return say("連絡先を直しました。")
