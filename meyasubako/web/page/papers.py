"""Papers and other answers that are the same for everybody: shown by the browser itself, and kept for a while."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.web.page.file_names import disposition

MEDIA_TYPE = "application/pdf"


def paper(content: bytes, name: str) -> Response:
    """A PDF under a Japanese file name, without its ending."""
    return Response(
        content, media_type=MEDIA_TYPE, headers={"content-disposition": disposition(f"{name}.pdf", "inline")}
    )


def public_paper(request: Request, content: bytes, name: str, *, seconds: int) -> Response:
    """A PDF that anybody may keep for a while; whoever still has the same one gets no second copy."""
    return kept(request, paper(content, name), seconds=seconds)


def kept(request: Request, response: Response, *, seconds: int) -> Response:
    """An answer that anybody may keep for a while; whoever still has the same one gets no second copy.

    A page differs by language. One that gives the browser something of its own is kept by nobody else.
    """
    if "set-cookie" in response.headers:
        return response
    tag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": f"public, max-age={seconds}"}
    if response.media_type == "text/html":
        headers["vary"] = "cookie, accept-language"
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response


def _has(if_none_match: str, tag: str) -> bool:
    named = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return tag in named or "*" in named
