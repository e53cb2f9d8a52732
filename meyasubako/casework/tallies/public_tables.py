"""Published months set out as tables. All of it is made of printed numbers: a sum where all its parts are printed, a share of what is."""

from collections.abc import Iterator, Sequence
from typing import Final

from meyasubako.casework.tallies.publishing import PublicBreakdown, PublicRow, PublishedMonth
from meyasubako.casework.tallies.rows import TOTAL
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.numbers import share
from meyasubako.core.sentences import say
from meyasubako.core.span_words import (
    month_words,
    quarter_words,
    short_month_words,
    short_year_words,
    year_words,
)
from meyasubako.core.tabulation import (
    Heading,
    Line,
    Picture,
    Printed,
    PrintedTable,
    Reach,
    Tabulation,
    ValueKind,
)
from meyasubako.core.vocabulary import Dimension, Quantity

FORM: Final = "public"
HIDDEN: Final = Printed(None, is_hidden=True)
NOT_THERE: Final = Printed(None)
OVERLAPS: Final = say(
    "1つの受付や項目が、いくつかの行に入ることがあります。そのため、行をたすと、合計より多くなることがあります。"
)


def month_tabulation(applied: AppliedDesk, published: PublishedMonth) -> Tabulation:
    """What was published with a month: its totals, and the breakdowns of what ended with it."""
    month = published.month
    tables = (
        PrintedTable(
            key="totals",
            title=say("この月の数"),
            stub=say("数えたもの"),
            headings=(Heading("total.span", month_words(month)),),
            lines=tuple(
                Line(each.quantity.value, _with_unit(each.label, each.unit), (Printed(each.number),))
                for each in published.figures.totals
            ),
            total=None,
        ),
        *(_with_shares(each) for each in published.figures.breakdowns),
    )
    return _tabulation(applied, Reach.MONTH, (published,), month_words(month), tables)


def year_tabulation(applied: AppliedDesk, months: Sequence[PublishedMonth]) -> Tabulation:
    """What is published of a fiscal year: its totals by month, and each breakdown by month, quarter or for the year."""
    year = dates.fiscal_year(months[0].month)
    by_key: dict[str, list[PublicBreakdown]] = {}
    for published in months:
        for each in published.figures.breakdowns:
            by_key.setdefault(each.key, []).append(each)
    # In the order of the rules, whichever ended first.
    order = [f"{table.quantity}-{table.rows}" for table in months[0].figures.tables]
    tables = [_totals_by_month(months)]
    for key in sorted(by_key, key=order.index):
        found = by_key[key]
        is_year = found[0].every is Reach.FISCAL_YEAR
        tables.append(_with_shares(found[0]) if is_year else _across(found))
    return _tabulation(applied, Reach.FISCAL_YEAR, months, year_words(year), tuple(tables))


def _tabulation(
    applied: AppliedDesk,
    reach: Reach,
    months: Sequence[PublishedMonth],
    span: str,
    tables: tuple[PrintedTable, ...],
) -> Tabulation:
    return Tabulation(
        desk=applied.code,
        desk_name=applied.desk.name,
        form=FORM,
        title=say("公開統計"),
        reach=reach,
        first=months[0].month,
        last=months[-1].month,
        span=span,
        is_final=True,
        as_of=None,
        counted_on=dates.japan_day(max(each.published_at for each in months)),
        tables=tables,
    )


def _with_unit(label: str, unit: str) -> str:
    return say("%(label)s（%(unit)s）", label=label, unit=unit)


def _title(found: PublicBreakdown) -> str:
    return say("%(rows)s別（%(quantity)s）", rows=found.stub, quantity=found.label)


def _notes(found: PublicBreakdown) -> tuple[str, ...]:
    overlaps = found.rows is Dimension.TOPIC_TOP or (
        found.rows is Dimension.PURPOSE and found.quantity is Quantity.RECEIPTS
    )
    return (OVERLAPS,) if overlaps else ()


