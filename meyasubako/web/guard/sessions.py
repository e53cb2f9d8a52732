"""Who is signed in on this browser."""

from contextlib import suppress

from starlette.requests import Request

from meyasubako.casework import accounts
from meyasubako.casework.accounts import OpenProviderSession, OpenSession
from meyasubako.core.errors import Unavailable
from meyasubako.web import page

STAFF = "session"
PROVIDER = "provider"
OWN = "provider-own"
"""Who came by the link of an offer, and who came by one they asked for."""


async def staff_session(request: Request) -> OpenSession | None:
    """The session of staff this browser holds; from here on `page.actor` names its person."""
    token = page.cookie(request, STAFF)
    if not token:
        return None
    at = page.at(request)
    found = await page.read(request, lambda session: accounts.open_session(session, token, at=at))
    if found is not None:
        if found.is_due(at):
            # While nothing can be written, whoever is signed in can go on reading.
            with suppress(Unavailable):
                await page.write(request, lambda session: accounts.keep_open(session, found.id, at=at))
        request.state.actor = found.actor
        request.state.staff_session = found
    return found


async def provider_session(request: Request) -> OpenProviderSession | None:
    """The session of an adviser or partner this browser holds; from here on `page.actor` names them."""
    token, kept, at = page.cookie(request, PROVIDER), page.signed_cookie(request, OWN), page.at(request)
    found = None
    if token:
        found = await page.read(
            request, lambda session: accounts.open_provider_session(session, token, at=at)
        )
    if found is None and kept:
        found = await page.read(request, lambda session: accounts.open_own_visit(session, kept))
    if found is not None:
        request.state.actor = found.actor
        request.state.provider_session = found
    return found
