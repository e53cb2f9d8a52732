"""Addresses of numbers from before there were forms, by measure and dimension: they lead to the same cases."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from meyasubako.casework import tallies
from meyasubako.casework.tallies import CellBehind, Part, Question
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import Dimension, Measure, Quantity

_QUANTITIES: Final = {Measure.RECEIPTS: Quantity.RECEIPTS, Measure.CASES: Quantity.CASES}
_PARTS: Final = {None: "訂正も入れた数", Part.VALUE: "訂正を除いた数", Part.CORRECTION: "訂正だけ"}


def before_forms(
    session: Any, applied: AppliedDesk, query: Mapping[str, str], *, by: Actor, skip: int
) -> CellBehind:
    """What stands behind the number such an address names. Raises NotFound, InvalidInput and ValueError for none."""
    measure, way = Measure(query.get("measure", "")), Dimension(query.get("dimension", ""))
    quantity = Quantity.CLOSED if way is Dimension.OUTCOME else _QUANTITIES.get(measure)
    if quantity is None or way not in tallies.DEFINITIONS[quantity].dimensions:
        raise NotFound
    code, part = query.get("code", ""), Part(query["part"]) if query.get("part") else None
    heads = (each for each in tallies.dictionary(applied.desk).dimensions if each.dimension is way)
    label = {tallies.TOTAL: "合計", **{row.code: row.label for head in heads for row in head.rows}}.get(code)
    if label is None:
        raise NotFound
    first, last = tallies.read_range(query.get("from", ""), query.get("to", ""))
    as_of = date.fromisoformat(query["as_of"]) if query.get("as_of") else None
    question = Question((quantity,), first, last, way, as_of=as_of)
    found = tallies.behind(session, applied, question, quantity, row=code, part=part, by=by, skip=skip)
    months = dates.wareki_month(first)
    if last != first:
        months += f"～{dates.wareki_month(last)}"
    title = f"{tallies.label_of(applied.desk, way)}別（{tallies.quantity_label(applied.desk, quantity)}）"
    return CellBehind(title, label, f"{months}　{_PARTS[part]}", "", found)
