"""Reads what a desk file says of public statistics."""

from meyasubako.core.desk.reading import Table
from meyasubako.core.desk.statistics import (
    DIVIDED_BY,
    LEAST_SMALLEST,
    NOT_PUBLISHED,
    REACHES,
    USUAL_SMALLEST,
    PublicTable,
    StatisticsRules,
)
from meyasubako.core.tabulation import Reach
from meyasubako.core.vocabulary import Dimension, Quantity

LARGEST_SMALLEST = 100


def read_statistics(root: Table) -> StatisticsRules:
    """What is published; nothing where the file says nothing."""
    if not root.has("public_statistics"):
        root.skip("public_statistics")
        return NOT_PUBLISHED
    table = root.table("public_statistics")
    enabled = table.flag("enabled", default=True)
    smallest = table.whole("smallest", at_least=LEAST_SMALLEST, at_most=LARGEST_SMALLEST)
    found = StatisticsRules(
        enabled=enabled,
        smallest=USUAL_SMALLEST if smallest is None else smallest,
        publisher=table.optional_words("publisher") or "",
        note=table.optional_words("note", single_line=False) or "",
        tables=_read_tables(table, required=enabled),
    )
    table.close()
    return found


def _read_tables(above: Table, *, required: bool) -> tuple[PublicTable, ...]:
    found: list[PublicTable] = []
    for table in above.tables("tables", required=required):
        quantity = table.choice("quantity", Quantity)
        rows = table.choice("rows", Dimension)
        every = table.choice("every", Reach, required=False) or Reach.FISCAL_YEAR
        table.close()
        if every not in REACHES:
            table.wrong("every", f"{'、'.join(REACHES)} のどれかを書いてください。")
        if quantity is None or rows is None:
            continue
        if quantity not in DIVIDED_BY:
            table.wrong("quantity", f"公開できるのは {'、'.join(DIVIDED_BY)} です。")
        elif rows not in DIVIDED_BY[quantity]:
            table.wrong("rows", f"「{quantity}」を分けられるのは {'、'.join(DIVIDED_BY[quantity])} です。")
        elif any(each.rows is rows for each in found):
            table.wrong(
                "rows",
                f"「{rows}」の表は1つだけにしてください。2つの表を比べると、秘匿した数が分かるためです。",
            )
        else:
            found.append(PublicTable(quantity, rows, every))
    return tuple(found)
