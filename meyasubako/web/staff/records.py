"""The record of what was done with the desk (操作の記録): who administered, exported, or looked at contact data."""

from datetime import date
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import audit
from meyasubako.casework.audit import Sought
from meyasubako.core.numbers import whole
from meyasubako.core.vocabulary import AuditAction
from meyasubako.web import page
from meyasubako.web.staff import shown

NAMES: Final = ("action", "staff", "first", "last")


async def entries(request: Request) -> Response:
    """The record, newest first, as narrow as the address says."""
    applied, actor = page.desk(request), page.actor(request)
    typed = {name: request.query_params.get(name, "").strip()[:80] for name in NAMES}
    older = request.query_params.get("older", "")
    sought = Sought(
        action=AuditAction(typed["action"]) if typed["action"] in set(AuditAction) else None,
        staff_id=whole(typed["staff"]),
        first=_day(typed["first"]),
        last=_day(typed["last"]),
    )
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
        newest_href=f"{here}?{urlencode(query)}" if older else "",
        older_href=f"{here}?{urlencode([*query, ('older', str(found.older))])}" if found.older else "",
        words=shown.words(request),
    )


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
