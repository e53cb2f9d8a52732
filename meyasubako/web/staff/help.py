"""How to work at the desk: help for staff, with what each role may do."""

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.core.vocabulary import Role
from meyasubako.web import page


async def home(request: Request) -> Response:
    """Help for staff."""
    return page.render(request, "staff/help.html", title="職員の使い方", roles=list(Role))
