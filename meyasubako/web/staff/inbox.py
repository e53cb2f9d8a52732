"""The inbox and the list of all cases of a desk: what waits today, saved views, filters, one page at a time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import casefiles, looks, saved_views
from meyasubako.casework.bulk import LastAct
from meyasubako.casework.casefiles import Cursor, InboxPage, InboxRow
from meyasubako.casework.saved_views import View
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import NUMBER_LENGTH, clean_code
from meyasubako.core.condition_words import QUEUE_WORDS, SORTING_WORDS, described
from meyasubako.core.conditions import BY_DEADLINE, NOBODY, UNFINISHED, Conditions, Queue, Scope, Sorting
from meyasubako.core.policy import Need
from meyasubako.core.vocabulary import Status
from meyasubako.web import page
from meyasubako.web.staff import answers, bulk, shown
from meyasubako.web.staff.listing import Listing

TO_DO = (
    Queue.NEW,
    Queue.DUE_TODAY,
    Queue.OVERDUE,
    Queue.THIS_WEEK,
    Queue.ADDED,
    Queue.OFFER_ANSWERED,
    Queue.ADVISED,
    Queue.REPORT_LATE,
    Queue.MAIL,
)
"""きょうの仕事: what somebody has to act on."""
ONLY_IF_ANY = frozenset({Queue.MAIL, Queue.REPORT_LATE})
"""What is not worth a place as long as nothing waits there."""
WHERE_IT_STANDS = (Queue.MINE, Queue.UNASSIGNED, Queue.ON_REQUESTER, Queue.ON_PROVIDER, Queue.UNSEEN)
"""担当とようす: whose it is, and who is waited for."""


@dataclass(frozen=True, slots=True)
class Quick:
    """The few filters on the list itself, as typed. `is_enough`: nothing but these is asked for."""

    number: str
    status: str
    assignee: str
    is_enough: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """What the page is made of, read in one unit."""

    found: InboxPage
    views: tuple[View, ...]
    answers: list[tuple[str, int, str]]
    last: LastAct | None


async def inbox(request: Request) -> Response:
    """What is still being worked on."""
    return await _list(request, Scope.INBOX, "受付箱")


async def every_case(request: Request) -> Response:
    """All cases of the desk."""
    return await _list(request, Scope.ALL, "案件")


async def take_note(request: Request) -> Response:
    """Say that one has taken note of everything that happened until now."""
    applied, actor, at = page.desk(request), page.actor(request), page.at(request)
    await page.write(request, lambda session: looks.take_note(session, applied.id, by=actor, at=at))
    return page.redirect(
        request, "staff_inbox", desk=applied.code, notice="これまでの動きを、見たことにしました。"
    )


async def _list(request: Request, scope: Scope, title: str) -> Response:
    applied, actor, at = page.desk(request), page.actor(request), page.at(request)
    listing = Listing.read(request.query_params.multi_items())
    listing = listing.narrowed(replace(listing.conditions, scope=scope))
    wanted = listing.conditions
    after = Cursor.read(request.query_params.get("after", ""))
    before = Cursor.read(request.query_params.get("before", ""))

    def unit(session: Any) -> _Read:
        return _Read(
            casefiles.inbox(
                session, actor, applied, wanted, at=at, sorting=listing.sorting, after=after, before=before
            ),
            views=saved_views.views_for(session, actor, applied.id),
            answers=answers.counts(request, session, applied),
            last=bulk.last_act(request, session),
        )

    read = await page.read(request, unit)
    found = read.found
    if len(clean_code(wanted.number)) >= NUMBER_LENGTH and len(found.rows) == 1:
        # Who types a whole number wants the case, not a list of one.
        return page.redirect(request, "staff_case", case_id=found.rows[0].id)
    here = page.url(request, "staff_inbox" if scope is Scope.INBOX else "staff_cases", desk=applied.code)
    return page.render(
        request,
        "staff/inbox.html",
        title=title,
        desk=applied,
        found=found,
        wanted=wanted,
        quick=_quick(wanted),
        said=[
            (each.label, each.words, listing.narrowed(each.without).href(request, applied.code))
            for each in described(wanted, applied.desk, dict(found.staff))
        ],
        scope=scope,
        here=here,
        answers=read.answers,
        to_do=_counts(request, applied, wanted, found, TO_DO),
        where_it_stands=_counts(request, applied, wanted, found, WHERE_IT_STANDS),
        sortings=_sortings(request, applied, listing, found),
        views=_views(request, applied, listing, read.views),
        editor_href=f"{page.url(request, 'staff_conditions', desk=applied.code)}{listing.full_query()}",
        save_href=f"{page.url(request, 'staff_views', desk=applied.code)}{listing.full_query()}",
        listing=listing,
        way=_way(request, listing, str(after or "")),
        listing_kept=_kept(listing),
        queue_word=QUEUE_WORDS[wanted.queue] if wanted.queue else "",
        everywhere_href=_everywhere(request, applied, listing),
        before_href=listing.href(request, applied.code, ("before", str(found.before)))
        if found.before
        else "",
        after_href=listing.href(request, applied.code, ("after", str(found.after))) if found.after else "",
        statuses=[(each.value, each.label) for each in Status if scope is Scope.ALL or each in UNFINISHED],
        assignees=assignees(actor.id, found.staff),
        this_list=bulk.address_of(request),
        last=read.last,
        may_choose=actor.may(Need.TRIAGE, applied.id),
        may_enter=actor.may(Need.ENTER_RECEIPTS, applied.id),
        export_href=page.url(request, "staff_export", desk=applied.code) + wanted.query()
        if actor.may(Need.EXPORT, applied.id)
        else "",
        words=shown.words(request),
    )


def _way(request: Request, listing: Listing, first: str) -> Callable[[InboxRow], str]:
    """The address of a row's case, from which one can go on through the list; put together once for the whole page."""
    to_case, query = page.url(request, "staff_case", case_id=0).removesuffix("0"), listing.at(None, first)
    return lambda row: f"{to_case}{row.id}{query}&place={row.place}"


