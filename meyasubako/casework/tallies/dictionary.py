"""The data dictionary: what every figure means and how it can be divided, made from the definitions the figures are counted by."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from meyasubako.casework.tallies.questions import DEFINITIONS, Definition
from meyasubako.casework.tallies.rows import Head, heads_of, label_of
from meyasubako.core.desk import Desk
from meyasubako.core.sheets import BOM, Cell, csv_lines
from meyasubako.core.tabulation import TallyForm, Term
from meyasubako.core.vocabulary import TIMES, Dimension, Measure, Quantity

COLUMNS: Final = (
    "entry",
    "code",
    "label",
    "meaning",
    "unit",
    "adds_up",
    "opens",
    "dimensions",
    "of",
    "parent",
)


@dataclass(frozen=True, slots=True)
class QuantityEntry:
    """A figure in the desk's word. `opens` is what stands behind it, `by` the ways it can be divided."""

    quantity: Quantity
    label: str
    meaning: str
    unit: str
    adds_up: bool
    opens: str
    by: tuple[Dimension, ...]


@dataclass(frozen=True, slots=True)
class DimensionEntry:
    """A way to divide, in the desk's word, with its rows; () where they are months and years."""

    dimension: Dimension
    label: str
    meaning: str
    rows: tuple[Head, ...]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Every figure that can be asked for and every way to divide it."""

    desk_code: str
    desk_name: str
    quantities: tuple[QuantityEntry, ...]
    dimensions: tuple[DimensionEntry, ...]

    def label_of(self, dimension: Dimension) -> str:
        """The desk's word for a way to divide."""
        return next(each.label for each in self.dimensions if each.dimension is dimension)


def dictionary(desk: Desk) -> Dictionary:
    """The data dictionary of a desk as it stands."""
    return Dictionary(
        desk_code=desk.code,
        desk_name=desk.name,
        quantities=tuple(
            _quantity(desk, quantity, definition) for quantity, definition in DEFINITIONS.items()
        ),
        dimensions=tuple(
            DimensionEntry(
                each,
                label_of(desk, each),
                each.meaning,
                () if each in TIMES else tuple(heads_of(desk, each)),
            )
            for each in Dimension
        ),
    )


def quantity_label(desk: Desk, quantity: Quantity) -> str:
    """What the desk calls a figure."""
    words = desk.tally_labels
    return {Quantity.RECEIPTS: words.receipts, Quantity.CASES: words.cases}.get(quantity, quantity.label)


def dictionary_csv(found: Dictionary) -> str:
    """One line for each figure, each way to divide and each of its rows, for a spreadsheet."""
    lines: list[Sequence[Cell]] = [COLUMNS]
    for each in found.quantities:
        by = " ".join(dimension.value for dimension in each.by)
        adds_up = "yes" if each.adds_up else "no"
        lines.append(
            (
                "quantity",
                each.quantity.value,
                each.label,
                each.meaning,
                each.unit,
                adds_up,
                each.opens,
                by,
                "",
                "",
            )
        )
    for way in found.dimensions:
        lines.append(("dimension", way.dimension.value, way.label, way.meaning, *("",) * 6))
        lines += [
            ("row", row.code, row.label, *("",) * 5, way.dimension.value, row.parent or "")
            for row in way.rows
        ]
    return BOM + csv_lines(lines)


def dictionary_json(found: Dictionary) -> str:
    """The same as one JSON text."""
    return json.dumps(_as_data(found), ensure_ascii=False, indent=1) + "\n"


def _as_data(found: Dictionary) -> dict[str, Any]:
    return {
        "desk": found.desk_code,
        "desk_name": found.desk_name,
        "quantities": [
            {
                "code": each.quantity.value,
                "label": each.label,
                "meaning": each.meaning,
                "unit": each.unit,
                "adds_up": each.adds_up,
                "opens": each.opens,
                "dimensions": [dimension.value for dimension in each.by],
            }
            for each in found.quantities
        ],
        "dimensions": [
            {
                "code": way.dimension.value,
                "label": way.label,
                "meaning": way.meaning,
                "rows": [{"code": row.code, "label": row.label, "parent": row.parent} for row in way.rows],
            }
            for way in found.dimensions
        ],
    }


def _quantity(desk: Desk, quantity: Quantity, definition: Definition) -> QuantityEntry:
    return QuantityEntry(
        quantity=quantity,
        label=quantity_label(desk, quantity),
        meaning=quantity.meaning,
        unit=definition.unit,
        adds_up=definition.adds_up,
        opens="receipts" if definition.measure is Measure.RECEIPTS else "cases",
        by=tuple(each for each in Dimension if each in definition.dimensions | TIMES),
    )


def terms_of(desk: Desk, form: TallyForm) -> tuple[Term, ...]:
    """What a form prints, in the desk's words: its figures, the ways they are divided and the columns of comparison."""
    found: dict[str, Term] = {}
    for quantity in (each for table in form.tables for each in table.quantities):
        found[f"quantity {quantity}"] = Term(
            quantity.value, quantity_label(desk, quantity), quantity.meaning, DEFINITIONS[quantity].unit
        )
    for dimension in (each for table in form.tables for each in (table.rows, table.columns) if each):
        found[f"dimension {dimension}"] = Term(dimension.value, label_of(desk, dimension), dimension.meaning)
    for shown in (each for table in form.tables for each in table.shown if table.columns is None):
        found[f"shown {shown}"] = Term(shown.value, shown.label, shown.meaning)
    return tuple(found.values())
