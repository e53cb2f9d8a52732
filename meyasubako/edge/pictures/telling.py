"""What a picture shows, in one or two plain sentences, for those who hear it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from meyasubako.core.numbers import things
from meyasubako.core.tabulation import Picture, ValueKind
from meyasubako.edge.pictures import ink
from meyasubako.edge.pictures.reading import Grid, Mark

WORDS: Final = {
    Picture.LINE: "折れ線の図",
    Picture.BAR: "棒の図",
    Picture.STACKED: "積み上げ棒の図",
    Picture.MULTIPLES: "小さな図の並び",
    Picture.HEAT: "色の濃さの表",
}


def told(title: str, picture: Picture, grid: Grid) -> str:
    """The largest and the smallest, or what changed from the first to the last."""
    head = f"{title}の{WORDS[picture]}です。"
    if not grid.numbers:
        return f"{head}数字はまだありません。"
    if not any(grid.numbers):
        return f"{head}すべて{_number(grid, Decimal(0))}です。{_hidden(grid)}"
    tell = {Picture.LINE: _lines, Picture.STACKED: _stacks, Picture.BAR: _bars}.get(picture, _cells)
    return f"{head}{tell(grid)}{_hidden(grid)}"


def _bars(grid: Grid) -> str:
    found = [(row.label, row.marks[0]) for row in grid.rows]
    words = _extremes(grid, found)
    return f"{grid.columns[0]}では、{words}" if len(grid.columns) > 1 else words


def _lines(grid: Grid) -> str:
    if len(grid.rows) > 1:
        grid = grid.of_tops().of_largest(ink.LINES)
        return f"{grid.columns[-1]}では、{_extremes(grid, [(row.label, row.marks[-1]) for row in grid.rows])}"
    (row,) = grid.rows
    known = [place for place, mark in enumerate(row.marks) if mark.number is not None]
    first, last = row.marks[known[0]], row.marks[known[-1]]
    if len(known) == 1:
        return f"{grid.columns[known[0]]}は{_said(grid, first)}です。"
    start, end = first.number or 0, last.number or 0
    change = "増えました" if end > start else "減りました" if end < start else "変わっていません"
    way = f"{grid.columns[known[0]]}の{_said(grid, first)}から{grid.columns[known[-1]]}の{_said(grid, last)}へ{change}。"
    if change == "変わっていません":
        way = f"{grid.columns[known[0]]}も{grid.columns[known[-1]]}も{_said(grid, last)}です。"
    return way + _extremes(grid, list(zip(grid.columns, row.marks, strict=True)))


def _stacks(grid: Grid) -> str:
    sums = [
        sum((row.marks[place].number or Decimal(0) for row in grid.rows), Decimal(0))
        for place in range(len(grid.columns))
    ]
    place = max(range(len(sums)), key=lambda each: sums[each])
    total = grid.totals[place] if grid.totals else Mark(sums[place], f"{sums[place]:,}")
    most = max(grid.rows, key=lambda row: row.marks[place].number or Decimal(0))
    return (
        f"いちばん長い棒は{grid.columns[place]}で、合計{_said(grid, total)}です。"
        f"その中では{most.label}の{_said(grid, most.marks[place])}がいちばん多くなっています。"
    )


def _cells(grid: Grid) -> str:
    named = [
        (f"{row.label}の{column}", mark)
        for row in grid.rows
        for column, mark in zip(grid.columns, row.marks, strict=True)
    ]
    most = _most(named)
    zeros = sum(1 for _, mark in named if mark.number == 0)
    words = f"{things(len(grid.rows))}の行のうち、いちばん多いのは{most[0]}の{_said(grid, most[1])}です。"
    return f"{words}{len(named)}のうち{zeros}が0です。" if zeros else words


def _extremes(grid: Grid, found: Sequence[tuple[str, Mark]]) -> str:
    known = [(label, mark) for label, mark in found if mark.number is not None]
    if not known:
        return "数字がありません。"
    most, least = _most(known), _most(known, -1)
    if len(known) == 1:
        return f"{most[0]}が{_said(grid, most[1])}です。"
    if most[1].number == least[1].number:
        return f"どれも{_said(grid, most[1])}です。"
    more, less = ("多い", "少ない") if grid.kind is ValueKind.COUNT else ("大きい", "小さい")
    return (
        f"いちばん{more}のは{_named(known, most)}の{_said(grid, most[1])}、"
        f"いちばん{less}のは{_named(known, least)}の{_said(grid, least[1])}です。"
    )


def _most(found: Sequence[tuple[str, Mark]], sign: int = 1) -> tuple[str, Mark]:
    known = [each for each in found if each[1].number is not None]
    return max(known, key=lambda each: sign * (each[1].number or Decimal(0)))


def _named(found: Sequence[tuple[str, Mark]], one: tuple[str, Mark]) -> str:
    """Its name, or how many there are alike."""
    alike = [label for label, mark in found if mark.number == one[1].number]
    return "と".join(alike) if len(alike) <= 2 else f"{alike[0]}など{things(len(alike))}"


def _said(grid: Grid, mark: Mark) -> str:
    return mark.text if grid.kind is ValueKind.PERCENT else f"{mark.text}{grid.unit}"


def _number(grid: Grid, number: Decimal) -> str:
    return f"{number}%" if grid.kind is ValueKind.PERCENT else f"{number}{grid.unit}"


def _hidden(grid: Grid) -> str:
    hidden = sum(1 for mark in grid.marks if mark.is_hidden)
    return f"Xの{hidden}か所は、公表していない数です。" if hidden else ""