def _span(found: PublicBreakdown) -> str:
    match found.every:
        case Reach.MONTH:
            return month_words(found.first)
        case Reach.QUARTER:
            return say(
                "%(year)s %(quarter)s",
                year=short_year_words(dates.fiscal_year(found.first)),
                quarter=quarter_words(found.first),
            )
        case _:
            return short_year_words(dates.fiscal_year(found.first))


def _with_shares(found: PublicBreakdown) -> PrintedTable:
    """One span, each number with its share of the total."""

    def cells(number: int | None) -> tuple[Printed, ...]:
        if number is None:
            return (HIDDEN, HIDDEN)
        return (Printed(number), Printed(share(number, found.total), of=found.total))

    return PrintedTable(
        key=found.key,
        title=_title(found),
        stub=found.stub,
        headings=(
            Heading(f"{found.quantity}.span", _span(found), unit=found.unit),
            Heading(f"{found.quantity}.share", say("構成比"), ValueKind.PERCENT, unit="％"),
        ),
        lines=tuple(Line(row.code, row.label, cells(row.number)) for row in found.lines),
        total=Line(TOTAL, say("合計"), cells(found.total)),
        notes=_notes(found),
        picture=Picture.BAR,
    )


def _across(spans: Sequence[PublicBreakdown]) -> PrintedTable:
    """Several spans beside each other, and their sum where every part of it is printed."""
    last = spans[-1]
    rows: dict[str, PublicRow] = {}
    for each in spans:
        for row in each.lines:
            # Named as it was in the last span that had it.
            rows[row.code] = row
    lines = tuple(Line(code, row.label, tuple(_cells(spans, code))) for code, row in rows.items())
    totals = [each.total for each in spans]
    return PrintedTable(
        key=last.key,
        title=_title(last),
        stub=last.stub,
        headings=(
            *(
                Heading(f"{each.quantity}.{_time_key(each)}", _short_span(each), unit=each.unit)
                for each in spans
            ),
            Heading(f"{last.quantity}.total", say("計"), unit=last.unit),
        ),
        lines=lines,
        total=Line(TOTAL, say("合計"), tuple(map(Printed, (*totals, sum(totals))))),
        notes=_notes(last),
        picture=Picture.STACKED,
    )


def _cells(spans: Sequence[PublicBreakdown], code: str) -> Iterator[Printed]:
    total: int | None = 0
    for each in spans:
        found = [row.number for row in each.lines if row.code == code]
        if not found:
            yield NOT_THERE
        elif found[0] is None:
            total = None
            yield HIDDEN
        else:
            total = None if total is None else total + found[0]
            yield Printed(found[0])
    yield HIDDEN if total is None else Printed(total)


def _short_span(found: PublicBreakdown) -> str:
    return short_month_words(found.first) if found.every is Reach.MONTH else quarter_words(found.first)


def _time_key(found: PublicBreakdown) -> str:
    match found.every:
        case Reach.MONTH:
            return dates.month_text(found.first)
        case Reach.QUARTER:
            return f"{dates.fiscal_year(found.first)}-Q{(found.first % 100 - 4) % 12 // 3 + 1}"
        case _:
            return str(dates.fiscal_year(found.first))


def _totals_by_month(months: Sequence[PublishedMonth]) -> PrintedTable:
    totals = {(each.month, total.quantity): total for each in months for total in each.figures.totals}
    quantities = {total.quantity: total for total in totals.values()}

    def line(month: Month) -> tuple[Printed, ...]:
        found = (totals.get((month, quantity)) for quantity in quantities)
        return tuple(NOT_THERE if each is None else Printed(each.number) for each in found)

    sums = (sum(each.number for (_, q), each in totals.items() if q is quantity) for quantity in quantities)
    return PrintedTable(
        key="totals",
        title=say("月ごとの数"),
        stub=say("月"),
        headings=tuple(
            Heading(f"{quantity}.span", total.label, unit=total.unit)
            for quantity, total in quantities.items()
        ),
        lines=tuple(
            Line(dates.month_text(each.month), month_words(each.month), line(each.month)) for each in months
        ),
        total=Line(TOTAL, say("計"), tuple(map(Printed, sums))),
        picture=Picture.LINE,
    )
