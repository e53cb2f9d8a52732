"""Addresses of numbers from before there were forms, by measure and dimension: they lead to the same cases."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from meyasubako.casework import tallies
from meyasubako.casework.tallies import Cell, CellBehind, Part
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import Dimension, Measure

_PARTS: Final = {None: "訂正も入れた数", Part.VALUE: "訂正を除いた数", Part.CORRECTION: "訂正だけ"}


def before_forms(
    session: Any, applied: AppliedDesk, query: Mapping[str, str], *, by: Actor, skip: int
) -> CellBehind:
    """What stands behind the number such an address names. Raises NotFound, InvalidInput and ValueError for none."""
    way = Dimension(query.get("dimension", ""))
    part = Part(query["part"]) if query.get("part") else None
    first, last = tallies.read_range(query.get("from", ""), query.get("to", ""))
    as_of = date.fromisoformat(query["as_of"]) if query.get("as_of") else None
    cell = Cell(
        Measure(query.get("measure", "")),
        way,
        query.get("code", ""),
        first,
        last,
        None if as_of is None else dates.start_of_day(as_of),
        part,
    )
    counted = tallies.quantity_label(applied.desk, cell.quantity)
    found = tallies.cases_behind(session, applied, cell, by=by, skip=skip)
    months = dates.wareki_month(first)
    if last != first:
        months += f"～{dates.wareki_month(last)}"
    title = f"{tallies.label_of(applied.desk, way)}別（{counted}）"
    return CellBehind(title, found.label, f"{months}　{_PARTS[part]}", "", found)
