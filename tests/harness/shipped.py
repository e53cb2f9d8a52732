"""The desks of the package, each read once."""

from functools import cache
from pathlib import Path

import meyasubako
from meyasubako.core.desk import Desk, parse_desk

DESK_FILES = Path(meyasubako.__file__).parent / "desks"


@cache
def shipped_desk(code: str) -> Desk:
    """The desk with this code as its file describes it."""
    path = DESK_FILES / f"{code}.toml"
    return parse_desk(path.read_text(encoding="utf-8"), source=path.name)
