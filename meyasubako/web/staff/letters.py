"""Letters on paper: what was written about a case for the post, and the slip for whoever handed in a letter."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import audit, casefiles, papers
from meyasubako.core.errors import NotFound
from meyasubako.core.numbers import whole
from meyasubako.edge.print import qr_code, to_pdf
from meyasubako.web import page

Paper = papers.Letter | papers.Slip


async def letter(request: Request) -> Response:
    """A reply as a letter; `?reply=` names an earlier one."""
    asked = request.query_params.get("reply", "")
    reply_id = whole(asked)
    if asked and reply_id is None:
        raise NotFound
    found = await _look(request, papers.letter, reply_id=reply_id)
    return await _typeset(request, "letter", found)


async def interim(request: Request) -> Response:
    """An interim notice as a letter."""
    found = await _look(request, papers.interim, interim_id=request.path_params["interim_id"])
    return await _typeset(request, "letter", found)


async def slip(request: Request) -> Response:
    """Number and passcode, to hand over or to post."""
    return await _typeset(request, "slip", await _look(request, papers.slip))


async def _look(request: Request, view: Callable[..., Paper], **asked: Any) -> Paper:
    actor, at, case_id = page.actor(request), page.at(request), request.path_params["case_id"]

    def unit(session: Any) -> tuple[Paper, bool]:
        desk = page.desk_by_id(request, casefiles.desk_of(session, actor, case_id)).desk
        found = view(
            session,
            actor,
            desk,
            case_id,
            keys=page.keys(request),
            status_url=page.service(request).public_address("status"),
            **asked,
        )
        return found, audit.is_looking(session, case_id, by=actor, at=at)

    found, is_noted = await page.read(request, unit)
    if not is_noted:
        await page.write(request, lambda session: audit.note_look(session, case_id, by=actor, at=at))
    return found


async def _typeset(request: Request, template: str, found: Paper) -> Response:
    data = {**asdict(found), "qr": qr_code(found.access.address)}
    content = await page.slowly(request, to_pdf, template, data)
    return page.paper(content, f"{found.title}　{found.access.number}")
