"""A table whose cells are the darker the more there is in them; the number in each says it without colour."""

from decimal import Decimal

from meyasubako.edge.pictures import ink
from meyasubako.edge.pictures.axes import EDGE, labelled, times
from meyasubako.edge.pictures.canvas import Canvas
from meyasubako.edge.pictures.lettering import LEADING, SMALL, width_of
from meyasubako.edge.pictures.reading import Grid, Mark

MOST = 60
_LABEL_SHARE = 0.3
_HEIGHT = 26.0
_PAD = 4.0


def heat(canvas: Canvas, grid: Grid) -> list[str]:
    """Rows across columns; wider than asked for where the numbers need it. Gives what has to be said beside."""
    shown = grid.of_largest(MOST)
    least = max([width_of(mark.text, SMALL) for mark in shown.marks] + [20.0]) + _PAD
    room = canvas.width * _LABEL_SHARE
    is_above = canvas.width < 480
    widest = max(width_of(row.label) + row.depth * 14 for row in shown.rows)
    left = EDGE if is_above else EDGE + min(widest, room) + 8
    cell = max(least, (canvas.width - EDGE - left) / len(shown.columns))
    cell = cell if is_above else min(cell, max(least, 72.0))
    canvas.width = max(canvas.width, left + cell * len(shown.columns) + EDGE)
    y = EDGE + _heads(canvas, shown, left, cell)
    most = max((abs(number) for number in shown.numbers), default=Decimal(0))
    for row in shown.rows:
        inset = row.depth * 14
        label = labelled(row.label, (canvas.width - 2 * EDGE if is_above else left - 8 - EDGE) - inset)
        if is_above:
            canvas.lines_of(EDGE + inset, y + label.height / 2, label.lines, title=label.whole)
            y += label.height + 2
            height = _HEIGHT
        else:
            height = max(_HEIGHT, label.height + 2)
            canvas.lines_of(EDGE + inset, y + height / 2, label.lines, title=label.whole)
        for place, mark in enumerate(row.marks):
            x = left + cell * place
            step = _step(mark, most)
            title = f"{row.label} {shown.columns[place]}：{mark.text}"
            canvas.rect(x, y, cell, height, f"heat-{step}", title)
            canvas.text(
                x + cell / 2,
                y + height / 2 + SMALL * 0.36,
                mark.text,
                f"on-heat-{step}",
                size=SMALL,
                anchor="middle",
            )
        y += height + (8 if is_above else 0)
    canvas.height = y + EDGE
    if len(shown.rows) < len(grid.rows):
        return [f"多いほうから{MOST}行を描いています。ほかは表にあります。"]
    return []


def _step(mark: Mark, most: Decimal) -> int:
    """How dark a cell is: zero and what is not known have no colour, all others one of equal steps."""
    if not mark.number or not most:
        return 0
    return min(int(abs(mark.number) * ink.STEPS / most) + 1, ink.STEPS)


def _heads(canvas: Canvas, shown: Grid, left: float, cell: float) -> float:
    """The labels above the columns; gives the room they took."""

    def at(place: int) -> float:
        return left + cell * (place + 0.5)

    if shown.has_times_across:
        return times(canvas, shown.columns, at, EDGE, cell) + 2
    heads = [labelled(column, cell - 2, size=SMALL, most=3) for column in shown.columns]
    tallest = max(len(head.lines) for head in heads) * SMALL * LEADING
    for place, head in enumerate(heads):
        canvas.lines_of(
            at(place), EDGE + tallest / 2, head.lines, "quiet", size=SMALL, anchor="middle", title=head.whole
        )
    return tallest + 6
