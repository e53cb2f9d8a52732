"""Printed papers read back: what a reader sees and in which order, and whether a screen reader can follow."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pypdf import PageObject, PdfReader

MILLIMETRE = 72 / 25.4
A4 = (210, 297)


@dataclass(frozen=True)
class Paper:
    """A PDF."""

    content: bytes

    @cached_property
    def reader(self) -> PdfReader:
        return PdfReader(io.BytesIO(self.content))

    @cached_property
    def pages(self) -> list[str]:
        """The text of each page without white space, which typesetting puts where it likes."""
        return [close(page.extract_text()) for page in self.reader.pages]

    @property
    def text(self) -> str:
        return "".join(self.pages)

    @property
    def title(self) -> str | None:
        return self.reader.metadata.title if self.reader.metadata else None

    @property
    def faults(self) -> list[str]:
        """What would keep a screen reader or another machine from it."""
        root = self.reader.root_object
        xmp = self.reader.xmp_metadata
        checks = {
            "no title": bool(self.title),
            "no language": str(root.get("/Lang", "")).startswith("ja"),
            "not tagged": root.get("/MarkInfo", {}).get("/Marked") is not None and "/StructTreeRoot" in root,
            "not PDF/UA-1": xmp is not None and b"pdfuaid:part" in xmp.stream.get_data(),
            "the window shows no title": root.get("/ViewerPreferences", {}).get("/DisplayDocTitle")
            is not None,
            "not A4": all(_size(page) == A4 for page in self.reader.pages),
            "a font of the machine": all(_is_embedded(font) for font in self._fonts()),
        }
        return [fault for fault, is_well in checks.items() if not is_well]

    def places(self, page: int = 0) -> list[tuple[str, float, float]]:
        """Each piece of text with where it begins, in millimetres from the left and the top."""
        found: list[tuple[str, float, float]] = []

        def visit(text: str, matrix: list[float], inner: list[float], _font: object, _size: float) -> None:
            x = inner[4] * matrix[0] + matrix[4]
            y = inner[5] * matrix[3] + matrix[5]
            if text.strip():
                found.append((close(text), x / MILLIMETRE, 297 - y / MILLIMETRE))

        self.reader.pages[page].extract_text(visitor_text=visit)
        return found

    @property
    def headings(self) -> list[str]:
        """The levels of its headings in the order a screen reader meets them."""
        return [kind for kind, _ in self._tags(self.reader.root_object["/StructTreeRoot"]) if kind[:1] == "H"]

    @property
    def is_read_as_drawn(self) -> bool:
        """Whether the order of the tags is that of the text on the pages, so that both readers read the same."""
        marks = [
            mark for _, mark in self._tags(self.reader.root_object["/StructTreeRoot"]) if mark is not None
        ]
        return bool(marks) and marks == sorted(marks)

    def _tags(self, element: Any) -> Iterator[tuple[str, tuple[int, int] | None]]:
        """Every structure element, and every piece of marked content as page and number."""
        page = self._page_of(element)
        children = element.get("/K", [])
        for child in children if isinstance(children, list) else [children]:
            inner = child.get_object()
            if isinstance(inner, int):
                yield "", (page, inner)
            elif "/MCID" in inner:
                yield "", (self._page_of(inner) if "/Pg" in inner else page, inner["/MCID"])
            elif "/S" in inner:
                yield str(inner["/S"])[1:], None
                yield from self._tags(inner)

    def _page_of(self, element: Any) -> int:
        number = self.reader.get_page_number(element["/Pg"].get_object()) if "/Pg" in element else None
        return -1 if number is None else number

    def _fonts(self) -> Iterator[Any]:
        for page in self.reader.pages:
            resources: Any = page["/Resources"]
            for font in resources.get("/Font", {}).values():
                yield font.get_object()


def close(text: str) -> str:
    """A text without white space and signs that only allow a line to break."""
    return "".join(text.replace("\u200b", "").split())


def _size(page: PageObject) -> tuple[int, int]:
    return round(page.mediabox.width / MILLIMETRE), round(page.mediabox.height / MILLIMETRE)


def _is_embedded(font: Any) -> bool:
    inner = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
    return "BIZUDPGothic" in str(font["/BaseFont"]).replace("-", "") and bool(
        {"/FontFile", "/FontFile2", "/FontFile3"} & set(inner)
    )
