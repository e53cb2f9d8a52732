"""Refusals and failures as answers: a page for people, problem+json for programs."""

import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route

from meyasubako.core.errors import (
    Closed,
    DeskError,
    FieldError,
    InvalidInput,
    NotAllowed,
    NotFound,
    TooMany,
    Unavailable,
    WrongState,
)
from meyasubako.core.sentences import say
from meyasubako.web import page
from meyasubako.web.guard import closed
from meyasubako.web.guard.closed import Why

logger = logging.getLogger("meyasubako.failures")

STATUS_OF: Mapping[type[DeskError], int] = {
    NotAllowed: 403,
    NotFound: 404,
    WrongState: 409,
    InvalidInput: 422,
    TooMany: 429,
    Unavailable: 503,
}
"""What HTTP calls each refusal. A kind that is not named here is a bug."""

TITLES: Mapping[int, str] = {
    400: say("送られた内容を読み取れませんでした"),
    401: say("合言葉を確かめられませんでした"),
    403: say("この操作はできません"),
    404: say("ページが見つかりません"),
    405: say("この開き方はできません"),
    408: say("送られた内容が届きませんでした"),
    409: say("いまの状況では、この操作はできません"),
    413: say("送られた内容が大きすぎます"),
    415: say("この形式では受け取れません"),
    422: say("入力された内容を受け取れませんでした"),
    429: say("しばらくお待ちください"),
    500: say("こちらの不具合で表示できませんでした"),
    503: say("ただいま利用できません"),
}


BUSY_SECONDS: Final = 10
BUSY_SPREAD: Final = 20
"""Those who were turned away together must not all come back together."""


class BodyTooLarge(HTTPException):
    """More was sent than the installation takes."""

    def __init__(self) -> None:
        super().__init__(413)


class BodyTooSlow(HTTPException):
    """What was announced did not arrive; the connection is not kept for it."""

    def __init__(self) -> None:
        super().__init__(408, headers={"connection": "close"})


class Refused(HTTPException):
    """A request that did not come from a page of ours, with a sentence for the person."""

    def __init__(self, message: str) -> None:
        super().__init__(403, message)


async def refusal(request: Request, error: Exception) -> Response:
    """The answer to a refusal of the desk, or to a request no route takes."""
    if isinstance(error, HTTPException):
        if error.status_code == 404 and (meant := _meant(request)):
            return page.redirect_to(request, meant)
        # The framework's own details are English notes for programmers.
        response = answer(request, error.status_code, error.detail if isinstance(error, Refused) else "")
        response.headers.update(error.headers or {})
    elif isinstance(error, DeskError):
        if isinstance(error, Unavailable) and not isinstance(error, Closed):
            logger.error("the database does not answer", exc_info=error)
        if isinstance(error, Unavailable) and _shows_page_for_everybody(request):
            away = Why.AWAY_UNSENT if request.method == "POST" else Why.AWAY
            why = Why.CLOSED if isinstance(error, Closed) else away
            return closed.answer(request, why, retry_after=error.retry_after)
        status = next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)
        fields = error.errors if isinstance(error, InvalidInput) else ()
        response = answer(request, status, error.message, fields)
        if isinstance(error, TooMany | Unavailable):
            response.headers["retry-after"] = str(error.retry_after)
    else:
        raise error
    return response


def _meant(request: Request) -> str | None:
    """The path of a page that is there when a stroke at its end is added or left out, as people do who type addresses.

    A path alone: an address built from what the request names as its host could lead away.
    """
    typed = page.path(request)
    other = typed.rstrip("/") if typed.endswith("/") else f"{typed}/"
    scope = {**request.scope, "path": other, "method": "GET"}
    if request.method != "GET" or other.startswith("//"):
        return None
    routes = (each for each in request.app.routes if isinstance(each, Route))
    return quote(other) if any(each.matches(scope)[0] is Match.FULL for each in routes) else None


def too_busy(request: Request) -> Response:
    """The answer when more is asked at once than can be done in time: it costs next to nothing."""
    turned_away: int = request.app.state.admission.gate.turned_away
    seconds = BUSY_SECONDS + turned_away % BUSY_SPREAD
    if _is_for_programs(request):
        response = answer(request, 503, "ただいま混み合っています。少し待ってから、もう一度送ってください。")
        response.headers["retry-after"] = str(seconds)
        return response
    return closed.answer(request, Why.UNSENT if request.method == "POST" else Why.BUSY, retry_after=seconds)


def _is_for_programs(request: Request) -> bool:
    return page.path(request).startswith("/api/")


def _shows_page_for_everybody(request: Request) -> bool:
    """Residents are told how else to reach a desk; staff and advisers know, and programs read no pages."""
    return not page.path(request).startswith(("/api/", "/staff/", "/provider/"))


def answer(request: Request, status: int, message: str = "", errors: tuple[FieldError, ...] = ()) -> Response:
    """An error page, or a problem document below /api/."""
    title = TITLES.get(status, TITLES[500 if status >= 500 else 400])
    if _is_for_programs(request):
        problem: dict[str, Any] = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "request_id": request.state.request_id,
        }
        if message:
            problem["detail"] = message
        if errors:
            problem["errors"] = [{"field": error.field, "message": error.message} for error in errors]
        response: Response = JSONResponse(problem, status, media_type="application/problem+json")
    else:
        response = page.render(
            request,
            "error.html",
            title=title,
            status_code=status,
            status=status,
            message=message,
            is_unsent=request.method == "POST",
        )
    response.headers["cache-control"] = "no-store"
    return response
