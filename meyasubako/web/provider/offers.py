"""Pages of advisers and partners: a link from a mail, one case on a phone, and nothing else.

Opening changes nothing, because mail scanners open links; whatever has an effect is a button.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import accounts, matching
from meyasubako.casework.matching import OfferView
from meyasubako.core import dates, text
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import DeskError, FieldError, InvalidInput, NotFound, WrongState
from meyasubako.core.vocabulary import MeetingWay, OfferState
from meyasubako.web import forms, guard, page
from meyasubako.web.forms import told

ENDINGS = {
    OfferState.OPEN: "お返事の期限が過ぎました",
    OfferState.EXPIRED: "お返事の期限が過ぎました",
    OfferState.TURNED_DOWN: "お返事を受け取りました",
    OfferState.REVOKED: "この相談のお願いは取り下げました",
    OfferState.ACCEPTED: "この相談は終わりました",
    OfferState.ENDED: "この相談は終わりました",
    OfferState.TAKEN_ELSEWHERE: "ほかの方にお願いすることになりました",
}
"""What the page of a dead offer is called."""

WHY_DEAD = {
    OfferState.EXPIRED: "お返事の期限が過ぎたため、このリンクはもう使えません。",
    OfferState.TURNED_DOWN: "辞退のお返事を受け取っています。ありがとうございました。",
    OfferState.REVOKED: "窓口がこの相談のお願いを取り下げたため、このリンクはもう使えません。",
    OfferState.ACCEPTED: "この相談についてのお願いは終わりました。お力添えをいただき、ありがとうございました。",
    OfferState.ENDED: "この相談についてのお願いは終わりました。お力添えをいただき、ありがとうございました。",
    OfferState.TAKEN_ELSEWHERE: "ほかの方が引き受けてくださったため、このお願いは終わりました。ご検討くださり、ありがとうございました。",
}
"""What the link of a dead offer says."""
STOPPED = "ありがとうございます。お引き受けいただく前に、窓口が確かめることがあります。窓口からのご連絡をお待ちください。"
"""Why accepting did not work, without what the desk found."""
UNLISTED = "窓口の名簿に登録がないため、このリンクは使えません。"


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed and could not be taken, to be shown again."""

    reason: str = ""
    reason_code: str = ""
    body: str = ""
    held_on: str = ""
    way: str = ""
    minutes: str = ""
    summary: str = ""
    advised: str = ""
    next_steps: str = ""
    material: str = ""
    persons: str = ""
    proceedings: str = ""
    meeting: str = ""


async def follow(request: Request) -> Response:
    """The link of a mail: begins a short session and leads on to the offer. A dead link says whom to call."""
    token: str = request.path_params["token"]
    at = page.at(request)
    try:
        link = await page.read(request, lambda session: matching.find_link(session, token, at=at))
    except NotFound as refused:
        return _dead_link(request, refused.message)
    if not link.is_live:
        desk = page.desk_by_id(request, link.desk_id)
        if not link.is_listed:
            return _dead_link(request, UNLISTED, desk)
        return _dead_link(request, WHY_DEAD[link.standing], desk, title=ENDINGS[link.standing])
    opened = await page.write(
        request,
        lambda session: accounts.begin_provider_session(session, link.provider_id, link.offer_id, at=at),
    )
    response = page.redirect(request, "provider_offer", offer_id=link.offer_id)
    page.set_cookie(request, response, guard.PROVIDER, opened, lasting=accounts.PROVIDER_SESSION_LASTS)
    return response


async def offer(request: Request) -> Response:
    """One offer, with as much of its case as its provider may know now."""
    return await show(request)


async def accept(request: Request) -> Response:
    """The provider takes the case on."""
    try:
        is_taken = await page.write(
            request,
            lambda session: matching.accept(
                session, _offer_id(request), by=page.actor(request), at=page.at(request)
            ),
        )
    except WrongState as refused:
        return await _unless_done(request, refused, OfferState.ACCEPTED)
    if not is_taken:
        return back(request, STOPPED)
    return back(request, "お引き受けいただき、ありがとうございます。")


async def turn_down(request: Request) -> Response:
    """The provider cannot take it, and says why."""
    form = await forms.read(request)
    draft = Draft(reason=text.shown_again(form.text("reason")), reason_code=form.text("reason_code"))
    try:
        await page.write(
            request,
            lambda session: matching.turn_down(
                session,
                _offer_id(request),
                form.text("reason"),
                code=form.text("reason_code"),
                keys=page.keys(request),
                by=page.actor(request),
                at=page.at(request),
            ),
        )
    except InvalidInput as refused:
        return await show(request, refused, draft, scope="refusal")
    except WrongState as refused:
        return await _unless_done(request, refused, OfferState.TURNED_DOWN)
    return back(request, "お返事をいただき、ありがとうございました。")


