"""Printed papers as answers: shown in the browser's own reader, and kept under a name one finds again."""

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
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    kept = {"etag": tag, "cache-control": f"public, max-age={seconds}"}
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=kept)
    response = paper(content, name)
    response.headers.update(kept)
    return response


def _has(if_none_match: str, tag: str) -> bool:
    named = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return tag in named or "*" in named
