"""Indicators as a file (TOML): one table for each, its fiscal years in a list.

    [[indicators]]
    code = "paper"
    label = "コピー用紙購入量"
    unit = "百万枚"
    aim = "lower"
    baseline = "40"
    baseline_first = "R2"
    years = [
      { year = "R7", target = "12" },
    ]

Values stand in quotes, as the document prints them: a number keeps its decimal places, and words are values too.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from meyasubako.core import dates
from meyasubako.core.desk.file import open_table
from meyasubako.core.desk.reading import Codes, DeskFileError, Table
from meyasubako.core.errors import InvalidInput
from meyasubako.core.indicators.checking import SAID, check_definition, check_yearly
from meyasubako.core.indicators.definition import Definition, Yearly
from meyasubako.core.vocabulary import Aim, Gauge

_LINES: Final = (
    "heading",
    "label",
    "unit",
    "aim",
    "since",
    "gauge",
    "baseline",
    "baseline_first",
    "baseline_last",
    "baseline_note",
    "division",
    "source",
)
_YEARLY: Final = ("target", "actual", "said")
_YEARLY_TEXTS: Final = ("note", "comment", "next_action")
_DEFAULTS: Final = ("heading", "division", "source")
"""What may stand once, at the top of the file, for every indicator that says nothing else."""


@dataclass(frozen=True, slots=True)
class Filed:
    """One indicator of a file: its code, what it is, and its fiscal years in order."""

    code: str
    definition: Definition
    years: tuple[tuple[int, Yearly], ...]


def parse_indicators(text: str, *, source: str) -> tuple[Filed, ...]:
    """The indicators of a file; `source` names it in the error. Raises DeskFileError with every mistake."""
    root = open_table(text, source=source)
    defaults = {name: root.optional_text(name) or "" for name in _DEFAULTS}
    codes = Codes()
    found = [_indicator(table, codes, defaults) for table in root.tables("indicators", required=True)]
    root.close()
    if root.mistakes.found:
        raise DeskFileError(source, root.mistakes.found)
    return tuple(each for each in found if each is not None)


def as_file(indicators: Iterable[Filed]) -> str:
    """The text of a file that holds these indicators."""
    return "\n".join(_written(indicators)) + "\n"


def _indicator(table: Table, codes: Codes, defaults: Mapping[str, str]) -> Filed | None:
    code = table.code("code", codes)
    written = {name: value for name in _LINES if (value := table.optional_text(name)) is not None}
    written |= {
        name: value
        for name in ("meaning", "note")
        if (value := table.optional_text(name, single_line=False)) is not None
    }
    written["is_cumulative"] = "yes" if table.flag("is_cumulative", default=False) else ""
    try:
        definition = check_definition({"aim": Aim.HIGHER.value, **defaults, **written})
    except InvalidInput as refused:
        for error in refused.errors:
            table.wrong(error.field, error.message)
        definition = None
    years: dict[int, Yearly] = {}
    for each in table.tables("years", required=False):
        _year(each, definition, years)
    table.close()
    return Filed(code, definition, tuple(sorted(years.items()))) if definition else None


def _year(table: Table, definition: Definition | None, years: dict[int, Yearly]) -> None:
    typed = table.text("year")
    written = {name: table.optional_text(name) or "" for name in _YEARLY}
    written |= {name: table.optional_text(name, single_line=False) or "" for name in _YEARLY_TEXTS}
    table.close()
    try:
        year = dates.read_fiscal_year(typed)
    except ValueError:
        if typed:
            table.wrong("year", "年度は、R3、令和3年度、2021 のように書いてください。")
        return
    if year in years:
        table.wrong("year", f"{dates.fiscal_year_text(year)}が2度あります。1つにしてください。")
    if definition is None:
        return
    try:
        years[year] = check_yearly(definition, written)
    except InvalidInput as refused:
        for error in refused.errors:
            table.wrong(error.field, error.message)


def _written(indicators: Iterable[Filed]) -> Iterator[str]:
    for number, each in enumerate(indicators):
        if number:
            yield ""
        definition = each.definition
        yield "[[indicators]]"
        yield _pair("code", each.code)
        for name in (*_LINES, "meaning", "note"):
            value = getattr(definition, name)
            if name in {"since", "baseline_first", "baseline_last"}:
                value = dates.fiscal_year_text(value) if value is not None else ""
            if value and value is not Gauge.ENTERED:
                yield _pair(name, value)
            if name == "aim" and definition.is_cumulative:
                yield "is_cumulative = true"
        if each.years:
            yield "years = ["
            yield from (f"  {{ {', '.join(_year_pairs(year, yearly))} }}," for year, yearly in each.years)
            yield "]"


def _year_pairs(year: int, yearly: Yearly) -> Iterator[str]:
    yield _pair("year", dates.fiscal_year_text(year))
    said = next(code for code, meant in SAID.items() if meant is yearly.said)
    for name, value in (("target", yearly.target), ("actual", yearly.actual), ("said", said)):
        if value:
            yield _pair(name, value)
    for name in _YEARLY_TEXTS:
        if value := getattr(yearly, name):
            yield _pair(name, value)


def _pair(name: str, value: str) -> str:
    # What JSON writes is a basic string of TOML, but for one control character, which no text here holds.
    return f"{name} = {json.dumps(str(value), ensure_ascii=False)}"
