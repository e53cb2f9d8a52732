"""Files people hand in: only what is known is taken, nothing tells where a photo was taken, and nothing hostile gets through."""

import os
import resource
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.core.errors import InvalidInput, Unavailable
from meyasubako.core.vocabulary import FileType
from meyasubako.edge.files import Arriving, DiskCabinet, Kept, clean_name, take_in
from meyasubako.edge.files.heic import strip_heic
from meyasubako.edge.files.kinds import recognise
from meyasubako.edge.files.names import ENDINGS
from meyasubako.edge.files.photos import PNG_SIGNATURE, strip_jpeg, strip_png
from meyasubako.edge.files.unfit import Broken, Unfit
from tests.harness.files import PICTURE, PLACE, box, heic, jpeg, office, pdf, png, png_chunk, tiff

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
LATER = datetime.now(UTC) + timedelta(hours=2)


@pytest.fixture
def cabinet(tmp_path: Path) -> DiskCabinet:
    return DiskCabinet(tmp_path / "files")


def arrived(cabinet: DiskCabinet, content: bytes) -> Arriving:
    arriving = cabinet.begin()
    for at in range(0, len(content), 1_000):
        arriving.write(content[at : at + 1_000])
    return arriving


def taken(cabinet: DiskCabinet, content: bytes, name: str = "資料") -> Kept:
    return take_in(cabinet, arrived(cabinet, content), name)


