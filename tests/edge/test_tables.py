"""Tables out of spreadsheets: read as text by what they are; what is too large, broken or would be run is refused."""

import io
import zipfile
from collections.abc import Callable

import openpyxl
import pytest

from meyasubako.edge import tables
from meyasubako.edge.files.unfit import Unfit


def read(content: bytes, name: str = "名簿.xlsx") -> tuple[tables.Row, ...]:
    return tables.read(io.BytesIO(content), len(content), name)


def excel(*lines: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.worksheets[0].append(line)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def with_member(content: bytes, name: str, inside: bytes) -> bytes:
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for each in old.namelist():
            new.writestr(each, inside if each == name else old.read(each))
        if name not in old.namelist():
            new.writestr(name, inside)
    return written.getvalue()


def test_the_content_says_what_it_is_whatever_its_name() -> None:
    assert read(excel(["名前", 3, 2.0, None])) == (tables.Row(1, ("名前", "3", "2")),)
    assert read("名前,月\n\n'=1,2\n".encode(), "x.xlsx")[1] == tables.Row(3, ("=1", "2"))
    assert read("名前\n".encode("cp932"), "x.csv")[0].cells == ("名前",)
    assert read(excel(["a"]), "x.csv")[0].cells == ("a",)


def test_a_formula_is_not_reckoned() -> None:
    (row,) = read(excel(["名前", "=1+1"]))
    assert row == tables.Row(1, ("名前",), has_formula=True)


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"%PDF-1.7\n%%EOF",
        lambda: b"",
        lambda: b"PK\x03\x04 and nothing more",
        lambda: excel(["a"])[:-30],
        lambda: with_member(excel(["a"]), "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row>"),
        lambda: with_member(excel(["a"]), "xl/vbaProject.bin", b"x"),
        lambda: with_member(excel(["a"]), "xl/media/bomb.bin", b"\0" * (tables.MOST_UNPACKED + 1)),
        lambda: b'a,"b\n',
        lambda: b",".join([b"a"] * (tables.MOST_COLUMNS + 1)),
        lambda: b"a\n" * (tables.MOST_ROWS + 2),
        lambda: b"a\n" + b"\n" * (tables.MOST_BLANK + 2),
        lambda: b"a" * (tables.MOST_BYTES + 1),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(make: Callable[[], bytes]) -> None:
    with pytest.raises(Unfit) as caught:
        read(make(), "名簿.csv")
    assert caught.value.reason.endswith("。")
