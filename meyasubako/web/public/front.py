"""The pages around the desks: the list of desks, what happens with personal data, accessibility, and whether the service is up."""

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from meyasubako.casework import desks
from meyasubako.core.sentences import say
from meyasubako.web import page

logger = logging.getLogger(__name__)


async def front(request: Request) -> Response:
    """Every desk of this installation."""
    return page.render(
        request,
        "public/front.html",
        title=say("目安箱・相談窓口"),
        desks=[applied.desk for applied in page.desks(request)],
    )


async def privacy(request: Request) -> Response:
    """What each desk uses personal data for, and who sees it."""
    return page.render(
        request,
        "public/privacy.html",
        title=say("個人情報の取り扱い"),
        desks=[applied.desk for applied in page.desks(request)],
    )


async def accessibility(request: Request) -> Response:
    """How the site is meant to be usable by everybody, and whom to tell when it is not."""
    return page.render(
        request,
        "public/accessibility.html",
        title=say("ウェブアクセシビリティ"),
        desks=[applied.desk for applied in page.desks(request)],
    )


async def healthz(_request: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """The database answers as well."""
    try:
        await page.read(request, desks.revisions)
    except Exception:
        logger.exception("the database does not answer")
        return JSONResponse({"status": "not ready"}, 503)
    return JSONResponse({"status": "ready"})
