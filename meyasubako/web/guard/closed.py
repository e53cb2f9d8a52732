"""The page that says that nothing can be taken now, and how else to reach each desk: made beforehand, from nothing that may fail."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

from meyasubako.core import marks
from meyasubako.core.errors import Closed
from meyasubako.core.sentences import Text, say
from meyasubako.core.tongues import Tongue, tongue
from meyasubako.core.vocabulary import Language
from meyasubako.edge.closing import Closing
from meyasubako.web import page
from meyasubako.web.page import PreparedFrame, Service

SOME_TIME: Final = 3_600
MOST_PREPARED: Final = 24


class Why(StrEnum):
    """Why nothing can be taken."""

    CLOSED = "closed"
    AWAY = "away"
    BUSY = "busy"
    UNSENT = "unsent"
    AWAY_UNSENT = "away-unsent"


TITLES: Final[Mapping[Why, str]] = {
    Why.CLOSED: say("受付を止めています"),
    Why.AWAY: say("ただいま利用できません"),
    Why.BUSY: say("ただいま混み合っています"),
    Why.AWAY_UNSENT: say("ただいま利用できません"),
    Why.UNSENT: say("混み合っているため、まだ送られていません"),
}

CLOSED: Final = say("ただいま受付を止めています。")


def check_open(request: Request) -> None:
    """Raises Closed while somebody keeps the service closed."""
    closing = page.service(request).door.closing(page.at(request))
    if closing is None:
        return
    seconds = SOME_TIME
    if closing.until is not None:
        seconds = max(1, -(-(closing.until - page.at(request)) // timedelta(seconds=1)))
    raise Closed(words(request), retry_after=seconds)


def check_wholly_open(request: Request) -> None:
    """Raises Closed while every page is closed, not only sending."""
    closing = page.service(request).door.closing(page.at(request))
    if closing is not None and closing.is_whole:
        check_open(request)


def words(request: Request) -> str:
    """That somebody closed the service, why and until when; "" while it is open."""
    closing = page.service(request).door.closing(page.at(request))
    if closing is None:
        return ""
    speaker = page.speaker(request)
    why = speaker.tell(Text(f"{closing.message.removesuffix('。')}。") if closing.message else CLOSED)
    return f"{why}{reopens(closing, speaker)}"


def reopens(closing: Closing, speaker: Tongue) -> str:
    """When a closed service opens again, in words; "" where nobody said."""
    if closing.until is None:
        return ""
    return speaker.say("%(until)sから、また受け付けます。", until=speaker.instant(closing.until))


def answer(request: Request, why: Why, *, retry_after: int) -> HTMLResponse:
    """The page, as it lies ready."""
    service = page.service(request)
    closing = service.door.closing(page.at(request)) if why is Why.CLOSED else None
    headers = {"retry-after": str(retry_after), "cache-control": "no-store"}
    return HTMLResponse(prepared(service, why, closing, page.language(request)), 503, headers)


def prepared(
    service: Service,
    why: Why,
    closing: Closing | None = None,
    language: Language = Language.JAPANESE,
) -> str:
    """The page for the desks as last seen, made once in each language."""
    desks, speaker = service.shelf.every(), tongue(language)
    said = (language, why, closing, tuple((each.code, each.revision) for each in desks))
    if said not in service.prepared:
        if len(service.prepared) >= MOST_PREPARED:
            service.prepared.clear()
        html = (
            service.pages_in(language)
            .get_template("public/closed.html")
            .render(
                page=PreparedFrame(service, TITLES[why], language),
                why=why,
                message=Text(closing.message) if closing else "",
                reopens=reopens(closing, speaker) if closing else "",
                is_whole=closing is not None and closing.is_whole,
                desks=[each.desk for each in desks],
            )
        )
        service.prepared[said] = html if language is Language.JAPANESE else marks.in_page(html)
    return service.prepared[said]


def prepare(service: Service) -> None:
    """Make ready what may be needed when nothing can be made any more."""
    for why in (Why.AWAY, Why.AWAY_UNSENT, Why.BUSY, Why.UNSENT):
        for language in Language:
            prepared(service, why, language=language)
