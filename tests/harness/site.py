"""The whole application over a test's database, with both desks and whoever the test needs to sign in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import update
from starlette.applications import Starlette

from meyasubako.app import create_app
from meyasubako.casework import accounts, desks
from meyasubako.core import dates
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys
from meyasubako.core.policy import SYSTEM
from meyasubako.core.settings import Settings, read_settings
from meyasubako.core.vocabulary import Role
from meyasubako.store.database import Database
from meyasubako.store.models import GuardCounter
from tests.harness import shipped
from tests.harness.client import ORIGIN, VISITOR, Client

TOYAMA = "toyama-meyasubako"
MIE = "mie-dx-center"
DESK_FILES = shipped.DESK_FILES
PASSWORD = "open the box 2026"
LONG_WAIT = timedelta(minutes=1)
OPENED_AT = datetime(2026, 4, 1, tzinfo=UTC)

# The cheapest hash there is: what the tests ask is not how long it takes.
_HASH = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def settings_for(data: Path, **environment: str) -> Settings:
    """Settings as an installation behind https has them; names without their prefix, in any case.

    Tests fill in a form faster than people do; those about that say so.
    """
    environment = {"least_seconds": "0", **environment}
    given = {f"MEYASUBAKO_{name.upper()}": value for name, value in environment.items()}
    return read_settings({"MEYASUBAKO_PUBLIC_URL": ORIGIN, "MEYASUBAKO_DATA": str(data), **given})


@dataclass
class Site:
    """A running installation."""

    app: Starlette
    database: Database
    settings: Settings
    keys: Keys
    desks: Mapping[str, AppliedDesk]

    def client(self, *, visitor: tuple[str, int] = VISITOR, **options: Any) -> Client:
        """Somebody new at a browser."""
        return Client(self.app, visitor=visitor, **options)

    async def add_staff(self, login: str, roles: Mapping[str, Role] | None = None, *, name: str = "") -> int:
        """Somebody who may sign in with PASSWORD; `roles` by desk code."""

        def unit(session: Any) -> int:
            staff_id = accounts.add_staff(
                session,
                login=login,
                name=name or f"{login}さん",
                password_hash=_HASH,
                by=SYSTEM,
                at=OPENED_AT,
            )
            for code, role in (roles or {}).items():
                accounts.grant(session, staff_id, self.desks[code].id, role, by=SYSTEM, at=OPENED_AT)
            return staff_id

        return await self.database.write(unit)

    async def make_waits_long(self) -> None:
        """Let every wait after wrong tries last longer than a slow machine needs for a page."""
        until = dates.now() + LONG_WAIT
        longer = (
            update(GuardCounter).where(GuardCounter.blocked_until.is_not(None)).values(blocked_until=until)
        )
        await self.database.write(lambda session: session.execute(longer))

    async def signed_in(self, login: str, roles: Mapping[str, Role] | None = None, **options: Any) -> Client:
        """A new member of staff, signed in by the page as anybody would be."""
        await self.add_staff(login, roles)
        client = self.client(**options)
        page = await client.get("/staff/sign-in")
        await client.submit(
            page.form(field="password"), {"login": login, "password": PASSWORD}, follow=False, expect=303
        )
        return client


def add_desks(session: Any) -> None:
    """Both desks of the package, as an installation begins."""
    for code in (TOYAMA, MIE):
        desks.apply(session, shipped.shipped_desk(code), at=OPENED_AT)


async def open_site(database: Database, data: Path, **environment: str) -> Site:
    """An installation with both desks of the package."""
    settings = settings_for(data, **environment)
    keys = Keys(b"a key for tests, 32 bytes long..")

    found = await database.read(desks.every)
    if not found:
        await database.write(add_desks)
        found = await database.read(desks.every)
    applied = {each.code: each for each in found}
    return Site(create_app(settings, database, keys), database, settings, keys, applied)
