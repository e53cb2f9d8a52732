"""The receipt this browser may look at for half an hour: its number and the generation of its passcode, in a signed cookie."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.web import page

SENT: Final = "sent"
"""After sending, for the page that shows number and passcode."""

OPENED: Final = "receipt"
"""After typing number and passcode."""

LASTS: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Pass:
    """What proves that the browser once showed the right passcode; a new passcode makes it worthless."""

    number: str
    generation: int


def give(request: Request, response: Response, name: str, held: Pass) -> None:
    """Let this browser look at a receipt, for half an hour from now."""
    page.set_signed_cookie(request, response, name, f"{held.number} {held.generation}", lasting=LASTS)


def shown(request: Request, name: str) -> Pass | None:
    """The receipt this browser may look at, if it may."""
    value = page.signed_cookie(request, name)
    if value is None:
        return None
    number, _, generation = value.partition(" ")
    return Pass(number, int(generation))


def take_back(request: Request, response: Response) -> None:
    """Nothing may be looked at any more on this browser."""
    for name in (SENT, OPENED):
        page.drop_cookie(request, response, name)
