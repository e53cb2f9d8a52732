"""A tabulation as files: one line for each cell, a table as it is printed, and the whole of it as plain data."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from meyasubako.core import dates
from meyasubako.core.sheets import BOM, Cell, Column, csv_head, csv_lines
from meyasubako.core.tabulation.heads import SIGNS, STUB, Term, about_lines, all_lines, hides
from meyasubako.core.tabulation.printed import Line, Printed, PrintedTable, Tabulation
from meyasubako.core.tabulation.writing import HIDDEN, NOTHING

TIDY: Final = (
    Column("desk", "窓口の記号", "どの窓口の数字か"),
    Column("form", "様式の記号", "どの様式か"),
    Column("span", "期間", "どの期間の数字か"),
    Column("first", "初めの月", "期間の初めの月"),
    Column("last", "終わりの月", "期間の終わりの月"),
    Column("state", "状態", "確定値（締めた月だけ）か、速報値か"),
    Column("as_of", "時点", "この日の終わりに分かっていたとおりの数字"),
    Column("table", "表の記号", "様式のなかで変わらない名前"),
    Column("table_title", "表", "表の題"),
    Column("row", "行の記号", "変わらない名前。合計は total"),
    Column("row_label", "行", "行の見出し"),
    Column("depth", "段", "1つ上の段の行の内訳なら、その段より1多い"),
    Column("column", "列の記号", "変わらない名前"),
    Column("column_group", "列のまとまり", "いくつかの列にかかる見出し"),
    Column("column_label", "列", "列の見出し"),
    Column("unit", "単位", "数字の単位"),
    Column("value", "値", "印刷する数字。マイナスは - を付ける"),
    Column("mark", "印", "値がないわけ。none は、割るものや比べるものがない。hidden は、秘匿"),
    Column("correction", "うち訂正", "値のうち、締めた月についての訂正"),
    Column("of", "母数", "割合や中央値が、いくつについてのものか"),
)
"""The columns of the file with one line for each cell."""


def to_tidy_csv(tabulation: Tabulation) -> str:
    """One line for each cell, for reckoning on; every number is plain."""
    return csv_head(TIDY) + csv_lines(tidy_rows(tabulation))


def tidy_rows(tabulation: Tabulation) -> Iterator[tuple[Cell, ...]]:
    """The cells of all tables, in the order in which they are printed."""
    about = (
        tabulation.desk,
        tabulation.form,
        tabulation.span,
        dates.month_text(tabulation.first),
        dates.month_text(tabulation.last),
        tabulation.state_label,
        tabulation.known_on.isoformat(),
    )
    for table in tabulation.tables:
        for line in all_lines(table):
            for heading, cell in zip(table.headings, line.cells, strict=True):
                yield (
                    *about,
                    table.key,
                    table.title,
                    line.code,
                    line.label,
                    line.depth,
                    heading.key,
                    heading.group,
                    heading.label,
                    heading.unit,
                    "" if cell.number is None else cell.number,
                    _mark(cell),
                    cell.correction,
                    "" if cell.of is None else cell.of,
                )


def to_cross_csv(tabulation: Tabulation) -> str:
    """The tables one below the other as they are printed, with plain numbers."""
    rows: list[Sequence[Cell]] = [[tabulation.desk_name], [tabulation.title]]
    rows += [[line] for line in about_lines(tabulation)]
    for table in tabulation.tables:
        rows += [[], *_block(table)]
    return BOM + csv_lines(rows)


def _block(table: PrintedTable) -> Iterator[Sequence[Cell]]:
    yield [table.title]
    if any(heading.group for heading in table.headings):
        yield ["", *(heading.group for heading in table.headings)]
    yield [table.stub or STUB, *(heading.label for heading in table.headings)]
    if any(heading.unit for heading in table.headings):
        yield ["単位", *(heading.unit for heading in table.headings)]
    for line in all_lines(table):
        yield ["　" * line.depth + line.label, *(_shown(cell) for cell in line.cells)]
    yield from ([note] for note in table.notes)
    if hides(table):
        yield [f"{HIDDEN}は、秘匿"]


def _shown(cell: Printed) -> Cell:
    if cell.is_hidden:
        return HIDDEN
    return NOTHING if cell.number is None else cell.number


def _mark(cell: Printed) -> str:
    if cell.is_hidden:
        return "hidden"
    return "none" if cell.number is None else ""


def to_json(tabulation: Tabulation, terms: Sequence[Term]) -> str:
    """The whole of it as one JSON text, with its definitions."""
    return json.dumps(as_data(tabulation, terms), ensure_ascii=False, indent=1) + "\n"


def as_data(tabulation: Tabulation, terms: Sequence[Term]) -> dict[str, Any]:
    """The whole of it as plain data; shares and medians are numbers with the decimals they are printed with."""
    return {
        "desk": tabulation.desk,
        "desk_name": tabulation.desk_name,
        "form": tabulation.form,
        "title": tabulation.title,
        "reach": tabulation.reach.value,
        "from": dates.month_text(tabulation.first),
        "to": dates.month_text(tabulation.last),
        "span": tabulation.span,
        "state": "final" if tabulation.is_final else "provisional",
        "as_of": tabulation.known_on.isoformat(),
        "counted_on": tabulation.counted_on.isoformat(),
        "tables": [_table(table) for table in tabulation.tables],
        "dictionary": [
            {"code": term.code, "label": term.label, "meaning": term.meaning, "unit": term.unit}
            for term in (*terms, *SIGNS)
        ],
    }


def _table(table: PrintedTable) -> dict[str, Any]:
    return {
        "key": table.key,
        "title": table.title,
        "stub": table.stub,
        "decimals": table.decimals,
        "columns": [
            {
                "key": heading.key,
                "label": heading.label,
                "group": heading.group,
                "kind": heading.kind.value,
                "unit": heading.unit,
            }
            for heading in table.headings
        ],
        "rows": [_line(line) for line in table.lines],
        "total": None if table.total is None else _line(table.total),
        "notes": list(table.notes),
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "code": line.code,
        "label": line.label,
        "depth": line.depth,
        "cells": [
            {
                "value": cell.number
                if cell.number is None or isinstance(cell.number, int)
                else float(cell.number),
                "correction": cell.correction,
                "of": cell.of,
                "hidden": cell.is_hidden,
            }
            for cell in line.cells
        ],
    }
