"""Statistical tables: how a form (様式) of them is planned, and what is printed of it, whoever prints it and however."""

from meyasubako.core.tabulation.files import TIDY, as_data, tidy_rows, to_cross_csv, to_json, to_tidy_csv
from meyasubako.core.tabulation.heads import (
    SIGNS,
    STUB,
    Term,
    about_lines,
    all_lines,
    head_groups,
    heading_label,
    hides,
    unit_note,
)
from meyasubako.core.tabulation.plan import Filters, TablePlan, TallyForm
from meyasubako.core.tabulation.printed import Heading, Line, Printed, PrintedTable, Tabulation, ValueKind
from meyasubako.core.tabulation.words import Picture, Reach, Shown
from meyasubako.core.tabulation.writing import HIDDEN, NOTHING, written

__all__ = [
    "HIDDEN",
    "NOTHING",
    "SIGNS",
    "STUB",
    "TIDY",
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
    "Term",
    "ValueKind",
    "about_lines",
    "all_lines",
    "as_data",
    "head_groups",
    "heading_label",
    "hides",
    "tidy_rows",
    "to_cross_csv",
    "to_json",
    "to_tidy_csv",
    "unit_note",
    "written",
]
