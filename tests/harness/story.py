"""One desk with its staff and its directory, and cases moved through the real verbs of casework, on a clock of their own."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, desks, directory, intake, matching, replies, surveys, tracking, triage
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys
from meyasubako.core.desk import Desk
from meyasubako.core.policy import REQUESTER, Actor
from meyasubako.core.vocabulary import (
    ActorKind,
    CaseKind,
    Channel,
    Language,
    MeetingWay,
    ProviderKind,
    RequesterType,
    Role,
)
from meyasubako.store.database import Database
from meyasubako.store.models import Case, Receipt, Requester, Staff, StaffGrant
from tests.harness.shipped import shipped_desk

T = TypeVar("T")

TOYAMA = "toyama-meyasubako"
MIE = "mie-dx-center"
KEYS = Keys(b"a key for tests, 32 bytes long..")
# A Friday morning in Japan.
BEGUN_AT = datetime(2026, 7, 3, 1, 12, tzinfo=UTC)
ADDRESS = "taro@example.jp"
ADVISER_ADDRESS = "adviser@example.jp"
REQUESTER_DETAILS = cases.RequesterDetails(
    name="見本太郎", organisation="サンプル製作所", municipality="津市", email=ADDRESS, phone="059-000-0000"
)
BRIEF = matching.Brief("工場の日報を紙からタブレットに替えたいそうです。", True, True)


@dataclass
class Story:
    """What happens at one desk. `at` is the present; `pass_time` moves it."""

    database: Database
    applied: AppliedDesk
    clerk: Actor
    keys: Keys = KEYS
    at: datetime = BEGUN_AT
    numbers: dict[int, str] = field(default_factory=dict)

    def pass_time(self, **span: float) -> None:
        self.at += timedelta(**span)

    async def do(self, unit: Any, *arguments: Any, **options: Any) -> Any:
        """One verb in a unit of its own, by the desk's clerk and now unless said otherwise."""
        options = {"at": self.at, **options}
        return await self.database.write(lambda session: unit(session, *arguments, **options))

    async def see(self, unit: Any) -> Any:
        return await self.database.read(unit)

    async def receive(self, *, confirmed: bool = True, **changes: Any) -> int:
        """A consultation comes in; returns the case."""
        purpose = self.applied.desk.open_purposes()[0]
        submission = intake.Submission(
            kind=purpose.kind or CaseKind.CONSULTATION,
            requester_type=RequesterType.BUSINESS,
            purpose=purpose.code,
            topics=(self.applied.desk.topic_leaves()[0].code,),
            title="現場作業員へのIT導入を進めたい",
            body="紙の日報をやめたいのですが、\n何から始めればよいでしょうか。",
            requester=REQUESTER_DETAILS,
            meeting_way=MeetingWay.ONLINE,
            wished_dates="7月10日（金）の午後",
            reply_wanted=True,
            publish_consent=False,
            share_consent=True,
        )
        options: dict[str, Any] = {
            "channel": Channel.WEB,
            "received_at": self.at,
            "by": REQUESTER,
            "quarantine": None,
            "language": Language.JAPANESE,
        }
        options |= {name: changes.pop(name) for name in list(changes) if name in options}
        received = await self.do(
            intake.receive,
            self.applied,
            replace(submission, **changes),
            keys=self.keys,
            idempotency_key=None,
            **options,
        )
        (case_id,) = received.case_ids
        self.numbers[case_id] = received.number
        if confirmed and (submission.requester.email and changes.get("requester", REQUESTER_DETAILS).email):
            await self.confirm(case_id)
        return case_id

    async def confirm(self, case_id: int) -> None:
        number = self.numbers[case_id]
        email = await self.see(
            lambda session: session.scalar(
                select(Requester.email)
                .join(Receipt, Receipt.requester_id == Requester.id)
                .where(Receipt.number == number)
            )
        )
        await self.do(tracking.confirm_email, self.keys.confirm_token(number, email))

    async def triage(self, case_id: int) -> None:
        desk = self.applied.desk
        decision = triage.Decision(
            RequesterType.BUSINESS, desk.open_purposes()[0].code, (desk.topic_leaves()[0].code,), None
        )
        await self.do(triage.triage, desk, case_id, decision, by=self.clerk)

    async def triaged(self, **changes: Any) -> int:
        case_id = await self.receive(**changes)
        await self.triage(case_id)
        return case_id

    async def list_provider(
        self,
        name: str = "サンプル専門家",
        *,
        kind: ProviderKind = ProviderKind.ADVISER,
        email: str = ADVISER_ADDRESS,
    ) -> Actor:
        """A new entry in the directory, as the one who acts by it."""
        entry = directory.Entry(kind, name, email=email)
        provider_id = await self.database.write(
            lambda session: directory.add(session, self.applied.id, entry, by=self.clerk, at=self.at)
        )
        return Actor(ActorKind.PROVIDER, id=provider_id, name=name)

    async def offer(self, case_id: int, provider: Actor, brief: matching.Brief = BRIEF) -> int:
        return await self.do(
            matching.offer, self.applied.desk, case_id, provider.id, brief, keys=self.keys, by=self.clerk
        )

    async def accept(self, offer_id: int, provider: Actor) -> None:
        await self.do(matching.accept, offer_id, by=provider)

    async def view(self, offer_id: int, provider: Actor) -> matching.OfferView:
        return await self.see(
            lambda session: matching.view_offer(session, self.applied.desk, offer_id, by=provider, at=self.at)
        )

    async def close(self, case_id: int) -> None:
        """Close an answered case and ask whether it helped."""
        desk = self.applied.desk

        def unit(session: Session, *, at: datetime) -> None:
            replies.close(session, desk, case_id, desk.open_outcomes[0].code, by=self.clerk, at=at)
            surveys.invite(session, desk, case_id, keys=self.keys, at=at)

        await self.do(unit)

    async def case(self, case_id: int) -> Case:
        """The case as it is stored."""
        return await self.see(lambda session: session.get_one(Case, case_id))


async def open_story(database: Database, code: str = MIE, desk: Desk | None = None) -> Story:
    """A desk of the package, or one given, just opened, with one coordinator."""
    desk = desk or shipped_desk(code)
    code = desk.code

    def unit(session: Session) -> tuple[AppliedDesk, Actor]:
        desks.apply(session, desk, at=BEGUN_AT)
        applied = desks.find(session, code)
        login = f"yamada-{code}"
        member = Staff(
            login=login, name="サンプル山田", password_hash="-", is_active=True, created_at=BEGUN_AT
        )
        session.add(member)
        session.flush()
        session.add(StaffGrant(staff_id=member.id, desk_id=applied.id, role=Role.COORDINATOR))
        session.flush()
        roles = {applied.id: Role.COORDINATOR}
        return applied, Actor(ActorKind.STAFF, id=member.id, name=member.name, roles=roles)

    return Story(database, *await database.write(unit))
