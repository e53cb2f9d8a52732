"""What may be tried how often, the same for the form and the JSON interface, so that neither is a way around the other."""

from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request

from meyasubako.casework import intake, limits, tracking
from meyasubako.core import codes
from meyasubako.core.errors import Unavailable
from meyasubako.core.vocabulary import Channel, Language
from meyasubako.web import page
from meyasubako.web.guard.client import network

TRIES_FROM_ONE_PLACE: Final = 100
TRIES_WINDOW: Final = timedelta(minutes=15)


async def send(
    request: Request,
    submission: intake.Submission,
    *,
    channel: Channel,
    idempotency_key: str | None,
    language: Language,
    shown: frozenset[int] | None = None,
    is_trapped: bool = False,
    is_too_fast: bool = False,
    is_proved: bool = False,
) -> intake.Received:
    """Count one sending from where this request comes from, and receive it, if need be put aside.

    Raises TooMany, InvalidInput, WrongState.
    """
    sending = intake.Sending(
        page.desk(request),
        submission,
        channel,
        intake.Signs(network(request), is_trapped, is_too_fast, is_proved),
        _pace(request),
        page.keys(request),
        idempotency_key,
        language,
        page.at(request),
        shown,
    )
    return await page.write_together(request, intake.send, sending)


async def wants_proof(request: Request) -> bool:
    """Whether so much comes from here, or to this desk, that the page should prove that a browser sends it."""
    at, here, desk_id, pace = page.at(request), network(request), page.desk(request).id, _pace(request)
    try:
        return await page.read(
            request, lambda session: intake.wants_proof(session, desk_id, here, pace, at=at)
        )
    except Unavailable:
        # The page can be shown without it, and sending will say what is the matter.
        return False


async def unlock(request: Request, number: str, passcode: str) -> tuple[str, int] | None:
    """The receipt number and passcode generation if both fit, after counting the try. Raises TooMany."""
    at, here, keys = page.at(request), network(request), page.keys(request)
    place = limits.key("unlock from", here)
    # Counted for this number from this place, so that nobody can lock the owner out from elsewhere.
    pair = limits.key("unlock", f"{codes.clean_code(number)} {here}")

    def count_first(session: Any) -> None:
        limits.hit(session, place, limit=TRIES_FROM_ONE_PLACE, window=TRIES_WINDOW, at=at)
        limits.attempt(session, pair, at=at)

    # While nothing can be written, what is there can still be read: a passcode is too long to be guessed in that time.
    with suppress(Unavailable):
        await page.write(request, count_first)
    held = await page.read(request, lambda session: tracking.unlock(session, number, passcode, keys=keys))
    if held is not None:
        with suppress(Unavailable):
            await page.write(request, lambda session: limits.clear(session, pair))
    return held


def _pace(request: Request) -> intake.Pace:
    settings = page.settings(request)
    return intake.Pace(
        network=settings.proof_from_network,
        desk=settings.proof_from_desk,
        most=settings.submissions_per_hour,
    )
