"""Months, quarters and fiscal years as everybody reads them, in every language of the public pages."""

import calendar
from typing import Final

from meyasubako.core import dates
from meyasubako.core.dates import Month
from meyasubako.core.sentences import Text
from meyasubako.core.vocabulary import Language

_EASY: Final = Language.EASY_JAPANESE.value
_ENGLISH: Final = Language.ENGLISH.value


def month_words(month: Month) -> Text:
    """令和4年5月, May 2022."""
    year, number = divmod(month, 100)
    return Text(
        dates.wareki_month(month),
        {_ENGLISH: f"{calendar.month_name[number]} {year}", _EASY: f"{year}{{年|ねん}}{number}{{月|がつ}}"},
    )


def short_month_words(month: Month) -> Text:
    """5月, May: where the year stands elsewhere."""
    number = month % 100
    return Text(f"{number}月", {_ENGLISH: calendar.month_abbr[number], _EASY: f"{number}{{月|がつ}}"})


def year_words(year: int) -> Text:
    """令和4年度, fiscal year 2022."""
    return Text(
        dates.fiscal_year_text(year),
        {
            _ENGLISH: f"Fiscal year {year} (April {year} – March {year + 1})",
            _EASY: f"{year}{{年|ねん}}4{{月|がつ}}から{year + 1}{{年|ねん}}3{{月|がつ}}まで",
        },
    )


def short_year_words(year: int) -> Text:
    """令和4年度, FY2022: at the head of a column."""
    return Text(dates.fiscal_year_text(year), {_ENGLISH: f"FY{year}", _EASY: f"{year}{{年度|ねんど}}"})


def quarter_words(month: Month) -> Text:
    """第1四半期, April–June, by any of its months."""
    number = (month % 100 - 4) % 12 // 3
    first, last = (3 * number + 3) % 12 + 1, (3 * number + 5) % 12 + 1
    return Text(
        f"第{number + 1}四半期（{first}～{last}月）",
        {
            _ENGLISH: f"{calendar.month_abbr[first]}–{calendar.month_abbr[last]}",
            _EASY: f"{first}{{月|がつ}}から{last}{{月|がつ}}まで",
        },
    )
