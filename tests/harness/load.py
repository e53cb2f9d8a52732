"""People who send things in and staff who work on them, while the service is killed under them; each knows what they were told."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.store.models import Case
from tests.harness.client import Client, Page
from tests.harness.remote import at
from tests.harness.site import MIE, PASSWORD, Site

CONSULTATION: dict[str, Any] = {
    "requester_type": "business",
    "organisation": "サンプル製作所",
    "name": "見本 太郎",
    "municipality": "津市",
    "phone": "059-224-0000",
    "postal_code": "514-8570",
    "address": "津市サンプル町13番地",
    "purpose": "training",
    "topics": ["industry-data"],
    "meeting_way": "online",
    "wished_dates": "7月10日の午後",
}
ANSWERS = {"reply_wanted": True, "share_consent": True, "publish_consent": False}
CHECK, SEND = "内容を確かめる", "この内容で送る"

# What can be done with a case, and what is typed for it; `{}` becomes a word nobody else writes.
WORK = {
    "この内容で決める": {},
    "対応を始める": {},
    "回答を送る": {"body": "ご案内します。{}"},
    "完了する": {"outcome": "advised"},
    "再開する": {"reason": "続きがありました。{}"},
    "対象外とする": {"reason": "unclear"},
    "元に戻す": {"reason": "読み直しました。{}"},
    "メモを残す": {"body": "電話した。{}"},
}
NOTE = "メモを残す"
CLERK = "yamada"


@dataclass
class Sending:
    """One thing sent in, recognised by its word. `told`: its sender was told that it is received."""

    word: str
    client: Client
    check: Page | None = None
    is_sent: bool = False
    told: bool = False
    number: str = ""

    @property
    def address(self) -> str:
        return f"{self.word}@example.jp"

    @property
    def text(self) -> dict[str, str]:
        return {
            "title": f"現場の相談 {self.word}",
            "body": f"紙の日報をやめたい。{self.word}",
            "email": self.address,
        }


@dataclass
class Load:
    """A crowd at one installation. `draw` decides what each does next."""

    site: Site
    address: str
    draw: random.Random
    sendings: list[Sending] = field(default_factory=list)
    notes: dict[str, bool] = field(default_factory=dict)
    _people: list[Client] = field(default_factory=list)

    @property
    def told(self) -> list[Sending]:
        """What was acknowledged."""
        return [each for each in self.sendings if each.told]

    @property
    def unsure(self) -> list[Sending]:
        """What was sent and never answered."""
        return [each for each in self.sendings if each.is_sent and not each.told]

    async def go_on(self, stop: asyncio.Event, *, people: int = 6, clerks: int = 1) -> None:
        """Send and work until told to stop, or until nothing answers any more. Raises what no killed service excuses."""
        self._people += [at(self.address) for _ in range(people + clerks - len(self._people))]
        steps = [self._clerk] * clerks + [self._somebody] * people
        async with asyncio.TaskGroup() as crowd:
            for client, step in zip(self._people, steps, strict=False):
                crowd.create_task(self._until(stop, client, step))

    async def send_again(self) -> None:
        """Whoever got no answer sends the same once more, and so do some who did."""
        some = self.draw.sample(self.told, min(3, len(self.told)))
        for each in [*self.unsure, *some]:
            await self._hand_in(each)

    async def hand_in_one(self) -> None:
        """Somebody new sends something in."""
        client = at(self.address)
        self._people.append(client)
        await self._somebody(client)

    async def close(self) -> None:
        """Let everybody's connections go."""
        for each in self._people:
            await each.__aexit__(None, None, None)

    async def _until(
        self, stop: asyncio.Event, client: Client, step: Callable[[Client], Awaitable[None]]
    ) -> None:
        while not stop.is_set():
            try:
                await step(client)
            except httpx.TransportError:
                return

    async def _somebody(self, client: Client) -> None:
        sending = Sending(self._word(), client)
        self.sendings.append(sending)
        if self.draw.random() < 0.5:
            yes_or_no = {name: "yes" if value else "no" for name, value in ANSWERS.items()}
            page = await client.get(f"/desks/{MIE}/new")
            sending.check = await client.submit(
                page, {**CONSULTATION, **yes_or_no, **sending.text}, button=CHECK
            )
        await self._hand_in(sending)

    async def _hand_in(self, sending: Sending) -> None:
        sending.is_sent = True
        if sending.check is not None:
            form = sending.check.form(button=SEND)
            await sending.client.submit(form, button=SEND, follow=False, expect=303)
            sending.told = True
            return
        given = {"content-type": "application/json", "idempotency-key": f"key-{sending.word}"}
        content = json.dumps({**CONSULTATION, **ANSWERS, **sending.text})
        path = f"/api/v1/desks/{MIE}/receipts"
        answer = await sending.client.request("POST", path, content=content, headers=given, expect=201)
        number = answer.json()["receipt_number"]
        assert sending.number in {"", number}, f"{sending.word} was {sending.number} and is now {number}"
        sending.told, sending.number = True, number

    async def _clerk(self, client: Client) -> None:
        if not client.cookies.get("session"):
            page = await client.get("/staff/sign-in")
            who = {"login": CLERK, "password": PASSWORD}
            await client.submit(page.form(field="password"), who, follow=False, expect=303)
        case_id = await self.site.database.read(self._any_case)
        if case_id is None:
            await asyncio.sleep(0.05)
            return
        page = await client.get(f"/staff/cases/{case_id}")
        offered = {label for form in page.forms for label in form.button_labels}
        label = self.draw.choice([each for each in WORK if each in offered])
        word = self._word()
        typed = {name: text.format(word) for name, text in WORK[label].items()}
        if label == NOTE:
            self.notes[word] = False
        await client.submit(page, typed, button=label, follow=False, expect=303)
        if label == NOTE:
            self.notes[word] = True

    def _any_case(self, session: Session) -> int | None:
        last = session.scalars(select(Case.id).order_by(Case.id.desc()).limit(30)).all()
        return self.draw.choice(last) if last else None

    def _word(self) -> str:
        return f"w{self.draw.randrange(10**12):012d}"
