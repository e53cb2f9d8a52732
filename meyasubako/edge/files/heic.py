"""HEIC photos without the place they were taken at: everything that is not part of a picture is blanked where it lies.

Nothing moves, as the file names its parts by where they lie. What cannot be read for certain is refused.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from meyasubako.core.sentences import say
from meyasubako.edge.files.unfit import Broken

CHUNK: Final = 64 * 1024
MOST_BOXES: Final = 2_000
MOST_ITEMS: Final = 4_000
MOST_EXTENTS: Final = 16_000
MOST_BLANKED: Final = 100
LARGEST_META: Final = 4 * 1024 * 1024

NOT_SURE: Final = say(
    "撮影した場所の記録を消せないため、受け取れません。"
    "写真のアプリでJPEGとして保存しなおすか、画面を写した画像（スクリーンショット）を選んでください。"
)

BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis"})
_PICTURES: Final = frozenset({b"hvc1", b"hev1", b"grid", b"iden", b"iovl", b"jpeg", b"tmap"})
_OF_META: Final = frozenset({b"hdlr", b"dinf", b"pitm", b"iinf", b"iref", b"iprp", b"idat", b"iloc", b"grpl"})
_TELLING: Final = frozenset({b"udes", b"uuid"})
_EMPTY_EXIF: Final = b"\0\0\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"
_NOTHING: Final = b"free"
"""The name of a box readers pass over."""

Span = tuple[int, int]
Change = tuple[int, int, bytes]
"""From where to where, and what stands there instead; zeros where that is shorter."""

Write = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class _Box:
    """A box by where it lies; `start` is where its content begins."""

    name: bytes
    at: int
    start: int
    end: int

    def passed_over(self, base: int) -> list[Change]:
        """The changes that make readers pass over it and leave nothing in it."""
        return [(base + self.at + 4, base + self.at + 8, _NOTHING), (base + self.start, base + self.end, b"")]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part of the file's content lies: in the file, or in the small data of its description."""

    in_description: bool
    spans: tuple[Span, ...]


def is_heic(head: bytes) -> bool:
    """Whether a file begins as HEIC photos do."""
    if len(head) < 16 or head[4:8] != b"ftyp":
        return False
    (length,) = struct.unpack(">L", head[:4])
    brands = head[8 : min(length, 512)]
    return any(brands[at : at + 4] in BRANDS for at in (0, *range(8, len(brands), 4)))


def strip_heic(source: BinaryIO, size: int, write: Write) -> None:
    """Copy a HEIC with all but its pictures blanked. Raises Broken where that cannot be done for certain."""
    boxes = list(_boxes_of_file(source, size))
    metas = [each for each in boxes if each.name == b"meta"]
    if not boxes or boxes[0].name != b"ftyp" or len(metas) != 1:
        raise Broken("not a photo")
    [meta] = metas
    if meta.end - meta.start > LARGEST_META:
        raise Broken("too long a description")
    source.seek(meta.start)
    try:
        description = _Description(source.read(meta.end - meta.start), meta.start)
        changes = description.changes()
    except (struct.error, IndexError):
        raise Broken("a description that ends in the middle") from None
    data = [(each.start, each.end) for each in boxes if each.name == b"mdat"]
    if any(rest for span in description.pictures for rest in _without(span, data)):
        raise Broken("a picture that lies elsewhere")
    for span in data:
        for start, end in _without(span, description.pictures):
            changes += _blanked(start, end, description.exif)
    for box in boxes:
        if box.name not in {b"ftyp", b"meta", b"mdat"}:
            changes += box.passed_over(0)
    _copy(source, size, write, changes)


def _boxes_of_file(source: BinaryIO, size: int) -> Iterator[_Box]:
    at = 0
    for _ in range(MOST_BOXES):
        if at == size:
            return
        source.seek(at)
        box = _box(source.read(16), at, size)
        yield box
        at = box.end
    raise Broken("too many boxes")


def _box(head: bytes, at: int, limit: int) -> _Box:
    """The box that begins with these bytes at a place, within `limit`."""
    if len(head) < 8:
        raise Broken("no box")
    length, name = struct.unpack(">L4s", head[:8])
    start = at + 8
    if length == 1:
        if len(head) < 16:
            raise Broken("no box")
        (length,) = struct.unpack(">Q", head[8:16])
        start = at + 16
    end = limit if length == 0 else at + length
    if not start <= end <= limit:
        raise Broken("a box that is longer than the file")
    return _Box(name, at, start, end)


