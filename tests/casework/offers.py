"""What an offer did to its case, its mails and the figures."""

from datetime import date
from typing import Any

from sqlalchemy import select

from meyasubako.casework import lifecycle, matching
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import (
    EventKind,
    Measure,
    MeetingWay,
    ProviderKind,
    Status,
)
from meyasubako.store.models import LedgerEntry
from tests.harness.story import Story


async def status(story: Story, case_id: int) -> Status:
    return (await story.case(case_id)).status


async def events(story: Story, case_id: int) -> list[EventKind]:
    return [each.kind for each in await story.see(lambda session: lifecycle.timeline(session, case_id))]


async def counted(story: Story, measure: Measure) -> list[ProviderKind | None]:
    return await story.see(
        lambda session: list(
            session.scalars(select(LedgerEntry.provider_kind).where(LedgerEntry.measure == measure))
        )
    )


async def meet(story: Story, offer_id: int, by: Actor, **changes: Any) -> None:
    values = {"held_on": date(2026, 7, 3), "way": MeetingWay.ONLINE, "minutes": 60, "summary": "話しました"}
    await story.do(matching.meet, story.applied.desk, offer_id, by=by, **{**values, **changes})


async def turn_down(story: Story, offer_id: int, by: Actor) -> None:
    await story.do(matching.turn_down, offer_id, "今月は予定がいっぱいです。", keys=story.keys, by=by)
