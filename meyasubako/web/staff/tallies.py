"""The monthly tally: figures that open their cases, files to take away, and the closing of a month."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import tallies
from meyasubako.casework.tallies import Cell, Part, PeriodKind, Tally
from meyasubako.core import dates
from meyasubako.core.dates import Month
from meyasubako.core.errors import FieldError, InvalidInput, NotFound
from meyasubako.core.numbers import whole
from meyasubako.core.policy import Need
from meyasubako.core.vocabulary import Dimension, Measure
from meyasubako.web import page
from meyasubako.web.staff import shown, tally_tables

PAGE_LENGTH: Final = 100
FORMATS: Final = {
    "csv": ("text/csv; charset=utf-8", tallies.to_csv),
    "json": ("application/json", tallies.to_json),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figures somebody wants to see. `month` is None for a range of their own."""

    first: Month
    last: Month
    month: Month | None
    as_of: date | None
    measure: Measure

    def query(self, **changes: str) -> str:
        """The query of an address that shows these figures, with changes; None takes a value out."""
        values: dict[str, str] = {}
        if self.month is None:
            values |= {"from": dates.month_text(self.first), "to": dates.month_text(self.last)}
        else:
            values["month"] = dates.month_text(self.month)
        if self.as_of is not None:
            values["as_of"] = self.as_of.isoformat()
        values["measure"] = self.measure.value
        return f"?{urlencode({**values, **changes})}"

    def query_of(self, month: Month) -> str:
        """The query of an address that shows one month, counted as these figures are."""
        return replace(self, month=month).query()


async def tally(request: Request) -> Response:
    """The figures of a month with the fiscal year so far, or of any range."""
    applied, at = page.desk(request), page.at(request)
    present = dates.month_of(at)
    errors: tuple[FieldError, ...] = ()
    try:
        asked = _asked(request.query_params, present)
    except InvalidInput as error:
        errors, asked = error.errors, _asked({}, present)
    month = asked.month

    def look(session: Any) -> tuple[Tally, int, tuple[Month, ...], tallies.Closing | None]:
        found = _count(session, request, asked)
        if month is None:
            return found, 0, (), None
        return (
            found,
            tallies.number_untriaged(session, applied, month),
            tallies.months_to_close(session, applied, month),
            tallies.closing_of(session, applied, month),
        )

    found, untriaged, open_months, closing = await page.read(request, look)
    here = page.url(request, "staff_tallies", desk=applied.code)
    return page.render(
        request,
        "staff/tallies.html",
        title=f"月次集計　{dates.wareki_month(month)}" if month else f"集計　{found.periods[-1].label}",
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        asked=asked,
        here=here,
        found=found,
        period=found.periods[found.position(PeriodKind.MONTH, month) if month else -1],
        tables=tally_tables.tables(
            found, applied.desk, asked.measure, _columns(found, asked, present), request
        ),
        measures=[
            (label, f"{here}{asked.query(measure=measure.value)}", measure is asked.measure)
            for measure, label in tally_tables.measures(applied.desk)
        ],
        typed=_typed(request, asked),
        words=shown.words(request),
        untriaged=untriaged,
        closing=closing,
        may_close=(
            page.actor(request).may(Need.CLOSE_MONTH, applied.id)
            and month is not None
            and month < present
            and month in open_months
            and month >= dates.month_of_day(applied.desk.opened_on)
        ),
        before=_neighbour(asked, -1, dates.month_of_day(applied.desk.opened_on), present),
        after=_neighbour(asked, 1, dates.month_of_day(applied.desk.opened_on), present),
        shortcuts=_shortcuts(asked, dates.month_of_day(applied.desk.opened_on), present),
        statuses_go_on=tally_tables.STATUSES_GO_ON,
    )


async def file_of(request: Request) -> Response:
    """The same figures as a file."""
    name = request.path_params["format"]
    if name not in FORMATS:
        raise NotFound
    media_type, write = FORMATS[name]
    asked = _asked(request.query_params, dates.month_of(page.at(request)))
    found = await page.read(request, lambda session: _count(session, request, asked))
    first, last = dates.month_text(asked.first), dates.month_text(asked.last)
    return Response(
        write(found, counted_on=dates.japan_day(page.at(request))).encode(),
        media_type=media_type,
        headers={
            "content-disposition": f'attachment; filename="tally-{found.desk_code}-{first}-{last}.{name}"'
        },
    )


