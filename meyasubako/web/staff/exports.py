"""Taking a list along as a file: what it holds is chosen first, and the file is made piece by piece."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from meyasubako.casework import exports
from meyasubako.casework.exports import Wanted
from meyasubako.core import dates, sheets
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.conditions import Conditions
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.policy import Need
from meyasubako.edge import workbook
from meyasubako.edge.workbook import Workbook
from meyasubako.web import forms, page
from meyasubako.web.page.file_names import disposition

CSV: Final = "csv"
EXCEL: Final = "xlsx"
DICTIONARY: Final = "dictionary"
CHOICES: Final = [
    (CSV, "CSV", "どの表計算ソフトでも開けます。"),
    (EXCEL, "Excel", "2枚めのシートに、項目の説明が付きます。"),
    (DICTIONARY, "項目の説明だけ（CSV）", "CSVの横に置く、項目の説明です。"),
]


MOST_ROWS: Final = {CSV: None, EXCEL: workbook.MOST_ROWS}
"""How many rows each kind of file holds; None for any number."""

Pieces = AsyncIterator[list[tuple[sheets.Cell, ...]]]


async def export(request: Request) -> Response:
    """Choose what the file holds, then get it. The address carries the conditions of the list."""
    applied, actor, at = page.desk(request), page.actor(request), page.at(request)
    conditions = Conditions.read(request.query_params.multi_items())
    if request.method != "POST":
        return await _ask(request, applied, conditions, forms.Form((("form", CSV),)))
    form = await forms.read(request)
    wanted = Wanted(conditions, has_texts=form.flag("texts"), has_contact=form.flag("contact"))
    chosen = form.text("form")
    if chosen not in {code for code, *_ in CHOICES}:
        missing = FieldError("form", "ファイルの形を選んでください。")
        return await _ask(request, applied, conditions, form, missing)
    stem = f"{applied.desk.name}_案件_{dates.japan_day(at):%Y%m%d}"
    columns = exports.columns(wanted)
    if chosen == DICTIONARY:
        return dictionary(stem, columns)
    try:
        await page.write(
            request,
            lambda session: exports.begin(
                session, applied, wanted, form=chosen, by=actor, at=at, most=MOST_ROWS[chosen]
            ),
        )
    except InvalidInput as error:
        return await _ask(request, applied, conditions, form, *error.errors)
    return await hand_over(chosen, stem, "案件", columns, _pieces(request, applied, wanted))


def dictionary(stem: str, columns: Sequence[sheets.Column]) -> Response:
    """What the columns of a table mean, as a file of its own."""
    text = sheets.csv_head(sheets.DICTIONARY) + sheets.csv_lines(sheets.dictionary_of(columns))
    return Response(text, media_type=sheets.MEDIA_TYPE, headers=_kept_as(f"{stem}_項目の説明.csv"))


async def hand_over(
    chosen: str, stem: str, title: str, columns: Sequence[sheets.Column], pieces: Pieces
) -> Response:
    """A table as a CSV or Excel file, made piece by piece."""
    if chosen == CSV:
        return StreamingResponse(
            _csv(columns, pieces), media_type=sheets.MEDIA_TYPE, headers=_kept_as(f"{stem}.csv")
        )
    path = await _excel(title, columns, pieces)
    return FileResponse(
        path,
        media_type=workbook.MEDIA_TYPE,
        headers=_kept_as(f"{stem}.xlsx"),
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


async def _ask(
    request: Request, applied: AppliedDesk, conditions: Conditions, form: forms.Form, *errors: FieldError
) -> Response:
    actor, at = page.actor(request), page.at(request)
    number = await page.look_back(
        request, lambda session: exports.count(session, actor, applied, conditions, at=at)
    )
    here = page.url(request, "staff_export", desk=applied.code)
    return page.render(
        request,
        "staff/export.html",
        title="一覧を書き出す",
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        number=number,
        is_narrow=conditions.is_narrow,
        form=form,
        choices=CHOICES,
        action=f"{here}{conditions.query()}",
        may_take_contact=actor.may(Need.EXPORT_CONTACT, applied.id),
    )


async def _pieces(request: Request, applied: AppliedDesk, wanted: Wanted) -> Pieces:
    actor, at = page.actor(request), page.at(request)
    after: int | None = 0
    while after is not None:
        begun = after
        found = await page.look_back(
            request,
            lambda session, begun=begun: exports.piece(session, actor, applied, wanted, at=at, after=begun),
        )
        yield found.rows
        after = found.after


async def _csv(columns: Sequence[sheets.Column], pieces: Pieces) -> AsyncIterator[str]:
    yield sheets.csv_head(columns)
    async for rows in pieces:
        yield sheets.csv_lines(rows)


async def _excel(title: str, columns: Sequence[sheets.Column], pieces: Pieces) -> Path:
    """The file, to be removed when it was sent."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx", delete=False) as file:
        path = Path(file.name)
    try:
        book = Workbook(path, title, columns)
        async for rows in pieces:
            await asyncio.to_thread(book.add, rows)
        await asyncio.to_thread(book.close)
    except BaseException:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise
    return path


def _kept_as(name: str) -> dict[str, str]:
    return {"content-disposition": disposition(name)}