class _Description:
    """The box that says which items there are and where they lie. `base` is its place in the file."""

    def __init__(self, content: bytes, base: int) -> None:
        self._content = content
        self._base = base
        self._boxes = {box.name: box for box in self._children(4, len(content))}
        if len(self._boxes) < sum(1 for _ in self._children(4, len(content))):
            # Of two with the same name, readers may take either.
            raise Broken("a description given twice")
        for name in (b"hdlr", b"iinf", b"iloc"):
            if name not in self._boxes:
                raise Broken("a description that lacks something")
        if self._slice(self._boxes[b"hdlr"])[8:12] != b"pict":
            raise Broken("not a picture")
        kinds = self._kinds()
        places = self._places()
        if not any(kinds[item] in _PICTURES for item in kinds):
            raise Broken("no picture")
        if not set(places) <= set(kinds):
            raise Broken("an item that is not named")
        self.pictures = [
            span
            for item, place in places.items()
            if kinds[item] in _PICTURES and not place.in_description
            for span in place.spans
        ]
        self._pictures_inside = [
            span
            for item, place in places.items()
            if kinds[item] in _PICTURES and place.in_description
            for span in place.spans
        ]
        others = {item: place for item, place in places.items() if kinds[item] not in _PICTURES}
        if sum(len(place.spans) for place in others.values()) > MOST_BLANKED:
            raise Broken("too much that is no picture")
        for place in others.values():
            kept = self._pictures_inside if place.in_description else self.pictures
            # Where a picture lies over something else, nothing can be blanked without harm.
            if any(_without(span, kept) != [span] for span in place.spans):
                raise Broken("items that lie over each other")
        self.exif = [
            place.spans[0]
            for item, place in others.items()
            if kinds[item] == b"Exif" and not place.in_description
        ]

    def changes(self) -> list[Change]:
        """What of the description itself is changed."""
        found: list[Change] = []
        for name, box in self._boxes.items():
            if name == b"idat":
                inside = (box.start, box.end)
                kept = [(box.start + start, box.start + end) for start, end in self._pictures_inside]
                found += [
                    (self._base + start, self._base + end, b"") for start, end in _without(inside, kept)
                ]
            elif name == b"iprp":
                for each in self._telling_properties(box):
                    found += each.passed_over(self._base)
            elif name not in _OF_META:
                found += box.passed_over(self._base)
        return found

    def _telling_properties(self, properties: _Box) -> list[_Box]:
        return [
            each
            for inside in self._children(properties.start, properties.end)
            if inside.name == b"ipco"
            for each in self._children(inside.start, inside.end)
            if each.name in _TELLING
        ]

    def _children(self, at: int, end: int) -> Iterator[_Box]:
        for _ in range(MOST_BOXES):
            if at >= end:
                return
            box = _box(self._content[at : min(at + 16, end)], at, end)
            yield box
            at = box.end
        raise Broken("too many boxes")

    def _slice(self, box: _Box) -> bytes:
        return self._content[box.start : box.end]

    def _kinds(self) -> dict[int, bytes]:
        """The kind of each item."""
        box = self._boxes[b"iinf"]
        version = self._content[box.start]
        at = box.start + (6 if version == 0 else 8)
        found: dict[int, bytes] = {}
        for each in self._children(at, box.end):
            content = self._slice(each)
            version = content[0]
            if each.name != b"infe" or version not in {2, 3} or len(found) >= MOST_ITEMS:
                raise Broken("an item we do not know")
            item, protection, kind = struct.unpack_from(">HH4s" if version == 2 else ">LH4s", content, 4)
            if protection or item in found:
                raise Broken("an item we cannot read")
            found[item] = kind
        return found

    def _places(self) -> dict[int, _Place]:
        """Where each item lies."""
        numbers = _Numbers(self._slice(self._boxes[b"iloc"]))
        version = numbers.take(1)
        numbers.take(3)
        sizes = numbers.take(2)
        offset_size, length_size, base_size, index_size = ((sizes >> shift) & 15 for shift in (12, 8, 4, 0))
        if version > 2 or {offset_size, length_size, base_size} - {0, 4, 8} or length_size == 0:
            raise Broken("places we cannot read")
        count = numbers.take(4 if version == 2 else 2)
        found: dict[int, _Place] = {}
        extents = 0
        for _ in range(count):
            item = numbers.take(4 if version == 2 else 2)
            method = numbers.take(2) & 15 if version else 0
            elsewhere = numbers.take(2)
            base = numbers.take(base_size)
            many = numbers.take(2)
            extents += many
            if method > 1 or elsewhere or item in found or extents > MOST_EXTENTS or not many:
                raise Broken("places we cannot read")
            spans: list[Span] = []
            for _ in range(many):
                numbers.take(index_size if version else 0)
                start = base + numbers.take(offset_size)
                length = numbers.take(length_size)
                if not length:
                    raise Broken("an item without an end")
                spans.append((start, start + length))
            found[item] = _Place(method == 1, tuple(spans))
        return found


class _Numbers:
    """Reads numbers one after the other."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def take(self, size: int) -> int:
        piece = self._content[self._at : self._at + size]
        if len(piece) != size:
            raise Broken("a description that ends in the middle")
        self._at += size
        return int.from_bytes(piece, "big")


def _without(span: Span, kept: list[Span]) -> list[Span]:
    """What remains of a span without the kept ones."""
    found: list[Span] = []
    at, end = span
    for start, stop in sorted(kept):
        if stop <= at or start >= end:
            continue
        if start > at:
            found.append((at, start))
        at = max(at, stop)
    if at < end:
        found.append((at, end))
    return found


def _blanked(start: int, end: int, exif: list[Span]) -> Iterator[Change]:
    """A span as zeros; where Exif was stands one that says nothing."""
    at = start
    for begins, stops in sorted(exif):
        if at <= begins and begins + len(_EMPTY_EXIF) <= min(stops, end):
            yield at, begins, b""
            yield begins, begins + len(_EMPTY_EXIF), _EMPTY_EXIF
            at = begins + len(_EMPTY_EXIF)
    yield at, end, b""


def _copy(source: BinaryIO, size: int, write: Write, changes: list[Change]) -> None:
    source.seek(0)
    at = 0
    for start, end, instead in sorted(changes):
        if start < at:
            raise Broken("parts that lie over each other")
        _pass_on(source, start - at, write)
        write(instead)
        filling = end - start - len(instead)
        while filling > 0:
            write(bytes(min(filling, CHUNK)))
            filling -= CHUNK
        source.seek(end)
        at = end
    _pass_on(source, size - at, write)


def _pass_on(source: BinaryIO, length: int, write: Write) -> None:
    while length:
        piece = source.read(min(length, CHUNK))
        if not piece:
            raise Broken("the file ends in the middle")
        write(piece)
        length -= len(piece)