async def cases(request: Request) -> Response:
    """The cases behind a figure."""
    applied, actor = page.desk(request), page.actor(request)
    cell = _cell(request.query_params)
    number = _page_number(request.query_params.get("page", ""))
    behind = await page.read(
        request,
        lambda session: tallies.cases_behind(
            session, applied, cell, by=actor, skip=(number - 1) * PAGE_LENGTH, limit=PAGE_LENGTH
        ),
    )
    here = page.url(request, "staff_tally_cases", desk=applied.code)
    asked = dict(request.query_params)

    def other(page_number: int) -> str:
        return f"{here}?{urlencode({**asked, 'page': str(page_number)})}"

    return page.render(
        request,
        "staff/tally-cases.html",
        title="集計のもとになった案件",
        desk=applied,
        cell=cell,
        behind=behind,
        about=tally_tables.about(applied.desk, cell, behind.label),
        words=shown.words(request),
        newer_href=other(number - 1) if number > 1 else "",
        older_href=other(number + 1) if number * PAGE_LENGTH < behind.length else "",
        is_mixed=any(each.sign < 0 for each in behind.counted),
    )


def _count(session: Any, request: Request, asked: Asked) -> Tally:
    as_of = None if asked.as_of is None else dates.start_of_day(asked.as_of)
    return tallies.tally(session, page.desk(request), first=asked.first, last=asked.last, as_of=as_of)


def _asked(query: Mapping[str, str], present: Month) -> Asked:
    """What the address asks for; this month if it says nothing. Raises InvalidInput."""
    measure = query.get("measure", "")
    wanted = Measure.CASES if measure == Measure.CASES.value else Measure.RECEIPTS
    errors: list[FieldError] = []
    as_of = None
    if typed := query.get("as_of", "").strip():
        try:
            as_of = date.fromisoformat(typed)
            dates.era_year(as_of)
        except ValueError:
            errors.append(
                FieldError("as_of", "日付は、2026年6月30日なら 2026-06-30 のように書いてください。")
            )
    first = last = present
    month = None
    if query.get("from", "").strip() or query.get("to", "").strip():
        try:
            first, last = tallies.read_range(query.get("from", ""), query.get("to", ""))
        except InvalidInput as error:
            errors = [*error.errors, *errors]
    else:
        month = _month(query.get("month", "")) or present
        first, last = dates.fiscal_year_months(dates.fiscal_year(month))[0], month
    if errors:
        raise InvalidInput(*errors)
    return Asked(first, last, month, as_of, wanted)


def _month(typed: str) -> Month | None:
    try:
        return dates.read_month(typed)
    except ValueError:
        return None


def _columns(found: Tally, asked: Asked, present: Month) -> list[tally_tables.Column]:
    if asked.month is None:
        return tally_tables.columns_of_range(found)
    return tally_tables.columns_of_month(found, asked.month, present)


def _neighbour(asked: Asked, step: int, earliest: Month, latest: Month) -> tuple[str, str] | None:
    """The month before or after: its name and the query that shows it. None where there is nothing to show."""
    if asked.month is None:
        return None
    month = dates.next_month(asked.month, step)
    if not earliest <= month <= latest:
        return None
    return f"{month % 100}月", asked.query(month=dates.month_text(month))


def _shortcuts(asked: Asked, earliest: Month, present: Month) -> list[tuple[str, str]]:
    """The months people look up most: last month, and the same one a year before; name and query."""
    wanted = [("先月", dates.next_month(present, -1))]
    if asked.month is not None:
        wanted.append(("去年の同じ月", dates.next_month(asked.month, -12)))
    return [
        (label, asked.query_of(month))
        for label, month in wanted
        if month >= earliest and month != asked.month
    ]


def _typed(request: Request, asked: Asked) -> dict[str, str]:
    """The range as it stands in the form: what was typed, else what is shown."""
    standing = {
        "from": dates.month_text(asked.first),
        "to": dates.month_text(asked.last),
        "as_of": asked.as_of.isoformat() if asked.as_of else "",
    }
    return {name: request.query_params.get(name, value).strip()[:40] for name, value in standing.items()}


def _cell(query: Mapping[str, str]) -> Cell:
    """The figure an address names. Raises NotFound for one that cannot be."""
    try:
        as_of = query.get("as_of", "")
        part = query.get("part", "")
        first, last = tallies.read_range(query.get("from", ""), query.get("to", ""))
        return Cell(
            Measure(query.get("measure", "")),
            Dimension(query.get("dimension", "")),
            query.get("code", ""),
            first,
            last,
            _known(date.fromisoformat(as_of)) if as_of else None,
            Part(part) if part else None,
        )
    except (ValueError, OverflowError, InvalidInput):
        raise NotFound from None


def _known(as_of: date) -> datetime:
    """The beginning of a day of an era, so that it can be said. Raises ValueError for an older one."""
    dates.era_year(as_of)
    return dates.start_of_day(as_of)


def _page_number(typed: str) -> int:
    return max(1, whole(typed, digits=6) or 1)
