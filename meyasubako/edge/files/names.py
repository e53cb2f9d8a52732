"""The names of files as they are shown: never a path, never longer than a disk takes, always with an ending that fits."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from meyasubako.core import text
from meyasubako.core.vocabulary import FileType

MOST_BYTES: Final = 255
NAMELESS: Final = "ファイル"
SHOWN_ENDING: Final = 12

ENDINGS: Final[Mapping[FileType, tuple[str, ...]]] = {
    FileType.PDF: (".pdf",),
    FileType.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    FileType.PNG: (".png",),
    FileType.HEIC: (".heic", ".heif"),
    FileType.DOCX: (".docx",),
    FileType.XLSX: (".xlsx",),
    FileType.PPTX: (".pptx",),
    FileType.TXT: (".txt", ".text"),
    FileType.CSV: (".csv",),
}
"""How the name of a file of each type may end; the first is added where it ends otherwise."""

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def clean_name(typed: str, file_type: FileType | None = None) -> str:
    """A name for showing: its last part, composed, without what cannot be seen, with the ending its content calls for."""
    last = re.split(r"[/\\]", typed)[-1]
    composed = unicodedata.normalize("NFC", last)
    kept = "".join(each for each in composed if unicodedata.category(each) not in _UNSEEN)
    name = text.clean_line(kept).strip(". ") or NAMELESS
    if file_type is not None and not name.lower().endswith(ENDINGS[file_type]):
        name += ENDINGS[file_type][0]
    return _shortened(name)


def ends_as(typed: str, file_type: FileType) -> bool:
    """Whether the name says that the file is of this type."""
    return typed.strip().lower().endswith(ENDINGS[file_type])


def _shortened(name: str) -> str:
    """The name within what a disk takes, its ending kept."""
    if len(name.encode()) <= MOST_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > SHOWN_ENDING:
        stem, dot, ending = name, "", ""
    tail = f"{dot}{ending}"
    # What is cut in the middle of a character goes whole.
    cut = stem.encode()[: MOST_BYTES - len(tail.encode())].decode(errors="ignore")
    return f"{cut.rstrip()}{tail}"
