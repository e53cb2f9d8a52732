"""The ledger against the events: whatever happened, a recount from the events alone gives what the ledger says."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import ledger, matching, replies, tracking, triage
from meyasubako.core import dates
from meyasubako.core.errors import DeskError
from meyasubako.core.vocabulary import Measure, RequesterType
from meyasubako.store.database import Database
from meyasubako.store.models import LedgerEntry, Receipt
from tests.harness import recount
from tests.harness.story import Story, open_story


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_recount_from_the_events_gives_the_ledger(story: Story, seed: int) -> None:
    chance = random.Random(seed)
    desk = story.applied.desk
    provider = await story.list_provider()
    case_ids = [
        await story.receive(received_at=story.at - timedelta(days=chance.randint(0, 90))) for _ in range(6)
    ]
    offers: list[tuple[int, int]] = []

    async def offer(case_id: int) -> None:
        offers.append((case_id, await story.offer(case_id, provider)))

    async def accept(case_id: int) -> None:
        for case, offer_id in offers:
            if case == case_id:
                await story.accept(offer_id, provider)

    async def decide(case_id: int) -> None:
        decision = triage.Decision(
            chance.choice(list(RequesterType)),
            chance.choice(desk.purposes).code,
            tuple(topic.code for topic in chance.sample(desk.topic_leaves(), chance.randint(1, 3))),
            chance.choice([None, desk.divisions[0].code]),
        )
        await story.do(triage.triage, desk, case_id, decision, by=story.clerk)

    async def withdraw(case_id: int) -> None:
        await story.do(tracking.withdraw, story.numbers[case_id], 1, case_id)

    async def add(case_id: int) -> None:
        await story.do(tracking.add, story.numbers[case_id], 1, case_id, "追記です。")

    async def close_month() -> None:
        month = dates.next_month(dates.month_of(story.at), -1)
        await story.database.write(
            lambda session: ledger.close_month(session, story.applied.id, month, by_id=None, at=story.at)
        )

    verbs = [
        decide,
        offer,
        accept,
        withdraw,
        add,
        story.close,
        lambda case_id: story.do(replies.reply, case_id, "回答です。", by=story.clerk),
        lambda case_id: story.do(triage.start, case_id, by=story.clerk),
        lambda case_id: story.do(matching.hand_back, case_id, by=story.clerk),
        lambda _: close_month(),
        lambda case_id: story.do(replies.ask, case_id, "いつですか。", by=story.clerk),
        lambda case_id: story.do(replies.reopen, case_id, "続きがあるため", by=story.clerk),
        lambda case_id: story.do(triage.undo, case_id, "誤りのため", by=story.clerk),
        lambda case_id: story.do(triage.decline, desk, case_id, desk.decline_reasons[0].code, by=story.clerk),
    ]
    done = 0
    for _ in range(160):
        story.pass_time(hours=chance.randint(1, 60))
        try:
            await chance.choice(verbs)(chance.choice(case_ids))
        except DeskError:
            continue
        done += 1
    assert done > 40
    desk_id = story.applied.id
    found = await story.see(lambda session: recount.standing(session, desk_id))
    assert found == await story.see(lambda session: recount.recount(session, desk_id))


async def test_entries_are_never_changed_only_answered(story: Story) -> None:
    case_id = await story.receive()

    def rows(session: Session) -> list[tuple[Any, ...]]:
        table = LedgerEntry.__table__
        return [tuple(row) for row in session.execute(select(table).order_by(table.c.id))]

    before = await story.see(rows)
    await story.triage(case_id)
    assert (await story.see(rows))[: len(before)] == before


async def test_an_instant_is_counted_in_its_japanese_month(story: Story) -> None:
    story.at = datetime(2022, 4, 1, 3, tzinfo=UTC)
    for instant in (datetime(2022, 3, 31, 14, 59, tzinfo=UTC), datetime(2022, 3, 31, 15, 0, tzinfo=UTC)):
        await story.receive(received_at=instant)

    def months(session: Session) -> list[int]:
        receipts = select(LedgerEntry.effective_month).where(LedgerEntry.measure == Measure.RECEIPTS)
        return list(session.scalars(receipts.order_by(LedgerEntry.id)))

    assert await story.see(months) == [202203, 202204]


async def test_a_closed_month_takes_no_more_entries(story: Story) -> None:
    case_id = await story.receive(requester_type=RequesterType.UNKNOWN)
    assert await story.database.write(
        lambda session: ledger.close_month(session, story.applied.id, 202607, by_id=None, at=story.at)
    )
    story.pass_time(days=40)
    await story.triage(case_id)

    def booked(session: Session) -> set[tuple[Measure, int, int]]:
        entries = session.scalars(select(LedgerEntry).where(LedgerEntry.recorded_at == story.at))
        return {(entry.measure, entry.effective_month, entry.booked_month) for entry in entries}

    assert await story.see(booked) == {
        (Measure.RECEIPTS, 202607, 202608),
        (Measure.CASES, 202607, 202608),
        (Measure.TOPICS, 202607, 202608),
        (Measure.STATUSES, 202607, 202607),
    }
    assert not await story.database.write(
        lambda session: ledger.close_month(session, story.applied.id, 202607, by_id=None, at=story.at)
    )


async def test_what_turns_up_for_a_time_before_the_first_entry_does_not_change_a_closed_year(
    story: Story,
) -> None:
    await story.receive()
    await story.database.write(
        lambda session: ledger.close_month(session, story.applied.id, 202607, by_id=None, at=story.at)
    )
    story.pass_time(days=40)
    await story.receive(received_at=datetime(2026, 5, 20, tzinfo=UTC))

    def booked(session: Session) -> set[tuple[int, int]]:
        entries = session.scalars(
            select(LedgerEntry).where(
                LedgerEntry.recorded_at == story.at, LedgerEntry.measure != Measure.STATUSES
            )
        )
        return {(entry.effective_month, entry.booked_month) for entry in entries}

    assert await story.see(booked) == {(202605, 202608)}


async def test_who_sent_a_receipt_is_corrected_for_all_its_figures(story: Story) -> None:
    case_id = await story.receive(requester_type=RequesterType.UNKNOWN)
    await story.triage(case_id)

    def by_type(session: Session) -> dict[Measure, Counter[RequesterType]]:
        found: dict[Measure, Counter[RequesterType]] = {}
        for entry in session.scalars(select(LedgerEntry)):
            found.setdefault(entry.measure, Counter())[entry.requester_type] += entry.sign
        return {measure: +counts for measure, counts in found.items()}

    figures = await story.see(by_type)
    assert figures[Measure.RECEIPTS] == figures[Measure.CASES] == {RequesterType.BUSINESS: 1}
    stored = await story.see(lambda session: session.scalar(select(Receipt.requester_type)))
    assert stored is RequesterType.BUSINESS
