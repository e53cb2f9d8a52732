"""The files of a receipt, for whoever showed its number and passcode."""

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import attachments
from meyasubako.web import page
from meyasubako.web.guard import handing_out
from meyasubako.web.public import unlocked


async def file_of(request: Request) -> Response:
    """One file of the receipt this browser may look at."""
    held = unlocked.shown(request, unlocked.OPENED)
    if held is None:
        return unlocked.ask_again(request)
    content = await page.read(
        request,
        lambda session: attachments.open_for_requester(
            session, held.number, held.generation, request.path_params["attachment_id"]
        ),
    )
    return await handing_out.hand_out(request, content)
