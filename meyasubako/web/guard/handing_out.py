"""Giving a file out: to be kept by the browser, never shown by it, piece by piece from where it lies."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from meyasubako.casework.attachments import Content
from meyasubako.core.errors import NotFound, Unavailable
from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import FileType
from meyasubako.web import page

logger = logging.getLogger("meyasubako.failures")

PIECE: Final = 64 * 1024

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
    """The file as a download. Raises NotFound if it does not lie where it should, Unavailable if nobody can look."""
    cabinet = page.service(request).cabinet
    # Without the encoding the framework would add: nobody knows in which one a text was written.
    headers = {
        "content-disposition": page.disposition(content.name),
        "content-type": MEDIA_TYPES[content.file_type],
    }
    try:
        file = await asyncio.to_thread(cabinet.open, content.digest)
    except FileNotFoundError:
        logger.error("a file is missing", extra={"facts": {"digest": content.digest}})  # noqa: TRY400
        raise NotFound(
            say("このファイルは、置き場所に見当たりません。システムの管理者に知らせてください。")
        ) from None
    except OSError as error:
        raise Unavailable(
            say("いま、ファイルを取り出せません。時間をおいて、もう一度お試しください。")
        ) from error
    if path := cabinet.local(content.digest):
        file.close()
        return FileResponse(path, headers=headers)
    # How long it will take; and what breaks off half-way is not taken for the whole.
    headers["content-length"] = str(content.size)
    return StreamingResponse(_pieces(file), headers=headers, background=BackgroundTask(file.close))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece
