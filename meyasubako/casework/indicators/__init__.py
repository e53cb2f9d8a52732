"""Indicators (指標) of a desk: what it set out to reach in which fiscal year, what came of it, and what is done next.

Actual figures come from the tallies where those count them, and are entered otherwise. Nothing that was entered is lost.
"""

from meyasubako.casework.indicators.keeping import MOST, Written, add, bring_back, change, put_year, retire
from meyasubako.casework.indicators.loading import Loaded, load
from meyasubako.casework.indicators.measuring import Measured
from meyasubako.casework.indicators.sheet import COLUMNS, rows
from meyasubako.casework.indicators.viewing import (
    Figures,
    Group,
    Line,
    PastDefinition,
    PastYear,
    Table,
    Whole,
    all_years,
    as_filed,
    figures_of,
    headings,
    of_year,
    one,
    retired,
)

__all__ = [
    "COLUMNS",
    "MOST",
    "Figures",
    "Group",
    "Line",
    "Loaded",
    "Measured",
    "PastDefinition",
    "PastYear",
    "Table",
    "Whole",
    "Written",
    "add",
    "all_years",
    "as_filed",
    "bring_back",
    "change",
    "figures_of",
    "headings",
    "load",
    "of_year",
    "one",
    "put_year",
    "retire",
    "retired",
    "rows",
]
