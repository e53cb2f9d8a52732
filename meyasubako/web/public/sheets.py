"""The form of a desk on paper, for whoever would rather write by hand."""

from dataclasses import asdict
from functools import lru_cache
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import papers
from meyasubako.core.desk import Desk
from meyasubako.edge.print import qr_code, to_pdf
from meyasubako.web import page

FRESH_SECONDS: Final = 600
SHEETS_KEPT: Final = 32


async def form(request: Request) -> Response:
    """The form as a PDF."""
    desk = page.desk(request).desk
    address = f"{page.settings(request).public_url}{page.url(request, 'desk_new', desk=desk.code)}"
    content = await page.slowly(request, _typeset, desk, address)
    return page.public_paper(request, content, f"{desk.name}　用紙", seconds=FRESH_SECONDS)


@lru_cache(maxsize=SHEETS_KEPT)
def _typeset(desk: Desk, address: str) -> bytes:
    # Anybody may ask for it, as often as they like: the same desk is typeset once.
    return to_pdf("form", {**asdict(papers.sheet(desk, address)), "qr": qr_code(address)})
