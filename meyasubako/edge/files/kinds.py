"""What a file is, by its content alone; the name only tells a table (CSV) from other text."""

import codecs
import re
from typing import BinaryIO, Final

from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import FileType
from meyasubako.edge.files import office
from meyasubako.edge.files.heic import is_heic
from meyasubako.edge.files.names import ends_as
from meyasubako.edge.files.unfit import Unfit

CHUNK: Final = 64 * 1024
TAIL: Final = 64 * 1024

_JPEG: Final = b"\xff\xd8\xff"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PDF: Final = b"%PDF-"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")

_MARKUP: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<[!?a-z]|\{\\rtf|%!ps)", re.IGNORECASE)
"""Text a program takes for more than text: HTML, SVG, XML, RTF, PostScript."""

_CONTROL: Final = re.compile(rb"[\x00-\x06\x0e-\x19\x1c-\x1f]")
_NO_CHARACTER: Final = re.compile("[\x80\uf8f0-\uf8f3]")
"""What Python makes of the bytes that mean nothing in Shift_JIS."""

ENCODINGS: Final = ("utf-8-sig", "cp932")

CUT_OFF: Final = say(
    "途中で切れているか、こわれているため、受け取れません。もとのファイルが開けるか確かめて、選びなおしてください。"
)
OTHER: Final = say(
    "受け取れる種類のファイルではありません。"
    "PDF、写真（JPEG・PNG・HEIC）、Word、Excel、PowerPoint、テキスト、CSVのどれかにしてください。"
)


def recognise(source: BinaryIO, size: int, typed_name: str) -> FileType:
    """The type of a file. Raises Unfit for everything else."""
    if size == 0:
        raise Unfit(say("中身がないため、受け取れません。もう一度選びなおしてください。"))
    head = source.read(CHUNK)
    if head.startswith(_JPEG):
        return FileType.JPEG
    if head.startswith(_PNG):
        return FileType.PNG
    if is_heic(head):
        return FileType.HEIC
    if head.startswith(_PDF):
        source.seek(max(0, size - TAIL))
        if b"%%EOF" not in source.read(TAIL):
            raise Unfit(CUT_OFF)
        return FileType.PDF
    if head.startswith(_ZIP):
        return office.recognise(source, size)
    if head.startswith(_OLD_OFFICE):
        raise Unfit(_why_not_old_office(source))
    if _MARKUP.match(head):
        raise Unfit(OTHER)
    _check_text(source)
    return FileType.CSV if ends_as(typed_name, FileType.CSV) else FileType.TXT


def _why_not_old_office(source: BinaryIO) -> str:
    source.seek(0)
    before = b""
    while piece := source.read(CHUNK):
        if _ENCRYPTED in before + piece:
            return office.LOCKED
        before = piece[-len(_ENCRYPTED) :]
    return say(
        "古い形式のため、受け取れません。"
        "WordやExcel、PowerPointで開き、いまの形式（.docx、.xlsx、.pptx）かPDFで保存しなおしてください。"
    )


def _check_text(source: BinaryIO) -> None:
    """Raises Unfit unless it is text in UTF-8 or Shift_JIS."""
    if not any(_decodes(source, encoding) for encoding in ENCODINGS):
        raise Unfit(OTHER)


def _decodes(source: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    source.seek(0)
    try:
        while piece := source.read(CHUNK):
            if _CONTROL.search(piece):
                return False
            if _NO_CHARACTER.search(decoder.decode(piece)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
