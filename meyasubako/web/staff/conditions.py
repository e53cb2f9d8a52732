"""The conditions of a list on one page (絞り込み): a form that only reads, so that it needs no script and its result is an address."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import casefiles
from meyasubako.core.condition_words import ANSWERED_WORDS, DUE_WORDS, SORTING_WORDS
from meyasubako.core.conditions import ME, NOBODY
from meyasubako.core.desk import Desk, Topic
from meyasubako.core.policy import Need
from meyasubako.core.vocabulary import Channel, Language, Priority, Status
from meyasubako.web import page
from meyasubako.web.staff import shown
from meyasubako.web.staff.listing import Listing

SHOW, SAVE = "show", "save"
"""What its buttons lead to: the list, or the page that saves it."""


async def conditions(request: Request) -> Response:
    """Choose the conditions of a list; its buttons lead to the list, or to saving it."""
    applied = page.desk(request)
    listing = Listing.read(request.query_params.multi_items())
    if SHOW in request.query_params:
        return page.redirect_to(request, listing.href(request, applied.code))
    if SAVE in request.query_params:
        where = page.url(request, "staff_views", desk=applied.code)
        return page.redirect_to(request, f"{where}{listing.full_query()}")
    staff = await page.read(request, lambda session: casefiles.staff_of(session, applied.id))
    return page.render(
        request,
        "staff/conditions.html",
        title="絞り込み",
        desk=applied,
        definition=applied.desk,
        wanted=listing.conditions,
        sorting=listing.sorting,
        options=_options(applied.desk, listing, staff),
        list_href=listing.href(request, applied.code),
        may_share=page.actor(request).may(Need.SHARE_VIEWS, applied.id),
    )


def _options(desk: Desk, listing: Listing, staff: tuple[tuple[int, str], ...]) -> dict[str, Any]:
    """What each field offers: codes with the words of the desk; what was chosen and is retired stays."""
    wanted = listing.conditions
    return {
        "scope": [("inbox", "対応中のもの"), ("all", "完了したものなども含めて")],
        "status": [(each.value, each.label) for each in Status],
        "kind": [(each.code.value, each.label) for each in desk.kinds],
        "requester_type": [(each.code.value, each.label) for each in desk.requester_types],
        "purpose": [(each.code, each.label) for each in desk.purposes],
        "topic": [(top.label, _branch(desk, top, wanted.topics)) for top in desk.topics],
        "channel": [(each.value, each.label) for each in Channel],
        "language": [(each.value, each.label) for each in Language],
        "division": [(NOBODY, "決めていない"), *((each.code, each.label) for each in desk.divisions)],
        "assignee": [
            (ME, "自分"),
            (NOBODY, "担当者なし"),
            *((str(staff_id), name) for staff_id, name in staff),
        ],
        "due": [("", "決めない"), *((each.value, word) for each, word in DUE_WORDS.items())],
        "answered": [("", "決めない"), *((each.value, word) for each, word in ANSWERED_WORDS.items())],
        "priority": [(each.value, each.label) for each in Priority] if desk.priorities.enabled else [],
        "outcome": [(each.code.value, each.label) for each in desk.outcomes],
        "sort": [(each.value, word) for each, word in SORTING_WORDS.items()],
    }


def _branch(desk: Desk, top: Topic, chosen: tuple[str, ...]) -> shown.Options:
    """A top of the tree, which means all of it, and what lies below, each with the line that leads to it."""
    found = []
    for topic in desk.topic_and_below(top.code):
        if not topic.retired or topic.code in chosen:
            line = "／".join(step.label for step in desk.topic_line(topic.code)[1:])
            found.append((topic.code, line or "全体" if topic.children or line else topic.label))
    return found
