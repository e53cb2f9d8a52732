"""The files of a case, for its desk."""

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import attachments
from meyasubako.web import page
from meyasubako.web.guard import handing_out


async def file_of(request: Request) -> Response:
    """One file of a case one may see."""
    actor, params = page.actor(request), request.path_params
    content = await page.read(
        request,
        lambda session: attachments.open_for_staff(
            session, actor, params["case_id"], params["attachment_id"]
        ),
    )
    return await handing_out.hand_out(request, content)
