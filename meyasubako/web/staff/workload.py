"""Who carries how much, who is never asked, and whom to recruit: for those who keep the directory."""

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import directory
from meyasubako.core import dates
from meyasubako.core.numbers import whole
from meyasubako.web import page
from meyasubako.web.staff import shown


async def workload(request: Request) -> Response:
    """A fiscal year; the present one unless the address names another."""
    applied, actor, at = page.desk(request), page.actor(request), page.at(request)
    now = dates.fiscal_year(dates.month_of(at))
    first = dates.fiscal_year(dates.month_of_day(applied.desk.opened_on))
    asked = whole(request.query_params.get("year", ""), digits=4)
    year = min(max(now if asked is None else asked, first), now)
    found = await page.look_back(
        request, lambda session: directory.workload(session, applied, year, by=actor)
    )
    here = page.url(request, "staff_workload", desk=applied.code)
    return page.render(
        request,
        "staff/workload.html",
        title="引き受け手の負担",
        desk=applied,
        found=found,
        before=f"{here}?year={year - 1}" if year > first else "",
        after=f"{here}?year={year + 1}" if year < now else "",
        words=shown.words(request),
    )
