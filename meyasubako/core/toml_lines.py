"""Finds the line on which each key and list element of a TOML text stands, to show a mistake where it is.

The text must already have been accepted by `tomllib`, which gives the values but no positions.
"""

import re
import tomllib
from bisect import bisect_right

Path = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
# Numbers, dates and booleans hold none of these; everything else is read by its own rule.
_SCALAR = re.compile(r"[^,\]}#\n]*")
_STRINGS = (
    # Up to two quotes may stand directly before the closing three.
    ('"""', re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}', re.DOTALL)),
    ("'''", re.compile(r"'''(?:[^']|'(?!''))*'{3,5}", re.DOTALL)),
    ('"', re.compile(r'"(?:[^"\\\n]|\\.)*"')),
    ("'", re.compile(r"'[^'\n]*'")),
)


class LineIndex:
    """Lines (from 1) by path; a path is made of keys and list positions, `("topics", 2, "code")`."""

    __slots__ = ("_lines",)

    def __init__(self, lines: dict[Path, int]) -> None:
        self._lines = lines

    def line_of(self, path: Path) -> int:
        """The line of what stands at `path`; for something missing, the line of its table."""
        while path:
            line = self._lines.get(path)
            if line is not None:
                return line
            path = path[:-1]
        return 1

    def paths(self) -> frozenset[Path]:
        """Everything that has a line."""
        return frozenset(self._lines)


def index_lines(text: str) -> LineIndex:
    """Index a text that `tomllib.loads` accepts."""
    return LineIndex(_Scanner(text.replace("\r\n", "\n")).scan())


class _Scanner:
    """Walks the text once. It trusts the syntax and only keeps track of where it is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line_starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.lines: dict[Path, int] = {}
        self.table_lists: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self.lines

    def _header(self) -> Path:
        line = self._line()
        is_list = self.text.startswith("[[", self.at)
        self.at += 2 if is_list else 1
        keys = self._keys()
        self.at += 2 if is_list else 1
        path: Path = ()
        for key in keys[:-1]:
            path = self._inside(path, key)
            self.lines.setdefault(path, line)
        path = (*path, keys[-1])
        if not is_list:
            # A table may first be named by a table inside it; its own header is where people look.
            self.lines[path] = line
            return path
        position = self.table_lists.get(path, 0)
        self.table_lists[path] = position + 1
        self.lines.setdefault(path, line)
        path = (*path, position)
        self.lines[path] = line
        return path

    def _inside(self, path: Path, key: str) -> Path:
        """One step down; a list of tables is entered at its latest element."""
        path = (*path, key)
        count = self.table_lists.get(path)
        return path if count is None else (*path, count - 1)

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _keys(self) -> list[str]:
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            quoted = self._string()
            if quoted is None:
                start = self.at
                self._skip(_BARE_KEY)
                keys.append(self.text[start : self.at])
            else:
                keys.append(tomllib.loads(f"key = {quoted}")["key"])
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def _value(self, path: Path) -> None:
        first = self.text[self.at]
        if first == "[":
            self._list(path)
        elif first == "{":
            self._inline_table(path)
        elif self._string() is None:
            self._skip(_SCALAR)

    def _list(self, path: Path) -> None:
        self.at += 1
        position = 0
        while not self._closes("]"):
            element = (*path, position)
            self.lines[element] = self._line()
            self._value(element)
            position += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while not self._closes("}"):
            self._pair(path)

    def _closes(self, bracket: str) -> bool:
        """Step over blanks and a comma; True when the bracket that ends the list or table was passed."""
        self._skip(_BLANK)
        if self.text[self.at] == ",":
            self.at += 1
            self._skip(_BLANK)
        if self.text[self.at] == bracket:
            self.at += 1
            return True
        return False

    def _string(self) -> str | None:
        for quote, pattern in _STRINGS:
            if self.text.startswith(quote, self.at):
                start = self.at
                self._skip(pattern)
                return self.text[start : self.at]
        return None

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()

    def _line(self) -> int:
        return bisect_right(self.line_starts, self.at)
