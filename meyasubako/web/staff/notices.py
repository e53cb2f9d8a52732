"""お知らせ: what one was told, newest first; and how one wishes to be told."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import notices
from meyasubako.casework.notices import ChatTrouble, NoticePage
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import Unavailable
from meyasubako.core.numbers import whole
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import NoticeKind, NoticeWay
from meyasubako.web import forms, guard, page
from meyasubako.web.staff import shown

UNREAD: Final = "unread"


async def everything(request: Request) -> Response:
    """What I was told, a page at a time; all of it, or what I have not seen."""
    actor, query = page.actor(request), request.query_params
    only_unread = query.get("show", "") == UNREAD
    before, after = whole(query.get("before", "")), whole(query.get("after", ""))
    own = _own_desks(request)

    def unit(session: Any) -> tuple[NoticePage, list[tuple[AppliedDesk, ChatTrouble]]]:
        found = notices.listed(session, actor, only_unread=only_unread, before=before, after=after)
        troubles = [(each, notices.trouble_of(session, each.id)) for each in own if _chat(request, each)]
        return found, [(each, trouble) for each, trouble in troubles if trouble]

    found, troubles = await page.read(request, unit)
    return page.render(
        request,
        "staff/notices.html",
        title="お知らせ",
        found=found,
        only_unread=only_unread,
        desks={each.id: each.desk.name for each in own} if len(own) > 1 else {},
        troubles=troubles,
        words=shown.words(request),
    )


async def read_all(request: Request) -> Response:
    """I have seen everything there was when I opened the page."""
    until, actor, at = (await forms.read(request)).number("until"), page.actor(request), page.at(request)
    done = await page.write(
        request, lambda session: notices.read_all(session, until=until or 0, by=actor, at=at)
    )
    said = f"{done}件を、見たことにしました。" if done else "まだ見ていないお知らせはありませんでした。"
    return page.redirect(request, "staff_notices", notice=said)


async def seen_with_case(request: Request, case_id: int, *, until: int | None = None) -> None:
    """Whoever opens a case has seen what they were told of it, up to the event shown last."""
    signed_in, actor, at = guard.signed_in_staff(request), page.actor(request), page.at(request)
    if not signed_in.unread:
        return
    try:
        seen = await page.write(
            request, lambda session: notices.read_case(session, case_id, until=until, by=actor, at=at)
        )
    except Unavailable:
        # While nothing can be written, cases can still be read.
        return
    request.state.staff_session = replace(signed_in, unread=max(signed_in.unread - seen, 0))


def offered_ways(request: Request, chosen: Mapping[NoticeKind, str]) -> list[tuple[str, str]]:
    """The ways somebody can choose; the chat where one of their desks has one, or it was chosen before."""
    has_chat = any(_chat(request, each) for each in _own_desks(request)) or NoticeWay.CHAT in chosen.values()
    return [(way.value, way.label) for way in NoticeWay if way is not NoticeWay.CHAT or has_chat]


def chats(request: Request) -> list[tuple[str, str]]:
    """The desks of mine that have a chat, with what it is called."""
    found = ((each.desk.name, _chat(request, each)) for each in _own_desks(request))
    return [(name, kind) for name, kind in found if kind]


def _own_desks(request: Request) -> list[AppliedDesk]:
    actor: Actor = page.actor(request)
    return [each for each in page.desks(request) if each.id in actor.roles]


def _chat(request: Request, applied: AppliedDesk) -> str:
    chat = page.settings(request).chats.get(applied.code)
    return chat.kind.label if chat else ""
