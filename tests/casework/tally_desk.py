"""A desk whose consultations go through the real intake and triage, for tests that count them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from meyasubako.casework import accounts, desks, intake, tallies, triage
from meyasubako.casework.tallies import Table
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys
from meyasubako.core.dates import JAPAN, Month
from meyasubako.core.desk import Desk
from meyasubako.core.policy import REQUESTER, SYSTEM, Actor
from meyasubako.core.vocabulary import (
    ActorKind,
    Channel,
    Dimension,
    Measure,
    Role,
)
from meyasubako.store.database import Database
from tests.harness.shipped import shipped_desk

T = TypeVar("T")

MIE = shipped_desk("mie-dx-center")
KEYS = Keys(b"a key for tests, 32 bytes long..")


@dataclass
class TallyDesk:
    """An applied desk and its coordinator."""

    database: Database
    applied: AppliedDesk
    coordinator: Actor

    @property
    def desk(self) -> Desk:
        return self.applied.desk

    async def write(self, unit: Callable[[Session], T]) -> T:
        return await self.database.write(unit)

    def receive_in(self, session: Session, at: datetime, **values: str | Sequence[str]) -> int:
        """Hand in a consultation; returns its case."""
        channel = Channel(str(values.pop("channel", "web")))
        return receive(session, self.applied, at, channel, **values).case_ids[0]

    async def receive(self, at: datetime, **values: str | Sequence[str]) -> int:
        """The same in a unit of its own."""
        return await self.write(lambda session: self.receive_in(session, at, **values))

    def triage_in(
        self,
        session: Session,
        case_id: int,
        at: datetime,
        requester_type: str,
        purpose: str,
        *topics: str,
        priority: str = "",
    ) -> None:
        typed = {"requester_type": [requester_type], "purpose": [purpose], "topics": topics}
        decision = triage.check(self.desk, {**typed, "priority": [priority]})
        triage.triage(session, self.desk, case_id, decision, by=self.coordinator, at=at)

    async def triage(
        self, case_id: int, at: datetime, requester_type: str, purpose: str, *topics: str
    ) -> None:
        await self.write(
            lambda session: self.triage_in(session, case_id, at, requester_type, purpose, *topics)
        )

    async def close_month(self, month: Month, at: datetime, **options: Any) -> None:
        options.setdefault("reasons", tallies.Reasons("確認中"))
        await self.write(
            lambda session: tallies.close_month(
                session, self.applied, month, by=self.coordinator, at=at, **options
            )
        )

    async def tally(self, first: Month, last: Month, as_of: datetime | None = None) -> tallies.Tally:
        return await self.database.read(
            lambda session: tallies.tally(session, self.applied, first=first, last=last, as_of=as_of)
        )

    async def behind(self, cell: tallies.Cell, **options: Any) -> tallies.Behind:
        return await self.database.read(
            lambda session: tallies.cases_behind(session, self.applied, cell, by=self.coordinator, **options)
        )


def receive(
    session: Session,
    applied: AppliedDesk,
    at: datetime,
    channel: Channel,
    **values: str | Sequence[str],
) -> intake.Received:
    """Hand in a form with these answers; the rest is filled in. Paper is recorded when it is received."""
    by_hand = channel not in {Channel.WEB, Channel.API}
    form = {"requester_type": "business", "purpose": "information", "title": "題", "body": "本文", **values}
    form |= {"name": "見本 太郎", "reply_wanted": "no", "share_consent": "no"}
    typed = {name: [given] if isinstance(given, str) else given for name, given in form.items()}
    return intake.receive(
        session,
        applied,
        intake.check(applied.desk, typed, by_staff=by_hand),
        channel=channel,
        received_at=at,
        keys=KEYS,
        idempotency_key=None,
        by=REQUESTER,
        at=at,
    )


async def open_desk(database: Database, desk: Desk = MIE, login: str = "coordinator") -> TallyDesk:
    """Apply a desk and appoint its coordinator."""
    at = datetime.fromisoformat(f"{desk.opened_on}T00:00:00+09:00") - timedelta(days=1)

    def unit(session: Session) -> TallyDesk:
        desks.apply(session, desk, at=at)
        applied = desks.find(session, desk.code)
        staff_id = accounts.add_staff(
            session, login=login, name="調整役", password_hash="x", by=SYSTEM, at=at
        )
        accounts.grant(session, staff_id, applied.id, Role.COORDINATOR, by=SYSTEM, at=at)
        actor = Actor(ActorKind.STAFF, staff_id, "調整役", {applied.id: Role.COORDINATOR})
        return TallyDesk(database, applied, actor)

    return await database.write(unit)


RECEIPTS, CASES = Measure.RECEIPTS, Measure.CASES


GROUP, TYPE, PURPOSE = Dimension.REQUESTER_GROUP, Dimension.REQUESTER_TYPE, Dimension.PURPOSE


TOPIC, CHANNEL, STATUS = Dimension.TOPIC, Dimension.CHANNEL, Dimension.STATUS


OUTCOME = Dimension.OUTCOME


LEAF = "industry-data"


def japan(text: str) -> datetime:
    """An instant written in Japanese time."""
    return datetime.fromisoformat(text).replace(tzinfo=JAPAN)


def booked(table: Table, index: int = -1, *, zeros: bool = False) -> dict[str, int]:
    """What one column of a table prints, by label."""
    return {
        row.label: row.figures[index].booked
        for row in (*table.rows, table.total)
        if zeros or row.figures[index].booked
    }


# ---- The published table ----


async def publish(mie: TallyDesk) -> list[int]:
    """34 consultations: 29 in R3 from 1 September 2021, 5 in April and May of R4; 19/5/10 and 10/12/9/3."""
    last_moment = datetime(2022, 3, 31, 14, 59, 59, tzinfo=UTC)
    received = [
        *(japan("2021-09-01T09:00:00") + timedelta(days=7 * week) for week in range(28)),
        last_moment,
        last_moment + timedelta(seconds=1),
        japan("2022-04-15T10:00:00"),
        japan("2022-04-28T10:00:00"),
        japan("2022-05-10T10:00:00"),
        japan("2022-05-31T23:59:59"),
    ]
    requesters = [
        *repeat("business", 19),
        *("resident", "resident_group", "resident_group", "resident_group", "resident_group"),
        *("municipality", "prefecture") * 5,
    ]
    purposes = [
        *repeat("information", 10),
        *repeat("training", 12),
        *repeat("problem_solving", 9),
        *repeat("other", 3),
    ]
    # Neither table says which consultation was which: the two are dealt out against each other.
    dealt = [purposes[(7 * position) % 34] for position in range(34)]

    def unit(session: Session) -> list[int]:
        found = []
        for at, requester_type, purpose in zip(received, requesters, dealt, strict=True):
            case_id = mie.receive_in(session, at, requester_type=requester_type, purpose="other")
            mie.triage_in(session, case_id, at, requester_type, purpose, LEAF)
            found.append(case_id)
        return found

    return await mie.write(unit)