def files_below(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


def refused(cabinet: DiskCabinet, content: bytes, name: str = "資料") -> str:
    """Why it is not taken; nothing of it may be left."""
    with pytest.raises(InvalidInput) as error:
        taken(cabinet, content, name)
    assert files_below(cabinet.local("0").parents[1]) == []
    [mistake] = error.value.errors
    assert mistake.field == "files"
    return mistake.message


# ---- What is taken ----

TAKEN = [
    (pdf(), "提案書.pdf", FileType.PDF),
    (jpeg(), "IMG_0001.JPG", FileType.JPEG),
    (png(), "図.png", FileType.PNG),
    (heic(), "IMG_0002.HEIC", FileType.HEIC),
    (heic(brand=b"heix"), "IMG_0003.heif", FileType.HEIC),
    (office("word"), "要望書.docx", FileType.DOCX),
    (office("xl"), "一覧.xlsx", FileType.XLSX),
    (office("ppt"), "説明.pptx", FileType.PPTX),
    ("除雪の要望\r\n①㈱髙".encode("cp932"), "メモ.txt", FileType.TXT),
    ("\ufeff名前,数\n長野,3\n".encode(), "表.csv", FileType.CSV),
    ("名前,数\n長野,3\n".encode("cp932"), "表.CSV", FileType.CSV),
    (b"\xf0\x40 gaiji", "外字.txt", FileType.TXT),
    (("あ" * 70_000).encode(), "長い.txt", FileType.TXT),
]


@pytest.mark.parametrize(("content", "name", "file_type"), TAKEN, ids=[name for _, name, _ in TAKEN])
def test_what_it_is_is_decided_by_its_content(
    cabinet: DiskCabinet, content: bytes, name: str, file_type: FileType
) -> None:
    kept = taken(cabinet, content, name)
    assert (kept.file_type, kept.name) == (file_type, name)
    lying = cabinet.local(kept.digest)
    assert lying.stat().st_size == kept.size
    assert lying.stat().st_mode & 0o777 == 0o600
    if file_type not in {FileType.JPEG, FileType.PNG, FileType.HEIC}:
        assert lying.read_bytes() == content
    assert files_below(lying.parents[1]) == [lying]
    # The same once more lies there once.
    assert taken(cabinet, content, name) == kept
    assert files_below(lying.parents[1]) == [lying]


def test_a_name_that_says_something_else_gets_the_right_ending(cabinet: DiskCabinet) -> None:
    assert taken(cabinet, jpeg(), "写真.png").name == "写真.png.jpg"
    assert taken(cabinet, pdf(), "setup.exe").name == "setup.exe.pdf"
    assert taken(cabinet, b"echo hello", "run.bat").name == "run.bat.txt"
    assert taken(cabinet, office("word"), "文書.docm").name == "文書.docm.docx"


# ---- What is not ----

ZIP_END = b"PK\x05\x06" + bytes(18)
OTHERS = {
    "program": b"MZ\x90\0\x03\0\0\0",
    "gif": b"GIF89a\x01\0\x01\0",
    "avif": box(b"ftyp", b"avif\0\0\0\0mif1avif"),
    "video": box(b"ftyp", b"isom\0\0\0\0mp42"),
    "page": b"  \n<!DOCTYPE html><script>alert(1)</script>",
    "page with a mark": b"\xef\xbb\xbf<HTML>",
    "picture that runs": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "xml": b'<?xml version="1.0"?><svg/>',
    "rtf": rb"{\rtf1 hello}",
    "utf-16": "文".encode("utf-16"),
    "nothing we know": bytes(range(256)),
    "text that breaks off": "文字".encode()[:-1] + b"\xff",
}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_everything_else_is_refused_with_what_to_do(cabinet: DiskCabinet, content: bytes) -> None:
    for name in ("写真.jpg", "資料.pdf", "表.csv"):
        sentence = refused(cabinet, content, name)
        assert sentence.startswith(f"「{name}」は、受け取れる種類のファイルではありません。PDF")


def with_flag(packed: bytes, flag: int) -> bytes:
    """An office file whose first member says this of itself."""
    at = packed.index(b"PK\x01\x02") + 8
    return packed[:at] + struct.pack("<H", flag) + packed[at + 2 :]


def lying_about(packed: bytes, size: int) -> bytes:
    """An office file whose first member says it is that large."""
    at = packed.index(b"PK\x01\x02") + 24
    return packed[:at] + struct.pack("<L", size) + packed[at + 4 :]


ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(70_000) + "EncryptedPackage".encode("utf-16-le")
HOSTILE = {
    "nothing": (b"", "中身がない"),
    "pdf cut off": (pdf()[:-8], "途中で切れている"),
    "jpeg cut off": (jpeg()[:-60], "途中で切れている"),
    "png cut off": (png()[:-20], "途中で切れている"),
    "png changed": (
        png().replace(b"\0\x0b\x13", b"\0\0\0").replace(b"gAMA\0\0", b"gAMA\0\1"),
        "途中で切れて",
    ),
    "png of its own kind": (png(extra={b"ABCD": b""}), "途中で切れている"),
    "heic cut off": (heic()[:-30], "撮影した場所"),
    "heic over itself": (heic(overlap=4), "撮影した場所"),
    "zip": (office("photos"), "まとめて圧縮した"),
    "empty zip": (ZIP_END, "こわれている"),
    "macro": (office("word", **{"word/vbaProject.bin": b"x"}), "マクロ"),
    "old macro": (office("xl", **{"xl/macrosheets/sheet1.xml": b"x"}), "マクロ"),
    "locked member": (with_flag(office(), 1), "パスワード"),
    "locked": (ENCRYPTED, "パスワード"),
    "old word": (ENCRYPTED[:70_000], "古い形式"),
    "both": (office("word", **{"xl/workbook.xml": b"x"}), "こわれている"),
    "binary workbook": (office("xl", **{"xl/workbook.bin": b"x"}), "こわれている"),
    "elsewhere": (office("word", **{"../../etc/passwd": b"x"}), "こわれている"),
    "program before": (b"PK\x03\x04 and more" + office(), "こわれている"),
    "page after": (office() + b"<html>", "こわれている"),
    "cut off": (office()[:-10], "こわれている"),
    "bomb": (lying_about(office(), 2**31), "大きくなりすぎる"),
    "far bomb": (lying_about(office(), 2**32 - 1), "こわれている"),
}


@pytest.mark.parametrize(("content", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_broken_locked_or_hostile_is_refused(
    cabinet: DiskCabinet, content: bytes, reason: str
) -> None:
    assert reason in refused(cabinet, content, "資料.docx")


def test_members_over_each_other_unpack_to_more_than_they_say(cabinet: DiskCabinet) -> None:
    packed = office()
    first, second = (packed.index(b"PK\x01\x02", at) for at in (0, packed.index(b"PK\x01\x02") + 4))
    place = second + 42
    assert first < second
    overlaid = packed[:place] + bytes(4) + packed[place + 4 :]
    assert "こわれている" in refused(cabinet, overlaid)


# ---- Where a photo was taken ----


def stripped(kind: FileType, content: bytes) -> bytes:
    made = BytesIO()
    source = BytesIO(content)
    if kind is FileType.JPEG:
        strip_jpeg(source, made.write)
    elif kind is FileType.PNG:
        strip_png(source, made.write)
    else:
        strip_heic(source, len(content), made.write)
    return made.getvalue()


@pytest.mark.parametrize("turned", [1, 6, 99])
def test_a_jpeg_keeps_its_pixels_and_which_way_is_up(turned: int) -> None:
    pixels = b"\x5a\xff\x00\xa5" * 40_000
    clean = stripped(FileType.JPEG, jpeg(turned=turned, pixels=pixels, tail=jpeg() + PLACE))
    assert PLACE not in clean
    assert b"GPS" not in clean
    assert pixels[40:] + b"\xff\xd9" == clean[-len(pixels[40:]) - 2 :]
    assert b"JFIF\0" in clean
    assert b"colours" in clean
    assert clean.count(b"Exif\0\0") == (1 if turned == 6 else 0)
    if turned == 6:
        assert struct.pack(">HHLHH", 0x0112, 3, 1, 6, 0) in clean
    assert stripped(FileType.JPEG, clean) == clean


def test_a_png_keeps_its_pixels_with_checks_that_are_right() -> None:
    clean = stripped(FileType.PNG, png(tail=PLACE + office()))
    assert PLACE not in clean
    at, names = len(PNG_SIGNATURE), []
    while at < len(clean):
        length, name = struct.unpack_from(">L4s", clean, at)
        names.append(name)
        content = clean[at + 8 : at + 8 + length]
        assert clean[at : at + 12 + length] == png_chunk(name, content)
        at += 12 + length
    assert names == [b"IHDR", b"gAMA", b"IDAT", b"IEND"]
    assert zlib.decompress(clean[clean.index(b"IDAT") + 4 : -16]) == b"\0\xff\xff\xff"


@pytest.mark.parametrize("more", [b"", box(b"moov", PLACE), box(b"mpvd", PLACE * 3)])
def test_a_heic_keeps_its_picture_where_it_was(more: bytes) -> None:
    photo = heic(more=more)
    clean = stripped(FileType.HEIC, photo)
    assert PLACE in photo
    assert PLACE not in clean
    assert tiff(6) not in clean
    assert len(clean) == len(photo)
    assert clean.index(PICTURE) == photo.index(PICTURE)
    assert stripped(FileType.HEIC, clean) == clean
    # A short one has no room for an Exif that says nothing.
    assert PICTURE in stripped(FileType.HEIC, heic(exif=b"\0\0\0\0MM"))


PHOTOS = {FileType.JPEG: jpeg(turned=3), FileType.PNG: png(), FileType.HEIC: heic()}


@settings(max_examples=300)
@given(data=st.data(), kind=st.sampled_from(list(PHOTOS)))
def test_a_garbled_photo_is_stripped_or_refused(data: st.DataObject, kind: FileType) -> None:
    photo = bytearray(PHOTOS[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(photo) - 1))
        if data.draw(st.booleans()):
            photo[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xD8, 0xFE, 0xFF]))
        else:
            photo[at:] = photo[at : data.draw(st.integers(at, len(photo)))]
        if not photo:
            break
    try:
        clean = stripped(kind, bytes(photo))
    except Broken:
        return
    assert len(clean) <= len(photo) + 40


@settings(max_examples=200)
@given(content=st.binary(max_size=400), kind=st.sampled_from(list(PHOTOS)))
def test_anything_after_a_photos_beginning_is_stripped_or_refused(content: bytes, kind: FileType) -> None:
    try:
        stripped(kind, PHOTOS[kind][: len(content) % 60] + content)
    except Broken:
        return


@settings(max_examples=200)
@given(st.integers(0, len(office()) - 1), st.integers(0, 255))
def test_a_garbled_office_file_is_taken_or_refused(at: int, value: int) -> None:
    packed = bytearray(office())
    packed[at] = value
    try:
        found = recognise(BytesIO(packed), len(packed), "a.docx")
    except Unfit:
        return
    assert found is FileType.DOCX


# ---- Names ----


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("../../etc/passwd", "passwd.txt"),
        ("C:\\書類\\秘密.txt", "秘密.txt"),
        ("..", "ファイル.txt"),
        ("", "ファイル.txt"),
        (" \u200b.txt", "txt.txt"),
        ("か\u3099.txt", "が.txt"),
        ("葛\U000e0100城.txt", "葛\U000e0100城.txt"),
        ("\ue000さん.txt", "\ue000さん.txt"),
        ("gpj\u202etxt.exe", "gpjtxt.exe.txt"),
        ("行\r\n替え\t\0.txt", "行替え.txt"),
        ("a/b\\", "ファイル.txt"),
        ("あ" * 100 + ".txt", "あ" * 83 + ".txt"),
        ("x" * 300, "x" * 251 + ".txt"),
    ],
)
def test_a_name_is_shown_and_leads_nowhere(typed: str, shown: str) -> None:
    assert clean_name(typed, FileType.TXT) == shown


