"""One's own page: what is asked now, what is owed, whom one meets next, and how one helped so far."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import directory, matching
from meyasubako.casework.matching import Overview
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.web import guard, page


async def front(request: Request) -> Response:
    """The address to remember: on to one's own page, or to the link that opens it."""
    is_known = await guard.provider_session(request) is not None
    return page.redirect(request, "provider_home" if is_known else "provider_sign_in")


async def home(request: Request) -> Response:
    """Everything somebody who is listed has to do with the desk now."""
    by, at = page.actor(request), page.at(request)

    def unit(session: Any) -> tuple[AppliedDesk, Overview]:
        applied = page.desk_by_id(request, directory.own_entry(session, by=by).desk_id)
        return applied, matching.overview(session, applied.desk, by=by, at=at)

    applied, found = await page.read(request, unit)
    return page.render(
        request,
        "provider/home.html",
        title="わたしのページ",
        desk=applied,
        found=found,
        least_answers=matching.LEAST_ANSWERS,
        today=dates.japan_day(at),
    )
