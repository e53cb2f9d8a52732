"""Indicators as a table for a spreadsheet: one row for each indicator and fiscal year, numbers as numbers."""

from decimal import Decimal
from typing import Final

from meyasubako.casework.indicators.viewing import Figures, Line, Table
from meyasubako.core import dates
from meyasubako.core.indicators import Value
from meyasubako.core.sheets import Cell, Column

COLUMNS: Final = (
    Column("code", "記号", "指標の変わらない名前"),
    Column("heading", "まとまり", "指標のまとまり"),
    Column("label", "指標", "指標の名前"),
    Column("unit", "単位", "値の単位"),
    Column("aim", "よい方向", "大きいほどよい、小さいほどよい、言葉のとおりになればよい"),
    Column("cumulative", "累計", "累計なら「累計」"),
    Column("baseline", "基準値", "基準値と、その時期。書かれたまま"),
    Column("baseline_number", "基準値（数）", "基準値が数なら、その数"),
    Column("fiscal_year", "年度", "年度の始まる年"),
    Column("fiscal_year_label", "年度（和暦）", "年度"),
    Column("target", "目標", "目標値。書かれたまま、単位つき"),
    Column("target_number", "目標（数）", "目標値が数なら、その数"),
    Column("actual", "実績", "実績値。書かれたまま、単位つき"),
    Column("actual_number", "実績（数）", "実績値が数なら、その数"),
    Column("gauge", "実績のとり方", "手で入れたか、集計のどの数か"),
    Column("state", "確定", "集計からの実績で、すべての月を締めてあれば「確定値」、まだなら「速報値」"),
    Column("answers", "回答数", "割合なら、もとになったアンケートの答えの数"),
    Column("ratio", "目標達成状況", "実績÷目標。0.00から1.00まで。小数第3位を四捨五入"),
    Column("verdict", "達成", "達成、未達成、届いている、途中、実績待ち、要判断、目標なし"),
    Column("division", "担当課", "担当する課"),
    Column("comment", "成果と課題", "その年度の成果と課題"),
    Column("next_action", "次の取組", "次に取り組むこと"),
    Column("note", "注記", "その年度と指標の注記"),
    Column("source", "出典", "指標の書かれた計画など"),
)
"""The columns of the table, with what each means."""


def rows(table: Table) -> list[tuple[Cell, ...]]:
    """The rows of a table of indicators; a year of which nothing is known has none, where there are several."""
    return [
        _row(line, each)
        for line in table.lines
        for each in line.figures
        if len(table.years) == 1 or each.target or each.actual or not each.yearly.is_empty
    ]


def _row(line: Line, each: Figures) -> tuple[Cell, ...]:
    definition = line.definition
    unit = definition.unit
    of_another = dates.fiscal_year_text(each.target_year) if each.target_year != each.year else ""
    target = each.target.shown(unit) if each.target else ""
    measured = each.measured if each.is_measured else None
    return (
        line.code,
        definition.heading,
        definition.label,
        unit,
        definition.aim.label,
        "累計" if definition.is_cumulative else "",
        definition.baseline_text,
        _number(definition.baseline_value),
        each.year,
        dates.fiscal_year_text(each.year),
        f"{target}（{of_another}）" if of_another else target,
        _number(each.target),
        each.actual.shown(unit) if each.actual else "",
        _number(each.actual),
        definition.gauge.label if measured or not each.actual else "手で入れる",
        ("確定値" if measured.is_final else "速報値") if measured else "",
        measured.answers if measured and measured.answers is not None else "",
        "" if each.ratio is None else each.ratio,
        each.verdict.label,
        definition.division,
        each.yearly.comment,
        each.yearly.next_action,
        "　".join(part for part in (each.yearly.note, definition.note) if part),
        definition.source,
    )


def _number(value: Value | None) -> Decimal | str:
    return "" if value is None or value.number is None else value.number
