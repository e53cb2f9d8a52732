"""A report that came to the desk on paper or by telephone, entered by staff."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import casefiles, matching
from meyasubako.core import text
from meyasubako.core.errors import FieldError, InvalidInput, WrongState
from meyasubako.web import forms, page
from meyasubako.web.staff import shown

FIELDS = ("advised", "next_steps", "material")


async def report(request: Request) -> Response:
    """The form, and keeping what it says."""
    offer_id, actor, at = request.path_params["offer_id"], page.actor(request), page.at(request)
    case_id, desk_id = await page.read(
        request, lambda session: casefiles.offer_on_file(session, actor, offer_id)
    )
    applied = page.desk_by_id(request, desk_id)
    form = await forms.read(request) if request.method == "POST" else None
    errors: tuple[FieldError, ...] = ()
    status_code = 200
    if form is not None:
        written = matching.Written(**{name: form.text(name) for name in FIELDS})
        version = form.number("version")

        def unit(session: Any) -> None:
            matching.report(session, offer_id, written, by=actor, at=at, expected_version=version or 0)

        try:
            await page.write(request, unit)
            return page.redirect(request, "staff_case", case_id=case_id, notice="報告を入力しました。")
        except InvalidInput as refused:
            errors, status_code = refused.errors, 422
        except WrongState as refused:
            errors, status_code = (FieldError("", refused.message),), 409
    file = await page.read(
        request, lambda session: casefiles.case_file(session, actor, applied, case_id, at=at)
    )
    offer = next(each for each in file.offers if each.id == offer_id)
    return page.render(
        request,
        "staff/report.html",
        title=f"{offer.provider_name}さんの報告",
        status_code=status_code,
        errors=errors,
        desk=applied,
        file=file,
        offer=offer,
        typed={name: text.shown_again(form.text(name)) if form else "" for name in FIELDS},
        words=shown.words(request),
    )
