"""The directory as a file: taking it along, and taking one in after its changes were looked at."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any, Final

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from meyasubako.casework import directory
from meyasubako.casework.directory import Fate, Plan
from meyasubako.core import dates, sheets
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import FieldError, InvalidInput, NotFound, Unavailable, WrongState
from meyasubako.edge import tables, workbook
from meyasubako.edge.files import Arriving, Cabinet
from meyasubako.edge.files.unfit import Unfit
from meyasubako.edge.tables import Row
from meyasubako.edge.workbook import write_table
from meyasubako.web import forms, page
from meyasubako.web.page.file_names import disposition

FIELD: Final = "file"
COOKIE: Final = "directory-file"
LASTS: Final = timedelta(minutes=30)
"""How long a file that was looked at can still be taken in."""
GONE: Final = (
    "時間が過ぎたか、ほかのファイルを確かめたため、取り入れていません。もう一度ファイルを選んでください。"
)
NO_ROOM: Final = "いま、ファイルを保存できません。時間をおいてお試しください。"
NO_ANSWER: Final = "いま、ファイルを読めません。時間をおいてお試しください。"


async def take_along(request: Request) -> Response:
    """The whole directory, to be changed in a spreadsheet and taken in again."""
    applied, actor, at = page.desk(request), page.actor(request), page.at(request)
    form = (await forms.read(request)).text("form")
    if form not in {"csv", "xlsx"}:
        raise NotFound
    rows = await page.write(
        request, lambda session: directory.take_along(session, applied, form=form, by=actor, at=at)
    )
    headers = {
        "content-disposition": disposition(f"{applied.desk.name}_名簿_{dates.japan_day(at):%Y%m%d}.{form}")
    }
    if form == "csv":
        written = sheets.csv_head(directory.COLUMNS) + sheets.csv_lines_to_edit(rows)
        return Response(written, media_type=sheets.MEDIA_TYPE, headers=headers)
    path = await asyncio.to_thread(write_table, "名簿", directory.COLUMNS, rows)
    return FileResponse(
        path,
        media_type=workbook.MEDIA_TYPE,
        headers=headers,
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


async def take_in(request: Request) -> Response:
    """Choose a file, look at what it would change, then take it in."""
    applied = page.desk(request)
    if request.method != "POST":
        return _show(request, applied)
    form = await forms.read(request)
    try:
        if form.has("digest"):
            return await _carry_out(request, applied, form.text("digest"))
        digest, lines = await _arrived(request, form)
        found = await _plan(request, applied, lines)
    except InvalidInput as error:
        return _show(request, applied, *error.errors)
    except WrongState as error:
        return _show(request, applied, FieldError("", error.message), status_code=409)
    response = _show(request, applied, plan=found, digest=digest)
    page.set_signed_cookie(request, response, COOKIE, f"{applied.id} {digest} {found.seen}", lasting=LASTS)
    return response


async def _carry_out(request: Request, applied: AppliedDesk, digest: str) -> Response:
    held = (page.signed_cookie(request, COOKIE) or "").split()
    if held[:2] != [str(applied.id), digest]:
        raise WrongState(GONE)
    actor, at = page.actor(request), page.at(request)
    try:
        lines = await page.slowly(request, _read_kept, page.service(request).cabinet, digest)
    except FileNotFoundError:
        raise WrongState(GONE) from None
    except OSError as error:
        raise Unavailable(NO_ANSWER) from error
    done = await page.write(
        request,
        lambda session: directory.carry_out(session, applied, lines, seen=held[2], by=actor, at=at),
    )
    counts = [
        f"新しく{len(done.of(Fate.NEW))}件を加え、{len(done.of(Fate.CHANGED))}件を改めました。",
        f"{refused}行は取り入れていません。" if (refused := len(done.of(Fate.REFUSED))) else "",
    ]
    response = page.redirect(request, "staff_directory", desk=applied.code, notice="".join(counts))
    page.drop_cookie(request, response, COOKIE)
    return response


async def _arrived(request: Request, form: forms.Form) -> tuple[str, tuple[Row, ...]]:
    """Read the file that came, and keep it for as long as somebody looks at what it says. Raises InvalidInput."""
    upload = next((each for each in form.uploads if each.field == FIELD), None)
    if upload is None:
        raise InvalidInput(FieldError(FIELD, "ファイルを選んでください。"))
    if upload.arriving is None:
        raise InvalidInput(FieldError(FIELD, tables.TOO_LARGE))
    try:
        lines = await page.slowly(request, _read_arriving, upload.arriving, upload.name)
        return await page.slowly(request, page.service(request).cabinet.keep, upload.arriving), lines
    except Unfit as error:
        raise InvalidInput(FieldError(FIELD, error.reason)) from None
    except OSError as error:
        raise Unavailable(NO_ROOM) from error


async def _plan(request: Request, applied: AppliedDesk, lines: Sequence[Row]) -> Plan:
    today = dates.japan_day(page.at(request))

    def unit(session: Any) -> Plan:
        return directory.plan(applied.desk, directory.entries(session, applied.id), lines, today=today)

    return await page.read(request, unit)


def _read_arriving(arriving: Arriving, name: str) -> tuple[Row, ...]:
    with arriving.open() as source:
        return tables.read(source, arriving.size, name)


def _read_kept(cabinet: Cabinet, digest: str) -> tuple[Row, ...]:
    with cabinet.open(digest) as file:
        content = file.read()
    return tables.read(BytesIO(content), len(content), "")


def _show(
    request: Request,
    applied: AppliedDesk,
    *errors: FieldError,
    plan: Plan | None = None,
    digest: str = "",
    status_code: int = 0,
) -> Response:
    return page.render(
        request,
        "staff/directory-file.html",
        title="名簿をファイルで直す" if plan is None else "変わるところを確かめる",
        status_code=status_code or (422 if errors else 200),
        errors=errors,
        desk=applied,
        plan=plan,
        digest=digest,
        groups=[]
        if plan is None
        else [
            ("取り入れない行", plan.of(Fate.REFUSED)),
            ("新しく加わる人", plan.of(Fate.NEW)),
            ("変わる人", plan.of(Fate.CHANGED)),
        ],
        unchanged=0 if plan is None else len(plan.of(Fate.UNCHANGED)),
        columns=directory.COLUMNS,
        most_rows=tables.MOST_ROWS,
    )
