"""Sending a mail once more that did not arrive, to the address as it was or as somebody learned that it should be."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import audit, casefiles, correspondence, tracking
from meyasubako.casework.correspondence import Unarrived
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.core.policy import Need
from meyasubako.core.vocabulary import Message
from meyasubako.web import forms, page
from meyasubako.web.staff import shown

SEEN: Final = "seen"
"""The address the form showed when it was opened."""


async def send_again(request: Request) -> Response:
    """The mail with the address it goes to, and the button."""
    if request.method != "POST":
        return await _show(request)
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    case_id, mail_id = request.path_params["case_id"], request.path_params["mail_id"]
    keys, public_url = page.keys(request), page.settings(request).public_url

    def unit(session: Any) -> Message:
        desk = page.desk_by_id(request, casefiles.desk_of(session, actor, case_id)).desk
        if correspondence.unarrived(session, actor, case_id, mail_id).is_to_requester:
            email, seen = form.text("email"), form.text(SEEN)
            tracking.correct_address(session, desk, case_id, email, seen=seen, keys=keys, by=actor, at=at)
        return correspondence.send_again(
            session, case_id, mail_id, keys=keys, public_url=public_url, by=actor, at=at
        )

    try:
        kind = await page.write(request, unit)
    except InvalidInput as error:
        return await _show(request, 422, errors=error.errors, form=form)
    except WrongState as error:
        return await _show(request, 409, refused=error.message)
    notice = f"メール「{kind.label}」をもう一度送ります。"
    return page.redirect(request, "staff_case", case_id=case_id, notice=notice)


async def _show(
    request: Request,
    status_code: int = 200,
    *,
    errors: tuple[FieldError, ...] = (),
    refused: str = "",
    form: forms.Form | None = None,
) -> Response:
    actor, at = page.actor(request), page.at(request)
    case_id, mail_id = request.path_params["case_id"], request.path_params["mail_id"]

    def unit(session: Any) -> tuple[AppliedDesk, Unarrived, bool]:
        found = correspondence.unarrived(session, actor, case_id, mail_id)
        applied = page.desk_by_id(request, casefiles.desk_of(session, actor, case_id))
        return applied, found, audit.is_looking(session, case_id, by=actor, at=at)

    applied, found, is_noted = await page.read(request, unit)
    if not is_noted:
        await page.write(request, lambda session: audit.note_look(session, case_id, by=actor, at=at))
    return page.render(
        request,
        "staff/send-again.html",
        title=f"メール「{found.kind.label}」をもう一度送る",
        status_code=status_code,
        errors=errors,
        desk=applied,
        case_id=case_id,
        mail_id=mail_id,
        found=found,
        email=form.text("email") if form else found.address,
        seen=[(SEEN, form.text(SEEN) if form else found.address)],
        may_correct=actor.may(Need.EDIT_DIRECTORY, applied.id),
        refused=refused,
        words=shown.words(request),
    )
