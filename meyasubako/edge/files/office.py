"""Word, Excel and PowerPoint: a zip whose list of members says what it is. Nothing in it is unpacked."""

import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

from meyasubako.core.sentences import say
from meyasubako.core.vocabulary import FileType
from meyasubako.edge.files.unfit import Broken, Unfit

FOLDERS: Final = {"word/": FileType.DOCX, "xl/": FileType.XLSX, "ppt/": FileType.PPTX}
CONTENT_TYPES: Final = "[content_types].xml"
MOST_MEMBERS: Final = 10_000
MOST_LISTED: Final = 2 * 1024 * 1024
MOST_UNPACKED: Final = 512 * 1024 * 1024

_END: Final = struct.Struct("<4s4H2LH")
_MEMBER: Final = struct.Struct("<4s6H3L5H2L")
_FAR: Final = 0xFFFF_FFFF
_IS_ENCRYPTED: Final = 0x2041
"""Encrypted, strongly encrypted, or with a hidden list of members."""

LOCKED: Final = say(
    "パスワードがかかっているため、受け取れません。パスワードを外してから選びなおしてください。"
)
MACRO: Final = say("マクロが入っているため、受け取れません。マクロのない形式かPDFで保存しなおしてください。")
ZIP: Final = say("まとめて圧縮したファイルのため、受け取れません。圧縮せずに、1つずつ選んでください。")
TOO_MUCH_INSIDE: Final = say(
    "開くと大きくなりすぎるため、受け取れません。PDFで保存しなおすなど、小さくしてください。"
)
BROKEN: Final = say(
    "こわれているか、ふつうの作り方でないため、受け取れません。もとのアプリで保存しなおしてください。"
)


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    is_encrypted: bool
    packed: int
    unpacked: int


def recognise(source: BinaryIO, size: int) -> FileType:
    """The type of an office file. Raises Unfit."""
    try:
        members = _members(source, size)
    except (Broken, struct.error):
        raise Unfit(BROKEN) from None
    names = [each.name.lower() for each in members]
    if any(each.is_encrypted for each in members):
        raise Unfit(LOCKED)
    found = {kind for folder, kind in FOLDERS.items() if any(name.startswith(folder) for name in names)}
    if CONTENT_TYPES not in names or not found:
        raise Unfit(ZIP)
    if len(found) > 1 or "xl/workbook.bin" in names or len(set(names)) < len(names):
        raise Unfit(BROKEN)
    if any(name.rpartition("/")[2].startswith("vbaproject") or "/macrosheets/" in name for name in names):
        raise Unfit(MACRO)
    if sum(each.unpacked for each in members) > MOST_UNPACKED:
        raise Unfit(TOO_MUCH_INSIDE)
    return found.pop()


def _members(source: BinaryIO, size: int) -> list[_Member]:
    """What the list at the end of the zip names. Raises Broken unless it describes the whole file and nothing else."""
    source.seek(max(0, size - _END.size - 0xFFFF))
    tail = source.read(_END.size + 0xFFFF)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0:
        raise Broken("no list of members")
    _, disk, first_disk, here, count, length, start, comment = _END.unpack_from(tail, at)
    end = size - len(tail) + at
    if disk or first_disk or here != count or at + _END.size + comment != len(tail) or start + length != end:
        raise Broken("the list is not where it should be")
    if not 0 < count <= MOST_MEMBERS or length > MOST_LISTED:
        raise Broken("too many members")
    source.seek(start)
    listed = source.read(length)
    members: list[_Member] = []
    places: list[int] = []
    at = 0
    for _ in range(count):
        fields = _MEMBER.unpack_from(listed, at)
        signature, flags, packed, unpacked = fields[0], fields[3], fields[8], fields[9]
        lengths, place = fields[10:13], fields[16]
        name = listed[at + _MEMBER.size : at + _MEMBER.size + lengths[0]]
        at += _MEMBER.size + sum(lengths)
        if signature != b"PK\x01\x02" or at > length or _FAR in {packed, unpacked, place}:
            raise Broken("not a member")
        members.append(_Member(_member_name(name), bool(flags & _IS_ENCRYPTED), packed, unpacked))
        places.append(place)
    # Members that lie over each other unpack to more than they say; what stands before the first is something else.
    if at != length or min(places) != 0 or sum(each.packed for each in members) > start:
        raise Broken("members lie over each other")
    if any(place >= start for place in places) or len(set(places)) < count:
        raise Broken("members lie over each other")
    return members


def _member_name(raw: bytes) -> str:
    name = raw.decode("utf-8", errors="replace")
    if name.startswith("/") or "\\" in name or ".." in name.split("/") or "\0" in name:
        raise Broken("a member that would lie elsewhere")
    return name
