"""Tallies (集計): every figure an office prints, counted from the ledger and nothing else, and the closing of a month.

A month's figure is the sum of the entries booked in it: its own (value) and those for earlier, closed months (訂正).
"""

from datetime import datetime

from sqlalchemy.orm import Session

from meyasubako.casework.tallies.answering import answer, answers
from meyasubako.casework.tallies.by_month import ByMonth, by_month
from meyasubako.casework.tallies.cells import Behind, Counted, Line
from meyasubako.casework.tallies.closing import (
    Closing,
    Left,
    Reasons,
    Untriaged,
    close_month,
    closing_of,
    months_to_close,
    number_untriaged,
    untriaged,
)
from meyasubako.casework.tallies.counting import closed_months
from meyasubako.casework.tallies.dictionary import (
    Dictionary,
    dictionary,
    dictionary_csv,
    dictionary_json,
    quantity_label,
    terms_of,
)
from meyasubako.casework.tallies.formats import as_data, to_csv, to_json
from meyasubako.casework.tallies.forms import (
    KnownForm,
    LoadedForms,
    change_form,
    end_form,
    find_form,
    forms_of,
    load_forms,
    save_form,
)
from meyasubako.casework.tallies.opening import behind
from meyasubako.casework.tallies.plans import validate
from meyasubako.casework.tallies.public_tables import month_tabulation, year_tabulation
from meyasubako.casework.tallies.publishing import (
    MonthFigures,
    PublicBreakdown,
    PublicRow,
    PublicTotal,
    PublishedMonth,
    publish,
    published,
    published_months,
    stub_of,
    to_publish,
)
from meyasubako.casework.tallies.questions import DEFINITIONS, Answer, Definition, Number, Question
from meyasubako.casework.tallies.ready_made import BREAKDOWN, MONTHLY, ready_made
from meyasubako.casework.tallies.rows import TOTAL, UNKNOWN, Head, label_of
from meyasubako.casework.tallies.setting_out import CellBehind, cells_behind, set_out
from meyasubako.casework.tallies.shape import (
    MOST_MONTHS,
    WANTED,
    Figure,
    Part,
    Period,
    PeriodKind,
    Row,
    Table,
    Tally,
    build,
    check_range,
    missing_range,
    read_range,
    share,
)
from meyasubako.casework.tallies.spans import When, time_label
from meyasubako.casework.tallies.sums import figures
from meyasubako.casework.tallies.survey_figures import SurveyFigures, survey_figures
from meyasubako.casework.tallies.table_cells import Cell, cases_behind
from meyasubako.casework.tallies.times import times
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month

__all__ = [
    "BREAKDOWN",
    "DEFINITIONS",
    "MONTHLY",
    "MOST_MONTHS",
    "TOTAL",
    "UNKNOWN",
    "Answer",
    "Behind",
    "ByMonth",
    "Cell",
    "CellBehind",
    "Closing",
    "Counted",
    "Definition",
    "Dictionary",
    "Figure",
    "Head",
    "KnownForm",
    "Left",
    "Line",
    "LoadedForms",
    "MonthFigures",
    "Number",
    "Part",
    "Period",
    "PeriodKind",
    "PublicBreakdown",
    "PublicRow",
    "PublicTotal",
    "PublishedMonth",
    "Question",
    "Reasons",
    "Row",
    "SurveyFigures",
    "Table",
    "Tally",
    "Untriaged",
    "When",
    "answer",
    "answers",
    "as_data",
    "behind",
    "by_month",
    "cases_behind",
    "cells_behind",
    "change_form",
    "close_month",
    "closing_of",
    "dictionary",
    "dictionary_csv",
    "dictionary_json",
    "end_form",
    "find_form",
    "forms_of",
    "label_of",
    "load_forms",
    "missing_range",
    "month_tabulation",
    "months_to_close",
    "number_untriaged",
    "publish",
    "published",
    "published_months",
    "quantity_label",
    "read_range",
    "ready_made",
    "save_form",
    "set_out",
    "share",
    "stub_of",
    "survey_figures",
    "tally",
    "terms_of",
    "time_label",
    "to_csv",
    "to_json",
    "to_publish",
    "untriaged",
    "validate",
    "year_tabulation",
]


def tally(
    session: Session,
    applied: AppliedDesk,
    *,
    first: Month,
    last: Month,
    as_of: datetime | None = None,
) -> Tally:
    """The tally of a desk from `first` to `last`; with `as_of`, as it was known at the end of that Japanese day.

    The words are those of its last month: once that is closed, a topic keeps the name it had then.
    """
    check_range(first, last)
    cutoff = None if as_of is None else dates.end_of_day(dates.japan_day(as_of))
    when = times(session, applied, last, cutoff)
    counts = figures(session, applied, first, last, cutoff, when, WANTED)
    closed = closed_months(session, applied.id, first, last, cutoff)
    return build(when.desk, counts, closed, first=first, last=last, as_of=cutoff, known=when.names)
