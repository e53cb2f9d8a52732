"""Giving a file out: to be kept by the browser, never shown by it, from the disk piece by piece."""

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from meyasubako.casework.attachments import Content
from meyasubako.core.errors import NotFound
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import FileType
from meyasubako.web import page

logger = logging.getLogger("meyasubako.failures")

OFFICE: Final = "application/vnd.openxmlformats-officedocument"
MEDIA_TYPES: Final[Mapping[FileType, str]] = {
    FileType.PDF: "application/pdf",
    FileType.JPEG: "image/jpeg",
    FileType.PNG: "image/png",
    FileType.HEIC: "image/heic",
    FileType.DOCX: f"{OFFICE}.wordprocessingml.document",
    FileType.XLSX: f"{OFFICE}.spreadsheetml.sheet",
    FileType.PPTX: f"{OFFICE}.presentationml.presentation",
    FileType.TXT: "text/plain",
    FileType.CSV: "text/csv",
}

_AS_IT_IS: Final = "!#$&+-.^_`|~"
"""What RFC 8187 leaves unencoded beside letters and digits."""


async def hand_out(request: Request, content: Content) -> Response:
    """The file as a download. Raises NotFound if it does not lie where it should."""
    path = page.service(request).cabinet.path(content.digest)
    if not await asyncio.to_thread(path.is_file):
        logger.error("a file is missing", extra={"facts": {"digest": content.digest}})
        raise NotFound(say("このファイルは、置き場所に見当たりません。システムの管理者に知らせてください。"))
    response = FileResponse(path, headers={"content-disposition": disposition(content.name)})
    # Without the encoding the framework would add: nobody knows in which one a text was written.
    response.headers["content-type"] = MEDIA_TYPES[content.file_type]
    return response


def disposition(name: str) -> str:
    """The header that makes a browser keep a file under its name, for old ones in plain letters."""
    stem, dot, ending = name.rpartition(".")
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", stem).strip("_ .") or "file"
    return f"attachment; filename=\"{plain}{dot}{ending}\"; filename*=UTF-8''{quote(name, safe=_AS_IT_IS)}"
