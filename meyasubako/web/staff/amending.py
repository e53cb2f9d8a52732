"""What the pages of divisions, topics and closed days have in common: the desk as it stands, and taking a change back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import desks
from meyasubako.casework.desks import Amended, Told, Use
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import CLOSED_DAY, DIVISION, TOPIC, Division, Topic
from meyasubako.core.errors import FieldError, NotFound, WrongState
from meyasubako.web import forms, page
from meyasubako.web.staff import shown

ROUTES: Final = {DIVISION: "staff_divisions", TOPIC: "staff_topics", CLOSED_DAY: "staff_calendar"}
LATEST: Final = 30
"""So many changes a page tells of."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A desk now, not as this process saw it last: how its codes are used, what pages changed, and what changed at all."""

    applied: AppliedDesk
    uses: dict[str, Use]
    amended: tuple[Amended, ...]
    told: tuple[Told, ...]


async def standing(request: Request, category: str, code: str | None = None) -> Standing:
    """The divisions, topics or closed days of a desk now, or one of them."""
    desk_id = page.desk(request).id

    def unit(session: Any) -> Standing:
        applied = desks.find_by_id(session, desk_id)
        return Standing(
            applied,
            {} if category == CLOSED_DAY else desks.uses(session, desk_id, category),
            tuple(
                each
                for each in desks.amendments(session, desk_id)
                if each.category == category and code in {None, each.code}
            ),
            desks.history(session, desk_id, category, code)[:LATEST],
        )

    return await page.read(request, unit)


def show(
    request: Request,
    template: str,
    route: str,
    found: Standing,
    form: forms.Form,
    entry: Division | Topic | None,
    status_code: int = 200,
    errors: Sequence[FieldError] = (),
    *,
    refused: str = "",
    **more: Any,
) -> Response:
    """The page of one entry, or of a new one, whose route has the same name and `_new`."""
    applied = found.applied
    return page.render(
        request,
        template,
        status_code=status_code,
        errors=errors,
        desk=applied,
        found=found,
        form=form,
        standing=entry,
        version=form.text("version") if form.has("version") and not refused else applied.revision,
        use=found.uses.get(entry.code, Use()) if entry is not None else Use(),
        refused=refused,
        words=shown.words(request),
        action=page.url(request, f"{route}_new", desk=applied.code)
        if entry is None
        else page.url(request, route, desk=applied.code, code=entry.code),
        **more,
    )


async def write(request: Request, unit: Callable[[Any], Any]) -> Any:
    """Change the desk, and let the next page show it."""
    done = await page.write(request, unit)
    await page.look_at_desks_again(request)
    return done


async def turn(request: Request, category: str, code: str, form: forms.Form) -> Response:
    """Offer an entry no longer, or again: the button says which."""
    applied, actor, at = page.desk(request), page.actor(request), page.at(request)
    verbs = {
        "retire": (desks.retire, "選べないようにしました。これまでの案件には残ります。"),
        "back": (desks.bring_back, "また選べるようにしました。"),
    }
    if form.text("then") not in verbs:
        raise NotFound
    verb, notice = verbs[form.text("then")]
    seen = form.number("version") or 0
    await write(
        request, lambda session: verb(session, applied.id, category, code, seen=seen, by=actor, at=at)
    )
    return page.redirect(request, ROUTES[category], desk=applied.code, notice=notice)


async def take_back(request: Request) -> Response:
    """Make one thing again what the desk file says."""
    applied, actor, at = page.desk(request), page.actor(request), page.at(request)
    amendment_id, form = request.path_params["amendment_id"], await forms.read(request)
    route = ROUTES.get(form.text("category"), "staff_settings")
    try:
        await write(
            request, lambda session: desks.take_back(session, applied.id, amendment_id, by=actor, at=at)
        )
    except (NotFound, WrongState) as refused:
        return page.redirect(request, route, desk=applied.code, notice=refused.message)
    return page.redirect(request, route, desk=applied.code, notice="窓口の定義ファイルのとおりに戻しました。")
