"""Stacked bars: the parts of each month upright, of anything else lying; the counted total stands at the end."""

from dataclasses import replace
from decimal import Decimal

from meyasubako.core.numbers import things
from meyasubako.edge.pictures import ink
from meyasubako.edge.pictures.axes import EDGE, legend, room_of_steps, steps, times
from meyasubako.edge.pictures.bars import Places, number_at_end
from meyasubako.edge.pictures.canvas import Canvas
from meyasubako.edge.pictures.lettering import SIZE, SMALL, width_of
from meyasubako.edge.pictures.reading import Grid, Mark, Row
from meyasubako.edge.pictures.scale import scale

MOST = 40
_OTHERS = "そのほか"
_PLOT = 230.0
_THICK = 26.0


def stacks(canvas: Canvas, grid: Grid) -> list[str]:
    """A bar a column of the table's parts. `grid` has the bars as columns. Gives what has to be said beside."""
    tops = grid.of_tops()
    parts, notes = _parts(tops)
    if len(tops.rows) < len(grid.rows):
        notes.append("上の段だけを描いています。下の段は表にあります。")
    y = EDGE + legend(
        canvas,
        [row.label for row in parts.rows],
        EDGE,
        lambda place, x, middle: canvas.part(x + 1, middle - 7, 20, 14, place + 1),
    )
    upright = parts.has_times_across
    totals = _totals(parts)
    if upright:
        _upright(canvas, parts, totals, y)
    else:
        notes += _lying(canvas, parts, totals, y)
    sums = [_sum(parts, place) for place in range(len(parts.columns))]
    if any(
        total.number is not None and total.number != each for total, each in zip(totals, sums, strict=True)
    ):
        if any(mark.is_hidden for mark in parts.marks):
            notes.append("公表していない数（X）は、棒に入っていません。")
        else:
            notes.append(
                "1件がいくつもの区分に入ることがあるため、棒の長さは合計（数字）と合わないことがあります。"
            )
    return notes


def _upright(canvas: Canvas, parts: Grid, totals: list[Mark], y: float) -> None:
    highs = [_sum(parts, place, 1) for place in range(len(parts.columns))]
    lows = [_sum(parts, place, -1) for place in range(len(parts.columns))]
    top = y + SMALL + 4
    along = scale([*highs, *lows], parts.kind, start=top + _PLOT, end=top)
    left = EDGE + room_of_steps(along, parts.kind)
    right = canvas.width - EDGE
    steps(canvas, along, parts.kind, left, right)
    band = (right - left) / len(parts.columns)
    thick = min(band * 0.7, 48)
    has_room = max(width_of(total.text, SMALL) for total in totals) <= band
    for place, column in enumerate(parts.columns):
        x = left + band * place + (band - thick) / 2
        for part, (first, last) in _segments(parts, place):
            row = parts.rows[part]
            near, far = sorted((along.at(first), along.at(last)))
            canvas.part(
                x, near, thick, far - near, part + 1, f"{column} {row.label}：{row.marks[place].text}"
            )
            _inside(canvas, row.marks[place].text, part, x + thick / 2, (near + far) / 2, thick, far - near)
        if has_room:
            canvas.text(
                x + thick / 2,
                along.at(highs[place]) - 5,
                totals[place].text,
                size=SMALL,
                anchor="middle",
                is_bold=True,
            )
    bottom = along.start + 4
    canvas.height = (
        bottom + times(canvas, parts.columns, lambda place: left + band * (place + 0.5), bottom, band) + EDGE
    )


def _lying(canvas: Canvas, parts: Grid, totals: list[Mark], y: float) -> list[str]:
    turned = parts.turned()
    order = sorted(range(len(turned.rows)), key=lambda place: -turned.rows[place].size)[:MOST]
    chosen = sorted(order)
    places = Places.of(
        canvas, tuple(turned.rows[place] for place in chosen), [totals[place] for place in chosen]
    )
    ends = {place: _sum(parts, place, 1) for place in chosen}
    along = places.scale([*ends.values(), *(_sum(parts, place, -1) for place in chosen)], parts.kind)
    for place in chosen:
        y, middle = places.label(canvas, turned.rows[place], y, _THICK)
        places.ground(canvas, along, middle, _THICK)
        for part, (first, last) in _segments(parts, place):
            row = parts.rows[part]
            near, far = sorted((along.at(first), along.at(last)))
            title = f"{turned.rows[place].label} {row.label}：{row.marks[place].text}"
            canvas.part(near, middle - _THICK / 2, far - near, _THICK, part + 1, title)
            _inside(canvas, row.marks[place].text, part, (near + far) / 2, middle, far - near, _THICK)
        number_at_end(canvas, along, totals[place], ends[place], middle, is_bold=True)
    canvas.height = y + EDGE
    if len(chosen) < len(turned.rows):
        return [f"多いほうから{MOST}本を描いています。ほかは表にあります。"]
    return []


def _inside(canvas: Canvas, text: str, part: int, x: float, y: float, width: float, height: float) -> None:
    """The number of a part, where it has room for it."""
    if width_of(text, SMALL) + 6 > width or height < SIZE + 3:
        return
    role = "on-bar" if part == 0 else "halo"
    canvas.text(x, y + SMALL * 0.36, text, role, size=SMALL, anchor="middle")


def _parts(grid: Grid) -> tuple[Grid, list[str]]:
    """The parts that are drawn, in the order of the table; the smallest together where there are too many."""
    used = tuple(row for row in grid.rows if row.size or any(mark.is_hidden for mark in row.marks))
    grid = replace(grid, rows=used or grid.rows)
    if len(grid.rows) <= ink.PARTS:
        return grid, []
    kept = grid.of_largest(ink.PARTS)
    rest = [row for row in grid.rows if row not in kept.rows]
    sums = tuple(
        Mark(
            number := sum((row.marks[place].number or Decimal(0) for row in rest), Decimal(0)), f"{number:,}"
        )
        for place in range(len(grid.columns))
    )
    together = Row(_OTHERS, sums)
    shown = replace(grid, rows=(*kept.rows, together))
    return shown, [f"「{_OTHERS}」は、少ないほうの{things(len(rest))}を足したものです。"]


def _segments(parts: Grid, place: int) -> list[tuple[int, tuple[Decimal, Decimal]]]:
    """From where to where each part of a bar goes, from zero up and down."""
    found: list[tuple[int, tuple[Decimal, Decimal]]] = []
    up = down = Decimal(0)
    for part, row in enumerate(parts.rows):
        number = row.marks[place].number
        if not number:
            continue
        start = up if number > 0 else down
        found.append((part, (start, start + number)))
        if number > 0:
            up += number
        else:
            down += number
    return found


def _sum(parts: Grid, place: int, sign: int = 0) -> Decimal:
    numbers = [row.marks[place].number or Decimal(0) for row in parts.rows]
    return sum((each for each in numbers if sign * each >= 0), Decimal(0))


def _totals(parts: Grid) -> list[Mark]:
    """What stands at the end of each bar: the total as it was counted."""
    if parts.totals:
        return list(parts.totals)
    sums = [_sum(parts, place) for place in range(len(parts.columns))]
    return [Mark(each, f"△{-each:,}" if each < 0 else f"{each:,}") for each in sums]
