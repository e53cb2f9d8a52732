"""Tabulations made by hand, as an office would print them."""

from datetime import date
from decimal import Decimal

from meyasubako.core.tabulation import (
    Heading,
    Line,
    Printed,
    PrintedTable,
    Reach,
    Tabulation,
    Term,
    ValueKind,
    all_lines,
)

TERMS = (
    Term("receipts", "件数", "その月に届いた手紙や送信の数", "件"),
    Term("requester_group", "相談者", "相談した人の区分"),
)

GROUPS = (
    ("business", "県内事業者", 5, 2, 14),
    ("people", "県民グループ", 3, -1, 5),
    ("towns", "県・市町", 1, 0, 6),
)
BY_GROUP = PrintedTable(
    key="receipts-requester_group",
    title="相談者別の件数",
    stub="相談者",
    headings=(
        Heading("receipts.span", "6月", unit="件", group="当期"),
        Heading("receipts.previous_change", "前期差", ValueKind.CHANGE, "件", "当期"),
        Heading("receipts.to_date", "年度累計", unit="件", group="累計"),
        Heading("receipts.to_date_share", "構成比", ValueKind.PERCENT, "％", "累計"),
        Heading("days.span", "回答までの日数（中央値）", ValueKind.DAYS, "日"),
    ),
    lines=tuple(
        Line(
            code,
            label,
            (
                Printed(number, correction=1 if code == "people" else 0),
                Printed(change),
                Printed(year),
                Printed(Decimal(year * 1000 // 25) / 10, of=25),
                Printed(Decimal("3.5") if number > 1 else None, of=number),
            ),
        )
        for code, label, number, change, year in GROUPS
    ),
    total=Line(
        "total",
        "合計",
        (Printed(9), Printed(1), Printed(1025), Printed(Decimal("100.0"), of=25), Printed(Decimal(4), of=9)),
    ),
    notes=("県民グループの3件のうち1件は、5月の訂正です。",),
)
EMPTY = PrintedTable("none", "行のない表", "分野", (Heading("receipts.span", "6月", unit="件"),), (), None)


def by_month(rows: int, columns: int, *, label: str = "分野その{}") -> PrintedTable:
    """A table of rows × months, some of it kept from the public."""
    return PrintedTable(
        key=f"receipts-topic-{rows}-{columns}",
        title="分野と月ごとの件数",
        stub="分野",
        headings=tuple(
            Heading(
                f"receipts.{number}", f"{number % 12 + 1}月", unit="件", group=f"令和{number // 12 + 1}年度"
            )
            for number in range(columns)
        ),
        lines=tuple(
            Line(
                f"row-{row}",
                label.format(row),
                tuple(
                    Printed(None, is_hidden=True) if (row + place) % 7 == 3 else Printed(row * place * 13)
                    for place in range(columns)
                ),
                depth=row % 3,
            )
            for row in range(rows)
        ),
        total=Line("total", "合計", tuple(Printed(place * 1234) for place in range(columns))),
    )


def tabulation(*tables: PrintedTable, is_final: bool = True) -> Tabulation:
    """These tables of 令和8年6月."""
    return Tabulation(
        desk="mie-dx-center",
        desk_name="みえDXセンター",
        form="monthly",
        title="月次報告",
        reach=Reach.MONTH,
        first=202606,
        last=202606,
        span="令和8年6月",
        is_final=is_final,
        as_of=date(2026, 7, 10),
        counted_on=date(2026, 7, 12),
        tables=tables,
    )


Cells = dict[tuple[str, str, str], Decimal | str | None]
"""By table, row and column: the number, None where there is none, X where it is hidden."""


def cells_of(printed: Tabulation) -> Cells:
    """Every cell of a tabulation."""
    return {
        (table.key, line.code, heading.key): "X"
        if cell.is_hidden
        else None
        if cell.number is None
        else Decimal(cell.number)
        for table in printed.tables
        for line in all_lines(table)
        for heading, cell in zip(table.headings, line.cells, strict=True)
    }