@settings(max_examples=300)
@given(st.text(max_size=400), st.sampled_from(FileType))
def test_no_name_is_a_path_or_too_long(typed: str, file_type: FileType) -> None:
    name = clean_name(typed, file_type)
    assert len(name.encode()) <= 255
    assert name.lower().endswith(ENDINGS[file_type])
    assert not set(name) & set("/\\\0\r\n")
    assert name not in {"", ".", ".."}
    assert {unicodedata.category(each) for each in name}.isdisjoint({"Cc", "Cf", "Cs"})
    assert clean_name(name, file_type) == name
    assert len(clean_name(typed).encode()) <= 255


# ---- Where they lie ----


@contextmanager
def no_more_than(size: int) -> Iterator[None]:
    """The system lets nobody write a file larger than this."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_said_and_leaves_no_trace(cabinet: DiskCabinet, tmp_path: Path) -> None:
    photo = jpeg(pixels=b"\x5a" * 400_000)
    arriving = arrived(cabinet, photo)
    with no_more_than(100_000), pytest.raises(Unavailable, match="ファイルを保存できません"):
        take_in(cabinet, arriving, "写真.jpg")
    assert files_below(tmp_path) == []
    arriving = cabinet.begin()
    with no_more_than(100_000), pytest.raises(OSError, match="large"):
        arrived_too_large(arriving)
    arriving.discard()
    assert files_below(tmp_path) == []


def arrived_too_large(arriving: Arriving) -> None:
    for _ in range(20):
        arriving.write(bytes(10_000))


def test_what_is_just_being_handed_in_is_not_swept(cabinet: DiskCabinet) -> None:
    kept = taken(cabinet, pdf())
    cabinet.discard(kept.digest, before=LONG_AGO)
    assert cabinet.local(kept.digest).read_bytes() == pdf()
    part = int(kept.digest[:2], 16)
    assert list(cabinet.digests(part, before=LONG_AGO)) == []
    assert list(cabinet.digests(part, before=LATER)) == [kept.digest]
    assert list(cabinet.digests((part + 1) % 256, before=LATER)) == []
    cabinet.discard(kept.digest, before=LATER)
    cabinet.discard(kept.digest, before=LATER)
    assert files_below(cabinet.local("00").parents[1]) == []


def test_what_never_arrived_is_swept_later(cabinet: DiskCabinet, tmp_path: Path) -> None:
    assert cabinet.forget_arrivals(before=LATER) == 0
    left = arrived(cabinet, pdf())
    assert cabinet.forget_arrivals(before=LONG_AGO) == 0
    assert cabinet.forget_arrivals(before=LATER) == 1
    left.discard()
    assert files_below(tmp_path) == []


def test_somebody_elses_files_below_the_folder_are_left_alone(cabinet: DiskCabinet) -> None:
    kept = taken(cabinet, pdf())
    beside = cabinet.local(kept.digest).with_name("README")
    beside.write_text("ours", encoding="utf-8")
    os.utime(beside, (0, 0))
    assert list(cabinet.digests(int(kept.digest[:2], 16), before=LATER)) == [kept.digest]
