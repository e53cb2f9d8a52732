"""What may be tried how often, the same for the form and the JSON interface, so that neither is a way around the other."""

from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request

from meyasubako.casework import limits, tracking
from meyasubako.core import codes
from meyasubako.web import page
from meyasubako.web.guard.client import network

TRIES_FROM_ONE_PLACE: Final = 100
TRIES_WINDOW: Final = timedelta(minutes=15)
HOUR: Final = timedelta(hours=1)


async def count_sending(request: Request) -> None:
    """Count one sending from where this request comes from. Raises TooMany."""
    at = page.at(request)
    place = limits.key("send from", network(request))
    most = page.settings(request).submissions_per_hour
    await page.write(request, lambda session: limits.hit(session, place, limit=most, window=HOUR, at=at))


async def unlock(request: Request, number: str, passcode: str) -> tuple[str, int] | None:
    """The receipt number and passcode generation if both fit, after counting the try. Raises TooMany."""
    at, here, keys = page.at(request), network(request), page.keys(request)
    place = limits.key("unlock from", here)
    # Counted for this number from this place, so that nobody can lock the owner out from elsewhere.
    pair = limits.key("unlock", f"{codes.clean_code(number)} {here}")

    def count_first(session: Any) -> None:
        limits.hit(session, place, limit=TRIES_FROM_ONE_PLACE, window=TRIES_WINDOW, at=at)
        limits.attempt(session, pair, at=at)

    await page.write(request, count_first)
    held = await page.read(request, lambda session: tracking.unlock(session, number, passcode, keys=keys))
    if held is not None:
        await page.write(request, lambda session: limits.clear(session, pair))
    return held
