"""Signing in and out. What is wrong with a sign-in is not said, and guessing becomes slow."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import accounts, limits
from meyasubako.casework.accounts import Credentials
from meyasubako.core.codes import draw_token
from meyasubako.core.errors import FieldError, TooMany
from meyasubako.web import forms, guard, page

TRIES_FROM_ONE_PLACE = 200
TRIES_WINDOW = timedelta(minutes=15)
KNOWN = "known"
KNOWN_LASTS = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class SignInForm:
    """What the page shows again; never the password."""

    login: str
    next: str


async def sign_in(request: Request) -> Response:
    """The sign-in page of staff. Leads on to where one wanted to go."""
    if request.method != "POST":
        wanted = SignInForm("", _target(request, request.query_params.get("next", "")))
        if await guard.staff_session(request) is not None:
            return page.redirect_to(request, wanted.next)
        return _show(request, wanted)
    form = await forms.read(request)
    typed = SignInForm(form.text("login"), _target(request, form.text("next")))
    missing = [
        FieldError(name, message)
        for name, message in (
            ("login", "利用者IDを入力してください。"),
            ("password", "パスワードを入力してください。"),
        )
        if not form.text(name).strip()
    ]
    if missing:
        return _show(request, typed, 422, *missing)
    try:
        known = await _check(request, typed.login, form.text("password"))
    except TooMany as error:
        response = _show(request, typed, 429, FieldError("", error.message))
        response.headers["retry-after"] = str(error.retry_after)
        return response
    if known is None:
        return _show(request, typed, 422, FieldError("login", "利用者IDかパスワードが違います。"))
    token = await page.write(request, lambda session: _begin(session, request, typed.login, known))
    if not token:
        return _show(request, typed, 422, FieldError("login", "利用者IDかパスワードが違います。"))
    response = page.redirect_to(request, typed.next)
    page.set_cookie(request, response, guard.STAFF, token)
    _know(request, response, accounts.clean_login(typed.login))
    return response


async def sign_out(request: Request) -> Response:
    """End the session of this browser."""
    token = page.cookie(request, guard.STAFF)
    await page.write(request, lambda session: accounts.sign_out(session, token))
    response = page.redirect(request, "staff_sign_in", notice="サインアウトしました。")
    page.drop_cookie(request, response, guard.STAFF)
    return response


def _begin(session: Any, request: Request, login: str, known: Credentials) -> str:
    """The token of a new session; "" when the password was changed or the account ended while it was looked at."""
    if accounts.credentials(session, login) != known:
        return ""
    replaced = page.cookie(request, guard.STAFF)
    return accounts.sign_in(session, known.staff_id, replacing=replaced, at=page.at(request))


async def _check(request: Request, typed_login: str, password: str) -> Credentials | None:
    """Whose password it is, after counting the try. Raises TooMany."""
    login = accounts.clean_login(typed_login)
    at = page.at(request)
    by_login = limits.key("sign in as", f"{login} {_known_as(request, login)}".rstrip())
    by_place = limits.key("sign in from", guard.network(request))

    def count_first(session: Any) -> None:
        limits.hit(session, by_place, limit=TRIES_FROM_ONE_PLACE, window=TRIES_WINDOW, at=at)
        limits.attempt(session, by_login, at=at)

    await page.write(request, count_first)
    known = await page.read(request, lambda session: accounts.credentials(session, login))
    if not await page.slowly(request, accounts.is_password, known, password):
        return None
    await page.write(request, lambda session: limits.clear(session, by_login))
    return known


def _known_as(request: Request, login: str) -> str:
    """What a browser is counted by on which this person signed in before: nobody elsewhere can lock them out of it."""
    whose, _, which = (page.signed_cookie(request, KNOWN) or "").partition(" ")
    return which if whose == _subject(login) else ""


def _know(request: Request, response: Response, login: str) -> None:
    which = _known_as(request, login) or draw_token()
    page.set_signed_cookie(request, response, KNOWN, f"{_subject(login)} {which}", lasting=KNOWN_LASTS)


def _subject(login: str) -> str:
    # A shared computer need not tell who works on it.
    return limits.key("known", login)


def _target(request: Request, typed: str) -> str:
    home = page.url(request, "staff_home")
    return page.local_path(typed, below=home, otherwise=home)


def _show(request: Request, form: SignInForm, status_code: int = 200, *errors: FieldError) -> Response:
    return page.render(
        request,
        "staff/sign-in.html",
        title="職員のサインイン",
        status_code=status_code,
        errors=errors,
        form=form,
    )
