"""What is handed out of a form: the same tables as the page shows, as files."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from meyasubako.casework import tallies
from meyasubako.core import dates, sheets
from meyasubako.core.errors import NotFound, WrongState
from meyasubako.core.tabulation import Tabulation, Term, to_cross_csv, to_json, to_tidy_csv
from meyasubako.edge import workbook
from meyasubako.edge.print.report import report
from meyasubako.web import page
from meyasubako.web.page.file_names import disposition
from meyasubako.web.staff import tally_asked

LABELS: Final = {
    "pdf": "PDF（印刷用）",
    "xlsx": "Excel",
    "cross.csv": "CSV（この表の形）",
    "csv": "CSV（1行に1つの数字）",
    "json": "JSON（データ）",
}
"""The forms of file there are, in the order in which they are offered."""
_WRITERS: Final[Mapping[str, tuple[str, Callable[[Tabulation, Sequence[Term]], str]]]] = {
    "cross.csv": (sheets.MEDIA_TYPE, lambda tabulation, _: to_cross_csv(tabulation)),
    "csv": (sheets.MEDIA_TYPE, lambda tabulation, _: to_tidy_csv(tabulation)),
    "json": ("application/json", to_json),
}


async def file_of(request: Request) -> Response:
    """A form for a month, quarter or year as a file. Raises NotFound for a file there is not."""
    applied, at, kind = page.desk(request), page.at(request), request.path_params["format"]
    if kind not in LABELS:
        raise NotFound
    code = request.path_params["form"]
    asked = tally_asked.read(request.query_params, dates.month_of(at), code)

    def unit(session: Any) -> tuple[Tabulation, tuple[Term, ...]]:
        known = tallies.find_form(session, applied, code)
        if known.problem:
            raise WrongState(known.problem)
        found = tallies.set_out(
            session, applied, known.form, asked.when, as_of=asked.as_of, counted_on=dates.japan_day(at)
        )
        return found, tallies.terms_of(applied.desk, known.form)

    tabulation, terms = await page.look_back(request, unit)
    stem = f"{applied.desk.name}_{tabulation.title}_{tabulation.span}_{tabulation.state_label}"
    headers = {"content-disposition": disposition(f"{stem}.{kind.rpartition('.')[2]}")}
    if kind in _WRITERS:
        media_type, write = _WRITERS[kind]
        return Response(write(tabulation, terms), media_type=media_type, headers=headers)
    if kind == "pdf":
        return page.paper(await page.slowly(request, report, tabulation, terms), stem)
    path = await page.slowly(request, workbook.write_tabulation, tabulation, terms)
    return FileResponse(
        path,
        media_type=workbook.MEDIA_TYPE,
        headers=headers,
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


async def before_forms(request: Request) -> Response:
    """The address files had before there were forms: it leads to those of the breakdown."""
    kind = request.path_params["format"]
    if kind not in {"csv", "json"}:
        raise NotFound
    applied = page.desk(request)
    asked = tally_asked.read(request.query_params, dates.month_of(page.at(request)), tallies.BREAKDOWN)
    path = page.url(request, "staff_tally_form_file", desk=applied.code, form=tallies.BREAKDOWN, format=kind)
    return page.redirect_to(request, f"{path}{asked.query(with_form=False)}")
