"""The indicators of a desk: the table of a fiscal year, all years side by side, one with its history, and files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from meyasubako.casework import indicators
from meyasubako.casework.indicators import Table
from meyasubako.core import dates, sheets
from meyasubako.core.errors import FieldError, InvalidInput, NotFound
from meyasubako.core.indicators import RULES, as_file
from meyasubako.core.policy import Need
from meyasubako.core.vocabulary import Verdict
from meyasubako.edge import workbook
from meyasubako.edge.workbook import write_table
from meyasubako.web import page
from meyasubako.web.page.file_names import disposition
from meyasubako.web.staff import shown

SHAPES: Final = {
    Verdict.MET: "done",
    Verdict.MISSED: "late",
    Verdict.REACHED: "new",
    Verdict.UNDER_WAY: "offered",
    Verdict.WAITING: "wait",
    Verdict.UNCLEAR: "stop",
    Verdict.NO_TARGET: "draft",
}
"""A verdict is told by its word and this shape."""
FORMATS: Final = ("csv", "xlsx", "toml")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which indicators somebody wants to see: of which fiscal year, as known on which day."""

    year: int
    as_of: date | None

    @property
    def instant(self) -> datetime | None:
        return None if self.as_of is None else dates.start_of_day(self.as_of)

    def query(self, **changes: str) -> str:
        """The query of an address that shows the same, with changes."""
        values = {"year": str(self.year)}
        if self.as_of is not None:
            values["as_of"] = self.as_of.isoformat()
        return f"?{urlencode({**values, **changes})}"


async def of_year(request: Request) -> Response:
    """The indicators of a fiscal year: baseline, target, actual, met or not."""
    applied, at = page.desk(request), page.at(request)
    present = dates.fiscal_year(dates.month_of(at))
    errors: tuple[FieldError, ...] = ()
    try:
        asked = _asked(request.query_params, present)
    except InvalidInput as error:
        errors, asked = error.errors, Asked(present, None)
    found, retired = await page.look_back(
        request,
        lambda session: (
            indicators.of_year(session, applied, asked.year, at=at, as_of=asked.instant),
            indicators.retired(session, applied.id),
        ),
    )
    here = page.url(request, "staff_indicators", desk=applied.code)
    years = sorted({*found.known_years, present, asked.year})
    place = years.index(asked.year)
    return page.render(
        request,
        "staff/indicators.html",
        title=f"指標　{dates.fiscal_year_text(asked.year)}",
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        asked=asked,
        found=found,
        retired=retired,
        here=here,
        typed={
            "year": request.query_params.get("year", "").strip()[:20] or dates.fiscal_year_text(asked.year),
            "as_of": request.query_params.get("as_of", "").strip()[:20],
        }
        if errors
        else {
            "year": dates.fiscal_year_text(asked.year),
            "as_of": asked.as_of.isoformat() if asked.as_of else "",
        },
        before=years[place - 1] if place else None,
        after=years[place + 1] if place + 1 < len(years) else None,
        counts=_counts(found),
        shapes=SHAPES,
        rules=RULES,
        may_edit=page.actor(request).may(Need.EDIT_INDICATORS, applied.id),
    )


async def all_years(request: Request) -> Response:
    """Every indicator with its targets and actual figures, year beside year."""
    applied, at = page.desk(request), page.at(request)
    asked = _asked_or_not_found(request)
    found = await page.look_back(
        request, lambda session: indicators.all_years(session, applied, at=at, as_of=asked.instant)
    )
    return page.render(
        request,
        "staff/indicators-years.html",
        title="指標　年度ごとの目標と実績",
        desk=applied,
        asked=asked,
        found=found,
        shapes=SHAPES,
    )


async def one(request: Request) -> Response:
    """One indicator: what it is, its years, and everything that was ever said of it."""
    applied, at, indicator_id = page.desk(request), page.at(request), request.path_params["indicator_id"]
    errors: tuple[FieldError, ...] = ()
    typed = request.query_params.get("year", "").strip()[:20]
    may_edit = page.actor(request).may(Need.EDIT_INDICATORS, applied.id)
    whole = await page.look_back(
        request, lambda session: indicators.one(session, applied, indicator_id, at=at)
    )
    if typed and may_edit:
        try:
            year = dates.read_fiscal_year(typed)
        except ValueError:
            errors = (FieldError("year", "年度は、R8、令和8年度、2026 のように書いてください。"),)
        else:
            where = {"desk": applied.code, "indicator_id": indicator_id, "year": year}
            return RedirectResponse(page.url(request, "staff_indicator_year", **where), 303)
    return page.render(
        request,
        "staff/indicator.html",
        title=whole.line.definition.label,
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        whole=whole,
        line=whole.line,
        typed=typed,
        present=dates.fiscal_year(dates.month_of(at)),
        shapes=SHAPES,
        words=shown.words(request),
        may_edit=may_edit,
    )


async def file_of(request: Request) -> Response:
    """The indicators as a file: a table for a spreadsheet, or the file that can be loaded elsewhere."""
    applied, at, form = page.desk(request), page.at(request), request.path_params["format"]
    if form not in FORMATS:
        raise NotFound
    asked = _asked_or_not_found(request)
    stem = f"{applied.desk.name}_指標_{dates.japan_day(at):%Y%m%d}"
    headers = {"content-disposition": disposition(f"{stem}.{form}")}
    if form == "toml":
        filed = await page.look_back(request, lambda session: indicators.as_filed(session, applied.id))
        return Response(as_file(filed), media_type="application/toml", headers=headers)

    def unit(session: Any) -> Table:
        if request.query_params.get("year"):
            return indicators.of_year(session, applied, asked.year, at=at, as_of=asked.instant)
        return indicators.all_years(session, applied, at=at, as_of=asked.instant)

    rows = indicators.rows(await page.look_back(request, unit))
    if form == "csv":
        written = sheets.csv_head(indicators.COLUMNS) + sheets.csv_lines(rows)
        return Response(written, media_type=sheets.MEDIA_TYPE, headers=headers)
    path = await page.slowly(request, write_table, "指標", indicators.COLUMNS, rows)
    return FileResponse(
        path,
        media_type=workbook.MEDIA_TYPE,
        headers=headers,
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


def _asked(query: Mapping[str, str], present: int) -> Asked:
    """What the address asks for; this fiscal year if it says nothing. Raises InvalidInput."""
    errors: list[FieldError] = []
    year, as_of = present, None
    if typed := query.get("year", "").strip():
        try:
            year = dates.read_fiscal_year(typed)
        except ValueError:
            errors.append(FieldError("year", "年度は、R8、令和8年度、2026 のように書いてください。"))
    if typed := query.get("as_of", "").strip():
        try:
            as_of = date.fromisoformat(typed)
            dates.era_year(as_of)
        except ValueError:
            errors.append(
                FieldError("as_of", "日付は、2026年6月30日なら 2026-06-30 のように書いてください。")
            )
    if errors:
        raise InvalidInput(*errors)
    return Asked(year, as_of)


def _asked_or_not_found(request: Request) -> Asked:
    try:
        return _asked(request.query_params, dates.fiscal_year(dates.month_of(page.at(request))))
    except InvalidInput:
        raise NotFound from None


def _counts(found: Table) -> list[tuple[Verdict, int]]:
    """How many indicators stand where, those that are none left out."""
    verdicts = [line.figures[0].verdict for line in found.lines]
    return [(each, verdicts.count(each)) for each in Verdict if each in verdicts]
