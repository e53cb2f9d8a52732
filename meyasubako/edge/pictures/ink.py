"""The colours of a picture by what they are for: from the Digital Agency's tokens, told apart also without colour.

On a page the stylesheet says them (static/app.css: .pic-…), so that the dark scheme, paper and forced colours have
their own. In a file that stands alone they are written into the drawing.
"""

from typing import Final

PARTS: Final = 6
"""Parts of a bar that have a pattern of their own; one more is for all others together."""
LINES: Final = 5
STEPS: Final = 5
"""Steps of a heat map above zero."""

_PAPER: Final = "#ffffff"
_INK: Final = "#1a1a1a"
_INK_2: Final = "#4d4d4d"
_GRID: Final = "#cccccc"
# blue-900, orange-800, cyan-800, magenta-900, yellow-900, gray-600: at least 3:1 on white, and apart in lightness.
SERIES: Final = ("#0017c1", "#c74700", "#008299", "#8b008b", "#927200", "#666666")
_TINTS: Final = ("#d9e6ff", "#ffdfca", "#c8f8ff", "#ffd0ff", "#fff0b3", "#e6e6e6")
_HEAT: Final = ("#ffffff", "#d9e6ff", "#9db7f9", "#4979f5", "#0031d8", "#000071")

DASHES: Final = ("", "7 3", "2 3", "10 3 2 3", "5 2 1 2 1 2")

COLOURS: Final[dict[str, dict[str, str]]] = {
    "text": {"fill": _INK},
    "quiet": {"fill": _INK_2},
    "axis": {"stroke": _INK_2, "fill": "none"},
    "grid": {"stroke": _GRID, "fill": "none"},
    "bar": {"fill": SERIES[0]},
    "area": {"fill": _TINTS[0]},
    "others": {"fill": _PAPER, "stroke": SERIES[5]},
    "on-bar": {"fill": _PAPER},
    "halo": {"fill": _INK, "stroke": _PAPER},
    "cell": {"stroke": _GRID},
    **{f"line-{n}": {"stroke": colour, "fill": "none"} for n, colour in enumerate(SERIES, 1)},
    **{f"mark-{n}": {"fill": colour, "stroke": _PAPER} for n, colour in enumerate(SERIES, 1)},
    **{f"edge-{n}": {"stroke": colour} for n, colour in enumerate(SERIES, 1)},
    **{f"tint-{n}": {"fill": colour} for n, colour in enumerate(_TINTS, 1)},
    **{f"heat-{n}": {"fill": colour, "stroke": _GRID} for n, colour in enumerate(_HEAT)},
    **{f"on-heat-{n}": {"fill": _INK if n < 3 else _PAPER} for n in range(len(_HEAT))},
}
