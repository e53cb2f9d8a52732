"""A tabulation on paper: tables with their heads on every page, wide ones on their side, pictures, and what the words mean."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from meyasubako.core import dates
from meyasubako.core.tabulation import (
    HIDDEN,
    SIGNS,
    STUB,
    Heading,
    Line,
    Printed,
    PrintedTable,
    Shown,
    Tabulation,
    Term,
    ValueKind,
    all_lines,
    head_groups,
    heading_label,
    hides,
    unit_note,
    written,
)
from meyasubako.edge.pictures import draw
from meyasubako.edge.print import to_pdf

CONTENTS_FROM: Final = 4
"""Tables from which on there is a table of contents."""
_SIZES: Final = ((False, 10.0), (False, 9.0), (True, 10.0), (True, 9.0))
"""Ways to lay a table, the best first: whether on its side, and how large its letters are in points."""
_ROOM: Final = {False: 170.0, True: 257.0}
"""Millimetres across the page, upright and on its side."""
_PICTURE_WIDTH: Final = 170.0
_PICTURE_HEIGHT: Final = {False: 220.0, True: 130.0}
_POINT: Final = 25.4 / 72
_PADDING: Final = 2.4
_LONGEST_STUB: Final = 16.0
_LONGEST_HEAD: Final = 6.0
_LEAST: Final = 3.0
_INDENT: Final = 1.0
_SLACK: Final = 0.6
_OF_THE_TABLE: Final = frozenset(
    {Shown.SHARE.value, Shown.TO_DATE_SHARE.value, Shown.YEAR_BEFORE_RATE.value, Shown.TO_DATE_RATE.value}
)


def report(tabulation: Tabulation, terms: Sequence[Term]) -> bytes:
    """The PDF (PDF/UA-1). Takes a moment: run it in a thread."""
    return to_pdf("report", report_data(tabulation, terms))


def report_data(tabulation: Tabulation, terms: Sequence[Term]) -> dict[str, Any]:
    """What the template is given."""
    return {
        "title": f"{tabulation.title}　{tabulation.span}",
        "author": tabulation.desk_name,
        "desk": tabulation.desk_name,
        "form": tabulation.title,
        "span": tabulation.span,
        "state": tabulation.state_label,
        "about": [
            f"{dates.wareki(tabulation.known_on)} 現在",
            f"集計した日　{dates.wareki(tabulation.counted_on)}",
        ],
        "has_contents": len(tabulation.tables) >= CONTENTS_FROM,
        "runs": [
            {"is_wide": is_wide, "tables": tables}
            for is_wide, tables in _runs(map(_table, tabulation.tables))
        ],
        "terms": [[term.label + (f"（{term.unit}）" if term.unit else ""), term.meaning] for term in terms],
        "signs": [[term.label, term.meaning] for term in SIGNS],
    }


def _runs(tables: Iterator[dict[str, Any]]) -> list[tuple[bool, list[dict[str, Any]]]]:
    """Tables that follow each other on pages that lie the same way."""
    found: list[tuple[bool, list[dict[str, Any]]]] = []
    for table in tables:
        if not found or found[-1][0] is not table["is_wide"]:
            found.append((table["is_wide"], []))
        found[-1][1].append(table)
    return found


@dataclass(frozen=True, slots=True)
class _Layout:
    is_wide: bool
    size: float
    parts: tuple[range, ...]
    """The columns of each part: a table that is too wide even for a page on its side is printed in parts."""


def _table(table: PrintedTable) -> dict[str, Any]:
    stub, widths = _stub_width(table), [_width(table, place) for place in range(len(table.headings))]
    layout = _lay(table.headings, stub, widths)
    notes = [
        *table.notes,
        *([] if all_lines(table) else ["この表に出す行はありません。"]),
        *([f"{HIDDEN}　{SIGNS[-1].meaning}"] if hides(table) else []),
    ]
    return {
        "title": table.title,
        "unit": unit_note(table),
        "notes": notes,
        "picture": _picture(table, is_wide=layout.is_wide),
        "is_wide": layout.is_wide,
        "size": layout.size,
        "parts": [
            {
                "columns": [stub, *(widths[place] for place in part)],
                "head": _head(table, part),
                "rows": [_row(table, line, part) for line in table.lines],
                "total": None if table.total is None else _row(table, table.total, part),
            }
            for part in layout.parts
        ],
    }


def _picture(table: PrintedTable, *, is_wide: bool) -> dict[str, Any] | None:
    """The picture below a table, as wide as the text unless it would be too high for the page; None where there is none."""
    if table.picture is None:
        return None
    drawing = draw(table, for_paper=True)
    if not drawing.has_enough:
        return None
    return {
        "svg": drawing.svg,
        "alt": drawing.alt,
        "title": drawing.title,
        "notes": list(drawing.notes),
        "width": min(_PICTURE_WIDTH, _PICTURE_HEIGHT[is_wide] * drawing.width / max(drawing.height, 1)),
    }


def _lay(headings: Sequence[Heading], stub: float, widths: Sequence[float]) -> _Layout:
    every = range(len(widths))
    for is_wide, size in _SIZES:
        if _across([stub, *widths], size) <= _ROOM[is_wide]:
            return _Layout(is_wide, size, (every,))
    is_wide, size = _SIZES[-1]
    room = _ROOM[is_wide] - _across([stub], size)
    return _Layout(is_wide, size, tuple(_parts(headings, widths, room, size)))


def _parts(headings: Sequence[Heading], widths: Sequence[float], room: float, size: float) -> Iterator[range]:
    """Columns that fit beside the labels; what stands under one heading stays together if it can."""
    start = place = 0
    for group, count in head_groups(headings):
        end = place + count
        if place > start and _across(widths[start:end], size) > room and group:
            yield range(start, place)
            start = place
        for column in range(place, end):
            if column > start and _across(widths[start : column + 1], size) > room:
                yield range(start, column)
                start = column
        place = end
    yield range(start, place)


def _across(widths: Sequence[float], size: float) -> float:
    return sum(width * size * _POINT + _PADDING for width in widths)


def _head(table: PrintedTable, part: range) -> list[list[dict[str, Any]]]:
    headings = [table.headings[place] for place in part]
    labels = [heading_label(table, heading) for heading in headings]
    if not any(heading.group for heading in table.headings):
        return [[_cell(table.stub or STUB), *map(_cell, labels)]]
    upper, lower, place = [_cell(table.stub or STUB, down=2)], [], 0
    for group, count in head_groups(headings):
        if group:
            upper.append(_cell(group, across=count))
            lower += map(_cell, labels[place : place + count])
        else:
            upper.append(_cell(labels[place], down=2))
        place += count
    return [upper, lower]


def _cell(text: str, *, across: int = 1, down: int = 1) -> dict[str, Any]:
    return {"text": text, "across": across, "down": down}


def _row(table: PrintedTable, line: Line, part: range) -> dict[str, Any]:
    return {
        "label": line.label,
        "depth": line.depth,
        "cells": [
            [
                written(line.cells[place], table.headings[place].kind, decimals=table.decimals),
                _of(table.headings[place], line.cells[place]),
            ]
            for place in part
        ],
    }


def _of(heading: Heading, cell: Printed) -> str:
    """Of how many a median or a percentage that is asked for is; a share of the total or of a year before says it by itself."""
    if cell.of is None or cell.is_hidden or heading.kind not in {ValueKind.PERCENT, ValueKind.DAYS}:
        return ""
    return "" if heading.key.rpartition(".")[2] in _OF_THE_TABLE else f"{cell.of:,}件中"


def _stub_width(table: PrintedTable) -> float:
    labels = ((line.label, line.depth) for line in all_lines(table))
    longest = max([_ems(table.stub or STUB), *(_ems(label) + _INDENT * depth for label, depth in labels)])
    return min(max(longest + _SLACK, _LEAST), _LONGEST_STUB)


def _width(table: PrintedTable, place: int) -> float:
    """Numbers stand in one line; the heading above them may take several."""
    heading = table.headings[place]
    cells = [line.cells[place] for line in all_lines(table)]
    numbers = [_ems(written(cell, heading.kind, decimals=table.decimals)) for cell in cells]
    numbers += [_ems(_of(heading, cell)) for cell in cells]
    widest = max(max(numbers, default=0), min(_ems(heading_label(table, heading)), _LONGEST_HEAD))
    return max(widest + _SLACK, _LEAST)


def _ems(text: str) -> float:
    """How wide a text is, in squares of a Japanese character; a little more than it takes."""
    return sum(1.0 if unicodedata.east_asian_width(sign) in "WFA" else 0.62 for sign in text)
