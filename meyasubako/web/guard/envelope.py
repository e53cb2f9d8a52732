"""Around every answer: a request id, security headers, a limit on what is sent, one line in the log.

What nobody foresaw becomes a page with the request id; the log holds its place under the same id.
"""

import asyncio
import logging
from collections.abc import Mapping
from time import perf_counter
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meyasubako.core import log
from meyasubako.core.codes import draw_symbols
from meyasubako.core.settings import Settings
from meyasubako.web.guard import errors

access = logging.getLogger("meyasubako.access")
logger = logging.getLogger("meyasubako.failures")

HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Addresses of links hold tokens, and those of staff pages case numbers: neither is told to other sites.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
HSTS: Final = "max-age=31536000"

DRAIN_AT_MOST: Final = 32 * 1024 * 1024
BODY_SECONDS: Final = 60.0
SLOWEST: Final = 16 * 1024
"""Bytes a second that are waited for."""

CLOSED_BY_CLIENT: Final = 499

NOISE: Final = frozenset({"/static", "/healthz", "/readyz"})
"""What is asked for all the time and, while all is well, only logged on the finest level."""


class Envelope:
    """The one middleware of the service."""

    def __init__(self, app: ASGIApp, settings: Settings, *, patience: float = BODY_SECONDS) -> None:
        self._app = app
        self._patience = patience
        self._body_limit = settings.body_limit
        headers = {**HEADERS, "strict-transport-security": HSTS} if settings.is_https else HEADERS
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun_at = perf_counter()
        request_id = draw_symbols(10).lower()
        scope.setdefault("state", {})["request_id"] = request_id
        token = log.request_id.set(request_id)
        added = [*self._headers, (b"x-request-id", request_id.encode())]
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        try:
            await self._app(scope, self._limited(scope, receive), send_with_headers)
        except ClientDisconnect:
            status = CLOSED_BY_CLIENT
        except Exception:
            logger.exception("a request failed", extra={"facts": {"route": _route(scope)}})
            if status:
                # The answer had begun: only the server can cut it off.
                raise
            await _apology(scope)(scope, receive, send_with_headers)
        finally:
            facts = {
                "method": scope["method"],
                "route": _route(scope),
                "status": status,
                "ms": round((perf_counter() - begun_at) * 1000, 1),
            }
            is_noise = status < 400 and facts["route"] in NOISE
            access.log(logging.DEBUG if is_noise else logging.INFO, "request", extra={"facts": facts})
            log.request_id.reset(token)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        """`receive` that raises BodyTooLarge instead of handing on more than the limit, BodyTooSlow after `patience`.

        A route that takes files has a limit of its own; who sends much, slowly but steadily, is given longer.
        """
        received = 0
        announced = _content_length(scope)
        begun = asyncio.get_running_loop().time()
        until: float | None = begun + self._patience

        async def receive_limited() -> Message:
            nonlocal received, until
            limit: int = scope["state"].get("body_limit", self._body_limit)
            if announced > max(DRAIN_AT_MOST, limit):
                raise errors.BodyTooLarge
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise errors.BodyTooSlow from None
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                # From the end on it only says whether somebody still waits for the answer.
                is_over = not message.get("more_body", False)
                until = None if is_over else begun + self._patience + received / SLOWEST
                if received > limit:
                    await _drain(message, receive, received)
                    raise errors.BodyTooLarge
            return message

        return receive_limited


async def _drain(message: Message, receive: Receive, received: int) -> None:
    """Let the browser finish: one that is still sending would show a broken connection instead of our answer."""
    while message["type"] == "http.request" and message.get("more_body", False) and received < DRAIN_AT_MOST:
        message = await receive()
        received += len(message.get("body", b""))


def _content_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _apology(scope: Scope) -> Response:
    request = Request(scope)
    try:
        return errors.answer(request, 500)
    except Exception:
        logger.exception("the error page failed")
        return PlainTextResponse(
            f"こちらの不具合で表示できませんでした。お問い合わせ用の番号: {request.state.request_id}\n", 500
        )


def _route(scope: Scope) -> str:
    """The route as written, so that no token or number of an address is logged."""
    return getattr(scope.get("route"), "path", "-")
