"""担当課: the divisions of a desk, which are added, renamed and ended as the office changes."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import desks
from meyasubako.casework.desks import Use
from meyasubako.core.desk import DIVISION, Division
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, WrongState
from meyasubako.web import forms, page
from meyasubako.web.staff import amending, shown
from meyasubako.web.staff.amending import Standing


async def every(request: Request) -> Response:
    """All divisions, those that ended last."""
    found = await amending.standing(request, DIVISION)
    desk = found.applied.desk
    return page.render(
        request,
        "staff/divisions.html",
        title="担当課",
        desk=found.applied,
        rows=[
            (each, _topics(found, each), found.uses.get(each.code, Use()))
            for each in sorted(desk.divisions, key=lambda each: each.retired)
        ],
        found=found,
        words=shown.words(request),
    )


async def new(request: Request) -> Response:
    """Add a division."""
    found = await amending.standing(request, DIVISION)
    if request.method != "POST":
        return _show(request, found, forms.Form(()), None)
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    try:
        words = desks.read_division(found.applied.desk, None, form.mapping())
        await amending.write(
            request, lambda session: desks.add_division(session, found.applied.id, words, by=actor, at=at)
        )
    except InvalidInput as error:
        return _show(request, found, form, None, 422, error.errors)
    return page.redirect(
        request, "staff_divisions", desk=found.applied.code, notice=f"担当課「{words.label}」を加えました。"
    )


async def change(request: Request) -> Response:
    """Name a division anew, give it other topics, end it or use it again."""
    code = request.path_params["code"]
    found = await amending.standing(request, DIVISION, code)
    division = next((each for each in found.applied.desk.divisions if each.code == code), None)
    if division is None:
        raise NotFound
    if request.method != "POST":
        return _show(request, found, _form_of(division), division)
    form, actor, at = await forms.read(request), page.actor(request), page.at(request)
    try:
        if form.has("then"):
            return await amending.turn(request, DIVISION, code, form)
        words = desks.read_division(found.applied.desk, code, form.mapping())
        seen = form.number("version") or 0
        await amending.write(
            request,
            lambda session: desks.change_division(
                session, found.applied.id, code, words, seen=seen, by=actor, at=at
            ),
        )
    except InvalidInput as error:
        return _show(request, found, form, division, 422, error.errors)
    except WrongState as error:
        typed = _form_of(division) if form.has("then") else form
        now = await amending.standing(request, DIVISION, code)
        return _show(request, now, typed, division, 409, refused=error.message)
    return page.redirect(
        request, "staff_divisions", desk=found.applied.code, notice=f"担当課「{words.label}」をなおしました。"
    )


def _topics(found: Standing, division: Division) -> str:
    desk = found.applied.desk
    return "、".join(desk.topic(code).label for code in division.topics)


def _form_of(division: Division) -> forms.Form:
    return forms.Form((("label", division.label), *(("topics", code) for code in division.topics)))


def _show(
    request: Request,
    found: Standing,
    form: forms.Form,
    division: Division | None,
    status_code: int = 200,
    errors: Sequence[FieldError] = (),
    *,
    refused: str = "",
) -> Response:
    return amending.show(
        request,
        "staff/division.html",
        "staff_division",
        found,
        form,
        division,
        status_code,
        errors,
        refused=refused,
        title="担当課を加える" if division is None else f"担当課：{division.label}",
        topics=forms.every_topic(found.applied.desk, form.values("topics")),
    )
