"""Printed papers: a template and plain data become a PDF (PDF/UA-1) that looks the same on every machine.

What people wrote reaches the template as data, never as its language. Only the vendored fonts are used, and what they
cannot draw becomes the mark 〓.
"""

import io
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import segno
import typst

from meyasubako.core.places import static_folder, templates_folder
from meyasubako.edge.print.glyphs import Glyphs, read_glyphs

FONTS: Final = "vendor/biz-udpgothic-ttf"


def to_pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """Typeset `data` with one of the templates; the same data gives the same bytes. Takes a moment: run it in a thread."""
    folder = templates_folder() / "print"
    given, is_whole = _printable(dict(data), _glyphs())
    return typst.compile(
        folder / f"{template}.typ",
        root=folder,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps({**given, "is_whole": is_whole})},
        format="pdf",
        pdf_standards=["ua-1"],
        # No clock of the machine gets into a paper.
        timestamp=0,
    )


def qr_code(address: str) -> str:
    """A QR code as a drawing (SVG), to be handed to a template."""
    drawn = io.BytesIO()
    # The quiet zone belongs to the code: without it, paper with writing around it is hard to scan.
    segno.make_qr(address, error="m").save(drawn, kind="svg", border=4, xmldecl=False, svgclass=None)
    return drawn.getvalue().decode("ascii")


@cache
def _fonts() -> typst.Fonts:
    # Fonts of the machine or of the library would make papers differ between machines.
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(static_folder() / FONTS)],
    )


@cache
def _glyphs() -> Glyphs:
    return read_glyphs(
        [file.read_bytes() for file in sorted((static_folder() / FONTS).iterdir()) if file.suffix == ".ttf"]
    )


def _printable(value: Any, glyphs: Glyphs) -> tuple[Any, bool]:
    """A value with every text in it as the fonts can draw it, and whether nothing had to be replaced."""
    if isinstance(value, str):
        return glyphs.shown(value)
    if isinstance(value, Mapping):
        found = {name: _printable(each, glyphs) for name, each in value.items()}
        return {name: each for name, (each, _) in found.items()}, all(whole for _, whole in found.values())
    if isinstance(value, list | tuple):
        parts = [_printable(each, glyphs) for each in value]
        return [each for each, _ in parts], all(whole for _, whole in parts)
    return value, True
