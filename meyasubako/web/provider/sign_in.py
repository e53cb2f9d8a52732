"""A link by mail for whoever is listed: to their own pages without an offer, for half an hour."""

from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import accounts, limits
from meyasubako.core import text
from meyasubako.core.errors import FieldError, NotFound, TooMany
from meyasubako.web import forms, guard, page

FROM_ONE_PLACE: Final = 20
TO_ONE_ADDRESS: Final = 5
HOUR: Final = timedelta(hours=1)
SENT: Final = "名簿に載っているアドレスなら、リンクをメールで送りました。30分のあいだ使えます。"


async def ask(request: Request) -> Response:
    """Ask for the link. What is answered does not tell whether the address is listed."""
    if request.method != "POST":
        return _show(request, "")
    typed = (await forms.read(request)).text("email")
    address, at = text.clean_email(typed), page.at(request)
    if not text.is_email(address):
        wrong = "メールアドレスは、name@example.jp のような形で書いてください。"
        return _show(request, text.shown_again(typed), FieldError("email", wrong))

    def count_first(session: Any) -> None:
        place = limits.key("provider link from", guard.network(request))
        limits.hit(session, place, limit=FROM_ONE_PLACE, window=HOUR, at=at)
        about = limits.key("provider link to", address.lower())
        limits.hit(session, about, limit=TO_ONE_ADDRESS, window=HOUR, at=at)

    try:
        await page.write(request, count_first)
    except TooMany as error:
        response = _show(request, typed, FieldError("", error.message), status_code=429)
        response.headers["retry-after"] = str(error.retry_after)
        return response
    await page.write(request, lambda session: accounts.ask_to_sign_in(session, address, at=at))
    return page.redirect(request, "provider_sign_in", notice=SENT)


async def follow(request: Request) -> Response:
    """The link: begins a short session. One that opens nothing leads back to asking for another."""
    token, keys, at = request.path_params["token"], page.keys(request), page.at(request)
    try:
        opened = await page.read(
            request, lambda session: accounts.sign_in_by_link(session, token, keys=keys, at=at)
        )
    except NotFound:
        gone = "このリンクは、もう使えません。アドレスを書くと、新しいリンクを送ります。"
        return _show(request, "", FieldError("", gone), status_code=404)
    response = page.redirect(request, "provider_home")
    page.set_signed_cookie(request, response, guard.OWN, opened, lasting=accounts.PROVIDER_SESSION_LASTS)
    # Whoever came by an offer before may be somebody else.
    page.drop_cookie(request, response, guard.PROVIDER)
    return response


def _show(request: Request, typed: str, *errors: FieldError, status_code: int = 0) -> Response:
    return page.render(
        request,
        "provider/sign-in.html",
        title="登録の内容を開く",
        status_code=status_code or (422 if errors else 200),
        errors=errors,
        desk=None,
        email=typed,
    )
