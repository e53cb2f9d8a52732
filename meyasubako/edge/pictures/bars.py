"""Bars lying beside their labels, with the number at the end of each."""

from decimal import Decimal

from meyasubako.core.tabulation import ValueKind
from meyasubako.edge.pictures.axes import EDGE, Labelled, labelled, legend
from meyasubako.edge.pictures.canvas import Canvas
from meyasubako.edge.pictures.lettering import SIZE, width_of
from meyasubako.edge.pictures.reading import Grid, Mark, Row
from meyasubako.edge.pictures.scale import Scale, scale

MOST = 40
_LABEL_SHARE = 0.36
_STEP = 14.0
"""How far a row is set in under another."""
_THICK, _THIN = 18.0, 13.0
_GAP = 10.0


def bars(canvas: Canvas, grid: Grid) -> list[str]:
    """One bar a row, or a few beside each other; what is compared is hatched. Gives what has to be said beside."""
    shown = grid.of_largest(MOST)
    y = EDGE + _GAP / 2
    if len(shown.columns) > 1:
        y += legend(canvas, shown.columns, y, lambda place, x, middle: _sample(canvas, place, x, middle))
    place_of = Places.of(canvas, shown.rows, [mark for row in shown.rows for mark in row.marks])
    along = place_of.scale(shown.numbers, shown.kind)
    thick = _THICK if len(shown.columns) == 1 else _THIN
    for row in shown.rows:
        height = len(row.marks) * (thick + 1)
        y, middle = place_of.label(canvas, row, y, height)
        place_of.ground(canvas, along, middle, height)
        at = middle - len(row.marks) * (thick + 1) / 2
        for place, mark in enumerate(row.marks):
            title = "：".join(
                filter(None, (row.label, grid.columns[place] if len(row.marks) > 1 else "", mark.text))
            )
            _bar(canvas, along, mark, place, at, thick, title)
            at += thick + 1
    canvas.height = y + EDGE
    if len(shown.rows) < len(grid.rows):
        return [f"多いほうから{MOST}行を描いています。ほかの{len(grid.rows) - MOST}行は表にあります。"]
    return []


class Places:
    """Where labels and bars of rows lie: beside each other, or labels above where the picture is narrow."""

    def __init__(
        self, canvas: Canvas, labels: list[Labelled], marks: list[Mark], *, is_above: bool, widest: float
    ) -> None:
        self._labels = iter(labels)
        self._is_above = is_above
        self._start = EDGE if is_above else EDGE + widest + 8
        self._end_room = max((width_of(mark.text) for mark in marks), default=0) + 6
        self._has_minus = any(mark.number is not None and mark.number < 0 for mark in marks)
        self._width = canvas.width

    @classmethod
    def of(cls, canvas: Canvas, rows: tuple[Row, ...], marks: list[Mark]) -> "Places":
        """The places for these rows, whose ends carry these marks."""
        room = canvas.width * _LABEL_SHARE
        widest = max((width_of(row.label) + _inset(row) for row in rows), default=0)
        is_above = widest > room * 1.2 and canvas.width < 480
        limit = canvas.width - 2 * EDGE if is_above else room
        labels = [labelled(row.label, limit - _inset(row)) for row in rows]
        set_width = max(
            (
                width_of(line) + _inset(row)
                for row, each in zip(rows, labels, strict=True)
                for line in each.lines
            ),
            default=0,
        )
        return cls(canvas, labels, marks, is_above=is_above, widest=min(set_width, room))

    def scale(self, numbers: list[Decimal], kind: ValueKind) -> Scale:
        """The scale along the bars, with room for the numbers at their ends."""
        start = self._start + (self._end_room if self._has_minus else 0)
        return scale(numbers, kind, start=start + 1, end=self._width - EDGE - self._end_room, is_tight=True)

    def label(self, canvas: Canvas, row: Row, y: float, height: float) -> tuple[float, float]:
        """Write the label of a row of bars; gives where the next row begins and where the middle of its bars lies."""
        each = next(self._labels)
        if self._is_above:
            canvas.lines_of(EDGE + _inset(row), y + each.height / 2, each.lines, title=each.whole)
            y += each.height + 1
            return y + height + _GAP, y + height / 2
        full = max(each.height, height)
        canvas.lines_of(
            self._start - 8, y + full / 2, each.lines, anchor="end", title=each.whole
        ) if not _inset(row) else canvas.lines_of(
            EDGE + _inset(row), y + full / 2, each.lines, title=each.whole
        )
        return y + full + _GAP, y + full / 2

    def ground(self, canvas: Canvas, along: Scale, middle: float, height: float) -> None:
        """Draw the ground of a row of bars: through to the next row, unless its label lies between."""
        half = height / 2 + (2 if self._is_above else _GAP / 2)
        canvas.line((along.ground, middle - half), (along.ground, middle + half), "axis")


def number_at_end(
    canvas: Canvas, along: Scale, mark: Mark, end: Decimal, middle: float, *, is_bold: bool = False
) -> None:
    """The number of a bar beyond its end."""
    is_minus = end < 0
    canvas.text(
        along.at(end) + (-5 if is_minus else 5),
        middle + SIZE * 0.36,
        mark.text,
        "quiet" if mark.number is None else "text",
        anchor="end" if is_minus else "start",
        is_bold=is_bold,
    )


def _bar(canvas: Canvas, along: Scale, mark: Mark, place: int, y: float, thick: float, title: str) -> None:
    number = mark.number or Decimal(0)
    if number:
        first, last = sorted((along.ground, along.at(number)))
        if place:
            canvas.part(first, y + 0.5, last - first, thick - 1, place + 1, title)
        else:
            canvas.rect(first, y, last - first, thick, "bar", title)
    number_at_end(canvas, along, mark, number, y + thick / 2)


def _sample(canvas: Canvas, place: int, x: float, middle: float) -> None:
    if place:
        canvas.part(x + 1, middle - 6, 20, 12, place + 1)
    else:
        canvas.rect(x, middle - 6.5, 21, 13, "bar")


def _inset(row: Row) -> float:
    return row.depth * _STEP
