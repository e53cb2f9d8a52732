"""Somebody at a browser who sent something in, and the clerk who works on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select

from meyasubako.casework import intake, replies, triage
from meyasubako.core.dates import now
from meyasubako.core.policy import REQUESTER, Actor
from meyasubako.core.vocabulary import ActorKind, Channel, Role, Status
from meyasubako.store.models import Addition, Case
from tests.harness.client import Client, Page
from tests.harness.site import TOYAMA, Site

T = TypeVar("T")

EMAIL = "hanako@example.jp"
SEE = "状況を見る"


@dataclass
class Sent:
    """A receipt of somebody at a browser, and the clerk who works on it."""

    site: Site
    client: Client
    clerk: Actor
    number: str
    case_id: int

    @property
    def passcode(self) -> str:
        return self.site.keys.passcode(self.number, 1)

    async def write(self, unit: Callable[[Any], T]) -> T:
        return await self.site.database.write(unit)

    async def read(self, unit: Callable[[Any], T]) -> T:
        return await self.site.database.read(unit)

    async def open(self) -> Page:
        page = await self.client.get("/status")
        return await self.client.submit(page, {"number": self.number, "passcode": self.passcode}, button=SEE)

    async def triage(self) -> None:
        desk = self.site.desks[TOYAMA].desk
        chosen = {
            "requester_type": ["resident"],
            "purpose": ["opinion"],
            "topics": ["health"],
            "division": ["digital-office"],
        }
        decision = triage.check(desk, chosen)
        await self.write(lambda s: triage.triage(s, desk, self.case_id, decision, by=self.clerk, at=now()))

    async def ask(self, body: str) -> None:
        await self.write(lambda s: replies.ask(s, self.case_id, body, by=self.clerk, at=now()))

    async def reply(self, body: str) -> None:
        await self.write(lambda s: replies.reply(s, self.case_id, body, by=self.clerk, at=now()))

    async def status(self) -> Status:
        return await self.read(lambda s: s.get_one(Case, self.case_id).status)

    async def additions(self) -> list[str]:
        return await self.read(lambda s: list(s.scalars(select(Addition.body).order_by(Addition.id))))


async def _send(site: Site, key: str) -> tuple[str, int]:
    applied = site.desks[TOYAMA]
    values = {
        "requester_type": ["resident"],
        "purpose": ["opinion"],
        "title": ["スマホ講座を増やしてほしい"],
        "body": ["公民館での講座が、いつも満員です。"],
        "reply_wanted": ["yes"],
        "email": [EMAIL],
        "publish_consent": ["yes"],
    }
    submission = intake.check(applied.desk, values)
    received = await site.database.write(
        lambda s: intake.receive(
            s,
            applied,
            submission,
            channel=Channel.WEB,
            received_at=now(),
            keys=site.keys,
            idempotency_key=key,
            by=REQUESTER,
            at=now(),
        )
    )
    return received.number, received.case_ids[0]


async def somebody_sent(site: Site) -> Sent:
    """An opinion in the Toyama box, from somebody with a mail address."""
    staff_id = await site.add_staff("yamada", {TOYAMA: Role.CLERK}, name="山田一郎")
    clerk = Actor(ActorKind.STAFF, staff_id, "山田一郎", {site.desks[TOYAMA].id: Role.CLERK})
    number, case_id = await _send(site, "key")
    return Sent(site, site.client(), clerk, number, case_id)
