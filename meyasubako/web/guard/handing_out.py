"""Giving a file out: to be kept by the browser, never shown by it, from the disk piece by piece."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

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


async def hand_out(request: Request, content: Content) -> Response:
    """The file as a download. Raises NotFound if it does not lie where it should."""
    path = page.service(request).cabinet.path(content.digest)
    if not await asyncio.to_thread(path.is_file):
        logger.error("a file is missing", extra={"facts": {"digest": content.digest}})
        raise NotFound(say("このファイルは、置き場所に見当たりません。システムの管理者に知らせてください。"))
    response = FileResponse(path, headers={"content-disposition": page.disposition(content.name)})
    # Without the encoding the framework would add: nobody knows in which one a text was written.
    response.headers["content-type"] = MEDIA_TYPES[content.file_type]
    return response
