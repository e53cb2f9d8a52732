"""Whoever has just written something finds it again, whichever process and whichever server answers them next."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.web.page.cookies import cookie, set_cookie
from meyasubako.web.page.request import read, service

T = TypeVar("T")

LATELY: Final = "lately"
LASTS: Final = timedelta(seconds=30)
"""Longer than a second server may be behind, and than a process goes on with the desks as it saw them."""


def note_writing(request: Request, response: Response) -> None:
    """Let the browser say for a while that it wrote something."""
    set_cookie(request, response, LATELY, "1", lasting=LASTS)


def wrote_lately(request: Request) -> bool:
    """Whether this browser wrote something a moment ago."""
    return bool(cookie(request, LATELY))


async def look_back(request: Request, unit: Callable[[Any], T]) -> T:
    """Run a unit that reads figures or long lists, and may miss what others wrote in the last seconds."""
    if wrote_lately(request):
        return await read(request, unit)
    return await service(request).database.look_back(unit)
