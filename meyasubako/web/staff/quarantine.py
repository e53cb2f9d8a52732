"""What was put aside for checking: read in a list, ticked, and received or put out of scope together."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import casefiles, triage
from meyasubako.casework.casefiles import Cursor, QuarantinePage
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.numbers import whole_ones
from meyasubako.core.policy import Need
from meyasubako.web import forms, page
from meyasubako.web.staff import shown

PLACES: Final = ("older", "newer")


async def waiting(request: Request) -> Response:
    """The list."""
    return await _show(request, forms.Form(tuple(request.query_params.items())))


async def admit(request: Request) -> Response:
    """Receive what is ticked."""
    return await _decide(
        request,
        lambda session, form, order: triage.admit_many(session, page.desk(request), _ticked(form), **order),
        "受け付けました",
    )


async def decline(request: Request) -> Response:
    """Put what is ticked out of scope."""
    return await _decide(
        request,
        lambda session, form, order: triage.decline_many(
            session, page.desk(request), _ticked(form), form.text("reason"), **order
        ),
        "対象外としました",
    )


async def _decide(
    request: Request, work: Callable[[Any, forms.Form, dict[str, Any]], tuple[int, int]], done: str
) -> Response:
    form = await forms.read(request)
    order = {"by": page.actor(request), "at": page.at(request)}
    try:
        decided, passed = await page.write(request, lambda session: work(session, form, order))
    except InvalidInput as error:
        return await _show(request, form, error.errors)
    said = f"{decided}件を{done}。" if decided else ""
    if passed:
        said += f"{passed}件は、ほかの人が先に決めていました。"
    return page.redirect_to(request, _address(request, form), notice=said)


def _ticked(form: forms.Form) -> list[int]:
    return whole_ones(form.values("case"))


def _address(request: Request, form: forms.Form) -> str:
    """The list at the place the form was sent from."""
    here = page.url(request, "staff_quarantine", desk=page.desk(request).code)
    for name in PLACES:
        if place := Cursor.read(form.text(name)):
            return f"{here}?{name}={place}"
    return here


async def _show(request: Request, form: forms.Form, errors: Sequence[FieldError] = ()) -> Response:
    applied, actor = page.desk(request), page.actor(request)
    older, newer = (Cursor.read(form.text(name)) for name in PLACES)
    found: QuarantinePage = await page.read(
        request,
        lambda session: casefiles.quarantine(session, actor, applied, after=older, before=newer),
    )
    here = page.url(request, "staff_quarantine", desk=applied.code)
    return page.render(
        request,
        "staff/quarantine.html",
        title="確かめ待ちの受付",
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        found=found,
        rows={str(row.id): row for row in found.rows},
        ticked=form.values("case"),
        reason=form.text("reason"),
        reasons=[(each.code, each.label) for each in applied.desk.open_decline_reasons],
        places=[(name, form.text(name)) for name in PLACES if Cursor.read(form.text(name))],
        may_decide=actor.may(Need.TRIAGE, applied.id) and actor.may(Need.DECLINE, applied.id),
        newer_href=f"{here}?newer={found.newer}" if found.newer else "",
        older_href=f"{here}?older={found.older}" if found.older else "",
        words=shown.words(request),
    )
