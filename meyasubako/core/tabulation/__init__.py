"""Statistical tables: how a form (様式) of them is planned, and what is printed of it, whoever prints it and however."""

from meyasubako.core.tabulation.plan import Filters, TablePlan, TallyForm
from meyasubako.core.tabulation.printed import Heading, Line, Printed, PrintedTable, Tabulation, ValueKind
from meyasubako.core.tabulation.words import Picture, Reach, Shown
from meyasubako.core.tabulation.writing import HIDDEN, NOTHING, written

__all__ = [
    "HIDDEN",
    "NOTHING",
    "Filters",
    "Heading",
    "Line",
    "Picture",
    "Printed",
    "PrintedTable",
    "Reach",
    "Shown",
    "TablePlan",
    "Tabulation",
    "TallyForm",
    "ValueKind",
    "written",
]
