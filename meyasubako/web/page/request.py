"""What a view asks of its request: who, where, when, and the way to the data."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from starlette.requests import Request

from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys
from meyasubako.core.policy import REQUESTER, Actor
from meyasubako.core.settings import Settings
from meyasubako.web.page.service import Service

T = TypeVar("T")
A = TypeVar("A")


def service(request: Request) -> Service:
    """What the application holds."""
    return request.app.state.service


def settings(request: Request) -> Settings:
    """The settings of the installation."""
    return service(request).settings


def keys(request: Request) -> Keys:
    """The key of the installation."""
    return service(request).keys


def at(request: Request) -> datetime:
    """The one instant at which this request happens."""
    if not hasattr(request.state, "at"):
        request.state.at = dates.now()
    return request.state.at


def path(request: Request) -> str:
    """The path asked for. The framework's own address fails where the query is no text."""
    return request.scope["path"]


def actor(request: Request) -> Actor:
    """Whoever asks; the guard has looked. On public pages always the requester."""
    return getattr(request.state, "actor", REQUESTER)


def desk(request: Request) -> AppliedDesk:
    """The desk named in the address. Raises NotFound."""
    return service(request).shelf.find(request.path_params["desk"])


def desk_by_id(request: Request, desk_id: int) -> AppliedDesk:
    """The desk a row points at. Raises NotFound."""
    return service(request).shelf.find_by_id(desk_id)


def desks(request: Request) -> tuple[AppliedDesk, ...]:
    """All desks of the installation."""
    return service(request).shelf.every()


async def look_at_desks_again(request: Request) -> None:
    """Know the desks as they are now, where one turned out to have changed during the request."""
    await service(request).shelf.look_again()


async def read(request: Request, unit: Callable[[Any], T]) -> T:
    """Run a unit that only reads: `await page.read(request, lambda session: cases.view(session, …))`."""
    return await service(request).database.read(unit)


async def write(request: Request, unit: Callable[[Any], T]) -> T:
    """Run a unit of work: all of it is kept, or nothing."""
    return await service(request).database.write(unit)


async def write_together(
    request: Request, work: Callable[[Any, Sequence[A]], Sequence[T | Exception]], item: A
) -> T:
    """Do the same work for many requests at once; what came of this one's item. Raises the error meant for it."""
    return await service(request).database.write_together(work, item)


async def slowly(request: Request, work: Callable[..., T], *arguments: Any) -> T:
    """Run something heavy (a password hash) beside the other requests, a few at a time."""
    async with service(request).hashing:
        return await asyncio.to_thread(work, *arguments)


def url(request: Request, name: str, /, **params: Any) -> str:
    """The path of a route by its name. Raises KeyError for a name no route has."""
    return service(request).url(name, **params)
