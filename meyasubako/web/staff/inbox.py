"""The inbox and the list of all cases of a desk: what waits today, filters, one page at a time."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import casefiles
from meyasubako.casework.casefiles import Cursor, InboxPage
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import NUMBER_LENGTH, clean_code
from meyasubako.core.conditions import NOBODY, UNFINISHED, Conditions, Queue, Scope
from meyasubako.core.policy import Need
from meyasubako.core.vocabulary import Status
from meyasubako.web import page
from meyasubako.web.staff import answers, shown


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of the address as typed, for showing them again."""

    queue: str
    status: str
    assignee: str
    number: str

    def query(self, **changes: str) -> str:
        """The query of an address with these filters and changes; "" for none."""
        values = {
            "queue": self.queue,
            "status": self.status,
            "assignee": self.assignee,
            "number": self.number,
            **changes,
        }
        found = urlencode({name: value for name, value in values.items() if value})
        return f"?{found}" if found else ""

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out."""
        return any((self.queue, self.status, self.assignee, self.number))


async def inbox(request: Request) -> Response:
    """What is still being worked on."""
    return await _list(request, Scope.INBOX, "受付箱", "staff_inbox")


async def every_case(request: Request) -> Response:
    """All cases of the desk."""
    return await _list(request, Scope.ALL, "案件", "staff_cases")


async def _list(request: Request, scope: Scope, title: str, route: str) -> Response:
    applied, actor, at = page.desk(request), page.actor(request), page.at(request)
    asked = Asked(
        *(
            request.query_params.get(name, "").strip()[:80]
            for name in ("queue", "status", "assignee", "number")
        )
    )
    wanted = replace(Conditions.read(request.query_params.multi_items()), scope=scope)
    older_than = Cursor.read(request.query_params.get("older", ""))
    newer_than = Cursor.read(request.query_params.get("newer", ""))
    found = await page.read(
        request,
        lambda session: casefiles.inbox(
            session, actor, applied, wanted, at=at, older_than=older_than, newer_than=newer_than
        ),
    )
    if len(clean_code(asked.number)) >= NUMBER_LENGTH and len(found.rows) == 1:
        # Who types a whole number wants the case, not a list of one.
        return page.redirect(request, "staff_case", case_id=found.rows[0].id)
    here = page.url(request, route, desk=applied.code)
    return page.render(
        request,
        "staff/inbox.html",
        title=title,
        desk=applied,
        found=found,
        asked=asked,
        scope=scope,
        here=here,
        answers=await answers.counts(request, applied),
        counts=_counts(request, applied, asked, found),
        newer_href=f"{here}{asked.query(newer=str(found.newer))}" if found.newer else "",
        older_href=f"{here}{asked.query(older=str(found.older))}" if found.older else "",
        statuses=[(each.value, each.label) for each in Status if scope is Scope.ALL or each in UNFINISHED],
        assignees=_assignees(actor.id, found),
        may_enter=actor.may(Need.ENTER_RECEIPTS, applied.id),
        export_href=page.url(request, "staff_export", desk=applied.code) + wanted.query()
        if actor.may(Need.EXPORT, applied.id)
        else "",
        words=shown.words(request),
    )


def _counts(
    request: Request, applied: AppliedDesk, asked: Asked, found: InboxPage
) -> list[tuple[str, int, str, bool]]:
    """きょうの仕事: each number opens its cases. Deadlines are counted only where the desk has them, mails if any are."""
    here = page.url(request, "staff_inbox", desk=applied.code)
    by_deadline = {Queue.DUE_TODAY, Queue.OVERDUE}
    always = set(Queue) - by_deadline - {Queue.MAIL}
    return [
        (word, found.counts[queue], f"{here}?queue={queue.value}", asked.queue == queue.value)
        for queue, word in shown.QUEUE_WORDS.items()
        if queue in always or found.counts[queue] or (queue in by_deadline and found.has_deadlines)
    ]


def _assignees(own_id: int | None, found: InboxPage) -> list[tuple[str, str]]:
    mine = [(str(staff_id), f"{name}（自分）") for staff_id, name in found.staff if staff_id == own_id]
    others = [(str(staff_id), name) for staff_id, name in found.staff if staff_id != own_id]
    return [*mine, (NOBODY, "担当者なし"), *others]
