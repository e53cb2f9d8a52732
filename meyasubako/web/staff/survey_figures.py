"""What requesters answered after closing: how many, and what they said, of one fiscal year."""

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import tallies
from meyasubako.core import dates
from meyasubako.core.numbers import whole
from meyasubako.web import page


async def figures(request: Request) -> Response:
    """A fiscal year; the present one unless the address names another."""
    applied, actor, at = page.desk(request), page.actor(request), page.at(request)
    now = dates.fiscal_year(dates.month_of(at))
    first = dates.fiscal_year(dates.month_of_day(applied.desk.opened_on))
    asked = whole(request.query_params.get("year", ""), digits=4)
    year = min(max(now if asked is None else asked, first), now)
    found = await page.look_back(
        request, lambda session: tallies.survey_figures(session, applied, year, by=actor)
    )
    here = page.url(request, "staff_surveys", desk=applied.code)
    return page.render(
        request,
        "staff/surveys.html",
        title="アンケートの答え",
        desk=applied,
        year=year,
        found=found,
        months=applied.desk.survey.follow_up_months,
        before=f"{here}?year={year - 1}" if year > first else "",
        after=f"{here}?year={year + 1}" if year < now else "",
    )
