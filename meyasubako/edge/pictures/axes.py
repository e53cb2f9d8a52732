"""What surrounds the marks: steps of a scale, times below, a legend above, labels beside."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from meyasubako.core.tabulation import ValueKind
from meyasubako.edge.pictures.canvas import Canvas
from meyasubako.edge.pictures.lettering import LEADING, SIZE, SMALL, plain, width_of, wrapped
from meyasubako.edge.pictures.scale import Scale, tick_text

_IN_YEAR = re.compile(r"(.*?)(\d{1,2}月|第\d四半期)")
_ISO = re.compile(r"(\d{4})-(\d{2})")
EDGE = 2.0
"""Free room at the edges: a stroke is half outside its path."""
_SAMPLE = 22.0


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label as it is set: its lines, and the whole of it where they are cut."""

    lines: list[str]
    whole: str

    @property
    def height(self) -> float:
        """The room it takes."""
        return len(self.lines) * SIZE * LEADING


def labelled(text: str, room: float, *, size: float = SIZE, most: int = 2) -> Labelled:
    """A label in the room there is."""
    lines = wrapped(text, room, size=size, most=most)
    return Labelled(lines, plain(text) if lines[-1].endswith("…") else "")


def steps(canvas: Canvas, found: Scale, kind: ValueKind, left: float, right: float) -> None:
    """Lines across the picture at the steps of an upright scale, with their numbers to the left."""
    for tick in found.ticks():
        y = found.at(tick)
        canvas.line((left, y), (right, y), "axis" if tick == 0 else "grid")
        canvas.text(left - 6, y + SMALL * 0.36, tick_text(tick, kind), "quiet", size=SMALL, anchor="end")


def room_of_steps(found: Scale, kind: ValueKind) -> float:
    """The room the numbers of a scale take to the left."""
    return max(width_of(tick_text(tick, kind), SMALL) for tick in found.ticks()) + 8


def times(canvas: Canvas, labels: Sequence[str], at: Callable[[int], float], y: float, band: float) -> float:
    """Labels below an upright picture, y on top of them; as many as there is room for. Gives the room they took."""
    split = [_split(label) for label in labels]
    is_first = [place == 0 or split[place - 1][0] != year for place, (year, _) in enumerate(split)]
    shown = [word for _, word in split]
    if max(width_of(word, SMALL) for word in shown) > band - 2:
        # 4月 5 6 7: the word once, where months stand close.
        shown = [word if first else word.rstrip("月") for word, first in zip(shown, is_first, strict=True)]
    every = 1
    most = max(width_of(word.rstrip("月"), SMALL) for word in shown)
    while band * every < most + 2 and every < len(labels):
        every += 1
    years_end = -1.0
    has_years = any(year for year, _ in split)
    for place, word in enumerate(shown):
        if place % every:
            continue
        _within(canvas, at(place), y + SMALL, word)
        width = width_of(split[place][0], SMALL)
        begins = any(is_first[max(place - every + 1, 0) : place + 1])
        # A year begins under its first time, and never reaches out of its own picture.
        start = max(min(at(place) - band / 2, at(len(labels) - 1) + band / 2 - width), EDGE)
        if split[place][0] and begins and start > years_end and start + width < canvas.width:
            canvas.text(start, y + SMALL * (1 + LEADING), split[place][0], "quiet", size=SMALL)
            years_end = start + width + 6
    return SMALL * LEADING * (2 if has_years else 1) + 4


def legend(
    canvas: Canvas, labels: Sequence[str], y: float, sample: Callable[[int, float, float], None]
) -> float:
    """Samples with their labels in the order of the picture, in as many lines as they need. Gives the room they took."""
    x, line = EDGE, 0
    height = SIZE * LEADING + 4
    for place, label in enumerate(labels):
        set_label = labelled(label, canvas.width - _SAMPLE - 6 - 2 * EDGE, most=1)
        width = _SAMPLE + 6 + width_of(set_label.lines[0])
        if x > EDGE and x + width > canvas.width - EDGE:
            x, line = EDGE, line + 1
        middle = y + line * height + height / 2
        sample(place, x, middle)
        canvas.lines_of(x + _SAMPLE + 6, middle, set_label.lines, title=set_label.whole)
        x += width + 16
    return (line + 1) * height + 6


def _within(canvas: Canvas, x: float, y: float, word: str) -> None:
    """A label in the middle below its place, moved where it would leave the picture."""
    half = width_of(word, SMALL) / 2
    middle = min(max(x, half + EDGE), canvas.width - half - EDGE)
    canvas.text(middle, y, word, "quiet", size=SMALL, anchor="middle")


def _split(label: str) -> tuple[str, str]:
    """The year a time lies in, and the time in it: 令和8年 and 6月; a year alone has no other."""
    text = plain(label)
    if found := _ISO.fullmatch(text):
        return f"{found[1]}年", f"{int(found[2])}月"
    if found := _IN_YEAR.fullmatch(text):
        return found[1].strip(), found[2]
    return "", text