def _quick(wanted: Conditions) -> Quick:
    status = wanted.statuses[0].value if len(wanted.statuses) == 1 else ""
    assignee = wanted.assignees[0] if len(wanted.assignees) == 1 else ""
    rest = replace(wanted, scope=Scope.INBOX, queue=None, number="")
    rest = replace(
        rest, statuses=() if status else rest.statuses, assignees=() if assignee else rest.assignees
    )
    return Quick(wanted.number, status, assignee, rest == Conditions())


def _kept(listing: Listing) -> list[tuple[str, str]]:
    """What the filters on the page leave as it is."""
    return [(name, value) for name, value in listing.pairs() if name in {"queue", "sort"}]


def _everywhere(request: Request, applied: AppliedDesk, listing: Listing) -> str:
    """The same conditions among all cases; "" where they are looked for everywhere, or wait in a queue."""
    wanted = listing.conditions
    if wanted.scope is Scope.ALL or wanted.number or wanted.queue:
        return ""
    return listing.narrowed(replace(wanted, scope=Scope.ALL)).href(request, applied.code)


def _counts(
    request: Request, applied: AppliedDesk, wanted: Conditions, found: InboxPage, queues: tuple[Queue, ...]
) -> list[tuple[str, str, str, bool]]:
    """Each number opens its cases, what is pressing first.

    Deadlines are counted only where the desk has them, mails and
    late reports if any are."""
    return [
        (
            QUEUE_WORDS[queue],
            shown.count(found.counts[queue]),
            Listing(Conditions(queue=queue), _usual(queue)).href(request, applied.code),
            wanted.queue is queue,
        )
        for queue in queues
        if found.counts[queue] or (found.has_deadlines if queue in BY_DEADLINE else queue not in ONLY_IF_ANY)
    ]


def _usual(queue: Queue) -> Sorting:
    """What is pressing is read with the most pressing first, and what happened with the latest."""
    if queue is Queue.UNSEEN:
        return Sorting.CHANGED
    return Sorting.DUE if queue in BY_DEADLINE else Sorting.NEWEST


def _sortings(
    request: Request, applied: AppliedDesk, listing: Listing, found: InboxPage
) -> list[tuple[str, str, bool]]:
    return [
        (word, listing.sorted_by(each).href(request, applied.code), each is listing.sorting)
        for each, word in SORTING_WORDS.items()
        if each in listing.conditions.orders()
        if each is not Sorting.DUE or found.has_deadlines or listing.sorting is Sorting.DUE
    ]


def _views(
    request: Request, applied: AppliedDesk, listing: Listing, views: tuple[View, ...]
) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """The saved views of the desk and one's own, with the page of each."""
    groups = []
    for label, is_shared in (("窓口の一覧", True), ("自分の一覧", False)):
        found = [
            (view.name, its.href(request, applied.code), its == listing)
            for view in views
            if view.is_shared is is_shared
            for its in (Listing(view.conditions, view.sorting),)
        ]
        if found:
            groups.append((label, found))
    return groups


def assignees(own_id: int | None, staff: tuple[tuple[int, str], ...]) -> list[tuple[str, str]]:
    """Whom a case may belong to, oneself first."""
    mine = [(str(staff_id), f"{name}（自分）") for staff_id, name in staff if staff_id == own_id]
    others = [(str(staff_id), name) for staff_id, name in staff if staff_id != own_id]
    return [*mine, (NOBODY, "担当者なし"), *others]
