"""The desks, the form of each, and its public figures."""

from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from meyasubako.casework import limits, tallies
from meyasubako.casework.tallies import PublishedMonth
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Topic
from meyasubako.edge import open_data
from meyasubako.web import guard, page
from meyasubako.web.api import fields

TALLIES_PER_MINUTE: Final = 60


async def every(request: Request) -> Response:
    """The desks of this installation."""
    return JSONResponse({"desks": [_brief(request, applied) for applied in page.desks(request)]})


async def one(request: Request) -> Response:
    """A desk and its form."""
    applied = page.desk(request)
    desk = applied.desk
    return JSONResponse(
        {
            **_brief(request, applied),
            "office": {
                "name": desk.office,
                "phone": desk.phone,
                "fax": desk.fax,
                "email": desk.email,
                "hours": desk.hours,
            },
            "steps": list(desk.steps),
            "privacy_purpose": desk.privacy_purpose,
            "privacy_audience": desk.privacy_audience,
            "answer_within_office_days": desk.answer_within_office_days,
            "kinds": [
                {"code": kind.code.value, "label": kind.label, "description": kind.description}
                for kind in desk.open_kinds
            ],
            "requester_types": [
                {"code": option.code.value, "label": option.label} for option in desk.open_requester_types
            ],
            "purposes": [
                {
                    "code": purpose.code,
                    "label": purpose.label,
                    "description": purpose.description,
                    "kind": purpose.kind.value if purpose.kind else None,
                }
                for purpose in desk.open_purposes()
            ],
            "topics": [_topic(topic) for topic in desk.open_topics],
            "fields": fields.described(desk),
            "receipts_url": _absolute(request, "api_receipts", desk=desk.code),
            "tallies_url": _absolute(request, "api_tallies", desk=desk.code)
            if desk.public_statistics.enabled
            else None,
        }
    )


async def figures(request: Request) -> Response:
    """What is published of closed months: those of this fiscal year, or those asked for. Small numbers are not in it."""
    applied, at = page.desk(request), page.at(request)
    place = limits.key("tallies from", guard.network(request))
    await page.write(
        request,
        lambda session: limits.hit(
            session, place, limit=TALLIES_PER_MINUTE, window=timedelta(minutes=1), at=at
        ),
    )
    first, last = request.query_params.get("from", ""), request.query_params.get("to", "")
    this_year = dates.fiscal_year_months(dates.fiscal_year(dates.month_of(at)))
    months = tallies.read_range(first, last) if first or last else this_year
    found = await page.look_back(request, lambda session: tallies.published(session, applied, *months))
    return JSONResponse(
        {
            "desk": applied.code,
            "desk_name": applied.desk.name,
            "from": dates.month_text(months[0]),
            "to": dates.month_text(months[1]),
            "licence": open_data.LICENCE,
            "page_url": _absolute(request, "desk_statistics", desk=applied.code),
            "months": [_month(each) for each in found],
        }
    )


def _month(published: PublishedMonth) -> dict[str, Any]:
    figures = published.figures
    return {
        "month": dates.month_text(published.month),
        "published_at": published.published_at.isoformat(),
        "smallest": figures.smallest,
        "totals": [
            {"quantity": each.quantity.value, "label": each.label, "unit": each.unit, "value": each.number}
            for each in figures.totals
        ],
        "tables": [
            {
                "quantity": each.quantity.value,
                "label": each.label,
                "unit": each.unit,
                "dimension": each.rows.value,
                "dimension_label": each.stub,
                "from": dates.month_text(each.first),
                "to": dates.month_text(each.last),
                "rows": [
                    {
                        "code": row.code,
                        "label": row.label,
                        "value": row.number,
                        "is_hidden": row.number is None,
                    }
                    for row in each.lines
                ],
                "total": each.total,
            }
            for each in figures.breakdowns
        ],
    }


def _brief(request: Request, applied: AppliedDesk) -> dict[str, Any]:
    desk = applied.desk
    return {
        "code": desk.code,
        "name": desk.name,
        "prefecture": desk.prefecture,
        "about": desk.about,
        "opened_on": desk.opened_on.isoformat(),
        "url": _absolute(request, "api_desk", desk=desk.code),
        "page_url": _absolute(request, "desk", desk=desk.code),
    }


def _topic(topic: Topic) -> dict[str, Any]:
    return {
        "code": topic.code,
        "label": topic.label,
        "description": topic.description,
        "children": [_topic(child) for child in topic.children],
    }


def _absolute(request: Request, name: str, **params: str) -> str:
    return f"{page.settings(request).public_url}{page.url(request, name, **params)}"
