"""Reads a form with files as it comes: texts into memory within a limit, files onto the disk piece by piece."""

import asyncio
import logging
from collections.abc import AsyncIterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException

from meyasubako.edge.files import Arriving, Cabinet

logger = logging.getLogger("meyasubako.failures")

MOST_PARTS: Final = 500
FLUSH_AT: Final = 128 * 1024
KEPT_NAMES: Final = 256


class Fault(Enum):
    """Why a file did not arrive."""

    TOO_LARGE = auto()
    TOO_MANY = auto()
    NO_ROOM = auto()


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form: its field, the name its sender gave it, and what arrived, unless a fault says why nothing did."""

    field: str
    name: str
    arriving: Arriving | None
    fault: Fault | None = None


@dataclass(slots=True)
class _Part:
    """The part being read: a text, or a file if it has a file name."""

    disposition: bytes = b""
    field: str = ""
    file_name: str | None = None
    text: bytearray | None = None
    arriving: Arriving | None = None
    fault: Fault | None = None


class Reader:
    """Reads one form. Whoever is given its uploads discards them; if reading fails, nothing is left of them."""

    def __init__(self, cabinet: Cabinet, *, file_bytes: int, most_files: int, text_bytes: int) -> None:
        self._cabinet = cabinet
        self._file_bytes = file_bytes
        self._most_files = most_files
        self._text_left = text_bytes
        self._part = _Part()
        self._header = [b"", b""]
        self._parts = 0
        self._is_whole = False
        self._unwritten: list[tuple[_Part, bytes]] = []
        self._unwritten_bytes = 0
        self._files: list[_Part] = []
        self._begun: list[Arriving] = []
        self.texts: list[tuple[str, str]] = []

    @property
    def uploads(self) -> tuple[Upload, ...]:
        """The files, in their order."""
        return tuple(
            Upload(each.field, each.file_name or "", each.arriving, each.fault) for each in self._files
        )

    async def read(self, boundary: bytes, pieces: AsyncIterable[bytes]) -> None:
        """Read the whole form. Raises HTTPException (400, 413) and whatever the connection raises."""
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": lambda data, start, end: self._add_to_header(0, data[start:end]),
                "on_header_value": lambda data, start, end: self._add_to_header(1, data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._add_to_part,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )
        try:
            try:
                async for piece in pieces:
                    parser.write(piece)
                    if self._unwritten_bytes >= FLUSH_AT:
                        await asyncio.to_thread(self._write)
                if self._files:
                    await asyncio.to_thread(self._write)
                    await asyncio.to_thread(self._begin_empty_ones)
            except FormParserError:
                raise HTTPException(400) from None
            if not self._is_whole:
                raise HTTPException(400)
            if self._text_left < 0:
                # Said once all was read: a browser that is still sending would show a broken connection.
                raise HTTPException(413)
        except BaseException:
            # Also when whoever sends it goes away in the middle.
            self.discard()
            raise

    def discard(self) -> None:
        """Leave nothing of the files."""
        for each in self._begun:
            each.discard()

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise HTTPException(400)
        self._part = _Part()

    def _add_to_header(self, which: int, piece: bytes) -> None:
        self._header[which] += piece

    def _end_header(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._part.disposition = value
        self._header = [b"", b""]

    def _end_headers(self) -> None:
        part = self._part
        named = _named if b"filename" in part.disposition else _named_again
        part.field, part.file_name = named(part.disposition)
        if part.file_name is None:
            part.text = bytearray()
            return
        # A field in which none was chosen comes as a file without a name.
        if part.file_name:
            part.fault = Fault.TOO_MANY if len(self._files) >= self._most_files else None
            self._files.append(part)

    def _add_to_part(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part.text is not None:
            self._text_left -= end - start
            if self._text_left >= 0:
                part.text += data[start:end]
        elif part.file_name and part.fault is None:
            self._unwritten.append((part, data[start:end]))
            self._unwritten_bytes += end - start

    def _end_part(self) -> None:
        if self._part.text is not None:
            self.texts.append((self._part.field, _decoded(bytes(self._part.text))))

    def _end(self) -> None:
        self._is_whole = True

    def _write(self) -> None:
        for part, piece in self._unwritten:
            if part.fault is None:
                self._write_to(part, piece)
        self._unwritten.clear()
        self._unwritten_bytes = 0

    def _begin_empty_ones(self) -> None:
        for part in self._files:
            if part.arriving is None and part.fault is None:
                self._write_to(part, b"")

    def _write_to(self, part: _Part, piece: bytes) -> None:
        try:
            if part.arriving is None:
                part.arriving = self._cabinet.begin()
                self._begun.append(part.arriving)
            if part.arriving.size + len(piece) > self._file_bytes:
                part.fault = Fault.TOO_LARGE
            else:
                part.arriving.write(piece)
        except OSError as error:
            logger.error("a file cannot be kept", exc_info=error)  # noqa: TRY400
            part.fault = Fault.NO_ROOM
        if part.fault is not None and part.arriving is not None:
            # The rest is still read, so that what was written beside the file is not lost.
            part.arriving.discard()
            part.arriving = None


def _named(disposition: bytes) -> tuple[str, str | None]:
    """The field a part says it is, and the name of its file; None for one that is a text."""
    _, options = parse_options_header(disposition)
    if b"name" not in options:
        raise HTTPException(400)
    # Browsers write a quotation mark in a name so, and a per cent sign as it is.
    file_name = _decoded(options[b"filename"]).replace("%22", '"') if b"filename" in options else None
    return _decoded(options[b"name"]), file_name


_named_again = lru_cache(KEPT_NAMES)(_named)
"""The same, kept: the forms of a site have the same few fields. Not for files, whose names are their senders' own."""


def _decoded(raw: bytes) -> str:
    """Browsers send what the page is written in; old programs may not."""
    for encoding in ("utf-8", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")
