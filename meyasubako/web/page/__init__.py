"""How a view answers: with a page, or with a redirect and a word about what was done."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from meyasubako.core import marks
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import FieldError
from meyasubako.core.vocabulary import Language
from meyasubako.web.page.calendars import calendar_file
from meyasubako.web.page.cookies import (
    CSRF_FIELD,
    browser,
    cookie,
    drop_cookie,
    give_csrf,
    is_csrf_token,
    set_cookie,
    set_signed_cookie,
    signed_cookie,
)
from meyasubako.web.page.file_names import disposition
from meyasubako.web.page.frame import NOTICE, DeskFrame, Frame, Link, PreparedFrame, desk_frame
from meyasubako.web.page.language import (
    SHOW_IN,
    choose_language,
    give_language,
    language,
    only_shows,
    speaker,
    switched,
)
from meyasubako.web.page.lately import look_back, note_writing, wrote_lately
from meyasubako.web.page.papers import kept, paper, public_paper
from meyasubako.web.page.request import (
    actor,
    at,
    desk,
    desk_by_id,
    desks,
    keys,
    look_at_desks_again,
    path,
    read,
    service,
    settings,
    slowly,
    url,
    write,
    write_together,
)
from meyasubako.web.page.service import (
    DeskShelf,
    Door,
    Service,
    Statics,
    Units,
    environment,
    file_size,
    version_of,
)

__all__ = [
    "CSRF_FIELD",
    "SHOW_IN",
    "DeskFrame",
    "DeskShelf",
    "Door",
    "Frame",
    "Link",
    "PreparedFrame",
    "Service",
    "Statics",
    "Units",
    "actor",
    "at",
    "browser",
    "calendar_file",
    "choose_language",
    "cookie",
    "desk",
    "desk_by_id",
    "desk_frame",
    "desks",
    "disposition",
    "drop_cookie",
    "environment",
    "file_size",
    "is_csrf_token",
    "kept",
    "keys",
    "language",
    "local_path",
    "look_at_desks_again",
    "look_back",
    "note_writing",
    "only_shows",
    "paper",
    "path",
    "public_paper",
    "read",
    "redirect",
    "redirect_to",
    "render",
    "service",
    "set_cookie",
    "set_signed_cookie",
    "settings",
    "signed_cookie",
    "slowly",
    "speaker",
    "switched",
    "url",
    "version_of",
    "write",
    "write_together",
    "wrote_lately",
]


def render(
    request: Request,
    template: str,
    *,
    title: str,
    status_code: int = 200,
    errors: Sequence[FieldError] = (),
    desk: AppliedDesk | None = None,
    **context: Any,
) -> HTMLResponse:
    """A page. The template sees `page` and whatever else is given here."""
    frame = Frame(request, title, errors, desk)
    pages = service(request).pages_in(frame.language)
    html = pages.get_template(template).render(context, page=frame)
    response = HTMLResponse(html if frame.language is Language.JAPANESE else marks.in_page(html), status_code)
    give_csrf(request, response)
    give_language(request, response)
    if frame.notice:
        drop_cookie(request, response, NOTICE)
    return response


def redirect(
    request: Request, route_name: str, /, *, notice: str | None = None, **params: Any
) -> RedirectResponse:
    """Lead on to another page, which says `notice` once."""
    return redirect_to(request, url(request, route_name, **params), notice=notice)


def redirect_to(request: Request, path: str, *, notice: str | None = None) -> RedirectResponse:
    """The same with a path."""
    response = RedirectResponse(path, 303)
    if notice:
        said = speaker(request).tell(notice)
        set_signed_cookie(request, response, NOTICE, said, lasting=timedelta(minutes=1))
    return response


def local_path(typed: str, *, below: str, otherwise: str) -> str:
    """`typed` if it is a path of ours below `below`, so that no address given from outside leads away."""
    is_ours = typed.startswith(below) and typed.isprintable() and not any(each in typed for each in "\\ ")
    return typed if is_ours and not typed.startswith("//") else otherwise
