"""Before a page is opened: of which rank whoever asks is, what they send taken in, and then a place at the gate."""

from collections import deque
from typing import Final

from starlette.requests import Request
from starlette.types import Message, Receive

from meyasubako.core.codes import token_hash
from meyasubako.web import page
from meyasubako.web.guard import csrf
from meyasubako.web.guard.client import network
from meyasubako.web.guard.gate import Gate, Place, Rank
from meyasubako.web.guard.sessions import STAFF

AHEAD: Final = 64 * 1024
"""What is taken in before there is a place; a form without files is smaller, and nobody holds a place while it arrives."""

MOST_KNOWN: Final = 4_096


class Admission:
    """Who is let in, by one process."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self._known: dict[str, None] = {}

    def know(self, request: Request) -> None:
        """Remember that this browser is signed in as staff: a session somebody made up opens no faster way in."""
        held = token_hash(page.cookie(request, STAFF))
        self._known.pop(held, None)
        if len(self._known) >= MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[held] = None

    def knows(self, request: Request) -> bool:
        """Whether this browser was signed in as staff when last seen. That alone opens no page."""
        token = page.cookie(request, STAFF)
        return bool(token) and token_hash(token) in self._known


class Body:
    """What a request sends, taken in before it has a place as far as it is small, and beside its place where it is large."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._here: deque[Message] = deque()
        self._is_whole = False
        self.place: Place | None = None

    async def arrive(self) -> None:
        """Take in what a form without files may weigh."""
        size = 0
        while size < AHEAD and not self._is_whole:
            message = await self._next()
            size += len(message.get("body", b""))
            self._here.append(message)

    async def receive(self) -> Message:
        """What comes next. Whoever is slow to send a large file keeps nobody out meanwhile."""
        if self._here:
            return self._here.popleft()
        if self._is_whole or self.place is None:
            return await self._receive()
        self.place.leave()
        message = await self._next()
        await self.place.back()
        return message

    async def _next(self) -> Message:
        message = await self._receive()
        self._is_whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message


def rank(request: Request, *, is_of_staff: bool, comes_last: bool) -> Rank:
    """Of which rank whoever asks for a page is."""
    if is_of_staff and request.app.state.admission.knows(request):
        return Rank.STAFF
    if comes_last:
        return Rank.LAST
    return Rank.SENDING if request.method in csrf.UNSAFE else Rank.LOOKING


async def let_in(request: Request, body: Body, of: Rank) -> Place | None:
    """A place for this request once what it sends is here; None where it is turned away."""
    gate: Gate = request.app.state.admission.gate
    if request.method in csrf.UNSAFE:
        whence = network(request)
        if not gate.arrive(of, whence):
            return None
        try:
            await body.arrive()
        finally:
            gate.arrived(whence)
    body.place = await gate.enter(of)
    return body.place
