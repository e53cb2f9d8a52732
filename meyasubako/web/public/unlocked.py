"""The receipt this browser may look at for half an hour: its number and the generation of its passcode, in a signed cookie."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import tracking
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.errors import NotFound
from meyasubako.core.sentences import say
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


@dataclass(frozen=True, slots=True)
class Opened:
    """A receipt as this browser may see it now."""

    held: Pass
    desk: AppliedDesk
    receipt: tracking.ReceiptView

    def matter(self, ordinal: int) -> tracking.CaseView:
        """One matter of it. Raises NotFound."""
        for each in self.receipt.cases:
            if each.ordinal == ordinal:
                return each
        raise NotFound


async def open_receipt(request: Request, held: Pass | None = None) -> Opened | None:
    """The receipt this browser may look at; None when the time is over or the passcode was renewed."""
    held = held or shown(request, OPENED)
    if held is None:
        return None
    number, generation = held.number, held.generation

    def look(session: Any) -> tuple[AppliedDesk, tracking.ReceiptView]:
        applied = page.desk_by_id(request, tracking.desk_of(session, number))
        return applied, tracking.view(session, applied.desk, number, generation)

    try:
        applied, receipt = await page.read(request, look)
    except NotFound:
        return None
    return Opened(held, applied, receipt)


def ask_again(request: Request) -> Response:
    """Number and passcode, once more."""
    response = page.redirect(
        request,
        "status",
        notice=say(
            "受付番号と合言葉を入力してください。30分たつか、合言葉が新しくなると、もう一度必要になります。"
        ),
    )
    take_back(request, response)
    return response
