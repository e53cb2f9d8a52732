"""A drawing while it is made: shapes with what they are for, written as SVG in the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

from meyasubako.edge.pictures import ink
from meyasubako.edge.pictures.lettering import LEADING, SIZE, plain

FONT: Final = "BIZ UDPGothic, Hiragino Sans, Noto Sans JP, Noto Sans CJK JP, Yu Gothic UI, sans-serif"
_HATCHES: Final = (
    "",
    "M-2 2 2 -2M0 8 8 0M6 10 10 6",
    "M2 0.5V3.5M6 4.5V7.5M0.5 2H3.5M4.5 6H7.5",
    "M0 2H8M0 6H8",
    "M0 0 8 8M8 0 0 8",
    "M2 0V8M6 0V8",
)
_MARKS: Final = (
    "M-4 0A4 4 0 1 0 4 0 4 4 0 1 0-4 0Z",
    "M-4-4H4V4H-4Z",
    "M0-5 5 4H-5Z",
    "M0-5.5 5.5 0 0 5.5-5.5 0Z",
    "M0 5-5-4H5Z",
)
Point = tuple[float, float]


def number(value: float) -> str:
    """A coordinate, to a hundredth."""
    # Adding zero takes the sign off a nothing.
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


@dataclass(slots=True)
class Canvas:
    """What is drawn so far. `name` begins every id; `for_paper` writes the colours into the drawing."""

    name: str
    width: float
    for_paper: bool = False
    height: float = 0.0
    _shapes: list[str] = field(default_factory=list)
    _patterns: set[int] = field(default_factory=set)

    def rect(self, x: float, y: float, width: float, height: float, role: str, title: str = "") -> None:
        """A bar, a cell, a sample."""
        at = f'x="{number(x)}" y="{number(y)}" width="{number(max(width, 0))}" height="{number(max(height, 0))}"'
        self._add("rect", at, role, title)

    def part(self, x: float, y: float, width: float, height: float, place: int, title: str = "") -> None:
        """A part of a stacked bar with the pattern of its place (from 1); beyond the patterns, an empty one."""
        if place == 1 or place > ink.PARTS:
            self.rect(x, y, width, height, "bar" if place == 1 else "others", title)
            return
        self._patterns.add(place)
        at = f'x="{number(x)}" y="{number(y)}" width="{number(max(width, 0))}" height="{number(max(height, 0))}"'
        self._add("rect", f'{at} fill="url(#{self.name}-p{place})"', f"edge-{place}", title)

    def line(self, start: Point, end: Point, role: str, width: float = 1) -> None:
        """A straight line."""
        (x1, y1), (x2, y2) = start, end
        at = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
        self._add("line", f'{at} stroke-width="{number(width)}"', role)

    def trace(self, points: Sequence[Point], place: int) -> None:
        """The line of a series, in the dashes of its place (from 1)."""
        dashes = ink.DASHES[place - 1]
        more = f' stroke-dasharray="{dashes}"' if dashes else ""
        path = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self._add(
            "polyline", f'points="{path}" stroke-width="2" stroke-linejoin="round"{more}', f"line-{place}"
        )

    def area(self, points: Sequence[Point], ground: float) -> None:
        """What lies between a line and its ground."""
        around = [(points[0][0], ground), *points, (points[-1][0], ground)]
        path = " ".join(f"{number(x)},{number(y)}" for x, y in around)
        self._add("polygon", f'points="{path}"', "area")

    def mark(self, at: Point, place: int, title: str = "") -> None:
        """The mark of a series at a point, in the shape of its place (from 1)."""
        where = f'd="{_MARKS[place - 1]}" transform="translate({number(at[0])} {number(at[1])})"'
        self._add("path", where, f"mark-{place}", title)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        role: str = "text",
        *,
        size: float = SIZE,
        anchor: str = "start",
        is_bold: bool = False,
        title: str = "",
    ) -> None:
        """A line of text; y is its base line."""
        more = "" if anchor == "start" else f' text-anchor="{anchor}"'
        more += ' font-weight="700"' if is_bold else ""
        more += "" if size == SIZE else f' font-size="{number(size)}"'
        more += ' stroke-width="4" stroke-linejoin="round" paint-order="stroke"' if role == "halo" else ""
        self._add("text", f'x="{number(x)}" y="{number(y)}"{more}', role, title, plain(text))

    def lines_of(
        self, x: float, y: float, lines: Sequence[str], role: str = "text", *, size: float = SIZE,
        anchor: str = "start", is_bold: bool = False, title: str = "",
    ) -> None:  # fmt: skip
        """Lines of text below each other; y is the middle of them all."""
        first = y - (len(lines) - 1) * size * LEADING / 2 + size * 0.36
        for place, line in enumerate(lines):
            self.text(
                x, first + place * size * LEADING, line, role,
                size=size, anchor=anchor, is_bold=is_bold, title="" if place else title,
            )  # fmt: skip

    def written(self, title: str, alt: str) -> str:
        """The drawing as SVG."""
        width, height = self.width, self.height
        if self.for_paper:
            # A file of its own has no page around it to say its size, its font and its ground.
            size = f'width="{number(width)}" height="{number(height)}" font-family="{FONT}"'
            ground = f'<rect width="{number(width)}" height="{number(height)}" fill="#ffffff"/>'
        else:
            # In rem, so that text in a picture grows with the text around it.
            size = (
                f'width="{number(width / 16)}rem" height="{number(height / 16)}rem" class="picture-drawing"'
            )
            ground = ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}" {size} '
            f'font-size="{number(SIZE)}" role="img" aria-labelledby="{self.name}-t {self.name}-d">'
            f'<title id="{self.name}-t">{escape(plain(title))}</title>'
            f'<desc id="{self.name}-d">{escape(plain(alt))}</desc>'
            f"{self._definitions()}{ground}{''.join(self._shapes)}</svg>"
        )

    def _definitions(self) -> str:
        patterns = "".join(
            f'<pattern id="{self.name}-p{place}" width="8" height="8" patternUnits="userSpaceOnUse">'
            f'<rect width="8" height="8"{self._ink(f"tint-{place}")}/>'
            f'<path d="{_HATCHES[place - 1]}" stroke-width="1.5"{self._ink(f"line-{place}")}/></pattern>'
            for place in sorted(self._patterns)
        )
        return f"<defs>{patterns}</defs>" if patterns else ""

    def _add(self, tag: str, attributes: str, role: str, title: str = "", text: str = "") -> None:
        inside = (f"<title>{escape(plain(title))}</title>" if title else "") + escape(text)
        opened = f"<{tag} {attributes}{self._ink(role)}"
        self._shapes.append(f"{opened}>{inside}</{tag}>" if inside else f"{opened}/>")

    def _ink(self, role: str) -> str:
        if not self.for_paper:
            return f' class="pic-{role}"'
        return "".join(f' {name}="{value}"' for name, value in ink.COLOURS[role].items())
