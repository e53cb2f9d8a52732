"""Cookies: named and marked for the address people use, signed where their content is read back."""

import base64
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.core.codes import draw_token
from meyasubako.web.page.request import at, keys, settings

CSRF = "csrf"
CSRF_FIELD = "csrf_token"
_CSRF_LASTS = timedelta(days=7)


def cookie(request: Request, name: str) -> str:
    """The cookie's value, "" if there is none."""
    return request.cookies.get(_full_name(request, name), "")


def set_cookie(
    request: Request, response: Response, name: str, value: str, *, lasting: timedelta | None = None
) -> None:
    """Set a cookie no script can read; without `lasting` it goes with the browser window."""
    response.set_cookie(
        _full_name(request, name),
        value,
        max_age=None if lasting is None else int(lasting.total_seconds()),
        path="/",
        secure=settings(request).is_https,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(
        _full_name(request, name), path="/", secure=settings(request).is_https, httponly=True, samesite="lax"
    )


def set_signed_cookie(
    request: Request, response: Response, name: str, value: str, *, lasting: timedelta
) -> None:
    """Keep a value in the browser that only we can have written; it ends after `lasting`, whatever the browser says."""
    ends_at = int((at(request) + lasting).timestamp())
    text = base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")
    signed = keys(request).sign(_context(name), f"{ends_at}.{text}")
    set_cookie(request, response, name, signed, lasting=lasting)


def signed_cookie(request: Request, name: str) -> str | None:
    """The value of a signed cookie; None if there is none, it is not ours or it has ended."""
    content = keys(request).unsign(_context(name), cookie(request, name))
    if content is None:
        return None
    ends_at, _, text = content.partition(".")
    if int(ends_at) <= at(request).timestamp():
        return None
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def csrf_token(request: Request) -> str:
    """The token of the forms on this page, bound to a cookie of the browser; `give_csrf` sends the cookie if it is new."""
    secret = cookie(request, CSRF) or getattr(request.state, "new_csrf", "")
    if not secret:
        secret = request.state.new_csrf = draw_token()
    return _csrf_token_of(request, secret)


def give_csrf(request: Request, response: Response) -> None:
    """Send the cookie a token on this page is bound to, if the browser does not have it yet."""
    if secret := getattr(request.state, "new_csrf", ""):
        set_cookie(request, response, CSRF, secret, lasting=_CSRF_LASTS)


def is_csrf_token(request: Request, typed: str) -> bool:
    """Whether a form came from a page we gave to this browser."""
    secret = cookie(request, CSRF)
    return bool(secret) and keys(request).unsign(_context(CSRF), f"{secret}.{typed}") is not None


def browser(request: Request) -> str:
    """What tells this browser from all others, once it was given a form."""
    return cookie(request, CSRF)


def _csrf_token_of(request: Request, secret: str) -> str:
    return keys(request).sign(_context(CSRF), secret).rpartition(".")[2]


def _context(name: str) -> str:
    return f"cookie {name}"


def _full_name(request: Request, name: str) -> str:
    # The prefix makes the browser refuse the cookie unless this very host set it over TLS.
    return f"__Host-{name}" if settings(request).is_https else name
