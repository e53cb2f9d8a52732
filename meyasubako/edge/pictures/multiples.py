"""Small multiples: one small picture a row, all with the same scale, so that they can be compared."""

from meyasubako.edge.pictures.axes import EDGE, labelled, room_of_steps, steps, times
from meyasubako.edge.pictures.canvas import Canvas
from meyasubako.edge.pictures.lettering import LEADING, SIZE, SMALL, width_of
from meyasubako.edge.pictures.lines import gaps, stretches
from meyasubako.edge.pictures.reading import Grid, Row
from meyasubako.edge.pictures.scale import scale

MOST = 24
_PLOT = 56.0
_LEAST = 190.0
"""The narrowest a small picture may be."""
_GAP = 20.0


def multiples(canvas: Canvas, grid: Grid) -> list[str]:
    """A small picture for each row of the table. Gives what has to be said beside."""
    tops = grid.of_tops()
    shown = tops.of_largest(MOST)
    across = max(1, min(len(shown.rows), int((canvas.width - 2 * EDGE + _GAP) // (_LEAST + _GAP))))
    width = (canvas.width - 2 * EDGE - _GAP * (across - 1)) / across
    y = EDGE
    for first in range(0, len(shown.rows), across):
        below = y
        for place, row in enumerate(shown.rows[first : first + across]):
            below = max(below, _small(canvas, shown, row, EDGE + place * (width + _GAP), y, width))
        y = below + 14
    canvas.height = y - 14 + EDGE
    if len(shown.rows) < len(tops.rows):
        return [f"多いほうから{MOST}の図を描いています。ほかは表にあります。"]
    return ["上の段だけを描いています。下の段は表にあります。"] if len(tops.rows) < len(grid.rows) else []


def _small(canvas: Canvas, shown: Grid, row: Row, x: float, y: float, width: float) -> float:
    """One small picture; gives where it ends."""
    name = labelled(row.label, width, most=1)
    canvas.text(x, y + SIZE, name.lines[0], is_bold=True, title=name.whole)
    y += SIZE * LEADING + 2
    canvas.text(x, y + SMALL, _said(shown, row, width), "quiet", size=SMALL)
    top = y + SMALL * LEADING + 8
    along = scale(shown.numbers, shown.kind, start=top + _PLOT, end=top, steps=2)
    left = x + room_of_steps(along, shown.kind)
    steps(canvas, along, shown.kind, left, x + width)
    band = (x + width - left) / len(shown.columns)

    def at(place: int) -> float:
        return left + band * (place + 0.5)

    for points in stretches(row, at, along):
        if len(points) > 1:
            canvas.area(points, along.ground)
            canvas.trace(points, 1)
        else:
            canvas.mark(points[0], 1)
    gaps(canvas, row, at, along)
    known = [place for place, mark in enumerate(row.marks) if mark.number is not None]
    if known:
        mark = row.marks[known[-1]]
        canvas.mark(
            (at(known[-1]), along.at(mark.number or 0)),
            1,
            f"{shown.columns[known[-1]]} {row.label}：{mark.text}",
        )
    return along.start + 4 + times(canvas, shown.columns, at, along.start + 4, band)


def _said(shown: Grid, row: Row, width: float) -> str:
    """The last number and the highest one, as far as there is room."""
    last = row.marks[-1]
    known = [mark for mark in row.marks if mark.number is not None]
    words = [f"{shown.columns[-1]}は{last.text}"]
    if known:
        words.append(f"最大{max(known, key=lambda mark: mark.number or 0).text}")
    both = "、".join(words)
    return both if width_of(both, SMALL) <= width else words[-1]
