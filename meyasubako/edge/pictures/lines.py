"""Lines over months, quarters or years: each with its own dashes and marks, its name where it ends."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from meyasubako.core.numbers import things
from meyasubako.edge.pictures import ink
from meyasubako.edge.pictures.axes import EDGE, labelled, legend, room_of_steps, steps, times
from meyasubako.edge.pictures.canvas import Canvas, Point
from meyasubako.edge.pictures.lettering import LEADING, SIZE, SMALL, width_of
from meyasubako.edge.pictures.reading import Grid, Mark, Row
from meyasubako.edge.pictures.scale import Scale, scale

_PLOT = 230.0
_NAMES_SHARE = 0.24
_MOST_MARKS = 36
"""Times up to which every point has a mark."""


def lines(canvas: Canvas, grid: Grid) -> list[str]:
    """A line for each row of the table. Gives what has to be said beside."""
    tops = grid.of_tops()
    shown = tops.of_largest(ink.LINES)
    is_alone = len(shown.rows) == 1
    has_names = not is_alone and canvas.width >= 480
    y = EDGE
    if not is_alone and not has_names:
        y += legend(
            canvas,
            [row.label for row in shown.rows],
            y,
            lambda place, x, middle: _sample(canvas, place, x, middle),
        )
    top = y + SMALL * 1.6
    along = scale(shown.numbers, shown.kind, start=top + _PLOT, end=top)
    left = EDGE + room_of_steps(along, shown.kind)
    names = canvas.width * _NAMES_SHARE if has_names else 0
    right = canvas.width - EDGE - names
    steps(canvas, along, shown.kind, left, right)
    band = (right - left) / len(shown.columns)

    def at(place: int) -> float:
        return left + band * (place + 0.5)

    for place, row in enumerate(shown.rows, 1):
        _line(canvas, row, shown.columns, at, along, place)
    if is_alone:
        _numbers(canvas, shown.rows[0], at, along, band)
    if has_names:
        _names(canvas, shown, at, along, right + 4, names - 4)
    bottom = along.start + 4
    canvas.height = bottom + times(canvas, shown.columns, at, bottom, band) + EDGE
    return _left_out(grid, tops, shown)


def stretches(row: Row, at: Callable[[int], float], along: Scale) -> Iterator[list[Point]]:
    """The points of a row from gap to gap."""
    found: list[Point] = []
    for place, mark in enumerate(row.marks):
        if mark.number is not None:
            found.append((at(place), along.at(mark.number)))
        elif found:
            yield found
            found = []
    if found:
        yield found


def gaps(canvas: Canvas, row: Row, at: Callable[[int], float], along: Scale) -> None:
    """X on the ground where a number is kept from the public."""
    for place, mark in enumerate(row.marks):
        if mark.is_hidden:
            canvas.text(at(place), along.ground - 4, mark.text, "quiet", size=SMALL, anchor="middle")


def _line(
    canvas: Canvas, row: Row, columns: Sequence[str], at: Callable[[int], float], along: Scale, place: int
) -> None:
    for points in stretches(row, at, along):
        if len(points) > 1:
            canvas.trace(points, place)
    gaps(canvas, row, at, along)
    known = [each for each, mark in enumerate(row.marks) if mark.number is not None]
    marked = known if len(row.marks) <= _MOST_MARKS else known[-1:]
    for each in marked:
        mark = row.marks[each]
        canvas.mark((at(each), along.at(_number(mark))), place, f"{columns[each]} {row.label}：{mark.text}")


def _numbers(canvas: Canvas, row: Row, at: Callable[[int], float], along: Scale, band: float) -> None:
    """A single line says its numbers at the points, where they have room."""
    if max(width_of(mark.text, SMALL) for mark in row.marks) + 4 > band:
        return
    for place, mark in enumerate(row.marks):
        if mark.number is not None:
            # In a valley the number stands below, where no line crosses it.
            y = along.at(mark.number)
            low = y + 9 + SMALL * 0.8
            below = _is_valley(row, place) and low < along.start - 2
            canvas.text(at(place), low if below else y - 9, mark.text, "halo", size=SMALL, anchor="middle")


def _is_valley(row: Row, place: int) -> bool:
    near = [mark.number for mark in row.marks[max(place - 1, 0) : place + 2] if mark.number is not None]
    return len(near) == 3 and near[0] > near[1] < near[2]


def _names(
    canvas: Canvas, shown: Grid, at: Callable[[int], float], along: Scale, x: float, room: float
) -> None:
    """The name and the last number of each line, beside its end; moved apart where they would lie on each other."""
    ends = [_last(row, at, along) for row in shown.rows]
    wanted = sorted(
        ((end, place) for place, end in enumerate(ends) if end is not None), key=lambda each: each[0][1]
    )
    most = 1 if len(wanted) * SIZE * LEADING * 3 > _PLOT else 2
    labels = {place: labelled(shown.rows[place].label, room - 12, most=most) for _, place in wanted}
    heights = [labels[place].height + SIZE * LEADING + 2 for _, place in wanted]
    middles = spread([end[1] for end, _ in wanted], heights, along.end - SMALL, along.start + SMALL)
    for (end, place), middle, height in zip(wanted, middles, heights, strict=True):
        each, mark = (
            labels[place],
            next(mark for mark in reversed(shown.rows[place].marks) if mark.number is not None),
        )
        canvas.line((end[0] + 6, end[1]), (x + 6, middle), f"line-{place + 1}", 0.75)
        upper = middle - height / 2 + each.height / 2
        canvas.lines_of(x + 10, upper, each.lines, title=each.whole)
        canvas.text(x + 10, middle + height / 2 - 5, mark.text, is_bold=True)


def spread(middles: Sequence[float], heights: Sequence[float], top: float, bottom: float) -> list[float]:
    """Middles in their order, moved as little as keeps these heights from lying on each other."""
    placed: list[float] = []
    for middle, height in zip(middles, heights, strict=True):
        least = placed[-1] + (heights[len(placed) - 1] + height) / 2 if placed else top + height / 2
        placed.append(max(middle, least))
    limit = bottom
    for place in range(len(placed) - 1, -1, -1):
        placed[place] = min(placed[place], limit - heights[place] / 2)
        limit = placed[place] - heights[place] / 2
    return placed


def _last(row: Row, at: Callable[[int], float], along: Scale) -> Point | None:
    known = [place for place, mark in enumerate(row.marks) if mark.number is not None]
    return (at(known[-1]), along.at(_number(row.marks[known[-1]]))) if known else None


def _left_out(grid: Grid, tops: Grid, shown: Grid) -> list[str]:
    if len(shown.rows) < len(tops.rows):
        drawn, left = things(len(shown.rows)), things(len(tops.rows) - len(shown.rows))
        return [f"多いほうから{drawn}を描いています。ほかの{left}は表にあります。"]
    if len(tops.rows) < len(grid.rows):
        return ["上の段だけを描いています。下の段は表にあります。"]
    return []


def _sample(canvas: Canvas, place: int, x: float, middle: float) -> None:
    canvas.trace([(x, middle), (x + 22, middle)], place + 1)
    canvas.mark((x + 11, middle), place + 1)


def _number(mark: Mark) -> Decimal:
    return mark.number or Decimal(0)
