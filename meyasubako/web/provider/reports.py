"""The report of whoever accepted: what was advised and what comes next."""

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import matching
from meyasubako.core import text
from meyasubako.core.errors import InvalidInput, WrongState
from meyasubako.web import forms, page
from meyasubako.web.provider import offers

FIELDS = ("advised", "next_steps", "material")


async def report(request: Request) -> Response:
    """Take the report."""
    form = await forms.read(request)
    typed = {name: form.text(name) for name in FIELDS}
    try:
        await page.write(
            request,
            lambda session: matching.report(
                session,
                request.path_params["offer_id"],
                matching.Written(**typed),
                by=page.actor(request),
                at=page.at(request),
                expected=form.number("reported"),
            ),
        )
    except (InvalidInput, WrongState) as refused:
        draft = offers.Draft(**{name: text.shown_again(each) for name, each in typed.items()})
        return await offers.show(request, refused, draft, scope="report")
    return offers.back(request, "報告を受け取りました。ありがとうございます。")
