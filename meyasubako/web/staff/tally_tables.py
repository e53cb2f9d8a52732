"""How the tables of a form are set out on the page: which numbers in which rows, and where each number leads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from meyasubako.casework import tallies
from meyasubako.core.tabulation import (
    Heading,
    Line,
    Printed,
    PrintedTable,
    ValueKind,
    head_groups,
    heading_label,
    unit_note,
    written,
)
from meyasubako.core.vocabulary import Quantity

STATUSES_GO_ON: Final = (
    "対応状況別と優先度別の項目数だけは、いまのようすを数えるため、締めたあとも変わります。"
)
"""The one exception to what closing a month says."""
_QUANTITIES: Final = {each.value: each for each in Quantity}


@dataclass(frozen=True, slots=True)
class ShownCell:
    """One number as written, with its cases behind it, and of how many it is."""

    text: str
    href: str = ""
    of: int | None = None
    is_zero: bool = False


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One row; `is_head` leads the rows set in under it."""

    label: str
    depth: int
    is_head: bool
    cells: tuple[ShownCell, ...]


@dataclass(frozen=True, slots=True)
class ShownTable:
    """One table. `groups` is the upper row of its head, () where there is none: (label, columns)."""

    table: PrintedTable
    unit: str
    groups: tuple[tuple[str, int], ...]
    heads: tuple[str, ...]
    lines: tuple[ShownLine, ...]
    total: ShownLine | None


def shown(table: PrintedTable, here: str) -> ShownTable:
    """A table for the page. `here` is the address of the cases behind its numbers, with a query; "" for none."""
    groups = head_groups(table.headings)
    following = (*(line.depth for line in table.lines[1:]), 0)
    lines = tuple(
        _line(table, line, here, is_head=below > line.depth)
        for line, below in zip(table.lines, following, strict=False)
    )
    return ShownTable(
        table,
        unit_note(table),
        groups if any(label for label, _ in groups) else (),
        tuple(heading_label(table, heading) for heading in table.headings),
        lines,
        _line(table, table.total, here, is_head=False) if table.total else None,
    )


def _line(table: PrintedTable, line: Line, here: str, *, is_head: bool) -> ShownLine:
    return ShownLine(line.label, line.depth, is_head, tuple(_cells(table, line, here)))


def _cells(table: PrintedTable, line: Line, here: str) -> Iterator[ShownCell]:
    for heading, cell in zip(table.headings, line.cells, strict=True):
        opens = here and not cell.is_hidden and cell.number is not None and (cell.number or cell.correction)
        place = urlencode({"table": table.key, "line": line.code, "heading": heading.key})
        yield ShownCell(
            text=written(cell, heading.kind, decimals=table.decimals),
            href=f"{here}&{place}" if opens else "",
            of=cell.of if _is_of(line, heading, cell) else None,
            is_zero=cell.number == 0,
        )


def _is_of(line: Line, heading: Heading, cell: Printed) -> bool:
    """Whether it must be said of how many a number is: a median, or a share that is counted and not of the total."""
    if cell.of is None or heading.kind in {ValueKind.COUNT, ValueKind.CHANGE}:
        return False
    named = _QUANTITIES.get(heading.key.partition(".")[0]) or _QUANTITIES.get(line.code)
    return named is not None and not tallies.DEFINITIONS[named].adds_up
