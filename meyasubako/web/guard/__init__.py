"""Nobody gets to a view who may not: a route names what it needs, and this is where it is asked for."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from meyasubako.casework.accounts import OpenProviderSession, OpenSession
from meyasubako.core.errors import NotAllowed, NotFound
from meyasubako.core.policy import Need
from meyasubako.core.sentences import say
from meyasubako.web import forms, page
from meyasubako.web.guard import admission, csrf, errors
from meyasubako.web.guard.admission import Admission, Body
from meyasubako.web.guard.client import client, network
from meyasubako.web.guard.closed import check_open, check_wholly_open, prepare
from meyasubako.web.guard.envelope import Envelope
from meyasubako.web.guard.errors import Refused, refusal
from meyasubako.web.guard.gate import Gate, rooms
from meyasubako.web.guard.sessions import OWN, PROVIDER, STAFF, provider_session, staff_session

__all__ = [
    "FOR_GOING_BACK",
    "OWN",
    "PROVIDER",
    "STAFF",
    "Admission",
    "Envelope",
    "Gate",
    "Page",
    "check_open",
    "client",
    "network",
    "prepare",
    "provider_session",
    "refusal",
    "rooms",
    "signed_in_provider",
    "signed_in_staff",
    "staff_session",
]

FOR_GOING_BACK: Final = "private, no-cache"
"""The browser keeps the page for going back, nobody else does."""

LARGEST_ID: Final = 2**31 - 1
"""No row has a larger number; PostgreSQL would not even look."""

View = Callable[[Request], Awaitable[Response]]


class Page(Route):
    """A route that says what it needs, and asks for it before its view runs.

    `private` marks a public page that shows something personal, so that no cache keeps it; `files` one whose form may
    bring files; `bare` one that must answer without the database, however many ask; `last` one that waits for all others.
    """

    def __init__(
        self,
        path: str,
        view: View,
        *,
        name: str,
        needs: Need,
        methods: Sequence[str] = ("GET",),
        private: bool = False,
        files: bool = False,
        bare: bool = False,
        last: bool = False,
    ) -> None:
        super().__init__(path, view, name=name, methods=methods)
        self.view = view
        self.needs = needs
        self.is_for_those_we_know = needs is not Need.PUBLIC
        self.is_private = private or self.is_for_those_we_know
        self.takes_files = files
        self.is_bare = bare
        self.comes_last = last
        self.is_for_programs = path.startswith("/api/")
        self.app = self._serve

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = Body(receive)
        request = Request(scope, body.receive, send)
        if self.takes_files:
            forms.take_files(request)
        place = None
        if not self.is_bare:
            is_of_staff = self.needs not in {Need.PUBLIC, Need.PROVIDER}
            rank = admission.rank(request, is_of_staff=is_of_staff, comes_last=self.comes_last)
            place = await admission.let_in(request, body, rank)
            if place is None:
                await errors.too_busy(request)(scope, receive, send)
                return
        try:
            response = self._switched(request) or await self._admit(request) or await self.view(request)
        finally:
            forms.discard(request)
            await request.close()
            if place:
                place.leave()
        if request.method in csrf.UNSAFE and (
            self.is_for_those_we_know or page.settings(request).database_read
        ):
            page.note_writing(request, response)
        if self.is_private:
            response.headers["cache-control"] = "no-store"
        elif request.method in csrf.UNSAFE:
            response.headers.setdefault("cache-control", "no-store")
        else:
            # A page may hold a form's token.
            response.headers.setdefault("cache-control", FOR_GOING_BACK)
        await response(scope, receive, send)

    def _switched(self, request: Request) -> Response | None:
        """Lead back to this page in the language its address asks for."""
        return page.switched(request) if self.needs is Need.PUBLIC and not self.is_bare else None

    async def _admit(self, request: Request) -> Response | None:
        """Let the request through (None), lead it to sign in, or raise what stands against it."""
        if any(isinstance(each, int) and each > LARGEST_ID for each in request.path_params.values()):
            raise NotFound
        if not self.is_bare:
            check_wholly_open(request)
            await self._look_for_desk(request)
        if self.needs is Need.PROVIDER:
            if await provider_session(request) is None:
                raise NotFound(say("このページを開くには、届いたメールのリンクをもう一度開いてください。"))
        elif self.needs is not Need.PUBLIC:
            if await staff_session(request) is None:
                return _to_sign_in(request)
            request.app.state.admission.know(request)
            self._check_role(request)
        if request.method in csrf.UNSAFE and not self.is_for_programs:
            await csrf.check(request)
        return None

    async def _look_for_desk(self, request: Request) -> None:
        shelf = page.service(request).shelf
        if self.is_for_those_we_know and page.wrote_lately(request):
            # They may have changed a desk, and another process may have taken that in.
            await shelf.look_again()
        else:
            await shelf.look()
        code = request.path_params.get("desk")
        if code is not None and not shelf.has(code):
            # It may have been applied a moment ago.
            await shelf.look_again()
            shelf.find(code)

    def _check_role(self, request: Request) -> None:
        actor = page.actor(request)
        if "desk" in request.path_params:
            desk_id = page.desk(request).id
            if desk_id not in actor.roles:
                # Which desks there are is public, but what exists and is not yours is not there.
                raise NotFound
            if self.needs is not Need.SIGNED_IN and not actor.may(self.needs, desk_id):
                raise NotAllowed
        elif self.needs is not Need.SIGNED_IN and not actor.desks_for(self.needs):
            raise NotAllowed


def signed_in_staff(request: Request) -> OpenSession:
    """The session of the staff member asking; only on routes that need one."""
    return request.state.staff_session


def signed_in_provider(request: Request) -> OpenProviderSession:
    """The session of the provider asking; only on routes that need one."""
    return request.state.provider_session


def _to_sign_in(request: Request) -> Response:
    if request.method in csrf.UNSAFE:
        # Leading away would lose what was written; the form's token stays valid, so that reloading sends it again.
        raise Refused(
            say(
                "サインインしていないか、時間が切れたため、まだ送られていません。"
                "別のタブでサインインしてから、この画面を再読み込みすると、書いた内容をそのまま送れます。"
            )
        )
    query = request.scope["query_string"].decode("latin-1")
    wanted = page.path(request) + (f"?{query}" if query else "")
    return page.redirect_to(request, f"{page.url(request, 'staff_sign_in')}?next={quote(wanted, safe='/')}")
