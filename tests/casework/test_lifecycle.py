"""The life of a case: the table of moves is the requirement, and what it does not name leaves nothing behind."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meyasubako.casework import cases, lifecycle, triage
from meyasubako.core.errors import WrongState
from meyasubako.core.vocabulary import EventKind, QuarantineReason, RequesterType, Status
from meyasubako.store.database import Database
from meyasubako.store.models import Case, Event, LedgerEntry, OutboxMessage
from tests.harness.story import Story, open_story

# As the ordinance of the house has it; 返事待ち, 対象外, 統合 and 取下げ may also go back where they came from.
MOVES: Mapping[str, str] = {
    "quarantined": "received declined",
    "received": "triaged waiting declined withdrawn merged",
    "triaged": "offered in_progress waiting answered declined withdrawn merged",
    "offered": "in_progress triaged waiting answered withdrawn",
    "in_progress": "answered offered triaged waiting withdrawn merged",
    "waiting": "withdrawn closed",
    "answered": "closed in_progress",
    "closed": "in_progress",
    "declined": "",
    "merged": "",
    "withdrawn": "",
}
RETURNING = ("waiting", "declined", "merged", "withdrawn")
# How a case gets to each status from 受付, by moves of the table.
WAYS: Mapping[str, tuple[str, ...]] = {
    "received": (),
    "triaged": ("triaged",),
    "offered": ("triaged", "offered"),
    "in_progress": ("triaged", "in_progress"),
    "waiting": ("triaged", "waiting"),
    "answered": ("triaged", "answered"),
    "closed": ("triaged", "answered", "closed"),
    "declined": ("triaged", "declined"),
    "merged": ("triaged", "merged"),
    "withdrawn": ("triaged", "withdrawn"),
}


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


def _move(session: Session, story: Story, case_id: int, to: str) -> None:
    case = cases.lock_case(session, case_id)
    lifecycle.move(session, case, Status(to), EventKind.RETRIAGED, by=story.clerk, at=story.at)


def _everything(session: Session) -> tuple[Any, ...]:
    counts = [
        session.scalar(select(func.count()).select_from(table))
        for table in (Event, LedgerEntry, OutboxMessage)
    ]
    case = session.execute(select(Case.id, Case.status, Case.version, Case.changed_at, Case.came_from)).all()
    return (counts, sorted(map(repr, case)))


async def _in_status(story: Story, status: str) -> int:
    reason = QuarantineReason.FLOOD if status == "quarantined" else None
    case_id = await story.receive(confirmed=False, quarantine=reason)
    for step in WAYS.get(status, ()):
        await story.database.write(lambda session, step=step: _move(session, story, case_id, step))
    return case_id


def test_the_test_knows_every_status() -> None:
    assert set(MOVES) == {status.value for status in Status}
    assert {*WAYS, "quarantined"} == set(MOVES)


@pytest.mark.parametrize("before", list(MOVES))
async def test_every_pair_of_statuses(story: Story, before: str) -> None:
    for after in MOVES:
        case_id = await _in_status(story, before)
        is_named = after in MOVES[before].split() or (before in RETURNING and after == WAYS[before][-2])
        contents = await story.see(_everything)
        if is_named:
            await story.database.write(
                lambda session, to=after, case=case_id: _move(session, story, case, to)
            )
            assert (await story.case(case_id)).status == after
        else:
            with pytest.raises(WrongState):
                await story.database.write(
                    lambda session, to=after, case=case_id: _move(session, story, case, to)
                )
            assert await story.see(_everything) == contents, (before, after)


async def test_a_new_case_begins_as_received(story: Story) -> None:
    case = await story.case(await story.receive())
    assert case.status is Status.RECEIVED
    assert lifecycle.TRANSITIONS[None] == {Status.RECEIVED, Status.QUARANTINED}


async def test_going_back_follows_the_way_it_came(story: Story) -> None:
    case_id = await _in_status(story, "offered")
    for step in ("waiting", "withdrawn"):
        await story.database.write(lambda session, step=step: _move(session, story, case_id, step))
    with pytest.raises(WrongState):
        await story.database.write(lambda session: _move(session, story, case_id, "offered"))
    for step in ("waiting", "offered"):
        await story.database.write(lambda session, step=step: _move(session, story, case_id, step))
    assert (await story.case(case_id)).came_from == []


async def test_two_clerks_at_once_one_wins_and_the_other_is_told(story: Story) -> None:
    case_id = await story.receive()
    version = (await story.case(case_id)).version
    desk = story.applied.desk
    decisions = [
        triage.Decision(kind, desk.purposes[0].code, (desk.topic_leaves()[0].code,), None)
        for kind in (RequesterType.BUSINESS, RequesterType.RESIDENT)
    ]
    results = await asyncio.gather(
        *(
            story.do(triage.triage, desk, case_id, decision, by=story.clerk, expected_version=version)
            for decision in decisions
        ),
        return_exceptions=True,
    )
    refusals = [result for result in results if isinstance(result, WrongState)]
    assert results.count(None) == 1
    assert len(refusals) == 1
    assert "サンプル山田さん：振り分けました" in refusals[0].message
    assert "いまは「振分済」です" in refusals[0].message
    won = decisions[results.index(None)]
    case = await story.case(case_id)
    assert (case.status, case.requester_type) == (Status.TRIAGED, won.requester_type)
    kinds = [event.kind for event in await story.see(lambda session: lifecycle.timeline(session, case_id))]
    assert kinds == [EventKind.RECEIVED, EventKind.TRIAGED]
