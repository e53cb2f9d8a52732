"""The record of what was done with the desk (操作の記録): who administered, exported, or looked at contact data."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import audit
from meyasubako.casework.audit import Sought
from meyasubako.core import dates
from meyasubako.core.errors import FieldError, InvalidInput
from meyasubako.core.numbers import whole
from meyasubako.core.vocabulary import AuditAction
from meyasubako.web import forms, page
from meyasubako.web.staff import exports, shown

NAMES: Final = ("action", "staff", "first", "last")


async def entries(request: Request) -> Response:
    """The record, newest first, as narrow as the address says."""
    applied, actor = page.desk(request), page.actor(request)
    typed, sought = _asked(request)
    older = request.query_params.get("older", "")
    found = await page.read(
        request, lambda session: audit.page(session, actor, applied.id, sought, older_than=whole(older))
    )
    here = page.url(request, "staff_audit", desk=applied.code)
    query = [(name, value) for name, value in typed.items() if value]
    return page.render(
        request,
        "staff/audit.html",
        title="操作の記録",
        desk=applied,
        found=found,
        typed=typed,
        is_narrow=bool(query),
        actions=[(each.value, each.label) for each in AuditAction],
        people=[(str(staff_id), name) for staff_id, name in found.staff],
        here=here,
        export_href=f"{page.url(request, 'staff_audit_export', desk=applied.code)}?{urlencode(query)}",
        newest_href=f"{here}?{urlencode(query)}" if older else "",
        older_href=f"{here}?{urlencode([*query, ('older', str(found.older))])}" if found.older else "",
        words=shown.words(request),
    )


async def export(request: Request) -> Response:
    """The record as a file, as narrow as the address says; that it is taken along is on record itself."""
    applied, actor, at = page.desk(request), page.actor(request), page.at(request)
    typed, sought = _asked(request)
    form = await forms.read(request) if request.method == "POST" else forms.Form((("form", exports.CSV),))
    errors: Sequence[FieldError] = ()
    if request.method == "POST":
        chosen = form.text("form")
        stem = f"{applied.desk.name}_操作の記録_{dates.japan_day(at):%Y%m%d}"
        if chosen == exports.DICTIONARY:
            return exports.dictionary(stem, audit.COLUMNS)
        try:
            if chosen not in exports.MOST_ROWS:
                raise InvalidInput(FieldError("form", "ファイルの形を選んでください。"))
            last = await page.write(
                request,
                lambda session: audit.begin_taking_along(
                    session,
                    applied.id,
                    sought,
                    form=chosen,
                    by=actor,
                    at=at,
                    most=exports.MOST_ROWS[chosen],
                ),
            )
        except InvalidInput as error:
            errors = error.errors
        else:
            pieces = _pieces(request, sought, last)
            return await exports.hand_over(chosen, stem, "操作の記録", audit.COLUMNS, pieces)
    number = await page.read(request, lambda session: audit.count(session, actor, applied.id, sought))
    here = page.url(request, "staff_audit_export", desk=applied.code)
    return page.render(
        request,
        "staff/audit-export.html",
        title="操作の記録を書き出す",
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        number=number,
        is_narrow=any(typed.values()),
        form=form,
        choices=exports.CHOICES,
        action=f"{here}?{urlencode([(name, value) for name, value in typed.items() if value])}",
    )


async def _pieces(request: Request, sought: Sought, last: int) -> exports.Pieces:
    applied, actor = page.desk(request), page.actor(request)
    after: int | None = 0
    while after is not None:
        begun = after
        rows, after = await page.read(
            request,
            lambda session, begun=begun: audit.piece(
                session, actor, applied.id, sought, up_to=last, after=begun
            ),
        )
        yield rows


def _asked(request: Request) -> tuple[dict[str, str], Sought]:
    """What the address asks for, as typed and as understood."""
    typed = {name: request.query_params.get(name, "").strip()[:80] for name in NAMES}
    return typed, Sought(
        action=AuditAction(typed["action"]) if typed["action"] in set(AuditAction) else None,
        staff_id=whole(typed["staff"]),
        first=_day(typed["first"]),
        last=_day(typed["last"]),
    )


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
