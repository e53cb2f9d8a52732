"""The requester puts the candidates of a case in order, on the page that says how things stand."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import matching
from meyasubako.core import text
from meyasubako.core.errors import InvalidInput, WrongState
from meyasubako.core.numbers import whole_ones
from meyasubako.core.sentences import say
from meyasubako.web import forms, page
from meyasubako.web.public import tracking, unlocked


async def order(request: Request) -> Response:
    """Take the order; the first one is asked at once."""
    form = await forms.read(request)
    opened = await unlocked.open_receipt(request)
    if opened is None:
        return unlocked.ask_again(request)
    ordinal: int = request.path_params["ordinal"]
    held, matter, at = opened.held, opened.matter(ordinal), page.at(request)
    places = {
        number: text.clean_line(form.text(f"place_{number}"))
        for number in whole_ones(form.values("provider"))
    }
    said = matching.Order(places, text.shown_again(form.text("wish")))
    try:
        await page.write(
            request,
            lambda session: matching.rank(
                session,
                held.number,
                held.generation,
                matter.id,
                form.number("shortlist") or 0,
                said,
                keys=page.keys(request),
                at=at,
            ),
        )
    except InvalidInput as refused:
        named = [replace(error, field=f"o{ordinal}.{error.field}") for error in refused.errors]
        return tracking.show(request, opened, *named, orders={ordinal: said})
    except WrongState as refused:
        return await tracking.moved_on(request, refused)
    return page.redirect(request, "status_case", notice=say("希望の順番を受け取りました。"))
