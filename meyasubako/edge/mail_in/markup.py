"""The words of an HTML mail, and nothing else of it.

No tree is built: an HTML5 parser with a cleaner took minutes over a hundred thousand nested blocks, and Python's own
one (3.11) takes the square of the length over open comments. Here everything is looked at once, from left to right.
What comes out is text, which pages escape like any other.
"""

import html
import re
from typing import Final

LONGEST: Final = 1_000_000

_NAME: Final = re.compile(r"/?([A-Za-z][A-Za-z0-9]{0,20})")
_UNSEEN: Final = frozenset(
    {"script", "style", "head", "title", "template", "noscript", "svg", "math", "object"}
)
_LINES: Final = frozenset(
    {
        "br",
        "p",
        "div",
        "tr",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "table",
        "hr",
        "pre",
        "blockquote",
        "section",
    }
    | {"article", "header", "footer", "address", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_PARAGRAPHS: Final = frozenset({"p", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})
_DEEPEST: Final = 5


def words_of(markup: str) -> str:
    """The text of an HTML mail, in lines as it would be shown; what it quotes begins with >."""
    source = markup[:LONGEST]
    lowered = source.lower() if len(source.lower()) == len(source) else source
    page = _Page()
    position = 0
    while position < len(source):
        start = source.find("<", position)
        if start == -1:
            page.write(source[position:])
            break
        page.write(source[position:start])
        if source.startswith("<!--", start):
            position = _after(source, "-->", start)
            continue
        tag = _NAME.match(source, start + 1)
        if tag is None and source[start + 1 : start + 2] not in {"!", "?", "/"}:
            page.write("<")
            position = start + 1
            continue
        position = _after(source, ">", start)
        if tag is not None:
            name, closes = tag[1].lower(), source[start + 1] == "/"
            if name in _UNSEEN and not closes:
                position = _after(lowered, f"</{name}", position)
                position = _after(source, ">", position - 1)
            else:
                page.meet(name, closes=closes)
    return page.text()


def _after(source: str, mark: str, start: int) -> int:
    """The place behind the next such mark; the end where there is none."""
    found = source.find(mark, start)
    return len(source) if found == -1 else found + len(mark)


class _Page:
    """Lines as they fill."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._depth = 0

    def write(self, markup: str) -> None:
        """Text between tags, in which line ends mean nothing."""
        if markup:
            self._line.append(re.sub(r"[ \t\r\n\f]+", " ", html.unescape(markup)))

    def meet(self, name: str, *, closes: bool) -> None:
        """A tag."""
        if name not in _LINES:
            if name in {"td", "th"} and self._line and not closes:
                self._line.append(" ")
            return
        if name == "br" or "".join(self._line).strip():
            self._end_line()
        if name == "blockquote" and closes:
            self._depth = max(0, self._depth - 1)
        if name in _PARAGRAPHS and self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._mark().rstrip())
        if name == "blockquote" and not closes:
            self._depth = min(self._depth + 1, _DEEPEST)

    def text(self) -> str:
        """All of it."""
        self._end_line()
        return "\n".join(self._lines).strip("\n")

    def _end_line(self) -> None:
        self._lines.append(f"{self._mark()}{''.join(self._line).strip(' ')}".rstrip())
        self._line = []

    def _mark(self) -> str:
        return "> " * self._depth