async def advise(request: Request) -> Response:
    """Advice to the desk."""
    form = await forms.read(request)
    draft = Draft(body=text.shown_again(form.text("body")))
    try:
        await page.write(
            request,
            lambda session: matching.advise(
                session,
                _offer_id(request),
                form.text("body"),
                by=page.actor(request),
                at=page.at(request),
                expected=form.number("written"),
            ),
        )
    except (InvalidInput, WrongState) as refused:
        return await show(request, refused, draft, scope="advice")
    return back(request, "助言を受け取りました。窓口が読んで、相談者への回答に使います。")


async def meet(request: Request) -> Response:
    """A meeting that was held."""
    form = await forms.read(request)
    names = ("held_on", "way", "minutes", "persons", "summary", "proceedings", "meeting")
    draft = Draft(**{name: text.shown_again(form.text(name)) for name in names})
    applied = await desk_of(request)
    held = asdict(told.meeting(form))
    try:
        await page.write(
            request,
            lambda session: matching.meet(
                session,
                applied.desk,
                _offer_id(request),
                **held,
                by=page.actor(request),
                at=page.at(request),
                expected=form.number("recorded"),
                meeting_id=form.number("meeting"),
            ),
        )
    except (InvalidInput, WrongState) as refused:
        return await show(request, refused, draft, scope="meeting")
    return back(request, "面談を記録しました。")


async def show(
    request: Request,
    refused: DeskError | None = None,
    draft: Draft | None = None,
    *,
    scope: str = "",
    wish: Mapping[str, str] | None = None,
) -> Response:
    """The page of an offer; after a refusal with what was typed and what is wrong with it."""
    by, at = page.actor(request), page.at(request)
    applied = await desk_of(request)
    view = await page.read(
        request,
        lambda session: matching.view_offer(session, applied.desk, _offer_id(request), by=by, at=at),
    )
    if view.contact is not None:
        since = guard.signed_in_provider(request).began_at
        await page.write(
            request,
            lambda session: matching.note_contact_seen(session, view.id, since=since, by=by, at=at),
        )
    lines = await page.read(request, lambda session: matching.live_offers(session, by=by, at=at))
    report = None
    if view.is_accepted:
        report = await page.read(
            request, lambda session: matching.view_report(session, applied.desk, view.id, by=by, at=at)
        )
    return page.render(
        request,
        _template(view),
        title=_title(view, applied),
        status_code=_status(refused),
        errors=_errors(refused, scope),
        desk=applied,
        offer=view,
        report=report,
        here=applied.desk,
        draft=draft or Draft(),
        reasons=[(each.code, each.label) for each in applied.desk.open_turn_down_reasons],
        offer_plans=[
            (str(each.id), dates.moment_text(each.arrangement.begins_at)) for each in view.arranged.planned
        ],
        wish=wish or dict.fromkeys(told.WISH, ""),
        ways=[(way.value, way.label) for way in MeetingWay],
        today=dates.japan_day(at),
        has_others=any(line.id != view.id for line in lines),
    )


async def _unless_done(request: Request, refused: WrongState, wanted: OfferState) -> Response:
    """A button pressed twice has done its work the first time."""
    applied = await desk_of(request)
    by, at = page.actor(request), page.at(request)
    view = await page.read(
        request,
        lambda session: matching.view_offer(session, applied.desk, _offer_id(request), by=by, at=at),
    )
    if view.state is wanted:
        return page.redirect(request, "provider_offer", offer_id=view.id)
    return await show(request, refused)


async def desk_of(request: Request) -> AppliedDesk:
    """The desk that made the offer."""
    by = page.actor(request)
    desk_id = await page.read(request, lambda session: matching.desk_of(session, _offer_id(request), by=by))
    return page.desk_by_id(request, desk_id)


def back(request: Request, notice: str) -> Response:
    """To the page of the offer, with what was done."""
    return page.redirect(request, "provider_offer", offer_id=_offer_id(request), notice=notice)


def _dead_link(
    request: Request,
    message: str,
    desk: AppliedDesk | None = None,
    *,
    title: str = "このリンクは使えません",
) -> Response:
    offices = [desk] if desk else list(page.desks(request))
    return page.render(
        request,
        "provider/dead-link.html",
        title=title,
        status_code=404,
        desk=desk,
        message=message,
        offices=[page.desk_frame(each) for each in offices],
    )


def _offer_id(request: Request) -> int:
    return request.path_params["offer_id"]


def _template(view: OfferView) -> str:
    if view.is_open:
        return "provider/offer.html"
    return "provider/work.html" if view.is_accepted else "provider/ended.html"


def _title(view: OfferView, applied: AppliedDesk) -> str:
    if view.is_open:
        return f"{applied.desk.prefecture}から相談が1件届いています"
    return (view.title or "") if view.is_accepted else ENDINGS[view.state]


def _status(refused: DeskError | None) -> int:
    return 200 if refused is None else 422 if isinstance(refused, InvalidInput) else 409


def _errors(refused: DeskError | None, scope: str) -> tuple[FieldError, ...]:
    if isinstance(refused, InvalidInput):
        return tuple(replace(error, field=f"{scope}.{error.field}") for error in refused.errors)
    return (FieldError("", refused.message),) if refused else ()
