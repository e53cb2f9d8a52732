"""Files as people hand them in, written byte by byte: photos that tell where they were taken, office files, and hostile ones."""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO

PLACE = b"N36\xc2\xb041'43\""
"""Stands in every part of a photo that tells a place; nothing of it may be left."""


def jpeg(*, turned: int = 1, pixels: bytes = b"\x5a\xff\x00\xa5" * 40, tail: bytes = b"") -> bytes:
    """A JPEG with its place in Exif, XMP, IPTC and a comment."""
    scan = _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + pixels[:40] + b"\xff\xd0" + pixels[40:]
    return b"".join(
        [
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            _segment(0xE1, b"Exif\0\0" + tiff(turned)),
            _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<exif:GPSLatitude>" + PLACE),
            _segment(0xE2, b"ICC_PROFILE\0\x01\x01" + b"colours"),
            _segment(0xE2, b"MPF\0" + PLACE),
            _segment(0xED, b"Photoshop 3.0\0" + PLACE),
            _segment(0xFE, PLACE),
            _segment(0xDB, b"\0" + bytes(range(1, 65))),
            _segment(0xC0, b"\x08\0\x08\0\x08\x01\x01\x11\0"),
            _segment(0xC4, b"\0\x01" + bytes(15) + b"\0"),
            scan,
            b"\xff\xd9",
            tail,
        ]
    )


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(payload) + 2) + payload


def tiff(turned: int = 1) -> bytes:
    """What Exif holds: which way is up, and a place."""
    entries = [(0x0112, 3, 1, struct.pack(">HH", turned, 0)), (0x8825, 4, 1, struct.pack(">L", 38))]
    first = struct.pack(">H", len(entries)) + b"".join(
        struct.pack(">HHL", tag, kind, count) + value for tag, kind, count, value in entries
    )
    return b"MM\0*" + struct.pack(">L", 8) + first + struct.pack(">L", 0) + PLACE


def png(*, tail: bytes = b"", extra: Mapping[bytes, bytes] | None = None) -> bytes:
    """A PNG of one pixel, with its place in a text and in Exif."""
    told = {b"tEXt": b"Comment\0" + PLACE, b"iTXt": b"XML:com.adobe.xmp\0\0\0\0\0" + PLACE, b"eXIf": tiff()}
    chunks = [
        (b"IHDR", struct.pack(">2L5B", 1, 1, 8, 2, 0, 0, 0)),
        (b"gAMA", struct.pack(">L", 45_455)),
        *told.items(),
        *(extra or {}).items(),
        (b"IDAT", zlib.compress(b"\0\xff\xff\xff")),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*each) for each in chunks) + tail


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">L", len(content)) + name + content + struct.pack(">L", zlib.crc32(name + content))


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">L", len(content) + 8) + name + content


PICTURE = b"the pixels, as they were packed!"


def heic(*, brand: bytes = b"heic", exif: bytes | None = None, more: bytes = b"", overlap: int = 0) -> bytes:
    """A HEIC as a phone writes it: the picture, then Exif and XMP with a place, all in one heap of data."""
    told = struct.pack(">L", 0) + tiff(6) if exif is None else exif
    xmp = b"<x:xmpmeta>" + PLACE
    pieces = [(1, b"hvc1", PICTURE), (2, b"Exif", told), (3, b"mime", xmp)]
    kinds = b"".join(
        box(b"infe", struct.pack(">BBHHH4s", 2, 0, 0, item, 0, kind) + b"\0") for item, kind, _ in pieces
    )
    start, head = 0, b""
    for _ in range(2):
        # How long the description is does not depend on where the data begins: the second time it is right.
        at, places = start, b""
        for item, _, piece in pieces:
            begins = at - overlap if item == 2 else at
            places += struct.pack(">HHHLL", item, 0, 1, begins, len(piece))
            at += len(piece)
        meta = box(
            b"meta",
            b"\0\0\0\0"
            + box(b"hdlr", bytes(8) + b"pict" + bytes(13))
            + box(b"pitm", b"\0\0\0\0\0\x01")
            + box(b"iinf", struct.pack(">LH", 0, len(pieces)) + kinds)
            + box(b"iprp", box(b"ipco", box(b"ispe", bytes(12)) + box(b"udes", PLACE)))
            + box(b"iloc", struct.pack(">LHH", 0, 0x4400, len(pieces)) + places)
            + box(b"uuid", bytes(16) + PLACE),
        )
        head = (
            box(b"ftyp", brand + bytes(4) + b"mif1" + brand) + meta + box(b"uuid", bytes(16) + PLACE) + more
        )
        start = len(head) + 8
    return head + box(b"mdat", b"".join(piece for *_, piece in pieces) + PLACE)


def office(folder: str = "word", **members: bytes) -> bytes:
    """An office file with these further members; `folder` is word, xl or ppt."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("[Content_Types].xml", "<Types/>" * 20)
        pack.writestr("_rels/.rels", "<Relationships/>")
        pack.writestr(f"{folder}/document.xml", "<document>" + "本文" * 100 + "</document>")
        for name, content in members.items():
            pack.writestr(name, content)
    return made.getvalue()


def pdf() -> bytes:
    return b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
