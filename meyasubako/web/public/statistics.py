"""Public statistics of a desk: its closed months and fiscal years as pages, as data, as a catalogue and as a feed.

Everything is made of what was published, which never changes; whoever has a copy already is told so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import tallies
from meyasubako.casework.tallies import PublishedMonth
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.dates import Month
from meyasubako.core.errors import NotFound
from meyasubako.core.sentences import Sentence, joined, say
from meyasubako.core.span_words import month_words, short_month_words, year_words
from meyasubako.core.tabulation import Reach, Tabulation, written
from meyasubako.core.tabulation.heads import Term, hides
from meyasubako.core.vocabulary import Quantity
from meyasubako.edge import open_data
from meyasubako.edge.open_data import Entry, File, Publisher
from meyasubako.web import page

FRESH: Final = 600
MOST_IN_FEED: Final = 60

MEANINGS: Final = {
    Quantity.RECEIPTS: say("届いた手紙や送信の数です。電話や窓口でうかがったものも入ります。"),
    Quantity.CASES: say("届いたことがらの数です。1つの手紙に、いくつものことがらがあることもあります。"),
    Quantity.CLOSED: say("対応の結果が決まり、終わったことがらの数です。"),
}
"""What is counted, for those who never saw the desk from inside."""
EVERY: Final = {Reach.QUARTER: say("3か月ごと"), Reach.FISCAL_YEAR: say("年度ごと")}
"""How often breakdowns are printed that are not there for every month."""
FILES: Final = (
    ("cells.csv", say("1行に1つの数字の表（プログラム向け）"), "CSV"),
    ("tables.csv", say("画面と同じ形の表（表計算ソフト向け）"), "CSV"),
    ("data.json", say("説明つきのデータ"), "JSON"),
    ("datapackage.json", say("データの説明（Frictionless Data Package）"), "JSON"),
)


@dataclass(frozen=True, slots=True)
class Span:
    """A month or fiscal year that is published: its name in addresses, what it is called, and what is in it."""

    path: str
    label: str
    reach: Reach
    first: Month
    last: Month


@dataclass(frozen=True, slots=True)
class Year:
    """A fiscal year with its published months, oldest first."""

    path: str
    label: str
    months: tuple[tuple[str, str], ...]


async def index(request: Request) -> Response:
    """Every month and fiscal year there is."""
    applied = page.desk(request)
    months = await _months(request)
    years: dict[int, list[Month]] = {}
    for month, _ in months:
        years.setdefault(dates.fiscal_year(month), []).insert(0, month)
    response = page.render(
        request,
        "public/statistics.html",
        title=say("これまでの件数"),
        desk=applied,
        here=applied.desk,
        years=[
            Year(
                _path_of_year(year),
                year_words(year),
                tuple((dates.month_text(each), short_month_words(each)) for each in found),
            )
            for year, found in years.items()
        ],
        rules=applied.desk.public_statistics,
        publisher=_publisher(request).name,
        licence_page=open_data.LICENCE_PAGE,
    )
    return page.kept(request, response, seconds=FRESH)


async def span(request: Request) -> Response:
    """The figures of a month or fiscal year."""
    applied, wanted = page.desk(request), _wanted(request)
    months = await _published(request, wanted)
    tabulation = _tabulation(applied, wanted, months)
    known = [month for month, _ in reversed(await _months(request))]
    year = dates.fiscal_year(wanted.first)
    response = page.render(
        request,
        "public/statistics-span.html",
        title=say("%(span)sの件数", span=tabulation.span),
        desk=applied,
        here=applied.desk,
        span=wanted.path,
        is_year=wanted.reach is Reach.FISCAL_YEAR,
        year=(_path_of_year(year), year_words(year)),
        months=[
            (dates.month_text(each), short_month_words(each))
            for each in known
            if dates.fiscal_year(each) == year
        ],
        goes_on=months[-1].month % 100 != 3,
        until=month_words(months[-1].month),
        tabulation=tabulation,
        published_on=tabulation.counted_on,
        has_hidden=any(map(hides, tabulation.tables)),
        smallest=months[-1].figures.smallest,
        later=_later(applied, months),
        terms=_terms(months),
        written=written,
        files=FILES,
        publisher=_publisher(request).name,
        licence_page=open_data.LICENCE_PAGE,
    )
    return page.kept(request, response, seconds=FRESH)


async def file_of(request: Request) -> Response:
    """A month or fiscal year as a file, or the description of its files."""
    applied, wanted = page.desk(request), _wanted(request)
    months = await _published(request, wanted)
    tabulation = _tabulation(applied, wanted, months)
    files = open_data.files_of(tabulation, _terms(months))
    entry = _entry(wanted, months[-1].published_at)
    package = open_data.data_package(_publisher(request), entry, files)
    found = {each.name: each for each in (*files, File("datapackage.json", "", "application/json", package))}
    name = request.path_params["file"]
    if name not in found:
        raise NotFound
    file = found[name]
    return _answer(request, file.content, file.media_type, name=f"{applied.code}-{wanted.path}-{file.name}")


async def catalogue(request: Request) -> Response:
    """The DCAT record."""
    months = await _months(request)
    content = open_data.catalogue(_publisher(request), [*_year_entries(months), *_month_entries(months)])
    return _answer(request, content, "application/ld+json")


async def feed(request: Request) -> Response:
    """The Atom feed of the months that were published, and of the years that are complete."""
    months = await _months(request)
    years = [each for each in _year_entries(months) if each.last % 100 == 3]
    entries = sorted(
        [*years, *_month_entries(months)],
        key=lambda each: (each.last, each.reach is Reach.MONTH),
        reverse=True,
    )
    content = open_data.feed(_publisher(request), entries[:MOST_IN_FEED])
    return _answer(request, content, "application/atom+xml")


def _answer(request: Request, content: bytes, media_type: str, *, name: str = "") -> Response:
    response = Response(content, media_type=media_type)
    if media_type.startswith("text/"):
        response.headers["content-type"] = f"{media_type}; charset=utf-8"
    if name:
        response.headers["content-disposition"] = f'inline; filename="{name}"'
    # Anybody may use it from anywhere, also by a program in a page of their own.
    response.headers["access-control-allow-origin"] = "*"
    return page.kept(request, response, seconds=FRESH)


async def _months(request: Request) -> tuple[tuple[Month, datetime], ...]:
    applied = page.desk(request)
    return await page.look_back(request, lambda session: tallies.published_months(session, applied))


async def _published(request: Request, wanted: Span) -> tuple[PublishedMonth, ...]:
    applied = page.desk(request)
    found = await page.look_back(
        request, lambda session: tallies.published(session, applied, wanted.first, wanted.last)
    )
    if not found:
        raise NotFound
    return found


def _wanted(request: Request) -> Span:
    """The month or fiscal year an address names. Raises NotFound."""
    path = request.path_params["span"]
    try:
        if path.startswith("fy"):
            year = dates.read_fiscal_year(path[2:])
            first, last = dates.fiscal_year_months(year)
            found = Span(_path_of_year(year), year_words(year), Reach.FISCAL_YEAR, first, last)
        else:
            month = dates.parse_month(path)
            found = Span(dates.month_text(month), month_words(month), Reach.MONTH, month, month)
    except (ValueError, OverflowError):
        raise NotFound from None
    if found.path != path:
        raise NotFound
    return found


def _path_of_year(year: int) -> str:
    return f"fy{year}"


def _tabulation(applied: AppliedDesk, wanted: Span, months: Sequence[PublishedMonth]) -> Tabulation:
    if wanted.reach is Reach.MONTH:
        return tallies.month_tabulation(applied, months[0])
    return tallies.year_tabulation(applied, months)


def _publisher(request: Request) -> Publisher:
    desk = page.desk(request).desk
    rules = desk.public_statistics
    address = f"{page.settings(request).public_url}{page.url(request, 'desk_statistics', desk=desk.code)}"
    office = desk.office if desk.prefecture in desk.office else joined([desk.prefecture, desk.office])
    return Publisher(
        desk=desk.code,
        desk_name=desk.name,
        name=rules.publisher or office,
        note=rules.note,
        page=address,
        email=desk.email,
        opened_on=desk.opened_on,
    )


def _entry(wanted: Span, published_at: datetime) -> Entry:
    return Entry(wanted.path, wanted.label, wanted.reach, wanted.first, wanted.last, published_at)


def _month_entries(months: Sequence[tuple[Month, datetime]]) -> list[Entry]:
    return [
        Entry(dates.month_text(month), month_words(month), Reach.MONTH, month, month, published_at)
        for month, published_at in months
    ]


def _year_entries(months: Sequence[tuple[Month, datetime]]) -> list[Entry]:
    """The fiscal years, as far as they are published."""
    found: dict[int, Entry] = {}
    for month, published_at in sorted(months):
        year = dates.fiscal_year(month)
        first = found[year].first if year in found else month
        found[year] = Entry(
            _path_of_year(year), year_words(year), Reach.FISCAL_YEAR, first, month, published_at
        )
    return [found[year] for year in sorted(found, reverse=True)]


def _later(applied: AppliedDesk, months: Sequence[PublishedMonth]) -> list[tuple[str, Sentence]]:
    """The breakdowns that are printed for longer spans than are over here, and for which."""
    there = {each.key for month in months for each in month.figures.breakdowns}
    stubs: dict[Reach, list[str]] = {}
    for table in months[-1].figures.tables:
        if table.every in EVERY and f"{table.quantity}-{table.rows}" not in there:
            stubs.setdefault(table.every, []).append(tallies.stub_of(applied.desk, table.rows))
    return [(joined(found, say("、")), EVERY[every]) for every, found in stubs.items()]


def _terms(months: Sequence[PublishedMonth]) -> tuple[Term, ...]:
    totals: dict[Quantity, Any] = {each.quantity: each for month in months for each in month.figures.totals}
    return tuple(
        Term(quantity.value, total.label, MEANINGS[quantity], total.unit)
        for quantity, total in totals.items()
    )
