"""The data dictionary of a desk's tallies, as a page and as files."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import tallies
from meyasubako.core.errors import NotFound
from meyasubako.web import page

FORMATS: Final = {
    "csv": ("text/csv; charset=utf-8", tallies.dictionary_csv),
    "json": ("application/json", tallies.dictionary_json),
}


async def show(request: Request) -> Response:
    """What every figure means, and how it can be divided."""
    applied = page.desk(request)
    return page.render(
        request,
        "staff/tally-dictionary.html",
        title="集計の数字の意味",
        desk=applied,
        found=tallies.dictionary(applied.desk),
    )


async def file_of(request: Request) -> Response:
    """The same as a file."""
    name = request.path_params["format"]
    if name not in FORMATS:
        raise NotFound
    media_type, write = FORMATS[name]
    applied = page.desk(request)
    return Response(
        write(tallies.dictionary(applied.desk)).encode(),
        media_type=media_type,
        headers={"content-disposition": f'attachment; filename="dictionary-{applied.code}.{name}"'},
    )
