"""Photos without the place they were taken at: JPEG and PNG copied part by part, leaving out what describes and not shows.

No pixel is decoded. Only parts known to be needed for showing are copied, so that no unknown one tells a place.
"""

import re
import struct
import zlib
from collections.abc import Callable
from typing import BinaryIO, Final

from meyasubako.edge.files.unfit import Broken

CHUNK: Final = 64 * 1024

Write = Callable[[bytes], object]

# ---- JPEG ----

_SOI, _EOI, _SOS, _COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN_ENDS: Final = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
_EXIF: Final = b"Exif\0\0"
_ORIENTATION: Final = 0x0112


def strip_jpeg(source: BinaryIO, write: Write) -> None:
    """Copy a JPEG without Exif (but which way is up), XMP, IPTC, comments, and whatever follows its end. Raises Broken."""
    if _exactly(source, 2) != bytes((0xFF, _SOI)):
        raise Broken("not a JPEG")
    write(bytes((0xFF, _SOI)))
    has_frame = has_scan = has_exif = False
    marker = _next_marker(source)
    while marker != _EOI:
        if not 0xC0 <= marker <= 0xFE or 0xD0 <= marker <= _SOI:
            raise Broken("a marker without a segment")
        (length,) = struct.unpack(">H", _exactly(source, 2))
        if length < 2:
            raise Broken("a segment shorter than its length")
        payload = _needed_for_showing(marker, _exactly(source, length - 2))
        is_exif = payload.startswith(_EXIF)
        if payload and not (is_exif and has_exif):
            write(bytes((0xFF, marker)) + struct.pack(">H", len(payload) + 2) + payload)
        has_exif = has_exif or is_exif
        has_frame = has_frame or marker in _FRAMES
        if marker == _SOS:
            if not has_frame:
                raise Broken("a scan without a frame")
            has_scan = True
            marker = _copy_scan(source, write)
        else:
            marker = _next_marker(source)
    if not has_scan:
        raise Broken("no scan")
    write(bytes((0xFF, _EOI)))


def _needed_for_showing(marker: int, payload: bytes) -> bytes:
    """What is kept of a segment; nothing of those that only describe."""
    if marker == _APP1:
        turned = _orientation(payload) if payload.startswith(_EXIF) else 1
        return _only_orientation(turned) if turned != 1 else b""
    if _APP0 <= marker <= _APP15:
        is_needed = (
            (marker == _APP0 and payload.startswith(b"JFIF\0"))
            or (marker == _APP2 and payload.startswith(b"ICC_PROFILE\0"))
            or (marker == _APP14 and payload.startswith(b"Adobe"))
        )
        return payload if is_needed else b""
    return b"" if marker == _COMMENT else payload


def _orientation(exif: bytes) -> int:
    """Which way is up, 1 to 8; 1 where nothing is said or nothing can be read."""
    tiff = exif[len(_EXIF) :]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}L", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for each in range(count):
            tag, kind, many, value = struct.unpack_from(f"{order}HHLH", tiff, start + 2 + each * 12)
            if (tag, kind, many) == (_ORIENTATION, 3, 1):
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def _only_orientation(turned: int) -> bytes:
    entry = struct.pack(">HHLHH", _ORIENTATION, 3, 1, turned, 0)
    return _EXIF + b"MM\0*" + struct.pack(">LH", 8, 1) + entry + struct.pack(">L", 0)


def _next_marker(source: BinaryIO) -> int:
    if _exactly(source, 1) != b"\xff":
        raise Broken("no marker")
    for _ in range(CHUNK):
        if (found := _exactly(source, 1)) != b"\xff":
            return found[0]
    raise Broken("nothing but filling")


def _copy_scan(source: BinaryIO, write: Write) -> int:
    """Copy what the pixels are made of up to the next marker, and return that."""
    rest = b""
    while piece := source.read(CHUNK):
        data = rest + piece
        if found := _SCAN_ENDS.search(data):
            write(data[: found.start()])
            source.seek(found.end() - len(data), 1)
            return found[1][0]
        # What the last bytes are is decided by the next one.
        cut = len(data.rstrip(b"\xff"))
        write(data[:cut])
        rest = data[cut:]
        if len(rest) > CHUNK:
            raise Broken("nothing but filling")
    raise Broken("the file ends in the middle")


# ---- PNG ----

PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_LONGEST_CHUNK: Final = 2**31 - 1
_SHOWING: Final = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
    | {b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"hIST", b"sPLT"}
    | {b"cICP", b"mDCV", b"cLLI", b"acTL", b"fcTL", b"fdAT"}
)


def strip_png(source: BinaryIO, write: Write) -> None:
    """Copy a PNG without its texts, Exif, times, unknown chunks, and whatever follows its end. Raises Broken."""
    if _exactly(source, len(PNG_SIGNATURE)) != PNG_SIGNATURE:
        raise Broken("not a PNG")
    write(PNG_SIGNATURE)
    name, has_data = b"", False
    while name != b"IEND":
        is_first = not name
        head = _exactly(source, 8)
        length, name = struct.unpack(">L4s", head)
        if length > _LONGEST_CHUNK or not name.isalpha() or is_first != (name == b"IHDR"):
            raise Broken("not a chunk")
        has_data = has_data or name == b"IDAT"
        if name in _SHOWING:
            _copy_chunk(source, write, head, length)
        elif name[:1].isupper():
            raise Broken("a chunk without which nothing can be shown")
        else:
            source.seek(length + 4, 1)
    if not has_data:
        raise Broken("nothing to show")


def _copy_chunk(source: BinaryIO, write: Write, head: bytes, length: int) -> None:
    write(head)
    checked = zlib.crc32(head[4:])
    while length:
        piece = _exactly(source, min(length, CHUNK))
        checked = zlib.crc32(piece, checked)
        write(piece)
        length -= len(piece)
    said = _exactly(source, 4)
    if said != struct.pack(">L", checked):
        raise Broken("a chunk that was changed")
    write(said)


def _exactly(source: BinaryIO, length: int) -> bytes:
    piece = source.read(length)
    if len(piece) != length:
        raise Broken("the file ends in the middle")
    return piece
