"""Search over the cases of a desk: what was typed, how it was understood, and what was found."""

import asyncio
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import searching
from meyasubako.casework.casefiles import Cursor, excerpts, finding
from meyasubako.casework.casefiles.finding import Found, Order
from meyasubako.casework.searching import Asked
from meyasubako.core import dates
from meyasubako.core.codes import clean_code, is_receipt_number
from meyasubako.core.numbers import whole
from meyasubako.core.policy import Need
from meyasubako.core.text import clean_line
from meyasubako.web import page
from meyasubako.web.staff import shown

ORDERS: Final = (
    (Order.NEWEST, "新しい順"),
    (Order.RELEVANCE, "関わりの深い順"),
)
_MOST_PAGES: Final = 1_000


async def search(request: Request) -> Response:
    """The search page, with what was found if anything was typed."""
    applied, actor, typed = page.desk(request), page.actor(request), request.query_params
    today = dates.japan_day(page.at(request))
    # Words are taken apart, and the dictionary is loaded once: neither belongs into the loop or into a unit.
    asked = await asyncio.to_thread(searching.read, typed.get("q", ""), applied.desk, today=today)
    if asked.is_empty:
        return _page(request, asked, Order.NEWEST)
    order = Order(typed["sort"]) if typed.get("sort") in set(Order) else Order.NEWEST
    found = await page.read(
        request,
        lambda session: finding.find(
            session,
            actor,
            applied,
            asked,
            order=order,
            older_than=Cursor.read(typed.get("older", "")),
            newer_than=Cursor.read(typed.get("newer", "")),
            page=_page_number(typed.get("page", "")),
        ),
    )
    if len(found.hits) == 1 and is_receipt_number(clean_code(asked.typed)):
        # Who types a whole number wants the case, not a list of one.
        return page.redirect(request, "staff_case", case_id=found.hits[0].id)
    hits = await asyncio.to_thread(lambda: [excerpts.show(hit, asked) for hit in found.hits])
    return _page(request, asked, order, found=found, hits=hits)


def _page(
    request: Request,
    asked: Asked,
    order: Order,
    *,
    found: Found | None = None,
    hits: list[excerpts.Shown] | None = None,
) -> Response:
    here = page.url(request, "staff_search", desk=page.desk(request).code)

    def address(**more: object) -> str:
        sort = order.value if order is not Order.NEWEST else ""
        values = {"q": asked.typed, "sort": sort, **more}
        return f"{here}?{urlencode({name: value for name, value in values.items() if value})}"

    newer = older = ""
    if found and order is Order.RELEVANCE:
        newer = address(page=found.page - 1) if found.page > 1 else ""
        older = address(page=found.page + 1) if found.goes_on else ""
    elif found:
        newer = address(newer=found.newer) if found.newer else ""
        older = address(older=found.older) if found.older else ""
    return page.render(
        request,
        "staff/search.html",
        title="検索",
        desk=page.desk(request),
        asked=asked,
        found=found,
        hits=hits or [],
        total=_total(found),
        orders=[(label, address(sort=each.value), each is order) for each, label in ORDERS],
        order=order.value,
        newer_href=newer,
        older_href=older,
        any_href=_any_of_the_words(asked, here) if found and not found.hits else "",
        here=here,
        sees_contact=page.actor(request).may(Need.VIEW_CONTACT, page.desk(request).id),
        words=shown.words(request),
    )


def _total(found: Found | None) -> str:
    if found is None:
        return ""
    return f"{finding.COUNTED:,}件以上" if found.is_counted_out else f"{found.total:,}件"


def _page_number(typed: str) -> int:
    return max(1, min(whole(typed, digits=5) or 1, _MOST_PAGES))


def _any_of_the_words(asked: Asked, here: str) -> str:
    """Where one of several words is enough; "" where that is no other question."""
    each = clean_line(asked.typed).split()
    if len(each) < 2 or any(":" in word or "：" in word or word.upper() == "OR" for word in each):
        return ""
    wanted = [word for word in each if word[0] not in "-－"]
    return f"{here}?{urlencode({'q': ' OR '.join(wanted)})}" if len(wanted) > 1 else ""
