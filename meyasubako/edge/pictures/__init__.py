"""Pictures of statistical tables: drawn on the server, the same numbers as the table beside them, told apart without colour.

Our own drawing, because of what is kept in Python pygal embeds scripts and styles, matplotlib turns text into outlines,
and Vega has no patterns and no dark scheme without a script.
"""

import re
from dataclasses import dataclass
from typing import Final

from meyasubako.core.tabulation import Picture, PrintedTable, ValueKind
from meyasubako.edge.pictures.bars import bars
from meyasubako.edge.pictures.canvas import Canvas
from meyasubako.edge.pictures.heat import heat
from meyasubako.edge.pictures.lines import lines
from meyasubako.edge.pictures.multiples import multiples
from meyasubako.edge.pictures.reading import Grid, as_bars, picture_of, read
from meyasubako.edge.pictures.stacks import stacks
from meyasubako.edge.pictures.telling import told

__all__ = ["Drawing", "draw"]

WIDE: Final = 576.0
NARROW: Final = 320.0
PAPER: Final = 640.0
_NOT_OF_NAMES = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture as SVG with what it shows in words. In a template it prints itself; every text in it is escaped.

    `notes` are said beside it: what is left out or put together. `has_enough`: two numbers or more, not all zero.
    `is_broad`: wider than was asked for, so that it has to scroll.
    """

    svg: str
    alt: str
    title: str
    notes: tuple[str, ...]
    width: int
    height: int
    has_enough: bool
    is_broad: bool

    def __html__(self) -> str:
        return self.svg


def draw(
    table: PrintedTable, *, picture: Picture | None = None, for_paper: bool = False, is_narrow: bool = False
) -> Drawing:
    """Draw a table as it says or as `picture` says; numbers that cannot be drawn so, as the nearest that they can.

    On a page the colours are the stylesheet's; `for_paper` writes them into a drawing that stands alone.
    """
    grid = read(table)
    chosen = picture_of(grid, picture or table.picture or Picture.BAR)
    shaped = _shaped(grid, chosen)
    name = f"pic-{_NOT_OF_NAMES.sub('-', table.key)}{'-n' if is_narrow else ''}"
    width = PAPER if for_paper else NARROW if is_narrow else WIDE
    canvas = Canvas(name, width, for_paper)
    title = _title(table, shaped)
    alt = told(title, chosen, shaped)
    notes: list[str] = []
    if shaped.rows and shaped.columns:
        notes = _DRAWN[chosen](canvas, shaped)
    return Drawing(
        svg=canvas.written(title, " ".join((alt, *notes))),
        alt=alt,
        title=title,
        notes=tuple(notes),
        width=round(canvas.width),
        height=round(canvas.height),
        has_enough=len(shaped.numbers) > 1 and any(shaped.numbers),
        is_broad=canvas.width > width,
    )


_DRAWN: Final = {
    Picture.LINE: lines,
    Picture.BAR: bars,
    Picture.STACKED: stacks,
    Picture.MULTIPLES: multiples,
    Picture.HEAT: heat,
}


def _shaped(grid: Grid, picture: Picture) -> Grid:
    """Rows and columns as the picture wants them: time across where time is drawn, parts down where parts are."""
    match picture:
        case Picture.BAR:
            return as_bars(grid)
        case Picture.HEAT:
            return grid
        case _:
            return grid if grid.has_times_across else grid.turned()


def _title(table: PrintedTable, grid: Grid) -> str:
    what = f"　{grid.what}" if grid.what and grid.what not in table.title else ""
    unit = f"（{grid.unit}）" if grid.unit and grid.kind is not ValueKind.PERCENT else ""
    return f"{table.title}{what}{unit}"
