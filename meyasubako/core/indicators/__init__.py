"""Indicators (指標): what a desk set out to reach, year by year, and whether it did. Rules only; nothing is kept here."""

from meyasubako.core.indicators.checking import check_definition, check_yearly
from meyasubako.core.indicators.definition import Definition, Yearly, period_text
from meyasubako.core.indicators.file import Filed, as_file, parse_indicators
from meyasubako.core.indicators.judging import RULES, judge, ratio
from meyasubako.core.indicators.values import Value, read_value, value_of

__all__ = [
    "RULES",
    "Definition",
    "Filed",
    "Value",
    "Yearly",
    "as_file",
    "check_definition",
    "check_yearly",
    "judge",
    "parse_indicators",
    "period_text",
    "ratio",
    "read_value",
    "value_of",
]
