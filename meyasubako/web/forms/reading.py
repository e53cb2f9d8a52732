"""The form of a request, read at most once."""

from typing import Final

from python_multipart.multipart import parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import Request

from meyasubako.web.forms.form import MOST_FIELDS, Form
from meyasubako.web.forms.multipart import Reader

MULTIPART: Final = b"multipart/form-data"


def take_files(request: Request) -> None:
    """Let this request bring files, and as much as those may weigh; said by its route before the form is read."""
    kind, _ = parse_options_header(request.headers.get("content-type"))
    if kind == MULTIPART:
        request.state.takes_files = True
        request.state.body_limit = request.app.state.service.settings.files_body_limit


async def read(request: Request) -> Form:
    """The form of this request. The size as a whole is limited around the application."""
    if not hasattr(request.state, "form"):
        if getattr(request.state, "takes_files", False):
            _, options = parse_options_header(request.headers["content-type"])
            form = await _read_with_files(request, options.get(b"boundary", b""))
        else:
            form = await _read_texts(request)
        request.state.form = form
    return request.state.form


def discard(request: Request) -> None:
    """Leave nothing of the files nobody took in."""
    form: Form | None = getattr(request.state, "form", None)
    for each in form.uploads if form else ():
        if each.arriving:
            each.arriving.discard()


async def _read_texts(request: Request) -> Form:
    limit = request.app.state.service.settings.body_limit
    try:
        data = await request.form(max_files=0, max_fields=MOST_FIELDS, max_part_size=limit)
        pairs = [(key, value) for key, value in data.multi_items() if isinstance(value, str)]
        for pair in pairs:
            # A sender may name an encoding that leaves what is no text.
            "".join(pair).encode()
    except UnicodeError:
        raise HTTPException(400) from None
    return Form(tuple(pairs))


async def _read_with_files(request: Request, boundary: bytes) -> Form:
    service = request.app.state.service
    settings = service.settings
    reader = Reader(
        service.cabinet,
        file_bytes=settings.file_bytes,
        most_files=settings.files_most,
        text_bytes=settings.body_limit,
    )
    if not boundary:
        raise HTTPException(400)
    await reader.read(boundary, request.stream())
    return Form(tuple(reader.texts), reader.uploads)
