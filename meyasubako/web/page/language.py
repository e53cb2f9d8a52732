"""The language of a page: as chosen on it, else as the browser asks for, else Japanese. Staff and providers read Japanese."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from babel import negotiate_locale
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from meyasubako.core.tongues import Tongue, tongue
from meyasubako.core.vocabulary import Language
from meyasubako.web.page.cookies import cookie, set_cookie
from meyasubako.web.page.request import path

COOKIE: Final = "language"
PARAMETER: Final = "lang"
SHOW_IN: Final = "show_in"
"""The buttons of a form that show it in another language, with what was typed so far, and do nothing else."""

LASTS: Final = timedelta(days=365)
OWN_NAMES: Final = {
    Language.EASY_JAPANESE: "やさしい日本語",
    Language.ENGLISH: "English",
    Language.JAPANESE: "日本語",
}
"""What each language is called by those who read it, in the order of the switch."""

_IN_JAPANESE: Final = ("/staff", "/provider", "/offers", "/api")
_MOST_ASKED: Final = 20


def language(request: Request) -> Language:
    """The language of the answer."""
    if not hasattr(request.state, "language"):
        request.state.language = _language(request)
    return request.state.language


def choose_language(request: Request, code: str) -> None:
    """Answer in this language from now on, on this browser; a code that is none changes nothing."""
    chosen = known(code)
    if chosen is not None and has_languages(request):
        request.state.language = request.state.chosen_language = chosen


def only_shows(request: Request, wanted: Sequence[str]) -> bool:
    """Whether a form was sent by such a button (`wanted`: what it sent under SHOW_IN); the answer is then in its language."""
    if wanted:
        choose_language(request, wanted[0])
    return bool(wanted)


def give_language(request: Request, response: Response) -> None:
    """Let the browser remember the language chosen now."""
    if chosen := getattr(request.state, "chosen_language", None):
        set_cookie(request, response, COOKIE, chosen.value, lasting=LASTS)


def speaker(request: Request) -> Tongue:
    """How the answer says things."""
    return tongue(language(request))


def has_languages(request: Request) -> bool:
    """Whether this page can be read in more than Japanese."""
    return not path(request).startswith(_IN_JAPANESE)


def switched(request: Request) -> Response | None:
    """Back to the page asked for, in the language its address names; None where it names none."""
    if request.method not in {"GET", "HEAD"} or not has_languages(request):
        return None
    code = dict(_query(request)).get(PARAMETER, "")
    if known(code) is None:
        return None
    choose_language(request, code)
    response = RedirectResponse(_address(request), 303)
    give_language(request, response)
    return response


def known(code: str) -> Language | None:
    """The language with this code, if there is one."""
    return Language(code) if code in list(Language) else None


def switch_address(request: Request, wanted: Language, *, otherwise: str) -> str:
    """Where this page says the same in another language; `otherwise` where it cannot be asked for again."""
    route = request.scope.get("route")
    if "GET" not in (getattr(route, "methods", None) or ()):
        return f"{otherwise}?{urlencode({PARAMETER: wanted.value})}"
    return _address(request, (PARAMETER, wanted.value))


def _address(request: Request, *added: tuple[str, str]) -> str:
    """The address asked for, without a language it may have named."""
    kept = [(name, value) for name, value in _query(request) if name != PARAMETER]
    query = urlencode([*kept, *added])
    # One slash at the front: two would lead to another host.
    here = f"/{quote(path(request).lstrip('/'))}"
    return f"{here}?{query}" if query else here


def _query(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)


def _language(request: Request) -> Language:
    if not has_languages(request):
        return Language.JAPANESE
    return known(cookie(request, COOKIE)) or _asked_for(request.headers.get("accept-language", ""))


def _asked_for(header: str) -> Language:
    """The best of our languages for what a browser asks for."""
    wanted: list[tuple[float, str]] = []
    for entry in header.split(",")[:_MOST_ASKED]:
        name, _, quality = entry.strip().partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if weight > 0:
            wanted.append((weight, name.strip()))
    names = [name for _, name in sorted(wanted, key=lambda each: -each[0])]
    found = negotiate_locale(names, [each.value for each in Language], sep="-")
    return known(found or "") or Language.JAPANESE
